//! Stops that the guest may be told of: what its tracees have stopped for, and what wait(2) says.

use super::look::{Seen, ask, go_on};
use super::record::{Kind, Record};
use super::tracees::{Hold, Stopped, Tracee};
use super::{events, host, options};

const SYSGOOD: i32 = 0x80;

/// The tracee has stopped itself, and says why.
pub fn itself(tid: i32, tracee: &mut Tracee, at: u64) -> Seen {
    let Some(record) = host::read_record(tid, at) else { return go_on(tid, libc::SIGTRAP) };
    let executed = std::mem::take(&mut tracee.fresh) && record.is_event(events::EXEC);
    let message = if executed { tracee.former } else { record.message };
    tracee.record = at;
    if !tracee.known {
        adopt(tid, tracee, &record);
    }
    if record.kind() == Some(Kind::Asked) {
        tracee.asked = false;
        if !tracee.interrupt && tracee.group == 0 {
            super::resume::answer_settings(tid, tracee, record);
            return go_on(tid, 0);
        }
    }
    tracee.known = true;
    if tracee.interrupt && !tracee.asked && record.kind() != Some(Kind::Asked) {
        ask(tid, tracee);
    }
    tracee.ending |= record.is_event(events::EXIT);
    let status = status_of(tracee, &record);
    tell(tracee, Hold::Itself, record, status, message)
}

/// What a thread was made to be traced as, or has been told by a tracer before an execve(2).
fn adopt(tid: i32, tracee: &mut Tracee, record: &Record) {
    if record.options != 0 || record.seized != 0 {
        (tracee.options, tracee.seized) = (record.options, record.seized != 0);
        let _ = host::set_options(tid, tracee.options);
    }
}

fn tell(tracee: &mut Tracee, hold: Hold, record: Record, status: i32, message: u64) -> Seen {
    if record.is_event_stop() {
        (tracee.interrupt, tracee.group) = (false, 0);
    }
    tracee.stopped = Some(Box::new(Stopped { hold, record, status, message }));
    Seen::Told(status)
}

/// What wait(2) says of a stop that the tracee has made itself.
fn status_of(tracee: &Tracee, record: &Record) -> i32 {
    let event = |signo: i32, event: u64| signo | (event as i32) << 8;
    let signo = record.info.signo & 0x7f;
    match record.kind() {
        Some(Kind::Signal) => signo,
        Some(Kind::Entry | Kind::Leave) if tracee.options & options::SYSGOOD != 0 => {
            libc::SIGTRAP | SYSGOOD
        }
        Some(Kind::Event) => event(libc::SIGTRAP, record.event & 0xff),
        Some(Kind::Asked) if tracee.group != 0 => group_status(tracee, tracee.group),
        Some(Kind::Asked) => event(libc::SIGTRAP, events::STOP),
        Some(Kind::Group) => group_status(tracee, signo),
        Some(Kind::Entry | Kind::Leave) | None => libc::SIGTRAP,
    }
}

fn group_status(tracee: &Tracee, signo: i32) -> i32 {
    let seized = tracee.seized;
    if seized { signo | (events::STOP as i32) << 8 } else { signo }
}

/// The process is stopped. A thread that is where it can be looked at stays; others are asked to
/// come there.
pub fn group(tid: i32, tracee: &mut Tracee, signo: i32) -> Seen {
    let record = host::read_record(tid, tracee.record).filter(|_| tracee.record != 0);
    if let Some(record) = record.filter(|r| r.kind() == Some(Kind::Group) && r.answer().is_none()) {
        tracee.known = true;
        let status = group_status(tracee, signo);
        return tell(tracee, Hold::Group, record, status, 0);
    }
    if !tracee.fresh {
        tracee.group = signo;
        ask(tid, tracee);
    }
    go_on(tid, 0)
}

/// A stop that only seized threads have.
pub fn stop(tid: i32, tracee: &mut Tracee, signo: i32) -> Seen {
    if std::mem::take(&mut tracee.listening)
        && let Some(record) = host::read_record(tid, tracee.record)
    {
        let status = signo | (events::STOP as i32) << 8;
        return tell(tracee, Hold::Group, record, status, 0);
    }
    if signo == libc::SIGTRAP { go_on(tid, 0) } else { group(tid, tracee, signo) }
}

/// A thread that waits for its child has said in its record that it is about to make it.
pub fn vfork(tid: i32, tracee: &mut Tracee) -> Seen {
    let record = host::read_record(tid, tracee.record).filter(|_| tracee.known);
    let Some(record) = record.filter(|r| r.is_event(events::VFORK) && r.answer().is_none()) else {
        return go_on(tid, 0);
    };
    let status = status_of(tracee, &record);
    tell(tracee, Hold::Event, record, status, host::event_message(tid))
}

/// The program is the translator of another, or of none. Gives the id that the thread had.
pub fn executed(tid: i32, tracee: &mut Tracee) -> i32 {
    let former = host::event_message(tid);
    tracee.former = former;
    tracee.fresh = true;
    tracee.asked = false;
    tracee.record = 0;
    let _ = host::go_on(tid, 0);
    former as i32
}

pub fn exit(tid: i32, tracee: &mut Tracee) -> Seen {
    let told = tracee.known && !tracee.ending && tracee.options & options::of(events::EXIT) != 0;
    let Some(record) = host::read_record(tid, tracee.record).filter(|_| told) else {
        return go_on(tid, 0);
    };
    let status = libc::SIGTRAP | (events::EXIT as i32) << 8;
    tell(tracee, Hold::Event, record, status, host::event_message(tid))
}
