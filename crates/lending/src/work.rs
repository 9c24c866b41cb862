//! A child and its lender: two tasks of the kernel's that run one stack by turns.
#![allow(unsafe_code, reason = "two tasks share cells, and take turns")]

use std::cell::{Cell, UnsafeCell};

use crate::baton::{self, Baton, Turn};
use crate::heap::Stock;
use crate::raw::{Context, change, exchange_mask, syscall_raw};
use crate::section::set_current;

/// What the child runs. It ends the process, or the thread.
pub type Work = extern "C" fn(*mut libc::c_void);

/// What the child is to do in the middle of a section.
#[derive(Clone, Copy)]
pub(crate) enum Errand {
    Call(u64, [u64; 6]),
    Fork(fn(*const ()) -> i64, *const ()),
}

/// What a child in our memory and its lender share. The child has a small stack to wait on, the lender its own, and a third is
/// what the child runs, which either of them may go on with.
pub struct Lending {
    baton: Baton,
    work: Context,
    child: Context,
    lender: Context,
    _stack: UnsafeCell<Box<[u64]>>,
    /// Sections that the work is in.
    depth: Cell<u32>,
    errand: Cell<Option<Errand>>,
    answer: Cell<i64>,
    pub(crate) leaving: Cell<bool>,
    pub(crate) stock: Stock,
}

// SAFETY: whose turn it is by the baton touches the cells, and passing it orders memory.
unsafe impl Sync for Lending {}
// SAFETY: as above.
unsafe impl Send for Lending {}

const EVERY_SIGNAL: u64 = u64::MAX;

impl Lending {
    /// A child that is to run `work(argument)` on a stack of `len` bytes.
    pub fn new(len: usize, work: Work, argument: *mut libc::c_void) -> Box<Lending> {
        let mut stack = vec![0; len / 8].into_boxed_slice();
        let context = Context::default();
        context.begin(&mut stack, work, argument);
        Box::new(Lending {
            baton: Baton::new(),
            work: context,
            child: Context::default(),
            lender: Context::default(),
            _stack: UnsafeCell::new(stack),
            depth: Cell::new(0),
            errand: Cell::new(None),
            answer: Cell::new(0),
            leaving: Cell::new(false),
            stock: Stock::default(),
        })
    }

    /// The word that the kernel is to clear when the child leaves this memory.
    pub fn word(&self) -> u64 {
        self.baton.address()
    }

    /// There is no child: [`Lending::lend`] returns.
    pub fn cancel(&self) {
        self.baton.cancel();
    }

    /// In the child: runs the work, on its own stack. The calling task's thread-local storage is the lender's.
    ///
    /// # Safety
    /// `this` lives until the child is gone; nobody else has called this.
    pub unsafe fn run(this: *const Lending) -> ! {
        // SAFETY: the caller's promise; a process that is forked from the child has a copy.
        let lending: &'static Lending = unsafe { &*this };
        lending.baton.begin_child();
        set_current(Some(lending));
        loop {
            // SAFETY: the work has not begun, or has left off to have something done.
            unsafe { change(&lending.child, &lending.work) };
            lending.wait_for_lender();
        }
    }

    /// In the child: until the work is to go on here.
    fn wait_for_lender(&self) {
        let mask = exchange_mask(EVERY_SIGNAL);
        loop {
            match (self.baton.offer(), self.errand.take()) {
                (Turn::Alone, _) => {
                    set_current(None);
                    baton::orphaned();
                    break;
                }
                (Turn::Mine, None) => break,
                (Turn::Mine, Some(Errand::Call(nr, args))) => {
                    self.answer.set(syscall_raw(nr, args));
                }
                (Turn::Mine, Some(Errand::Fork(make, argument))) => {
                    let made = make(argument);
                    self.answer.set(made);
                    if made == 0 {
                        // A process of its own, with a copy of the work, which sees to the mask.
                        set_current(None);
                        baton::reset();
                        return;
                    }
                }
            }
        }
        exchange_mask(mask);
    }

    /// In the lender: works for the child until that is gone. Every signal is to be blocked; `mask` is, while it works.
    /// True if the child left in good order.
    pub fn lend(&self, mask: u64) -> bool {
        let mut inside = false;
        loop {
            let there = self.baton.wait();
            if !there && !inside {
                set_current(None);
                return self.leaving.get();
            }
            if !there {
                self.errand.set(None);
                self.answer.set(-libc::ESRCH as i64);
            }
            exchange_mask(mask);
            // SAFETY: the work has left off to go on here.
            unsafe { change(&self.lender, &self.work) };
            exchange_mask(EVERY_SIGNAL);
            inside = self.errand.get().is_some();
            if there {
                self.baton.give_back();
            }
        }
    }

    /// The calling thread is the lender, or is to be.
    pub fn lend_by_caller(&self) {
        self.baton.lend_by_caller();
    }

    /// True in a section.
    #[inline]
    pub(crate) fn is_inside(&self) -> bool {
        self.depth.get() != 0
    }

    #[inline]
    pub(crate) fn enter(&self) {
        let depth = self.depth.get();
        self.depth.set(depth + 1);
        if depth == 0 {
            // SAFETY: the child waits there for what the work wants.
            unsafe { change(&self.work, &self.child) };
        }
    }

    #[inline]
    pub(crate) fn leave(&self) {
        self.depth.set(self.depth.get() - 1);
        if self.depth.get() == 0 {
            // SAFETY: the lender waits there for the work to leave off.
            unsafe { change(&self.work, &self.lender) };
        }
    }

    /// In a section: has the child do something.
    pub(crate) fn send(&self, errand: Errand) -> i64 {
        self.errand.set(Some(errand));
        // SAFETY: as in `leave`.
        unsafe { change(&self.work, &self.lender) };
        self.answer.get()
    }
}

impl Drop for Lending {
    fn drop(&mut self) {
        self.baton.end_lending();
    }
}

#[cfg(test)]
mod tests;
