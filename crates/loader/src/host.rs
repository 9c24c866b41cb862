//! Host calls that std has no function for.
#![allow(unsafe_code, reason = "raw system calls")]

use std::ffi::{CStr, CString, OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Opens `path` for reading as if `root` were the root directory: `..` and absolute symbolic
/// links stay inside (openat2(2), `RESOLVE_IN_ROOT`).
pub fn open_in_root(root: &Path, path: &Path) -> io::Result<File> {
    let directory = File::open(root)?;
    let name = CString::new(path.as_os_str().as_bytes())?;
    // SAFETY: all-zero is a valid open_how.
    let mut how: libc::open_how = unsafe { std::mem::zeroed() };
    how.flags = (libc::O_RDONLY | libc::O_CLOEXEC | libc::O_NONBLOCK) as u64;
    how.resolve = libc::RESOLVE_IN_ROOT;
    let size = size_of::<libc::open_how>();
    // SAFETY: `name` and `how` live through the call.
    let fd = unsafe {
        libc::syscall(libc::SYS_openat2, directory.as_raw_fd(), name.as_ptr(), &how, size)
    };
    if fd < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the kernel has just given us this descriptor.
    Ok(unsafe { File::from_raw_fd(fd as i32) })
}

/// 16 random bytes.
pub fn random() -> [u8; 16] {
    let mut bytes = [0; 16];
    // SAFETY: the buffer is live and has that length. Up to 256 bytes always come in full.
    unsafe { libc::getrandom(bytes.as_mut_ptr().cast(), bytes.len(), 0) };
    bytes
}

/// The user and group of this process.
pub struct Ids {
    pub uid: u64,
    pub euid: u64,
    pub gid: u64,
    pub egid: u64,
}

/// The user and group of this process.
pub fn ids() -> Ids {
    // SAFETY: these calls take nothing and can't fail.
    let (uid, euid, gid, egid) =
        unsafe { (libc::getuid(), libc::geteuid(), libc::getgid(), libc::getegid()) };
    Ids { uid: uid.into(), euid: euid.into(), gid: gid.into(), egid: egid.into() }
}

/// Clock ticks a second, as times(2) counts.
pub fn clock_ticks() -> u64 {
    // SAFETY: a query without pointers.
    unsafe { libc::sysconf(libc::_SC_CLK_TCK) as u64 }
}

/// The soft limit of the stack's size.
pub fn stack_limit() -> u64 {
    let mut limit = libc::rlimit { rlim_cur: 8 << 20, rlim_max: 0 };
    // SAFETY: `limit` is a live rlimit.
    unsafe { libc::getrlimit(libc::RLIMIT_STACK, &mut limit) };
    limit.rlim_cur
}

/// What the kernel told this process at its own start under `key`; see getauxval(3). `None` if
/// nothing.
pub fn own_auxv(key: u64) -> Option<u64> {
    // SAFETY: a query; it sets errno to ENOENT when it does not know the key, and leaves it
    // alone otherwise. errno is the thread's own.
    unsafe {
        *libc::__errno_location() = 0;
        let value = libc::getauxval(key);
        (value != 0 || *libc::__errno_location() == 0).then_some(value)
    }
}

/// The file name with which execve(2) was called for this process (`AT_EXECFN`).
pub fn own_execfn() -> Option<OsString> {
    let text = own_auxv(libc::AT_EXECFN).filter(|&addr| addr != 0)?;
    // SAFETY: the kernel put a string there, which lasts as long as the process.
    let text = unsafe { CStr::from_ptr(text as *const libc::c_char) };
    Some(OsStr::from_bytes(text.to_bytes()).to_owned())
}

/// The file that an open descriptor is of; the descriptor stays open. `EBADF` if it is not open.
pub fn file_of(fd: RawFd) -> io::Result<File> {
    // SAFETY: a query about a number.
    let copy = unsafe { libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, 3) };
    if copy < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the kernel has just given us this descriptor.
    Ok(unsafe { File::from_raw_fd(copy) })
}

/// A random number below `end`, of which the low `zeros` bits are zero; 0 where the process is not to be
/// randomised (`ADDR_NO_RANDOMIZE`, see personality(2)).
pub fn random_below(end: u64, zeros: u32) -> u64 {
    const ASK: libc::c_ulong = 0xffff_ffff;
    // SAFETY: a query without pointers.
    let personality = unsafe { libc::personality(ASK) };
    if personality & libc::ADDR_NO_RANDOMIZE != 0 {
        return 0;
    }
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&random()[..8]);
    (u64::from_le_bytes(bytes) % end) & !((1 << zeros) - 1)
}
