//! The files under `/proc` that describe the process itself, or the machine, and would show the
//! host's; see proc(5).
//!
//! Their contents are made when they are opened, and served from sealed memory.

pub mod maps;
mod stat;

use std::ffi::CString;

use guest::access;
use memory::Errno;

use crate::abi::cpuinfo;
use crate::call::{Answer, Call};
use crate::host::{self, CWD, Fd, cstring, fd_path, path_of, readlink, sys};
use crate::linux::{Linux, read_range};
use crate::mem;

/// One of these files.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ProcFile {
    Exe,
    Maps,
    Smaps,
    Auxv,
    Cmdline,
    Environ,
    Stat,
    Cpuinfo,
}

/// What a path names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Found {
    pub file: ProcFile,
    /// The host's file of that name.
    host: Vec<u8>,
}

const NAMES: [(&[u8], ProcFile); 7] = [
    (b"exe", ProcFile::Exe),
    (b"maps", ProcFile::Maps),
    (b"smaps", ProcFile::Smaps),
    (b"auxv", ProcFile::Auxv),
    (b"cmdline", ProcFile::Cmdline),
    (b"environ", ProcFile::Environ),
    (b"stat", ProcFile::Stat),
];

/// The file that the guest's path at `addr` names, relative to `dir`, if it is one of these.
pub fn find(call: &Call<'_>, dir: u64, addr: u64) -> Option<Found> {
    const PROC: &[u8] = b"/proc/";
    if access::load_u8(addr) == Ok(b'/' as u64) {
        if !mem::starts_with(addr, PROC) {
            return None;
        }
        return named(&mem::read_path(addr).ok()?, host::getpid(), call.vcpu.tid);
    }
    let path = mem::read_string(addr, 64).ok()??;
    let last = path.rsplit(|&b| b == b'/').next()?;
    if last != b"cpuinfo" && NAMES.iter().all(|(name, _)| *name != last) {
        return None;
    }
    let base = if dir as i32 == libc::AT_FDCWD {
        readlink(c"/proc/self/cwd").ok()?
    } else {
        path_of(dir as i32).ok()?
    };
    named(&[base.as_slice(), b"/", &path].concat(), host::getpid(), call.vcpu.tid)
}

/// The file that an absolute path names, in process `pid`.
fn named(path: &[u8], pid: i32, tid: i32) -> Option<Found> {
    let parts = path.split(|&b| b == b'/').filter(|p| !p.is_empty() && *p != b".");
    let parts: Vec<&[u8]> = parts.collect();
    let (pid, tid) = (pid.to_string(), tid.to_string());
    let own =
        |name: &[u8]| [b"self", pid.as_bytes(), tid.as_bytes(), b"thread-self"].contains(&name);
    let found = |file| Some(Found { file, host: path.to_vec() });
    match parts.as_slice() {
        [b"proc", b"cpuinfo"] => found(ProcFile::Cpuinfo),
        [b"proc", own_name, rest @ ..] if own(own_name) => {
            let last = match rest {
                [last] => last,
                [b"task", _, last] => last,
                _ => return None,
            };
            found(NAMES.iter().find(|(name, _)| name == last)?.1)
        }
        _ => None,
    }
}

/// True if the host path names the guest's own program through `/proc`.
pub fn is_exe(path: &[u8], tid: i32) -> bool {
    named(path, host::getpid(), tid).is_some_and(|f| f.file == ProcFile::Exe)
}

/// openat(2) of one of them.
pub fn open(call: &mut Call<'_>, found: &Found, flags: i32) -> Answer {
    if flags & libc::O_ACCMODE != libc::O_RDONLY {
        return call.block(libc::SYS_openat);
    }
    let text = contents(call, found)?;
    Ok(serve(&text, flags & libc::O_CLOEXEC)? as i64)
}

