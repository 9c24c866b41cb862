//! set_tid_address(2), set_robust_list(2).

use crate::call::{Answer, Call, fail};
use crate::thread::ROBUST_HEAD_LEN;

/// set_tid_address(2). The host thread's own address is its library's business, or that of its lender.
pub fn set_tid_address(call: &mut Call<'_>) -> Answer {
    call.thread().clear_tid = call.args[0];
    Ok(call.vcpu.tid as i64)
}

/// set_robust_list(2). The host's kernel walks the list when the process dies; when only the
/// thread ends, [`crate::thread::ended`] does.
pub fn set_robust_list(call: &mut Call<'_>) -> Answer {
    if call.args[1] != ROBUST_HEAD_LEN {
        return fail(libc::EINVAL);
    }
    call.pass(libc::SYS_set_robust_list)?;
    call.thread().robust_list = call.args[0];
    Ok(0)
}
