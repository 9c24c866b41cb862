//! `PR_SET_SYSCALL_USER_DISPATCH` (prctl(2)): a thread's system calls from outside a range of its
//! code become `SIGSYS`, while a byte says so.

use std::sync::atomic::Ordering;

use guest::access;
use runtime::Vcpu;
use runtime::signals::die_of;

use crate::call::{Answer, Call, Stop, fail};
use crate::linux::Linux;
use crate::seccomp::call_info;
use crate::signals;
use crate::thread::Thread;

/// What a thread asked for.
#[derive(Clone, Copy, Debug)]
pub struct UserDispatch {
    /// Calls from here on ...
    start: u64,
    /// ... up to so many bytes behind are made in any case.
    len: u64,
    /// Address of the byte; 0 if all other calls are the thread's own affair.
    selector: u64,
}

/// The prctl.
pub fn set(call: &mut Call<'_>) -> Answer {
    const OFF: u64 = 0;
    const ON: u64 = 1;
    let [_, mode, start, len, selector, _] = call.args;
    let wanted = match mode {
        OFF if (start, len, selector) == (0, 0, 0) => None,
        ON if start != 0 && start.wrapping_add(len) <= start => return fail(libc::EINVAL),
        ON if selector >= memory::TASK_SIZE => return fail(libc::EFAULT),
        ON => Some(UserDispatch { start, len, selector }),
        _ => return fail(libc::EINVAL),
    };
    if wanted.is_some() {
        call.linux.looked_at.store(true, Ordering::SeqCst);
    }
    call.thread().user_dispatch = wanted;
    Ok(0)
}

/// The answer to a call that the thread means to make itself; `None` if the kernel is to.
pub fn intercept(linux: &Linux, vcpu: &mut Vcpu, nr: u64) -> Option<Answer> {
    const ALLOW: u64 = 0;
    const BLOCK: u64 = 1;
    const SYS_USER_DISPATCH: i32 = 2;
    let UserDispatch { start, len, selector } = Thread::of(vcpu).user_dispatch?;
    if vcpu.state.pc.wrapping_sub(start) < len {
        return None;
    }
    if selector != 0 {
        match access::load_u8(selector) {
            Ok(ALLOW) => return None,
            Ok(BLOCK) => {}
            Ok(_) => die_of(libc::SIGSYS),
            Err(_) => die_of(libc::SIGSEGV),
        }
    }
    let info = call_info(vcpu, nr, SYS_USER_DISPATCH, 0);
    Some(Err(Stop::Flow(signals::force(linux, vcpu, &info))))
}
