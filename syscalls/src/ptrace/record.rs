//! What a stopped tracee tells its tracer, and what that answers: a structure in the tracee's
//! memory, which the tracer reads and writes with process_vm_readv(2) and process_vm_writev(2).

use guest::CpuState;
use runtime::SigInfo;

use super::events;
use crate::abi::regsets::{FLOATS, REGS};

/// Of `Record`; changes with its layout.
pub const MAGIC: u64 = u64::from_le_bytes(*b"ptrace\0\x01");

/// Ranges of memory that the tracer has written, in a record.
pub const RANGES: usize = 8;

/// Why a tracee has stopped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A signal is to be delivered: `Record::info`.
    Signal,
    /// A system call is to be made.
    Entry,
    /// A system call was made.
    Leave,
    /// An event: `Record::event`.
    Event,
    /// The tracer asked for a stop.
    Asked,
    /// A signal stops the process.
    Group,
}

const KINDS: [Kind; 6] =
    [Kind::Signal, Kind::Entry, Kind::Leave, Kind::Event, Kind::Asked, Kind::Group];

/// How the tracer lets a tracee go on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Go {
    /// Up to the next signal or event.
    On,
    /// Up to the next system call at most.
    ToCall,
    /// Without a tracer.
    Free,
}

const GOES: [Go; 3] = [Go::On, Go::ToCall, Go::Free];

/// The record: words, all of them.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Record {
    pub magic: u64,
    pub(super) kind: u64,
    pub event: u64,
    /// `PTRACE_GETEVENTMSG`.
    pub message: u64,
    pub info: SigInfo,
    /// The system call: number and arguments.
    pub call: [u64; 7],
    /// Its result.
    pub result: u64,
    pub mask: u64,
    pub regs: [u64; REGS],
    pub floats: [u64; FLOATS],
    /// The answer: 0 for none yet, or one more than the place in `GOES`.
    pub(super) go: u64,
    /// The signal to go on with.
    pub signal: u64,
    pub options: u64,
    /// `PTRACE_SEIZE`, not `PTRACE_ATTACH` or `PTRACE_TRACEME`.
    pub seized: u64,
    /// The tracee stops at system calls, by the answer before this one.
    pub calls: u64,
    /// `regs`, `floats` and `mask` have been set.
    pub changed: u64,
    /// Memory that was written, start and end each.
    pub written: [[u64; 2]; RANGES],
}

/// Words of a record.
pub const WORDS: usize = size_of::<Record>() / 8;

impl Record {
    /// Of a thread with these registers and this mask.
    pub fn new(kind: Kind, state: &CpuState, mask: u64) -> Record {
        let mut record: Record = crate::mem::zeroed();
        record.magic = MAGIC;
        record.kind = KINDS.iter().position(|k| *k == kind).unwrap_or(0) as u64;
        record.regs = crate::abi::regsets::regs(state);
        record.floats = crate::abi::regsets::floats(state);
        record.mask = mask;
        record
    }

    /// Why the tracee has stopped; `None` for a record that no tracee has written.
    pub fn kind(&self) -> Option<Kind> {
        KINDS.get(self.kind as usize).copied().filter(|_| self.magic == MAGIC)
    }

    /// The answer, if there is one.
    pub fn answer(&self) -> Option<Go> {
        GOES.get((self.go as usize).checked_sub(1)?).copied()
    }

    pub fn set_answer(&mut self, go: Go) {
        self.go = GOES.iter().position(|g| *g == go).unwrap_or(0) as u64 + 1;
    }

    /// True for the stop of this event.
    pub fn is_event(&self, event: u64) -> bool {
        self.kind() == Some(Kind::Event) && self.event == event
    }

    /// True for stops that are `PTRACE_EVENT_STOP` of a seized tracee.
    pub fn is_event_stop(&self) -> bool {
        matches!(self.kind(), Some(Kind::Asked | Kind::Group)) || self.is_event(events::STOP)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_words() {
        assert_eq!(size_of::<Record>() % 8, 0);
        let bytes = [0u8; size_of::<Record>()];
        let record: Record = crate::mem::from_bytes(&bytes);
        assert!(record.kind().is_none() && record.answer().is_none());
    }

    #[test]
    fn what_is_answered_is_understood() {
        let mut record = Record::new(Kind::Leave, &CpuState::new(), 0);
        assert_eq!((record.kind(), record.answer()), (Some(Kind::Leave), None));
        for go in GOES {
            record.set_answer(go);
            assert_eq!(record.answer(), Some(go));
        }
        record.kind = 99;
        record.go = 99;
        assert!(record.kind().is_none() && record.answer().is_none());
    }
}
