//! openat(2), openat2(2), readlinkat(2).

use crate::call::{Answer, Call, Stop, fail};
use crate::calls::path::place;
use crate::host::cstring;
use crate::mem;
use crate::proc::{self, ProcFile};
use crate::sysroot::{Last, is_ours, open_inside};

/// openat(2).
pub fn openat(call: &mut Call<'_>) -> Answer {
    let flags = call.int(2);
    if let Some(file) = proc::find(call, call.args[0], call.args[1])
        && file.file != ProcFile::Exe
        && flags & libc::O_PATH == 0
    {
        return proc::open(call, &file, flags);
    }
    if flags & libc::O_CREAT == 0
        && let Some(answer) = open_in_sysroot(call, flags)
    {
        return answer;
    }
    let _path = place(call, call.args[0], 1, last_of(flags));
    call.block(libc::SYS_openat)
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
    let [flags, _mode, resolve]: [u64; 3] = mem::read(call.args[2])?;
    if resolve == 0 {
        let _path = place(call, call.args[0], 1, last_of(flags as i32));
        return call.block(libc::SYS_openat2);
    }
    call.block(libc::SYS_openat2)
}

/// readlinkat(2); `/proc/self/exe` is the guest's program.
pub fn readlinkat(call: &mut Call<'_>) -> Answer {
    if let Some(file) = proc::find(call, call.args[0], call.args[1])
        && file.file == ProcFile::Exe
    {
        return read_exe(call);
    }
    let _path = place(call, call.args[0], 1, Last::Link);
    call.block(libc::SYS_readlinkat)
}

fn read_exe(call: &mut Call<'_>) -> Answer {
    let size = call.int(3);
    if size <= 0 {
        return fail(libc::EINVAL);
    }
    let exe = call.linux.guest_exe();
    let len = exe.len().min(size as usize);
    mem::write_bytes(call.process(), call.args[2], &exe[..len])?;
    Ok(len as i64)
}
