//! The files of a program: opening them, and reading their headers.

use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileExt, FileTypeExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use guest::Isa;

use crate::headers::{self, Headers};
use crate::{LoadError, host};

/// The longest interpreter name, with its NUL (`PATH_MAX`).
const LONGEST_NAME: u64 = 4096;

/// An ELF file with checked headers.
pub struct Binary {
    pub path: PathBuf,
    pub file: File,
    pub headers: Headers,
}

/// Opens a file for reading without waiting, should it be a pipe.
pub fn open_host(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(path)
}

/// Reads up to `len` bytes at `offset`; less at the end of the file.
pub fn read_at(file: &File, offset: u64, len: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; len];
    let mut done = 0;
    while done < len {
        let Some(at) = offset.checked_add(done as u64).filter(|&at| at <= i64::MAX as u64) else {
            break;
        };
        match file.read_at(&mut bytes[done..], at) {
            Ok(0) => break,
            Ok(n) => done += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    bytes.truncate(done);
    Ok(bytes)
}

impl Binary {
    /// Opens a program of the host's file system; it may be open already, as `fd`.
    pub fn open(path: &Path, fd: Option<RawFd>, isa: &Isa) -> Result<Binary, LoadError> {
        let opened = fd.map_or_else(|| open_host(path), host::file_of);
        let file = opened.map_err(|source| LoadError::Io { path: path.to_owned(), source })?;
        Binary::read(path, file, isa)
    }

    fn read(path: &Path, file: File, isa: &Isa) -> Result<Binary, LoadError> {
        let io_error = |source| LoadError::Io { path: path.to_owned(), source };
        let meta = file.metadata().map_err(io_error)?;
        if let Some(what) = special(meta.file_type()) {
            return Err(LoadError::NotAFile { path: path.to_owned(), what });
        }
        let read = |offset, len| read_at(&file, offset, len).map_err(io_error);
        let headers = headers::parse(path, meta.len(), isa, read)?;
        Ok(Binary { path: path.to_owned(), file, headers })
    }

    /// The interpreter that the program names, from the sysroot if there is one.
    pub fn open_interpreter(
        &self,
        sysroot: Option<&Path>,
        isa: &Isa,
    ) -> Result<Option<Binary>, LoadError> {
        let Some(name) = self.interpreter_name()? else { return Ok(None) };
        let opened = match sysroot {
            Some(root) => host::open_in_root(root, &name),
            None => open_host(&name),
        };
        let file = opened.map_err(|source| LoadError::Interpreter {
            path: self.path.clone(),
            interp: name.clone(),
            source,
        })?;
        Binary::read(&name, file, isa).map(Some)
    }

    fn interpreter_name(&self) -> Result<Option<PathBuf>, LoadError> {
        let Some(range) = self.headers.interp.clone() else { return Ok(None) };
        let len = range.end - range.start;
        if !(2..=LONGEST_NAME).contains(&len) {
            return Err(self.damaged("the interpreter's name has an impossible length"));
        }
        let mut name = read_at(&self.file, range.start, len as usize)
            .map_err(|source| LoadError::Io { path: self.path.clone(), source })?;
        if name.len() as u64 != len || name.pop() != Some(0) {
            return Err(self.damaged("the interpreter's name does not end"));
        }
        let text = name.split(|&b| b == 0).next().unwrap_or_default();
        Ok(Some(PathBuf::from(OsStr::from_bytes(text))))
    }

    /// The file's absolute path without symbolic links, as far as that can be known.
    pub fn real_path(&self) -> PathBuf {
        let link = format!("/proc/self/fd/{}", self.file.as_raw_fd());
        let real = std::fs::read_link(link).or_else(|_| self.path.canonicalize());
        real.unwrap_or_else(|_| self.path.clone())
    }

    /// The error that this file is damaged.
    pub fn damaged(&self, what: impl Into<String>) -> LoadError {
        LoadError::Damaged { path: self.path.clone(), what: what.into() }
    }

    /// The error that part of this file can't be mapped.
    pub fn unmappable(&self, what: impl Into<String>, errno: memory::Errno) -> LoadError {
        LoadError::Map { path: self.path.clone(), what: what.into(), errno }
    }
}

/// What a file is that is no regular file.
fn special(kind: std::fs::FileType) -> Option<&'static str> {
    match kind {
        k if k.is_dir() => Some("a directory"),
        k if k.is_fifo() => Some("a pipe"),
        k if k.is_socket() => Some("a socket"),
        k if !k.is_file() => Some("a device"),
        _ => None,
    }
}
