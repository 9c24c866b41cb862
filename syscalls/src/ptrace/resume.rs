//! Letting a stopped tracee go on.

use memory::Errno;

use super::host;
use super::look::{GONE, look_if_stopped};
use super::record::{Go, Kind, Record};
use super::tracees::{Hold, Stopped, Tracee, Tracees, tracees};

const SIGNALS: u64 = 64;

/// `PTRACE_CONT`, `PTRACE_SYSCALL`, `PTRACE_DETACH`, with a signal.
pub fn resume(tid: i32, go: Go, signal: u64) -> Result<i64, Errno> {
    if signal > SIGNALS {
        return Err(Errno(libc::EIO));
    }
    let mut list = tracees();
    let tracee = list.all.get_mut(&tid).ok_or(GONE)?;
    let mut stopped = tracee.stopped.take().ok_or(GONE)?;
    stopped.record.signal = signal;
    stopped.record.message = sender();
    tell_settings(tracee, &mut stopped.record, go);
    if !host::write_record(tid, tracee.record, &stopped.record) && stopped.hold != Hold::Event {
        return Err(GONE);
    }
    release(&mut list, tid, go)
}

fn release(list: &mut Tracees, tid: i32, go: Go) -> Result<i64, Errno> {
    if go == Go::Free {
        list.all.remove(&tid);
        return host::detach(tid);
    }
    host::go_on(tid, 0)
}

/// Who sends a signal that takes the place of another: `si_pid` and `si_uid`.
fn sender() -> u64 {
    let user = crate::host::sys(libc::SYS_getuid, []).unwrap_or(0) as u64;
    crate::host::getpid() as u64 | user << 32
}

fn tell_settings(tracee: &mut Tracee, record: &mut Record, go: Go) {
    record.written = std::mem::take(&mut tracee.written);
    (record.options, record.seized) = (tracee.options, tracee.seized as u64);
    record.set_answer(go);
}

/// Tells a tracee that has stopped only for that how it is traced. It goes on as it did.
pub fn answer_settings(tid: i32, tracee: &mut Tracee, mut record: Record) {
    let go = if record.calls != 0 { Go::ToCall } else { Go::On };
    tell_settings(tracee, &mut record, go);
    host::write_record(tid, tracee.record, &record);
}

/// `PTRACE_LISTEN`: the tracee stays stopped, and is told when that changes. One that has stopped
/// itself is stopped by the host first.
pub fn listen(tid: i32) -> Result<i64, Errno> {
    const EIO: Errno = Errno(libc::EIO);
    let mut list = tracees();
    let tracee = list.all.get_mut(&tid).ok_or(GONE)?;
    let stopped = tracee.stopped.as_deref().ok_or(GONE)?;
    if !tracee.seized || !stopped.record.is_event_stop() {
        return Err(EIO);
    }
    tracee.listening = true;
    if stopped.hold == Hold::Group {
        tracee.stopped = None;
        return host::listen(tid);
    }
    let group = is_group(stopped);
    host::interrupt(tid)?;
    host::go_on(tid, 0)?;
    tracee.stopped = None;
    drop(list);
    held(tid, group)
}

fn is_group(stopped: &Stopped) -> bool {
    stopped.status & 0xff != libc::SIGTRAP || stopped.record.kind() == Some(Kind::Group)
}

/// Waits until the host has stopped a thread that goes nowhere else. If its process is not stopped
/// any more, the guest is told of that as if it had listened before.
fn held(tid: i32, group: bool) -> Result<i64, Errno> {
    let mut info = runtime::SigInfo::zeroed();
    let options = (libc::WSTOPPED | libc::WEXITED | libc::WNOWAIT | libc::__WALL) as u64;
    let args = [libc::P_PID as u64, tid as u64, &raw mut info as u64, options, 0];
    crate::host::sys(libc::SYS_waitid, args)?;
    let status = info.fields[1] as i32;
    if group && status & 0xff == libc::SIGTRAP {
        look_if_stopped(tid);
        return Ok(0);
    }
    host::listen(tid)
}
