//! Calls with paths: the arguments that a row marks are looked up in the sysroot.

use std::ffi::{CStr, CString};

use crate::call::{Answer, Call};
use crate::host::{CWD, Fd};
use crate::mem;
use crate::proc::{self, ProcFile};
use crate::sysroot::Last;
use crate::table::{Arg, Row};

/// The host's call `nr`, with the paths of `row` looked up.
pub fn with_paths(call: &mut Call<'_>, row: &Row, nr: i64) -> Answer {
    let mut args = call.args;
    let mut held = Vec::new();
    let mut dir = CWD;
    for (n, arg) in row.args.iter().enumerate() {
        let last = match arg {
            Arg::Path => path_last(call, row),
            Arg::Link => link_last(call, row),
            Arg::New => Last::New,
            Arg::Dir => {
                dir = args[n];
                continue;
            }
            _ => continue,
        };
        if let Some(path) = host_path(call, std::mem::replace(&mut dir, CWD), args[n], last) {
            args[n] = path.as_ptr() as u64;
            held.push(path);
        }
    }
    call.block_with(nr, args)
}

fn path_last(call: &Call<'_>, row: &Row) -> Last {
    let nofollow = at_flags(call, row) & libc::AT_SYMLINK_NOFOLLOW != 0;
    if nofollow { Last::Link } else { Last::Follow }
}

fn link_last(call: &Call<'_>, row: &Row) -> Last {
    let follow = at_flags(call, row) & libc::AT_SYMLINK_FOLLOW != 0;
    if follow { Last::Follow } else { Last::Link }
}

fn at_flags(call: &Call<'_>, row: &Row) -> i32 {
    row.args.iter().position(|a| matches!(a, Arg::AtFlags)).map_or(0, |n| call.int(n))
}

/// The host's path for the guest's at `addr`, if there is a sysroot and it is another one. What
/// can't be read is left to the host's call to complain about.
pub fn lookup(call: &Call<'_>, addr: u64, last: Last) -> Option<CString> {
    let sysroot = call.linux.sysroot.as_ref()?;
    let root = call.linux.fds.sysroot.get()?;
    let path = mem::read_path(addr).ok()?;
    sysroot.map(root, &path, last)
}

/// Makes the path at argument 1, relative to argument 0, an open file with an empty path, if it is
/// found in the sysroot; the flags at argument `flags` then say so. Keep what is returned alive
/// until after the call.
pub fn locate(call: &mut Call<'_>, flags: usize) -> Option<Fd> {
    let sysroot = call.linux.sysroot.as_ref()?;
    let root = call.linux.fds.sysroot.get()?;
    let path = mem::read_path(call.args[1]).ok()?;
    let nofollow = call.int(flags) & libc::AT_SYMLINK_NOFOLLOW != 0;
    let last = if nofollow { Last::Link } else { Last::Follow };
    let file = sysroot.locate(root, &path, last)?;
    call.args[0] = file.0 as u64;
    call.args[1] = c"".as_ptr() as u64;
    call.args[flags] |= libc::AT_EMPTY_PATH as u64;
    Some(file)
}

/// Puts the host's path for argument `n` in its place, where it is another one. Keep what is
/// returned alive until after the call.
pub fn place(call: &mut Call<'_>, dir: u64, n: usize, last: Last) -> Option<CString> {
    let path = host_path(call, dir, call.args[n], last)?;
    call.args[n] = path.as_ptr() as u64;
    Some(path)
}

/// The host's path for the guest's at `addr`, where it is another one: a file under `/proc` that
/// names a guest's program or a descriptor which is not there, or one in the sysroot.
fn host_path(call: &Call<'_>, dir: u64, addr: u64, last: Last) -> Option<CString> {
    const NOWHERE: &CStr = c"/proc/self/fd/none";
    let follows = matches!(last, Last::Follow | Last::NewFollow);
    match proc::find(call, dir, addr) {
        Some(found) if found.file == ProcFile::Hidden => Some(NOWHERE.to_owned()),
        Some(found) if follows => found.program(call.linux),
        Some(_) => None,
        None => lookup(call, addr, last),
    }
}
