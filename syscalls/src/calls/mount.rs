//! mount(2).

use crate::call::{Answer, Call};
use crate::calls::path::place;
use crate::host::CWD;
use crate::sysroot::Last;

/// mount(2). The source is a path only for some file systems, and for bind mounts.
pub fn mount(call: &mut Call<'_>) -> Answer {
    let bind = call.args[3] & (libc::MS_BIND | libc::MS_MOVE) != 0;
    let _source = if bind { place(call, CWD, 0, Last::Follow) } else { None };
    let _target = place(call, CWD, 1, Last::Follow);
    call.block(libc::SYS_mount)
}
