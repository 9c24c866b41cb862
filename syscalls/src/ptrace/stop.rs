//! How a traced thread stops itself.

use std::sync::atomic::{AtomicU64, Ordering};

use runtime::signals::{bit, block_all, set_host_mask};
use runtime::{Vcpu, tracing};

use super::record::{Go, Kind, Record, WORDS};
use crate::abi::regsets;
use crate::linux::Linux;
use crate::mem;
use crate::signals::UNBLOCKABLE;
use crate::thread::Thread;

/// A traced thread.
pub struct Trace {
    /// The record, which the tracer reads and writes while the thread is stopped.
    pub(super) words: Box<[AtomicU64]>,
    pub options: u64,
    pub seized: bool,
    /// It stops at system calls.
    pub calls: bool,
    /// `PTRACE_TRACEME` of a child whose maker waits until it executes a program, and could not
    /// tend to it: the host is told when that happens.
    pub deferred: bool,
}

impl Trace {
    pub fn new(options: u64, seized: bool, calls: bool) -> Trace {
        let words = (0..WORDS).map(|_| AtomicU64::new(0)).collect();
        Trace { words, options, seized, calls, deferred: false }
    }

    /// For the program that the thread executes: what [`Trace::inherited`] understands.
    pub fn hand_on(&self) -> String {
        format!("{:x},{},{}", self.options, self.seized as u8, self.calls as u8)
    }

    /// What [`Trace::hand_on`] said; `None` for anything else.
    pub fn inherited(how: &str) -> Option<Trace> {
        let mut words = how.split(',');
        let options = u64::from_str_radix(words.next()?, 16).ok()?;
        let mut flag = || words.next().map(|word| word == "1");
        Some(Trace::new(options, flag()?, flag()?))
    }

    /// Where the record is.
    pub fn address(&self) -> u64 {
        self.words.as_ptr() as u64
    }

    fn write(&self, record: &Record) {
        let words = mem::bytes_of(record).as_chunks().0.iter();
        for (place, word) in self.words.iter().zip(words) {
            place.store(u64::from_le_bytes(*word), Ordering::Relaxed);
        }
    }

    fn read(&self) -> Record {
        let words = self.words.iter().map(|word| word.load(Ordering::Relaxed).to_le_bytes());
        mem::from_bytes(words.collect::<Vec<_>>().as_flattened())
    }
}

/// The record of `vcpu` as it is.
pub fn record_of(vcpu: &mut Vcpu, kind: Kind) -> Record {
    let mask = Thread::of(vcpu).mask;
    Record::new(kind, &vcpu.state, mask)
}

/// Leaves the record for the tracer without a stop; where it is.
pub fn leave(vcpu: &mut Vcpu, record: &Record) -> u64 {
    let trace = Thread::of(vcpu).trace.as_ref();
    trace.map_or(0, |trace| {
        let (options, seized, calls) = (trace.options, trace.seized as u64, trace.calls as u64);
        trace.write(&Record { options, seized, calls, ..*record });
        trace.address()
    })
}

/// How often a thread tries to stop. Another SIGTRAP may be in the way; a tracer that never answers is
/// one of the host's, which shows the translator.
const TRIES: usize = 1000;

/// Stops until the tracer lets the thread go on; the record with its answer. None if there is no
/// tracer (any more).
pub fn stop(linux: &Linux, vcpu: &mut Vcpu, record: &Record) -> Option<Record> {
    let at = leave(vcpu, record);
    if at == 0 || Thread::of(vcpu).trace.as_ref().is_some_and(|trace| trace.deferred) {
        return None;
    }
    for _ in 0..TRIES {
        let traced = vcpu.stop_for_tracer(at);
        if let Some(answered) = answer(vcpu) {
            return obey(linux, vcpu, answered);
        }
        if !traced {
            break;
        }
    }
    Thread::of(vcpu).trace = None;
    None
}

/// Has the host stop the process by a signal that stops; every signal is blocked.
pub fn stop_group(linux: &Linux, vcpu: &mut Vcpu, signo: i32, record: &Record) {
    let at = leave(vcpu, record);
    set_host_mask(!bit(signo));
    tracing::raise(signo, tracing::PASS, at);
    block_all();
    if let Some(answered) = answer(vcpu) {
        obey(linux, vcpu, answered);
    }
}

/// What the tracer has answered, if it has.
pub fn answer(vcpu: &mut Vcpu) -> Option<Record> {
    let record = Thread::of(vcpu).trace.as_ref()?.read();
    record.answer().map(|_| record)
}

/// Does what the tracer wants. `None` if it has let go and wants nothing more.
pub fn obey(linux: &Linux, vcpu: &mut Vcpu, answered: Record) -> Option<Record> {
    let ranges = answered.written.iter().filter(|[start, end]| start < end);
    ranges.for_each(|[start, end]| vcpu.process.code_changed(*start, *end));
    if answered.changed != 0 {
        regsets::set(&mut vcpu.state, &answered.regs, &answered.floats);
    }
    let thread = Thread::of(vcpu);
    if answered.changed != 0 {
        thread.mask = answered.mask & !UNBLOCKABLE;
    }
    let go = answered.answer()?;
    if let Some(trace) = &mut thread.trace {
        (trace.options, trace.seized) = (answered.options, answered.seized != 0);
        trace.calls = go == Go::ToCall;
        if trace.calls {
            linux.look_at_calls();
        }
    }
    if go == Go::Free {
        thread.trace = None;
    }
    Some(answered)
}