fn contents(call: &Call<'_>, found: &Found) -> Result<Vec<u8>, Errno> {
    let image = call.linux.image();
    Ok(match found.file {
        ProcFile::Exe => Vec::new(),
        ProcFile::Maps => maps::text(&call.process().memory, call.linux),
        ProcFile::Smaps => maps::detailed_text(&call.process().memory, call.linux),
        ProcFile::Auxv => image.auxv_bytes(),
        ProcFile::Cmdline => read_range(&image.args),
        ProcFile::Environ => read_range(&image.env),
        ProcFile::Stat => {
            let host = read_host(&found.host)?;
            stat::with_guest(&host, image, &call.process().memory.regions())
        }
        ProcFile::Cpuinfo => cpuinfo::text(processors()).into_bytes(),
    })
}

fn read_host(path: &[u8]) -> Result<Vec<u8>, Errno> {
    use std::os::unix::ffi::OsStrExt;
    let path = std::path::Path::new(std::ffi::OsStr::from_bytes(path));
    std::fs::read(path).map_err(|e| Errno(e.raw_os_error().unwrap_or(libc::EIO)))
}

fn processors() -> usize {
    let text = std::fs::read("/proc/cpuinfo").unwrap_or_default();
    let lines = text.split(|&b| b == b'\n').filter(|l| l.starts_with(b"processor"));
    lines.count().max(1)
}

/// An open, read-only file with this text, at the lowest free descriptor.
fn serve(text: &[u8], cloexec: i32) -> Result<i32, Errno> {
    const SEALS: i32 =
        libc::F_SEAL_SHRINK | libc::F_SEAL_GROW | libc::F_SEAL_WRITE | libc::F_SEAL_SEAL;
    let name: CString = cstring(b"proc".to_vec());
    let flags = (libc::MFD_CLOEXEC | libc::MFD_ALLOW_SEALING) as u64;
    let memory = sys(libc::SYS_memfd_create, [name.as_ptr() as u64, flags])? as i32;
    let memory = Fd(memory);
    host::write_all(memory.0, text)?;
    sys(libc::SYS_fcntl, [memory.0 as u64, libc::F_ADD_SEALS as u64, SEALS as u64])?;
    let reader = host::open(CWD, &fd_path(memory.0), libc::O_RDONLY)?;
    sys(libc::SYS_dup3, [reader.0 as u64, memory.0 as u64, cloexec as u64])?;
    let fd = memory.0;
    std::mem::forget(memory);
    Ok(fd)
}

impl Linux {
    /// The guest's program, as the guest knows it.
    pub(crate) fn guest_exe(&self) -> Vec<u8> {
        let exe = self.exe.as_bytes();
        self.sysroot.as_ref().map_or(exe, |s| s.strip(exe)).to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str) -> Option<ProcFile> {
        named(path.as_bytes(), 42, 43).map(|f| f.file)
    }

    #[test]
    fn own_files_have_many_names() {
        assert_eq!(file("/proc/self/exe"), Some(ProcFile::Exe));
        assert_eq!(file("/proc/42/maps"), Some(ProcFile::Maps));
        assert_eq!(file("/proc//thread-self/./stat"), Some(ProcFile::Stat));
        assert_eq!(file("/proc/self/task/43/stat"), Some(ProcFile::Stat));
        assert_eq!(file("/proc/cpuinfo"), Some(ProcFile::Cpuinfo));
    }

    #[test]
    fn files_of_others_are_the_hosts() {
        assert_eq!(file("/proc/1/exe"), None);
        assert_eq!(file("/proc/self/fd/3"), None);
        assert_eq!(file("/proc/stat"), None);
        assert_eq!(file("/procs/self/exe"), None);
    }

    #[test]
    fn served_text_is_read_only_and_at_its_start() {
        let fd = Fd(serve(b"hello", libc::O_CLOEXEC).unwrap());
        let mut buffer = [0u8; 8];
        let len = sys(libc::SYS_read, [fd.0 as u64, buffer.as_mut_ptr() as u64, 8]).unwrap();
        assert_eq!(&buffer[..len as usize], b"hello");
        let write = sys(libc::SYS_write, [fd.0 as u64, buffer.as_ptr() as u64, 1]);
        assert_eq!(write, Err(Errno(libc::EBADF)));
    }
}
