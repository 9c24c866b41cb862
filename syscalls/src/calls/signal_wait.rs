//! sigsuspend(2), sigtimedwait(2).

use runtime::signals::bit;

use crate::call::{Answer, Call, fail};
use crate::calls::poll::with_mask;
use crate::mem;
use crate::signals::SET_LEN;

/// rt_sigsuspend(2).
pub fn sigsuspend(call: &mut Call<'_>) -> Answer {
    let [mask, len, ..] = call.args;
    if len != SET_LEN {
        return fail(libc::EINVAL);
    }
    mem::read::<u64>(mask)?;
    with_mask(call, mask, len, |call, mask| {
        call.block_with(libc::SYS_rt_sigsuspend, [mask, SET_LEN, 0, 0, 0, 0])
    })
}

/// rt_sigtimedwait(2).
pub fn sigtimedwait(call: &mut Call<'_>) -> Answer {
    let [set, info, ..] = call.args;
    if call.args[3] == SET_LEN && !call.thread().pending.is_empty() {
        let set: u64 = mem::read(set)?;
        let pending = &mut call.thread().pending;
        if let Some(at) = pending.iter().position(|i| set & bit(i.signo) != 0) {
            let taken = pending.remove(at);
            if info != 0 {
                call.write(info, &taken)?;
            }
            return Ok(taken.signo as i64);
        }
    }
    call.block(libc::SYS_rt_sigtimedwait)
}
