//! Descriptors: close(2), dup3(2), close_range(2), fcntl(2). The translator's own are
//! out of reach.

use crate::call::{Answer, Call, fail};

/// close(2).
pub fn close(call: &mut Call<'_>) -> Answer {
    if call.linux.fds.owns(call.args[0]) {
        return fail(libc::EBADF);
    }
    call.block(libc::SYS_close)
}

/// dup3(2). What the translator has at the new number moves.
pub fn dup3(call: &mut Call<'_>) -> Answer {
    if call.linux.fds.owns(call.args[1]) {
        if call.thread().vfork_child {
            return fail(libc::EBUSY);
        }
        call.linux.fds.make_room(call.args[1])?;
    }
    call.block(libc::SYS_dup3)
}

/// close_range(2), around the translator's descriptors.
pub fn close_range(call: &mut Call<'_>) -> Answer {
    let (first, last) = (call.args[0] as u32, call.args[1] as u32);
    let mut flags = call.args[2];
    if first > last {
        return fail(libc::EINVAL);
    }
    let mut from = first as u64;
    for own in call.linux.fds.within(first, last) {
        if from < own as u64 {
            let args = [from, own as u64 - 1, flags, 0, 0, 0];
            call.block_with(libc::SYS_close_range, args)?;
            flags &= !(libc::CLOSE_RANGE_UNSHARE as u64);
        }
        from = own as u64 + 1;
    }
    if from > last as u64 {
        return Ok(0);
    }
    call.block_with(libc::SYS_close_range, [from, last as u64, flags, 0, 0, 0])
}

/// fcntl(2): its structures are the same on both machines.
pub fn fcntl(call: &mut Call<'_>) -> Answer {
    if call.linux.fds.owns(call.args[0]) {
        return fail(libc::EBADF);
    }
    call.block(libc::SYS_fcntl)
}
