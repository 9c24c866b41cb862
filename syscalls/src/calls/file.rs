//! openat(2), openat2(2), truncate(2), readlinkat(2), lseek(2), read(2), write(2) and their kin.

use std::ffi::CStr;

use memory::Errno;

use crate::call::{Answer, Call, Stop, fail};
use crate::calls::path::{self, place};
use crate::host::{CWD, Fd, cstring, sys};
use crate::mem;
use crate::proc::own_mem::{self, At};
use crate::proc::{self, ProcFile, exe, served};
use crate::sysroot::{Last, is_ours, open_inside};

/// openat(2).
pub fn openat(call: &mut Call<'_>) -> Answer {
    let flags = call.int(2);
    if let Some(found) = proc::find(call, call.args[0], call.args[1]) {
        match found.file {
            ProcFile::Hidden => return fail(libc::ENOENT),
            ProcFile::Exe => {}
            ProcFile::Mem => own_mem::opened(),
            _ if flags & libc::O_PATH == 0 => return proc::open(call, &found, flags),
            _ => {}
        }
    }
    if writes(flags) {
        let _path = place(call, call.args[0], 1, last_of(flags));
        return for_writing(call, flags, |call, flags| {
            call.args[2] = flags as u32 as u64;
            call.block(libc::SYS_openat)
        });
    }
    if flags & libc::O_CREAT == 0
        && let Some(answer) = open_in_sysroot(call, flags)
    {
        return answer;
    }
    let _path = place(call, call.args[0], 1, last_of(flags));
    call.block(libc::SYS_openat)
}

fn writes(flags: i32) -> bool {
    flags & libc::O_PATH == 0 && flags & libc::O_ACCMODE != libc::O_RDONLY
}

