//! uname(2).

use crate::abi::regs::MACHINE;
use crate::call::{Answer, Call};
use crate::host;
use crate::mem;

/// Bytes of each of the six strings of `struct utsname`.
const FIELD: usize = 65;
const NODENAME: usize = 1;
const RELEASE: usize = 2;
const VERSION: usize = 3;
const MACHINE_FIELD: usize = 4;

/// uname(2).
pub fn uname(call: &mut Call<'_>) -> Answer {
    let mut names = [0u8; 6 * FIELD];
    host::sys(libc::SYS_uname, [names.as_mut_ptr() as u64])?;
    let mut set = |field: usize, value: &str| {
        let place = &mut names[field * FIELD..(field + 1) * FIELD];
        place.fill(0);
        let len = value.len().min(FIELD - 1);
        place[..len].copy_from_slice(&value.as_bytes()[..len]);
    };
    let uname = &call.linux.config.uname;
    let fields =
        [(NODENAME, &uname.nodename), (RELEASE, &uname.release), (VERSION, &uname.version)];
    for (field, value) in fields {
        if let Some(value) = value {
            set(field, value);
        }
    }
    set(MACHINE_FIELD, MACHINE);
    mem::write_bytes(call.process(), call.args[0], &names)?;
    Ok(0)
}
