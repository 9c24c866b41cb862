//! `wait4(2)`, for which there is no safe wrapper: reaps a child and says what it has used.
#![allow(unsafe_code, reason = "the one call that reaps a child together with its own usage")]

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use nix::unistd::Pid;

/// What a child and the descendants that it waited for have used; see `getrusage(2)`.
pub struct Usage {
    /// User CPU time in seconds.
    pub user: f64,
    /// System CPU time in seconds.
    pub system: f64,
    /// Most resident memory in KiB.
    pub max_rss: u64,
}

/// Reaps the child `pid`, waiting for its end.
pub fn wait4(pid: Pid) -> io::Result<(ExitStatus, Usage)> {
    let mut status = 0;
    // SAFETY: `rusage` is numbers throughout, for which all zeroes is a value.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: both pointers are to variables of the types that wait4 fills in.
    let reaped = unsafe { libc::wait4(pid.as_raw(), &mut status, 0, &mut usage) };
    if reaped < 0 {
        return Err(io::Error::last_os_error());
    }
    let usage = Usage {
        user: seconds(usage.ru_utime),
        system: seconds(usage.ru_stime),
        max_rss: usage.ru_maxrss.cast_unsigned(),
    };
    Ok((ExitStatus::from_raw(status), usage))
}

fn seconds(time: libc::timeval) -> f64 {
    time.tv_sec as f64 + time.tv_usec as f64 / 1e6
}
