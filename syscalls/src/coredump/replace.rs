//! The helper that puts the guest's core in the place of the kernel's.
//!
//! A child of the dying process, made just before. It traces its parent: of a traced process the
//! kernel tells the tracer first that it ended, and the real parent only after the tracer has let
//! go. Where it may not trace, it waits for the end all the same, and is a little late.

use std::ffi::CString;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use crate::host::{CWD, cstring, getpid, sys};

use super::pattern::Names;

/// What the helper needs, made before the fork: it must not allocate.
struct Plan {
    parent: u64,
    ours: CString,
    guest: CString,
    host: Vec<CString>,
    /// Reading and writing end, once each way.
    go: [i32; 2],
    ready: [i32; 2],
}

/// Starts the helper, and returns when it is ready.
pub fn arrange(names: &Names) {
    let path = |path: &Path| cstring(path.as_os_str().as_bytes().to_vec());
    let (Some(go), Some(ready)) = (pipe(), pipe()) else { return };
    let plan = Plan {
        parent: getpid() as u64,
        ours: path(&names.ours),
        guest: path(&names.guest),
        host: names.host.iter().map(|name| path(name)).collect(),
        go,
        ready,
    };
    match sys(libc::SYS_clone, [libc::CLONE_UNTRACED as u64, 0, 0, 0, 0]) {
        Ok(0) => help(&plan),
        Ok(helper) => {
            // So that it may trace us where that needs a permission (Yama).
            let _ = sys(libc::SYS_prctl, [libc::PR_SET_PTRACER as u64, helper as u64, 0, 0, 0]);
            put(plan.go[1]);
            get(plan.ready[0]);
        }
        Err(_) => {}
    }
}

fn pipe() -> Option<[i32; 2]> {
    let mut ends = [0i32; 2];
    sys(libc::SYS_pipe2, [ends.as_mut_ptr() as u64, libc::O_CLOEXEC as u64]).ok()?;
    Some(ends)
}

fn put(fd: i32) {
    let _ = sys(libc::SYS_write, [fd as u64, c"x".as_ptr() as u64, 1]);
}

fn get(fd: i32) {
    let mut byte = 0u8;
    let _ = sys(libc::SYS_read, [fd as u64, &raw mut byte as u64, 1]);
}

/// The helper's life. Nothing here allocates: other threads may have been in the allocator.
fn help(plan: &Plan) -> ! {
    const PTRACE_SEIZE: u64 = 0x4206;
    get(plan.go[0]);
    let traces = sys(libc::SYS_ptrace, [PTRACE_SEIZE, plan.parent, 0, 0]).is_ok();
    let pidfd = sys(libc::SYS_pidfd_open, [plan.parent, 0]).unwrap_or(-1);
    put(plan.ready[1]);
    let dumped = if traces { trace(plan.parent) } else { wait(pidfd) };
    replace(plan, dumped);
    loop {
        let _ = sys(libc::SYS_exit_group, [0]);
    }
}

/// Waits until the traced process has ended; true if the kernel wrote a core. It has not been told
/// to anybody else when this returns, as the wait leaves it as it is.
fn trace(pid: u64) -> bool {
    const PTRACE_CONT: u64 = 7;
    const CLD_EXITED: i32 = 1;
    const CLD_DUMPED: i32 = 3;
    let events = (libc::WEXITED | libc::WSTOPPED | libc::__WALL) as u64;
    loop {
        let mut info = runtime::SigInfo::zeroed();
        let at = &raw mut info as u64;
        let keep = events | libc::WNOWAIT as u64;
        if sys(libc::SYS_waitid, [libc::P_PID as u64, pid, at, keep, 0]).is_err() {
            return false;
        }
        if (CLD_EXITED..=CLD_DUMPED).contains(&info.code) {
            return info.code == CLD_DUMPED;
        }
        // It stopped to be told of a signal: it gets it.
        let _ = sys(libc::SYS_waitid, [libc::P_PID as u64, pid, at, events, 0]);
        let status = info.fields[1] & 0xff;
        let _ = sys(libc::SYS_ptrace, [PTRACE_CONT, pid, 0, status]);
    }
}

/// Waits for the end of a process that may not be traced.
fn wait(pidfd: i64) -> bool {
    let poll = libc::pollfd { fd: pidfd as i32, events: libc::POLLIN, revents: 0 };
    let forever = -1i64 as u64;
    sys(libc::SYS_poll, [&raw const poll as u64, 1, forever]).is_ok()
}

fn replace(plan: &Plan, dumped: bool) {
    for host in plan.host.iter().filter(|host| dumped && **host != plan.guest) {
        let _ = sys(libc::SYS_unlinkat, [CWD, host.as_ptr() as u64, 0]);
    }
    let (ours, guest) = (plan.ours.as_ptr() as u64, plan.guest.as_ptr() as u64);
    let _ = if dumped {
        sys(libc::SYS_renameat2, [CWD, ours, CWD, guest, 0])
    } else {
        sys(libc::SYS_unlinkat, [CWD, ours, 0])
    };
}