/// Opens the path at argument 1 by `open`, which is given the flags: fails with `ETXTBSY` if it is
/// a program that runs, which is found out before the file is cut off.
fn for_writing(
    call: &mut Call<'_>,
    flags: i32,
    open: impl FnOnce(&mut Call<'_>, i32) -> Answer,
) -> Answer {
    let cut = flags & libc::O_TRUNC != 0 && may_be_program(call.args[0], call.args[1]);
    let fd = open(call, if cut { flags & !libc::O_TRUNC } else { flags })?;
    let opened = Fd(fd as i32);
    if exe::is_busy(opened.0) {
        return fail(libc::ETXTBSY);
    }
    if cut {
        sys(libc::SYS_ftruncate, [fd as u64, 0])?;
    }
    std::mem::forget(opened);
    Ok(fd)
}

/// True for a file that somebody may execute.
fn may_be_program(dir: u64, path: u64) -> bool {
    let mut stat = mem::zeroed_stat();
    sys(libc::SYS_newfstatat, [dir, path, &raw mut stat as u64, 0]).is_ok()
        && stat.st_mode & libc::S_IFMT == libc::S_IFREG
        && stat.st_mode & 0o111 != 0
}

/// truncate(2).
pub fn truncate(call: &mut Call<'_>) -> Answer {
    let _path = place(call, CWD, 0, Last::Follow);
    if may_be_program(CWD, call.args[0]) {
        let args = [CWD, call.args[0], (libc::O_WRONLY | libc::O_CLOEXEC) as u64];
        let opened = sys(libc::SYS_openat, args).map(|fd| Fd(fd as i32));
        if opened.is_ok_and(|fd| exe::is_busy(fd.0)) {
            return fail(libc::ETXTBSY);
        }
    }
    call.block(libc::SYS_truncate)
}

/// Opens a file of the sysroot in one call; `None` if that is not how to open it.
fn open_in_sysroot(call: &mut Call<'_>, flags: i32) -> Option<Answer> {
    const NOT_HERE: [i32; 3] = [libc::ENOENT, libc::ENOTDIR, libc::EINVAL];
    call.linux.sysroot.as_ref()?;
    let root = call.linux.fds.sysroot.get()?;
    let path = mem::read_path(call.args[1]).ok().filter(|path| is_ours(path))?;
    let path = cstring(path);
    let mut how = [0; 3];
    let args = open_inside(root, &path, &mut how, flags);
    match call.block_with(libc::SYS_openat2, args) {
        Err(Stop::Errno(e)) if NOT_HERE.contains(&e.0) => None,
        answer => Some(answer),
    }
}

fn last_of(flags: i32) -> Last {
    const CREATE_NEW: i32 = libc::O_CREAT | libc::O_EXCL;
    let nofollow = flags & libc::O_NOFOLLOW != 0 || flags & CREATE_NEW == CREATE_NEW;
    match (flags & libc::O_CREAT != 0, nofollow) {
        (true, true) => Last::New,
        (true, false) => Last::NewFollow,
        (false, true) => Last::Link,
        (false, false) => Last::Follow,
    }
}

/// openat2(2); with restrictions on how the path is resolved, it is the host's as it is.
pub fn openat2(call: &mut Call<'_>) -> Answer {
    let mut how: [u64; 3] = mem::read(call.args[2])?;
    let (flags, resolve) = (how[0] as i32, how[2]);
    let _path = (resolve == 0).then(|| place(call, call.args[0], 1, last_of(flags)));
    if !writes(flags) || call.args[3] != size_of_val(&how) as u64 {
        return call.block(libc::SYS_openat2);
    }
    for_writing(call, flags, |call, flags| {
        how[0] = how[0] & !(libc::O_TRUNC as u64) | (flags & libc::O_TRUNC) as u64;
        let [dir, path, _, size, ..] = call.args;
        call.block_with(libc::SYS_openat2, [dir, path, how.as_ptr() as u64, size, 0, 0])
    })
}

/// readlinkat(2); the `exe` of a guest process is its program.
pub fn readlinkat(call: &mut Call<'_>) -> Answer {
    if let Some(found) = proc::find(call, call.args[0], call.args[1]) {
        if found.file == ProcFile::Hidden {
            return fail(libc::ENOENT);
        }
        if let Some(program) = found.program(call.linux) {
            return read_exe(call, &program);
        }
    }
    let [dir, path, to, size, ..] = call.args;
    let place = path::find(call, dir, path, Last::Link);
    let (dir, path, empty) = place.at(dir, path);
    let answer = call.block_with(libc::SYS_readlinkat, [dir, path, to, size, 0, 0]);
    let len = match answer {
        // Of what is no link, by its descriptor.
        Err(Stop::Errno(Errno(libc::ENOENT))) if empty != 0 => return fail(libc::EINVAL),
        answer => answer?,
    };
    let Ok(link) = mem::read_bytes(call.args[2], len as usize) else { return Ok(len) };
    match served::path_in(&link) {
        Some(path) => {
            mem::write_bytes(call.process(), call.args[2], path)?;
            Ok(path.len() as i64)
        }
        None => Ok(len),
    }
}

/// lseek(2).
pub fn lseek(call: &mut Call<'_>) -> Answer {
    if call.args[1] == 0 && call.int(2) == libc::SEEK_SET {
        served::refresh(call, call.int(0))?;
    }
    call.pass(libc::SYS_lseek)
}

/// pread64(2).
pub fn pread64(call: &mut Call<'_>) -> Answer {
    if call.args[3] == 0 {
        served::refresh(call, call.int(0))?;
    }
    own_mem::read(call, libc::SYS_pread64, At::Given)
        .unwrap_or_else(|| call.block(libc::SYS_pread64))
}

/// read(2).
pub fn read(call: &mut Call<'_>) -> Answer {
    own_mem::read(call, libc::SYS_read, At::Current).unwrap_or_else(|| call.block(libc::SYS_read))
}

/// write(2).
pub fn write(call: &mut Call<'_>) -> Answer {
    own_mem::write(call, libc::SYS_write, At::Current)
        .unwrap_or_else(|| call.block(libc::SYS_write))
}

/// pwrite64(2).
pub fn pwrite64(call: &mut Call<'_>) -> Answer {
    own_mem::write(call, libc::SYS_pwrite64, At::Given)
        .unwrap_or_else(|| call.block(libc::SYS_pwrite64))
}

fn read_exe(call: &mut Call<'_>, program: &CStr) -> Answer {
    let size = call.int(3);
    if size <= 0 {
        return fail(libc::EINVAL);
    }
    let exe = call.linux.guest_path(program);
    let len = exe.len().min(size as usize);
    mem::write_bytes(call.process(), call.args[2], &exe[..len])?;
    Ok(len as i64)
}
