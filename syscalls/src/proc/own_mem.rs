//! `/proc/self/mem`: the guest's memory and no more; code that is written through it is translated
//! anew, whatever the rights to its page. So is that of other guests if this one traces them.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::call::{Answer, Call, fail};
use crate::host::{getpid, path_of, sys};
use crate::ptrace;

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

/// The process whose file a descriptor is of.
fn owner(fd: i32) -> Option<i32> {
    if !was_opened() {
        return None;
    }
    let path = path_of(fd).ok()?;
    let inside = path.strip_prefix(b"/proc/")?.strip_suffix(b"/mem")?;
    std::str::from_utf8(inside.split(|&b| b == b'/').next()?).ok()?.parse().ok()
}

fn is_own(fd: i32) -> bool {
    owner(fd) == Some(getpid())
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
    let pid = owner(call.int(0))?;
    Some(if pid == getpid() { write_own(call, nr, at) } else { write_others(call, pid, nr, at) })
}

fn write_own(call: &mut Call<'_>, nr: i64, at: At) -> Answer {
    let (start, end) = clip(call, at)?;
    call.process().open_to_writes(start, end);
    let answer = call.block(nr);
    call.process().code_changed(start, end);
    answer
}

fn write_others(call: &mut Call<'_>, pid: i32, nr: i64, at: At) -> Answer {
    let start = position(call, at)?;
    let written = call.block(nr)?;
    ptrace::wrote(pid, start, start.saturating_add(written as u64));
    Ok(written)
}

/// Where in the file a call means.
fn position(call: &Call<'_>, at: At) -> Result<u64, memory::Errno> {
    match at {
        At::Given => Ok(call.args[3]),
        At::Current => {
            sys(libc::SYS_lseek, [call.args[0], 0, libc::SEEK_CUR as u64]).map(|at| at as u64)
        }
    }
}

/// Cuts the length in argument 2 at the first page that is not the guest's; the range. `EIO` if
/// nothing is left.
fn clip(call: &mut Call<'_>, at: At) -> Result<(u64, u64), crate::call::Stop> {
    let start = position(call, at)?;
    let end = start.saturating_add(call.args[2]);
    let hole = call.process().memory.first_hole(start & !guest::PAGE_MASK, end);
    let end = hole.unwrap_or(end);
    if end <= start && call.args[2] != 0 {
        return Err(fail(libc::EIO).unwrap_err());
    }
    call.args[2] = end.saturating_sub(start);
    Ok((start, end))
}
