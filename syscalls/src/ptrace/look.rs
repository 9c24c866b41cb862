//! What it means that a tracee has stopped on the host: a stop of the guest's, or one that only the
//! runtimes need to know of.

use memory::Errno;
use runtime::{SigInfo, tracing};

use super::told::{executed, exit, group, itself, stop, vfork};
use super::tracees::{Tracee, tracees};
use super::{events, host};

const SI_USER: i32 = 0;

/// What becomes of a stop.
pub enum Seen {
    /// The guest is told: wait(2)'s status, above bit 8.
    Told(i32),
    /// It has gone on.
    Gone,
}

/// Looks at a stop of a thread, of which the host's wait(2) says `status` (above bit 8). Gives
/// what the guest is to be told; `None` if nothing, and the thread has gone on.
pub fn look(tid: i32, status: i32) -> Option<i32> {
    let info = host::signal_info(tid);
    if info.as_ref().is_err_and(|e| e.0 == libc::ESRCH) {
        // Not traced, or not by this thread.
        return Some(status);
    }
    let mut list = tracees();
    let tracee = list.entry(tid);
    if status >> 8 == events::EXIT as i32
        && tracee.stopped.as_ref().is_some_and(|s| s.status != status)
    {
        // It was killed where it stood.
        tracee.stopped = None;
    }
    if let Some(stopped) = &tracee.stopped {
        return Some(stopped.status);
    }
    let signo = status & 0xff;
    let seen = match (status >> 8) as u64 {
        0 => match info {
            Ok(info) => signal(tid, tracee, &info),
            Err(_) => group(tid, tracee, signo),
        },
        events::STOP => stop(tid, tracee, signo),
        events::FORK | events::CLONE => {
            let child = host::event_message(tid) as i32;
            list.made(child);
            go_on(tid, 0)
        }
        events::VFORK => {
            let child = host::event_message(tid) as i32;
            let seen = vfork(tid, tracee);
            list.made(child);
            seen
        }
        events::EXIT => exit(tid, tracee),
        events::EXEC => {
            let former = executed(tid, tracee);
            if former != tid {
                list.all.remove(&former);
            }
            Seen::Gone
        }
        _ => go_on(tid, 0),
    };
    match seen {
        Seen::Told(status) => Some(status),
        Seen::Gone => None,
    }
}

/// Looks at whoever else may have stopped, so that nobody waits for a thread which is held up by
/// a stop that is none of the guest's.
pub fn look_at_others(than: i32) {
    let others: Vec<i32> = {
        let list = tracees();
        let running = list.all.iter().filter(|(tid, t)| **tid != than && t.stopped.is_none());
        running.map(|(tid, _)| *tid).collect()
    };
    others.into_iter().for_each(look_if_stopped);
}

/// Looks at a thread if it has stopped; the stop is still to be waited for.
pub fn look_if_stopped(tid: i32) {
    const CLD_TRAPPED: i32 = 4;
    let mut info = SigInfo::zeroed();
    let options = libc::WSTOPPED | libc::WNOHANG | libc::WNOWAIT | libc::__WALL;
    let at = &raw mut info as u64;
    let args = [libc::P_PID as u64, tid as u64, at, options as u64, 0];
    if crate::host::sys(libc::SYS_waitid, args).is_ok() && info.code == CLD_TRAPPED {
        look(tid, info.fields[1] as i32);
    }
}

/// Lets a thread go on.
pub fn go_on(tid: i32, signo: i32) -> Seen {
    let _ = host::go_on(tid, signo);
    Seen::Gone
}

/// A signal that the host is about to deliver.
fn signal(tid: i32, tracee: &mut Tracee, info: &SigInfo) -> Seen {
    if info.signo == libc::SIGTRAP && info.code == tracing::STOP {
        return itself(tid, tracee, info.fields[1]);
    }
    let asks = info.signo == libc::SIGTRAP && info.code == tracing::ASK;
    if tracee.asked && info.signo == libc::SIGTRAP && !asks && !tracee.fresh {
        // The kernel keeps one SIGTRAP at a time, so that may have been lost.
        ask(tid, tracee);
    }
    if info.code == tracing::PASS {
        tracee.record = if info.fields[1] != 0 { info.fields[1] } else { tracee.record };
        return go_on(tid, info.signo);
    }
    if starts(tid, tracee, info) {
        return go_on(tid, 0);
    }
    if tracee.fresh {
        return match (info.signo, tracing::carries(info)) {
            (_, Some(inner)) => go_on(tid, inner.signo),
            (libc::SIGTRAP, _) => go_on(tid, 0),
            (signo, _) => go_on(tid, signo),
        };
    }
    if asks || tracing::carries(info).is_some() || is_runtimes(info) {
        return go_on(tid, info.signo);
    }
    let _ = host::go_on_carrying(tid, info);
    Seen::Gone
}

/// A fault, or a system call that comes back to the runtime.
fn is_runtimes(info: &SigInfo) -> bool {
    const RAISED: u64 = runtime::signals::SYNCHRONOUS | runtime::signals::bit(libc::SIGSYS);
    info.code > 0 && RAISED & runtime::signals::bit(info.signo) != 0
}

/// True for the signals by which the kernel shows that a thread is traced from its start, or that
/// a program is executed while it has not been told to say so otherwise.
fn starts(tid: i32, tracee: &mut Tracee, info: &SigInfo) -> bool {
    let by_kernel = info.signo == libc::SIGSTOP && info.code == SI_USER && info.fields[0] == 0;
    if by_kernel && !tracee.known && tracee.record == 0 {
        return true;
    }
    let by_itself = info.code == SI_USER && info.fields[0] as u32 as i32 == tracee.process;
    let executed = info.signo == libc::SIGTRAP && by_itself && host::has_just_executed(tid);
    tracee.fresh |= executed;
    executed
}

/// Asks a thread to stop.
pub fn ask(tid: i32, tracee: &mut Tracee) {
    tracee.asked = true;
    tracing::send(tracee.process, tid, libc::SIGTRAP, tracing::ASK, 0);
}

/// There is no such tracee, or it has not stopped.
pub const GONE: Errno = Errno(libc::ESRCH);
