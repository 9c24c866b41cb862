//! The list of a process's threads that run guest code.

use std::sync::atomic::Ordering;

use lending::{Mutex, MutexGuard};

use crate::cell::ThreadCell;
use crate::threads::cell_at;

/// The threads of a process.
#[derive(Default)]
pub(crate) struct Threads(Mutex<List>);

/// Those that run.
#[derive(Default)]
pub(crate) struct List {
    /// Where their cells are.
    cells: Vec<usize>,
    /// How often translations were removed.
    removals: u64,
}

impl Threads {
    /// The list, for as long as nobody may come or go.
    pub fn lock(&self) -> MutexGuard<'_, List> {
        self.0.lock()
    }

    /// How often translations were removed.
    pub fn removals(&self) -> u64 {
        self.lock().removals
    }

    /// Takes a thread off the list, if it is on it.
    pub fn remove(&self, cell: &ThreadCell) {
        let mut list = self.lock();
        if let Some(at) = list.cells.iter().position(|&c| c == address(cell)) {
            list.cells.swap_remove(at);
            cell.taken_off_the_list(list.removals);
        }
    }

    /// True if the thread `tid` is on the list.
    pub fn has(&self, tid: i32) -> bool {
        let mut found = false;
        self.each(|cell| found |= cell.tid.load(Ordering::Relaxed) == tid);
        found
    }

    /// Every running thread's cell, under the list's lock.
    pub fn each(&self, f: impl FnMut(&ThreadCell)) {
        self.lock().each(f);
    }

    /// As `each`, after translations were removed. Who is not on the list has its jump table
    /// cleared before another thread gets it.
    pub fn each_after_removal(&self, f: impl FnMut(&ThreadCell)) {
        let mut list = self.lock();
        list.removals += 1;
        list.each(f);
    }
}

impl List {
    /// How many run.
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// Enters a thread.
    pub fn add(&mut self, cell: &ThreadCell) {
        self.cells.push(address(cell));
    }

    /// Leaves one thread alone on the list.
    pub fn keep(&mut self, cell: &ThreadCell) {
        self.cells.clear();
        self.add(cell);
    }

    fn each(&self, mut f: impl FnMut(&ThreadCell)) {
        self.cells.iter().for_each(|&cell| f(cell_at(cell)));
    }
}

fn address(cell: &ThreadCell) -> usize {
    &raw const *cell as usize
}
