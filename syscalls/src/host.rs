//! The host's system calls, on the translator's own account.

use std::ffi::{CStr, CString};

use memory::Errno;

/// The largest error number a system call can give.
const MAX_ERRNO: i64 = 4095;

/// The result of a system call, from the kernel's convention.
pub fn checked(raw: i64) -> Result<i64, Errno> {
    if (-MAX_ERRNO..0).contains(&raw) { Err(Errno(-raw as i32)) } else { Ok(raw) }
}

/// Makes a system call with up to six arguments; see [`lending::syscall`].
pub fn sys<const N: usize>(nr: i64, args: [u64; N]) -> Result<i64, Errno> {
    let mut all = [0; 6];
    all[..N].copy_from_slice(&args);
    checked(lending::syscall(nr as u64, all))
}

/// A descriptor that is closed at the end of its scope.
pub struct Fd(pub i32);

impl Drop for Fd {
    fn drop(&mut self) {
        let _ = sys(libc::SYS_close, [self.0 as u64]);
    }
}

/// `AT_FDCWD` as a register holds it.
pub const CWD: u64 = libc::AT_FDCWD as i64 as u64;

/// openat(2), close-on-exec.
pub fn open(dir: u64, path: &CStr, flags: i32) -> Result<Fd, Errno> {
    let flags = (flags | libc::O_CLOEXEC) as u64;
    sys(libc::SYS_openat, [dir, path.as_ptr() as u64, flags, 0]).map(|fd| Fd(fd as i32))
}

/// A duplicate that stays open when a program is executed; not a standard descriptor.
pub fn inheritable(fd: i32) -> Result<Fd, Errno> {
    sys(libc::SYS_fcntl, [fd as u64, libc::F_DUPFD as u64, 3]).map(|fd| Fd(fd as i32))
}

/// The path of an open descriptor on the host; see proc(5) on `/proc/self/fd`.
pub fn path_of(fd: i32) -> Result<Vec<u8>, Errno> {
    readlink(&fd_path(fd))
}

/// `/proc/self/fd/N`.
pub fn fd_path(fd: i32) -> CString {
    cstring(format!("/proc/self/fd/{fd}").into_bytes())
}

/// readlink(2).
pub fn readlink(path: &CStr) -> Result<Vec<u8>, Errno> {
    let mut buffer = vec![0u8; libc::PATH_MAX as usize];
    let args = [CWD, path.as_ptr() as u64, buffer.as_mut_ptr() as u64, buffer.len() as u64];
    let len = sys(libc::SYS_readlinkat, args)?;
    buffer.truncate(len as usize);
    Ok(buffer)
}

/// True if the calling thread has the capability of this number in effect; see capget(2).
pub fn has_capability(number: u32) -> bool {
    const VERSION_3: u32 = 0x2008_0522;
    let (header, mut sets) = ([VERSION_3, 0], [0u32; 6]);
    let args = [header.as_ptr() as u64, sets.as_mut_ptr() as u64];
    let word = number as usize / 32 * 3;
    sys(libc::SYS_capget, args).is_ok() && sets[word] >> (number % 32) & 1 != 0
}

/// True if `path` exists, followed or not.
pub fn exists(path: &CStr, follow: bool) -> bool {
    let nofollow = if follow { 0 } else { libc::O_NOFOLLOW };
    open(CWD, path, libc::O_PATH | nofollow).is_ok()
}

/// Bytes without a NUL as a C string; cut at the first NUL there is.
pub fn cstring(mut bytes: Vec<u8>) -> CString {
    if let Some(end) = bytes.iter().position(|&b| b == 0) {
        bytes.truncate(end);
    }
    CString::new(bytes).unwrap_or_default()
}

/// The calling process.
pub fn getpid() -> i32 {
    lending::syscall(libc::SYS_getpid as u64, [0; 6]) as i32
}

/// All of an open regular file, wherever its offset is.
pub fn read_all(fd: i32) -> Result<Vec<u8>, Errno> {
    let mut stat = crate::mem::zeroed_stat();
    sys(libc::SYS_fstat, [fd as u64, &raw mut stat as u64])?;
    let mut bytes = vec![0; stat.st_size as usize];
    let args = [fd as u64, bytes.as_mut_ptr() as u64, bytes.len() as u64, 0];
    let len = sys(libc::SYS_pread64, args)?;
    bytes.truncate(len as usize);
    Ok(bytes)
}

/// Writes all of `bytes` to `fd`, as far as that works.
pub fn write_all(fd: i32, mut bytes: &[u8]) -> Result<(), Errno> {
    while !bytes.is_empty() {
        let args = [fd as u64, bytes.as_ptr() as u64, bytes.len() as u64];
        let n = sys(libc::SYS_write, args)?;
        bytes = &bytes[n as usize..];
    }
    Ok(())
}
