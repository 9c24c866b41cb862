//! Host calls that std has no function for.
#![allow(unsafe_code, reason = "raw system calls")]

use std::ffi::CString;
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd};
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
