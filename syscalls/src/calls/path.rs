//! Calls with paths: the arguments that a row marks are looked up in the sysroot.

use std::ffi::{CStr, CString};

use memory::Errno;

use crate::call::{Answer, Call};
use crate::host::{CWD, Fd};
use crate::mem;
use crate::proc::{self, ProcFile};
use crate::sysroot::{Last, NO_DIRECTORY};
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

/// What a path of the guest's is on the host. Keep it alive until after the call.
pub enum Place {
    /// The same.
    Same,
    /// This path.
    Path(CString),
    /// What is open here, for its path only, of the sysroot.
    File(Fd),
}

impl Place {
    /// Directory, path and `AT_*` flag that name it, of what the guest gave as `dir` and `path`.
    pub fn at(&self, dir: u64, path: u64) -> (u64, u64, u64) {
        match self {
            Place::Same => (dir, path, 0),
            Place::Path(path) => (dir, path.as_ptr() as u64, 0),
            Place::File(file) => (file.0 as u64, c"".as_ptr() as u64, libc::AT_EMPTY_PATH as u64),
        }
    }
}

/// Looks up the guest's path at `addr`, of something that is there.
pub fn find(call: &Call<'_>, dir: u64, addr: u64, last: Last) -> Place {
    match of_proc(call, dir, addr, last) {
        Some(path) => path.map_or(Place::Same, Place::Path),
        None => match in_sysroot(call, addr, last) {
            Some(Ok(file)) => Place::File(file),
            Some(Err(Errno(libc::ENOTDIR))) => Place::Path(NO_DIRECTORY.to_owned()),
            _ => Place::Same,
        },
    }
}

fn in_sysroot(call: &Call<'_>, addr: u64, last: Last) -> Option<Result<Fd, Errno>> {
    let sysroot = call.linux.sysroot.as_ref()?;
    let root = call.linux.fds.sysroot.get()?;
    Some(sysroot.locate(root, &mem::read_path(addr).ok()?, last))
}

/// faccessat(2) and faccessat2(2).
pub fn access(call: &mut Call<'_>, nr: i64, flags: u64) -> Answer {
    let nofollow = flags as i32 & libc::AT_SYMLINK_NOFOLLOW != 0;
    let last = if nofollow { Last::Link } else { Last::Follow };
    let [dir, path, mode, ..] = call.args;
    let place = find(call, dir, path, last);
    let (dir, path, empty) = place.at(dir, path);
    let nr = if empty == 0 { nr } else { libc::SYS_faccessat2 };
    call.block_with(nr, [dir, path, mode, flags | empty, 0, 0])
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
    of_proc(call, dir, addr, last).unwrap_or_else(|| lookup(call, addr, last))
}

/// For a file under `/proc` that describes a guest, the host's path if it is another one.
fn of_proc(call: &Call<'_>, dir: u64, addr: u64, last: Last) -> Option<Option<CString>> {
    const NOWHERE: &CStr = c"/proc/self/fd/none";
    let follows = matches!(last, Last::Follow | Last::NewFollow);
    let found = proc::find(call, dir, addr)?;
    Some(match found.file {
        ProcFile::Hidden => Some(NOWHERE.to_owned()),
        _ if follows => found.program(call.linux),
        _ => None,
    })
}
