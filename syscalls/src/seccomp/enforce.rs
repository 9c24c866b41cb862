//! What becomes of a call that is looked at.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use runtime::signals::die_of;
use runtime::{Flow, SigInfo, Vcpu};

use super::{Attempt, FILTER, STRICT, Seccomp, Verdict, notify};
use crate::abi::regs::{self, AUDIT_ARCH};
use crate::call::{Answer, Call, Stop, fail};
use crate::calls::exit::{End, end_thread};
use crate::host::sys;
use crate::linux::Linux;
use crate::ptrace;
use crate::signals;
use crate::table::{self, Row};
use crate::thread::Thread;

/// All that the strict mode allows.
const STRICT_CALLS: [&str; 4] = ["read", "write", "exit", "rt_sigreturn"];
/// Most that a filter's datum can be as an error.
const MAX_ERRNO: u32 = 4095;
/// `SYS_SECCOMP`, the `si_code`.
const SYS_SECCOMP: i32 = 1;

/// Looks at a call of a thread that is not free to make any; `None` if it may be made.
pub fn enforce(linux: &Linux, vcpu: &mut Vcpu, row: Option<&Row>, nr: u64) -> Option<Answer> {
    let state = Arc::clone(&Thread::of(vcpu).seccomp);
    if state.take_privileges() {
        let _ = sys(libc::SYS_prctl, [libc::PR_SET_NO_NEW_PRIVS as u64, 1, 0, 0, 0]);
    }
    match state.mode() {
        STRICT if row.is_some_and(|r| STRICT_CALLS.contains(&r.name)) => None,
        STRICT => Some(kill_thread(linux, vcpu, libc::SIGKILL)),
        FILTER => {
            let verdict = ask(&state, vcpu, nr);
            act(linux, vcpu, nr, verdict)
        }
        _ => None,
    }
}

fn ask(state: &Seccomp, vcpu: &Vcpu, nr: u64) -> Verdict {
    let call = Attempt { nr, pc: vcpu.state.pc, args: regs::args(&vcpu.state) };
    state.filter().map_or(Verdict::ALLOW, |filter| filter.run(&call))
}

/// A call that the tracer is to see, and may change: what it makes of it is filtered once more.
/// Without a tracer that wants to, `ENOSYS`.
fn show(linux: &Linux, vcpu: &mut Vcpu, datum: u32) -> Answer {
    if !ptrace::seccomp(linux, vcpu, datum) {
        return fail(libc::ENOSYS);
    }
    let nr = regs::number(&vcpu.state);
    if nr as i32 == -1 {
        return Err(Stop::Flow(Flow::Continue));
    }
    let state = Arc::clone(&Thread::of(vcpu).seccomp);
    let verdict = ask(&state, vcpu, nr);
    let shown = verdict.answer & libc::SECCOMP_RET_ACTION_FULL == libc::SECCOMP_RET_TRACE;
    let objection = if shown { None } else { act(linux, vcpu, nr, verdict) };
    objection.unwrap_or_else(|| linux.answer(vcpu, table::find(nr)))
}

/// The actions of seccomp(2). Without a listener, notification is `ENOSYS`.
fn act(linux: &Linux, vcpu: &mut Vcpu, nr: u64, verdict: Verdict) -> Option<Answer> {
    let answer = verdict.answer;
    let datum = answer & libc::SECCOMP_RET_DATA;
    match answer & libc::SECCOMP_RET_ACTION_FULL {
        libc::SECCOMP_RET_ALLOW | libc::SECCOMP_RET_LOG => None,
        libc::SECCOMP_RET_ERRNO => Some(fail(datum.min(MAX_ERRNO) as i32)),
        libc::SECCOMP_RET_TRACE => Some(show(linux, vcpu, datum)),
        libc::SECCOMP_RET_USER_NOTIF => match verdict.listener {
            Some(listener) => notify::ask(vcpu, listener, nr),
            None => Some(fail(libc::ENOSYS)),
        },
        libc::SECCOMP_RET_TRAP => {
            let info = call_info(vcpu, nr, SYS_SECCOMP, datum as i32);
            Some(Err(Stop::Flow(signals::force(linux, vcpu, &info))))
        }
        libc::SECCOMP_RET_KILL_THREAD => Some(kill_thread(linux, vcpu, libc::SIGSYS)),
        _ => die_of(libc::SIGSYS),
    }
}

/// A `SIGSYS` for the call that the thread is about to make.
pub fn call_info(vcpu: &Vcpu, nr: u64, code: i32, errno: i32) -> SigInfo {
    let mut info = SigInfo::fault(libc::SIGSYS, code, vcpu.state.pc);
    info.errno = errno;
    info.fields[1] = (nr & u32::MAX as u64) | (AUDIT_ARCH as u64) << 32;
    info
}

/// Ends the thread; the last one's process dies of the signal.
fn kill_thread(linux: &Linux, vcpu: &mut Vcpu, signo: i32) -> Answer {
    if Thread::of(vcpu).shared.live.load(Ordering::Acquire) == 1 {
        die_of(signo);
    }
    end_thread(&mut Call { linux, vcpu, args: [0; 6] }, End::Signal(signo))
}
