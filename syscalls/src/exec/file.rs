//! The file that is executed: found as execve(2) finds it, with its errors.

use std::ffi::CString;

use loader::{FileKind, classify_start};
use memory::Errno;

use super::AT_EXECVE_CHECK;
use crate::call::Call;
use crate::host::{self, CWD, Fd, cstring, fd_path, path_of, sys};
use crate::proc;
use crate::sysroot::Last;

/// A file, open for its path only.
pub struct ExecFile {
    fd: Fd,
    /// Where it was found: execveat(2)'s directory, path and flags.
    place: (u64, CString, i32),
}

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
        let file = ExecFile { fd, place: (dir, host, flags) };
        file.check()?;
        Ok(file)
    }

    /// A regular file with the right to execute it.
    fn check(&self) -> Result<(), Errno> {
        match self.mode()? & libc::S_IFMT {
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
        sys(libc::SYS_execveat, [self.fd.0 as u64, empty, argv, envp, flags]).map(drop)
    }

    fn check_by_rights(&self) -> Result<(), Errno> {
        let flags = libc::AT_EACCESS | libc::AT_EMPTY_PATH;
        let empty = c"".as_ptr() as u64;
        let args = [self.fd.0 as u64, empty, libc::X_OK as u64, flags as u64];
        sys(libc::SYS_faccessat2, args).map(drop)
    }

    fn mode(&self) -> Result<u32, Errno> {
        let mut stat = crate::mem::zeroed_stat();
        sys(libc::SYS_fstat, [self.fd.0 as u64, &raw mut stat as u64])?;
        Ok(stat.st_mode)
    }

    /// True if whoever executes it becomes another user or group; see execve(2).
    pub fn changes_credentials(&self) -> bool {
        let group = libc::S_ISGID | libc::S_IXGRP;
        self.mode().is_ok_and(|mode| mode & libc::S_ISUID != 0 || mode & group == group)
    }

    /// What it is. A file that may be executed but not read can't be translated.
    pub fn kind(&self, call: &Call<'_>) -> Result<FileKind, Errno> {
        let mut start = [0; loader::SCRIPT_LINE];
        let len = read_at(&self.reader()?, &mut start, 0)?;
        Ok(classify_start(&start[..len], call.linux.config.isa))
    }

    /// The file, open for reading; where there is no `/proc` to find it by, it is looked up again.
    fn reader(&self) -> Result<Fd, Errno> {
        const FLAGS: i32 = libc::O_RDONLY | libc::O_NONBLOCK;
        let (dir, path, _) = &self.place;
        host::open(CWD, &fd_path(self.fd.0), FLAGS).or_else(|e| {
            let lost = e == Errno(libc::ENOENT) && !path.is_empty();
            if lost { host::open(*dir, path, FLAGS) } else { Err(e) }
        })
    }

    /// That the headers of a guest program are sound, and the interpreter that it names is there: what
    /// execve(2) finds out as long as it can still fail.
    pub fn check_headers(&self, call: &Call<'_>) -> Result<(), Errno> {
        let Some(name) = interpreter(&self.reader()?)? else { return Ok(()) };
        let host = host_path(call, CWD, &name, false);
        host::open(CWD, &host, libc::O_PATH).map(drop)
    }

    /// Its descriptor, which is closed when a program is executed.
    pub fn descriptor(&self) -> i32 {
        self.fd.0
    }

    /// Where it was found: execveat(2)'s directory, path and flags.
    pub fn place(&self) -> &(u64, CString, i32) {
        &self.place
    }

    /// A path under which the next program finds the file, or its name and a descriptor which
    /// stays open.
    pub fn lasting_path(&self) -> Result<(Vec<u8>, Option<Fd>), Errno> {
        let path = path_of(self.fd.0).unwrap_or_else(|_| self.place.1.as_bytes().to_vec());
        if path.starts_with(b"/") && self.is_at(&cstring(path.clone())) {
            return Ok((path, None));
        }
        // Opened again for reading: mappings need that.
        Ok((path, Some(host::inheritable(self.reader()?.0)?)))
    }

    fn is_at(&self, path: &CString) -> bool {
        let mut stats = [crate::mem::zeroed_stat(), crate::mem::zeroed_stat()];
        let there = [CWD, path.as_ptr() as u64, &raw mut stats[0] as u64, 0];
        let here = [self.fd.0 as u64, &raw mut stats[1] as u64];
        sys(libc::SYS_newfstatat, there).is_ok()
            && sys(libc::SYS_fstat, here).is_ok()
            && (stats[0].st_dev, stats[0].st_ino) == (stats[1].st_dev, stats[1].st_ino)
    }
}

/// Reads up to `to`'s length at `offset`; less at the end of the file.
fn read_at(file: &Fd, to: &mut [u8], offset: u64) -> Result<usize, Errno> {
    let args = [file.0 as u64, to.as_mut_ptr() as u64, to.len() as u64, offset];
    sys(libc::SYS_pread64, args).map(|len| len as usize)
}

/// The interpreter that a 64-bit ELF file names (`PT_INTERP`). Headers that `load_elf_binary` does not take are
/// `ENOEXEC`, a name that is not there whole `EIO`.
fn interpreter(file: &Fd) -> Result<Option<Vec<u8>>, Errno> {
    const PHDR: u64 = 56;
    const LARGEST_TABLE: u64 = 65536;
    const LONGEST_NAME: u64 = libc::PATH_MAX as u64;
    let damaged = Err(Errno(libc::ENOEXEC));
    let Some(header) = read_whole(file, 0, 64) else { return damaged };
    let [kind, row_len, rows] = [16, 54, 56].map(|at| number(&header[at..at + 2]));
    let table_len = PHDR * rows;
    let runs = [libc::ET_EXEC, libc::ET_DYN].map(u64::from).contains(&kind);
    if !runs || row_len != PHDR || !(1..=LARGEST_TABLE).contains(&table_len) {
        return damaged;
    }
    let table = read_whole(file, number(&header[32..40]), table_len);
    let Some(table) = table else { return damaged };
    let is_name = |row: &&[u8]| number(&row[..4]) == libc::PT_INTERP as u64;
    let Some(row) = table.chunks(PHDR as usize).find(is_name) else { return Ok(None) };
    let (at, len) = (number(&row[8..16]), number(&row[32..40]));
    if !(2..=LONGEST_NAME).contains(&len) {
        return damaged;
    }
    let name = read_whole(file, at, len).ok_or(Errno(libc::EIO))?;
    if name.last() != Some(&0) { damaged } else { Ok(Some(cstring(name).into_bytes())) }
}

/// `len` bytes at `offset`, if the file has them.
fn read_whole(file: &Fd, offset: u64, len: u64) -> Option<Vec<u8>> {
    let mut bytes = vec![0; len as usize];
    (read_at(file, &mut bytes, offset) == Ok(bytes.len())).then_some(bytes)
}

/// A little-endian number.
fn number(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |number, &byte| number << 8 | byte as u64)
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
