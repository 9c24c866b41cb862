//! Whom this process traces, and where they stand. All of it can be found out anew from what the
//! tracees tell, as after an execve(2) of the tracer.

use lending::{Mutex, MutexGuard};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use super::host;
use super::record::{RANGES, Record};

/// A thread that this process traces.
#[derive(Default)]
pub struct Tracee {
    /// Its process.
    pub process: i32,
    /// The guest knows of it: it has stopped for the guest, or the guest has attached to it.
    pub known: bool,
    /// It executes a program that has not stopped yet: its runtime can't be asked for anything.
    pub fresh: bool,
    pub seized: bool,
    pub options: u64,
    /// Where its record is; 0 if that is not known.
    pub record: u64,
    /// Where it has stopped for the guest.
    pub stopped: Option<Box<Stopped>>,
    /// A request to stop is on its way to it.
    pub asked: bool,
    /// The guest has asked for a stop (`PTRACE_INTERRUPT`).
    pub interrupt: bool,
    /// The signal that has stopped its process, if it is not yet where it can say so.
    pub group: i32,
    /// `PTRACE_LISTEN`.
    pub listening: bool,
    /// Memory of its process that was written, which it is yet to hear of.
    pub written: Written,
    /// It has told of its end.
    pub ending: bool,
    /// The id that a thread had which has executed a program.
    pub former: u64,
}

/// How a tracee is held.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Hold {
    /// By its own SIGTRAP.
    Itself,
    /// By an event of the host's.
    Event,
    /// As its process is stopped, or by `PTRACE_INTERRUPT`.
    Group,
}

/// A tracee that has stopped for the guest.
pub struct Stopped {
    pub hold: Hold,
    pub record: Record,
    /// What wait(2) says: the signal, and the event above bit 8.
    pub status: i32,
    pub message: u64,
}

/// Ranges of memory, start and end each.
pub type Written = [[u64; 2]; RANGES];

/// This process's tracees, by id.
#[derive(Default)]
pub struct Tracees {
    pub all: BTreeMap<i32, Tracee>,
}

static TRACEES: Mutex<Tracees> = Mutex::new(Tracees { all: BTreeMap::new() });
/// True once there was one.
static ANY: AtomicBool = AtomicBool::new(false);

/// The tracees.
pub fn tracees() -> MutexGuard<'static, Tracees> {
    TRACEES.lock()
}

/// Holds the list over a fork; what is returned is to be told whether this is the child, which
/// traces nobody.
pub fn hold() -> impl FnOnce(bool) {
    let mut list = tracees();
    move |child| {
        if child {
            *list = Tracees::default();
        }
    }
}

/// True if this process may trace somebody.
pub fn any() -> bool {
    ANY.load(Ordering::Relaxed)
}

/// There is a tracee.
pub fn note_any() {
    ANY.store(true, Ordering::Relaxed);
}

/// A process wrote memory of another: if that is traced, it hears of it when it goes on.
pub fn wrote(pid: i32, start: u64, end: u64) {
    if any() {
        let mut list = tracees();
        let process = list.all.get(&pid).map_or(pid, |tracee| tracee.process);
        list.wrote(process, start, end);
    }
}

impl Tracees {
    /// A thread that this one traces, as the host says.
    pub fn entry(&mut self, tid: i32) -> &mut Tracee {
        note_any();
        self.all.entry(tid).or_insert_with(|| {
            let _ = host::set_options(tid, 0);
            Tracee { process: host::process_of(tid).unwrap_or(tid), ..Tracee::default() }
        })
    }

    /// The host traces a new thread, which is yet to stop.
    pub fn made(&mut self, tid: i32) {
        let process = host::process_of(tid).unwrap_or(tid);
        self.all.entry(tid).or_insert_with(|| Tracee { process, ..Tracee::default() });
    }

    /// Memory of a process was written. Each of its threads hears of it before it goes on: none may
    /// run ahead of the one that was told first.
    pub fn wrote(&mut self, process: i32, start: u64, end: u64) {
        let threads = self.all.values_mut().filter(|tracee| tracee.process == process);
        threads.for_each(|tracee| add(&mut tracee.written, start, end));
    }

    /// A thread is no more. True if the guest should hear of it: not of a thread of the
    /// translator's own.
    pub fn ended(&mut self, tid: i32) -> bool {
        let Some(tracee) = self.all.remove(&tid) else { return true };
        tracee.known || tracee.process == tid
    }
}

/// Adds a range; the last place takes what has none of its own.
fn add(written: &mut Written, start: u64, end: u64) {
    let empty = |place: &[u64; 2]| place[0] >= place[1];
    let fits = |place: &[u64; 2]| empty(place) || *place == [start, end];
    let at = written.iter().position(fits).unwrap_or(RANGES - 1);
    let place = &mut written[at];
    *place = match fits(place) {
        true => [start, end],
        false => [place[0].min(start), place[1].max(end)],
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_process(process: i32) -> Tracee {
        Tracee { process, ..Tracee::default() }
    }

    #[test]
    fn every_thread_of_the_process_hears_of_writes() {
        let mut list = Tracees::default();
        [(7, 7), (8, 7), (9, 9)].into_iter().for_each(|(tid, process)| {
            list.all.insert(tid, of_process(process));
        });
        (0..20).for_each(|n| list.wrote(7, 100 * n, 100 * n + 8));
        list.wrote(7, 100, 108);
        let told = |tid| list.all[&tid].written;
        assert_eq!(told(7)[..2], [[0, 8], [100, 108]]);
        assert_eq!(told(7)[RANGES - 1], [700, 1908]);
        assert_eq!((told(8), told(9)), (told(7), Written::default()));
    }

    #[test]
    fn the_end_of_the_translators_threads_is_not_told() {
        let mut list = Tracees::default();
        list.all.insert(8, of_process(7));
        list.all.insert(9, Tracee { known: true, ..of_process(7) });
        assert!(!list.ended(8) && list.ended(9) && list.ended(10));
    }
}
