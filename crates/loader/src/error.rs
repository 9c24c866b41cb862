//! Why a program can't be loaded.

use std::io;
use std::path::{Path, PathBuf};

use memory::Errno;
use thiserror::Error;

/// Why a program can't be loaded. Each prints as one line that names the file and the cause.
#[derive(Debug, Error)]
pub enum LoadError {
    /// The file can't be opened or read.
    #[error("{}: {}", shown(path), cause(source))]
    Io {
        /// The file.
        path: PathBuf,
        /// What the host says.
        source: io::Error,
    },
    /// The file is a directory or a device.
    #[error("{}: {what}, not a program", shown(path))]
    NotAFile {
        /// The file.
        path: PathBuf,
        /// What it is.
        what: &'static str,
    },
    /// The file is not an ELF file.
    #[error("{}: not an ELF executable", shown(path))]
    NotElf {
        /// The file.
        path: PathBuf,
    },
    /// The program is for another machine, or of a type that can't be run.
    #[error("{}: {what}", shown(path))]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What it is instead.
        what: String,
    },
    /// The ELF file is damaged.
    #[error("{}: damaged ELF file: {what}", shown(path))]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// The program's interpreter can't be opened.
    #[error("{}: its interpreter {} can't be used: {}", shown(path), shown(interp), cause(source))]
    Interpreter {
        /// The program.
        path: PathBuf,
        /// The interpreter, as the program names it.
        interp: PathBuf,
        /// What the host says.
        source: io::Error,
    },
    /// Memory for the program can't be mapped.
    #[error("{}: can't map {what}: {errno}", shown(path))]
    Map {
        /// The file.
        path: PathBuf,
        /// What was to be mapped.
        what: String,
        /// What the host says.
        errno: Errno,
    },
    /// Arguments and environment exceed execve(2)'s limits.
    #[error("{}: argument list too long", shown(path))]
    TooManyArguments {
        /// The program.
        path: PathBuf,
    },
}

impl LoadError {
    /// The exit status a shell gives: 127 for what is not found, 126 for what can't be run.
    pub fn exit_status(&self) -> i32 {
        if self.errno() == libc::ENOENT { 127 } else { 126 }
    }

    /// The error number that execve(2) gives.
    pub fn errno(&self) -> i32 {
        match self {
            LoadError::Io { source, .. } | LoadError::Interpreter { source, .. } => {
                source.raw_os_error().unwrap_or(libc::ENOEXEC)
            }
            LoadError::NotAFile { .. } => libc::EACCES,
            LoadError::NotElf { .. } | LoadError::Foreign { .. } | LoadError::Damaged { .. } => {
                libc::ENOEXEC
            }
            LoadError::Map { errno, .. } => errno.0,
            LoadError::TooManyArguments { .. } => libc::E2BIG,
        }
    }
}

/// A path on one line, whatever it contains.
fn shown(path: &Path) -> String {
    let text = path.to_string_lossy();
    let escaped = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.into() };
    text.chars().map(escaped).collect()
}

/// The host's message; from the error number alone where there is one.
fn cause(source: &io::Error) -> String {
    source.raw_os_error().map_or_else(|| source.to_string(), |n| Errno(n).to_string())
}
