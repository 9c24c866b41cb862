//! The file that is executed: found as execve(2) finds it, with its errors.

use std::ffi::CString;
use std::os::unix::fs::FileExt;

use loader::{FileKind, classify_file};
use memory::Errno;

use super::{AT_EXECVE_CHECK, as_path};
use crate::call::Call;
use crate::host::{self, CWD, Fd, cstring, fd_path, path_of, sys};
use crate::proc;
use crate::sysroot::Last;

/// An open file, for its path only.
pub struct ExecFile(Fd);

impl ExecFile {
    /// Looks up the guest's `path`, and checks that it may be executed.
    pub fn open(call: &Call<'_>, dir: u64, path: &[u8], flags: i32) -> Result<ExecFile, Errno> {
        if path.is_empty() && flags & libc::AT_EMPTY_PATH == 0 {
            return Err(Errno(libc::ENOENT));
        }
        let nofollow = flags & libc::AT_SYMLINK_NOFOLLOW != 0;
        let host = host_path(call, dir, path, nofollow);
        let mut mode = libc::O_PATH;
        if nofollow {
            mode |= libc::O_NOFOLLOW;
        }
        let fd = if path.is_empty() { duplicate(dir)? } else { host::open(dir, &host, mode)? };
        let file = ExecFile(fd);
        file.check()?;
        Ok(file)
    }

    /// A regular file with the right to execute it.
    fn check(&self) -> Result<(), Errno> {
        let mut stat = crate::mem::zeroed_stat();
        sys(libc::SYS_fstat, [self.0.0 as u64, &raw mut stat as u64])?;
        match stat.st_mode & libc::S_IFMT {
            libc::S_IFREG => {}
            libc::S_IFLNK => return Err(Errno(libc::ELOOP)),
            _ => return Err(Errno(libc::EACCES)),
        }
        match self.check_by_kernel() {
            Err(Errno(libc::EINVAL)) => self.check_by_rights(),
            result => result,
        }
    }

    /// As execve(2) would: rights, mount options, and that nobody has it open for writing.
    fn check_by_kernel(&self) -> Result<(), Errno> {
        let (argv, envp) = ([c"".as_ptr() as u64, 0], [0u64]);
        let flags = (libc::AT_EMPTY_PATH | AT_EXECVE_CHECK) as u64;
        let (empty, argv, envp) = (argv[0], argv.as_ptr() as u64, envp.as_ptr() as u64);
        sys(libc::SYS_execveat, [self.0.0 as u64, empty, argv, envp, flags]).map(drop)
    }

    fn check_by_rights(&self) -> Result<(), Errno> {
        let path = fd_path(self.0.0);
        let args = [CWD, path.as_ptr() as u64, libc::X_OK as u64, libc::AT_EACCESS as u64];
        sys(libc::SYS_faccessat2, args).map(drop)
    }

    /// What it is. A file that may be executed but not read can't be translated.
    pub fn kind(&self, call: &Call<'_>) -> Result<FileKind, Errno> {
        let path = fd_path(self.0.0);
        classify_file(as_path(path.as_bytes()), call.linux.config.isa)
            .map_err(|e| Errno(e.raw_os_error().unwrap_or(libc::EIO)))
    }

    /// That the interpreter which a guest program names is there, as execve(2) requires.
    pub fn check_interpreter(&self, call: &Call<'_>) -> Result<(), Errno> {
        let path = fd_path(self.0.0);
        let file = std::fs::File::open(as_path(path.as_bytes()));
        let Some(name) = file.ok().and_then(|file| interpreter(&file)) else { return Ok(()) };
        let host = host_path(call, CWD, &name, false);
        host::open(CWD, &host, libc::O_PATH).map(drop)
    }

    /// Its descriptor, which is closed when a program is executed.
    pub fn descriptor(&self) -> i32 {
        self.0.0
    }

    /// A path under which the next program finds the file; if it has no name any more, that of
    /// a descriptor which stays open.
    pub fn lasting_path(&self) -> Result<(Vec<u8>, Option<Fd>), Errno> {
        let path = path_of(self.0.0)?;
        if path.starts_with(b"/") && self.is_at(&cstring(path.clone())) {
            return Ok((path, None));
        }
        // Opened again for reading: mappings need that.
        let reader = host::open(CWD, &fd_path(self.0.0), libc::O_RDONLY)?;
        let args = [reader.0 as u64, libc::F_DUPFD as u64, 3];
        let held = Fd(sys(libc::SYS_fcntl, args)? as i32);
        Ok((fd_path(held.0).into_bytes(), Some(held)))
    }

    fn is_at(&self, path: &CString) -> bool {
        let mut stats = [crate::mem::zeroed_stat(), crate::mem::zeroed_stat()];
        let there = [CWD, path.as_ptr() as u64, &raw mut stats[0] as u64, 0];
        let here = [self.0.0 as u64, &raw mut stats[1] as u64];
        sys(libc::SYS_newfstatat, there).is_ok()
            && sys(libc::SYS_fstat, here).is_ok()
            && (stats[0].st_dev, stats[0].st_ino) == (stats[1].st_dev, stats[1].st_ino)
    }
}

/// The interpreter that a 64-bit ELF file names (`PT_INTERP`).
fn interpreter(file: &std::fs::File) -> Option<Vec<u8>> {
    const PHDR: usize = 56;
    let mut header = [0u8; 64];
    file.read_exact_at(&mut header, 0).ok()?;
    let word =
        |bytes: &[u8], at: usize| Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?));
    let (offset, count) = (word(&header, 32)?, u16::from_le_bytes([header[56], header[57]]));
    let mut table = vec![0u8; PHDR * count as usize];
    file.read_exact_at(&mut table, offset).ok()?;
    let row = table.chunks(PHDR).find(|row| row[..4] == libc::PT_INTERP.to_le_bytes())?;
    let size = word(row, 32)?.min(libc::PATH_MAX as u64);
    let mut name = vec![0u8; size as usize];
    file.read_exact_at(&mut name, word(row, 8)?).ok()?;
    Some(cstring(name).into_bytes())
}

fn duplicate(fd: u64) -> Result<Fd, Errno> {
    sys(libc::SYS_fcntl, [fd, libc::F_DUPFD_CLOEXEC as u64, 3]).map(|fd| Fd(fd as i32))
}

/// The host's path for the guest's.
fn host_path(call: &Call<'_>, dir: u64, path: &[u8], nofollow: bool) -> CString {
    let found = proc::find_path(call, dir, path);
    if let Some(program) = found.and_then(|found| found.program(call.linux)) {
        return program;
    }
    let last = if nofollow { Last::Link } else { Last::Follow };
    let mapped = call.linux.sysroot.as_ref().zip(call.linux.fds.sysroot.get());
    mapped
        .and_then(|(sysroot, root)| sysroot.map(root, path, last))
        .unwrap_or_else(|| cstring(path.to_vec()))
}
