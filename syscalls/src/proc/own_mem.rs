//! `/proc/self/mem`: the guest's memory and no more; code that is written through it is translated
//! anew, whatever the rights to its page.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::call::{Answer, Call, fail};
use crate::host::{getpid, path_of, sys};
use crate::mem;

/// True once the file was opened: until then no descriptor can be of it.
static OPENED: AtomicBool = AtomicBool::new(false);

/// The guest opens it, or the file of a process that it may become by fork(2).
pub fn opened() {
    OPENED.store(true, Ordering::Relaxed);
}

/// True once a descriptor may be of the file.
pub fn was_opened() -> bool {
    OPENED.load(Ordering::Relaxed)
}

fn is_own(fd: i32) -> bool {
    was_opened()
        && path_of(fd).is_ok_and(|path| {
            let dir = format!("/proc/{}/", getpid());
            path.starts_with(dir.as_bytes()) && path.ends_with(b"/mem")
        })
}

/// How a call says where in the file it means.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// Where the descriptor is.
    Current,
    /// At argument 3.
    Given,
}

/// read(2) or pread64(2), by number, if the descriptor is of this file.
pub fn read(call: &mut Call<'_>, nr: i64, at: At) -> Option<Answer> {
    is_own(call.int(0)).then(|| {
        clip(call, at)?;
        call.block(nr)
    })
}

/// write(2) or pwrite64(2), by number, if the descriptor is of this file.
pub fn write(call: &mut Call<'_>, nr: i64, at: At) -> Option<Answer> {
    is_own(call.int(0)).then(|| {
        let (start, end) = clip(call, at)?;
        mem::lift_watches(call.process(), start, end);
        let answer = call.block(nr);
        call.process().code_changed(start, end);
        answer
    })
}

/// Cuts the length in argument 2 at the first page that is not the guest's; the range. `EIO` if
/// nothing is left.
fn clip(call: &mut Call<'_>, at: At) -> Result<(u64, u64), crate::call::Stop> {
    let start = match at {
        At::Given => call.args[3],
        At::Current => {
            let args = [call.args[0], 0, libc::SEEK_CUR as u64];
            sys(libc::SYS_lseek, args)? as u64
        }
    };
    let end = start.saturating_add(call.args[2]);
    let hole = call.process().memory.first_hole(start & !guest::PAGE_MASK, end);
    let end = hole.unwrap_or(end);
    if end <= start && call.args[2] != 0 {
        return Err(fail(libc::EIO).unwrap_err());
    }
    call.args[2] = end.saturating_sub(start);
    Ok((start, end))
}
