//! What the guest's Linux is told at its start.

use std::ffi::OsString;
use std::os::fd::RawFd;
use std::path::PathBuf;

use guest::Isa;
use loader::Image;

/// Where system calls are printed.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Strace {
    /// Nowhere.
    #[default]
    Off,
    /// On standard error, as it is at the start.
    Stderr,
    /// To the end of a file.
    File(PathBuf),
}

/// What uname(2) says in place of the host's.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Uname {
    /// `release`.
    pub release: Option<String>,
    /// `version`.
    pub version: Option<String>,
    /// `nodename`.
    pub nodename: Option<String>,
}

/// The start of a guest.
#[derive(Clone, Debug)]
pub struct Config {
    /// The guest.
    pub isa: &'static Isa,
    /// The loaded program. `exe` is its path on the host.
    pub image: Image,
    /// How the program was named, which gives the process its name (comm in proc(5)).
    pub execfn: OsString,
    /// A directory in which the guest's paths are looked up first.
    pub sysroot: Option<PathBuf>,
    /// Where system calls are printed.
    pub strace: Strace,
    /// Options that a guest program executed by this one is started with. The command line is
    ///
    /// ```text
    /// metic run EXEC_OPTIONS... [--sysroot=DIR] --execfn=NAME --argv0=ARG0 [--program-fd=N] [--exe-fd=N]
    ///     [--seccomp-fd=N] [--limits=L] [--write-exec=N] [--traced=T] [--usage=U]
    ///     -- PROGRAM ARG...
    /// ```
    ///
    /// `NAME` is what execve(2) was called with (`AT_EXECFN`), `ARG0` the guest's `argv[0]`,
    /// `PROGRAM` the program's absolute path on the host (already looked up in the sysroot), and
    /// `ARG...` the guest's arguments from `argv[1]` on. `--program-fd` is a descriptor of the
    /// program, given if `PROGRAM` may not lead to it, and to be closed once it is loaded.
    /// `--exe-fd` is one of the translator's own file, given where `/proc` does not show it.
    pub exec_options: Vec<OsString>,
    /// The translator's own program file: open, close-on-exec, best at a high number
    /// ([`crate::raise_fd`]). The guest can't close it. Without it (-1), the host's kernel is
    /// asked to execute guest programs.
    pub host_exe_fd: RawFd,
    /// Filters of system calls (seccomp(2)) that the program is started with: a descriptor that
    /// an execve of a guest program put into its command line as `--seccomp-fd=N`.
    pub seccomp_fd: Option<RawFd>,
    /// The guest's program, open for reading, as `host_exe_fd`; -1 for none.
    pub guest_exe_fd: RawFd,
    /// The host's kernel starts this translator for guest programs (binfmt_misc), so it may be
    /// given those that change user or group.
    pub by_kernel: bool,
    /// Limits of address space and data, soft and hard each, that an execve of a guest program put
    /// into its command line as `--limits=...`; the host's if none.
    pub limits: Option<[[u64; 2]; 2]>,
    /// `PR_MDWE_*` of prctl(2), as an execve put it there as `--write-exec=N`; else 0.
    pub write_exec: u64,
    /// How the program is traced (ptrace(2)), as an execve of a guest program put it into its command
    /// line as `--traced=...`.
    pub traced: Option<String>,
    /// What the process used before, and where it says so, as an execve of a guest program put it into its command
    /// line as `--usage=...`.
    pub usage: Option<String>,
    /// What uname(2) says.
    pub uname: Uname,
}
