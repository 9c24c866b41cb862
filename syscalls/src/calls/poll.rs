//! ppoll(2), pselect6(2), and what they share with epoll_pwait(2): a signal mask for the time of
//! the call.

use runtime::signals::SYNCHRONOUS;

use crate::call::{Answer, Call, Stop, fail};
use crate::mem;
use crate::signals::{SET_LEN, UNBLOCKABLE};

/// `struct epoll_event`, as it is on machines other than x86-64.
#[derive(Clone, Copy, Default)]
#[repr(C)]
pub struct Event {
    pub events: u32,
    pad: u32,
    pub data: u64,
}

/// pselect6(2)'s last argument.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct MaskArg {
    mask: u64,
    len: u64,
}

/// Makes a host call under the guest's mask at `addr` (0: the one it has). `host_call` is given
/// the address of the mask for the host. If a signal ends the call, its handler's frame gets the
/// mask from before.
pub fn with_mask(
    call: &mut Call<'_>,
    addr: u64,
    len: u64,
    host_call: impl FnOnce(&mut Call<'_>, u64) -> Answer,
) -> Answer {
    if addr == 0 {
        return host_call(call, 0);
    }
    if len != SET_LEN {
        return fail(libc::EINVAL);
    }
    let mask = mem::read::<u64>(addr)? & !UNBLOCKABLE;
    under_mask(call, mask, host_call)
}

/// As [`with_mask`], with the mask itself.
pub fn under_mask(
    call: &mut Call<'_>,
    mask: u64,
    host_call: impl FnOnce(&mut Call<'_>, u64) -> Answer,
) -> Answer {
    let host_mask = mask & !SYNCHRONOUS;
    let thread = call.thread();
    let before = std::mem::replace(&mut thread.mask, mask);
    if thread.pending.iter().any(|info| mask & runtime::signals::bit(info.signo) == 0) {
        call.thread().saved_mask = Some(before);
        return fail(libc::EINTR);
    }
    let answer = host_call(call, &raw const host_mask as u64);
    let interrupted = matches!(answer, Err(Stop::Errno(e)) if e.0 == libc::EINTR);
    if interrupted && call.vcpu.signal_pending() {
        call.thread().saved_mask = Some(before);
    } else {
        call.thread().mask = before;
    }
    answer
}

/// ppoll(2).
pub fn ppoll(call: &mut Call<'_>) -> Answer {
    let [fds, count, timeout, mask, len, _] = call.args;
    with_mask(call, mask, len, |call, mask| {
        call.block_with(libc::SYS_ppoll, [fds, count, timeout, mask, len, 0])
    })
}

/// pselect6(2).
pub fn pselect6(call: &mut Call<'_>) -> Answer {
    let [count, read, write, except, timeout, arg] = call.args;
    if arg == 0 {
        return call.block(libc::SYS_pselect6);
    }
    let given: MaskArg = mem::read(arg)?;
    with_mask(call, given.mask, given.len, |call, mask| {
        let host = MaskArg { mask, len: SET_LEN };
        let args = [count, read, write, except, timeout, &raw const host as u64];
        call.block_with(libc::SYS_pselect6, args)
    })
}
