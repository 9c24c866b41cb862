//! exit(2), exit_group(2).

use runtime::Flow;
use runtime::signals::{block_all, die_of};

use crate::call::{Answer, Call, Stop};
use crate::host;
use crate::ptrace;
use crate::thread::{clear_tid, ended};
use crate::usage;

/// How a thread ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// With a status.
    Status(i32),
    /// By a signal that it alone gets.
    Signal(i32),
}

/// exit(2): ends the thread.
pub fn exit(call: &mut Call<'_>) -> Answer {
    let status = call.int(0);
    end_thread(call, End::Status(status))
}

/// Ends the thread. The process, if no thread is left, ends as its first thread did.
pub fn end_thread(call: &mut Call<'_>, end: End) -> Answer {
    ptrace::ends(call.linux, call.vcpu, end);
    let first = call.vcpu.tid == host::getpid();
    let shared = std::sync::Arc::clone(&call.thread().shared);
    if first {
        shared.set_first_end(end);
    }
    if call.thread().leave() {
        return match shared.first_end().unwrap_or(end) {
            End::Status(status) => leave_process(call, status),
            End::Signal(signo) => die_of(signo),
        };
    }
    if !first {
        return Err(Stop::Flow(Flow::ExitThread));
    }
    // The first thread ends and the process goes on: its host thread must not return to `main`.
    ended(call.vcpu);
    block_all();
    lending::leaving(true);
    loop {
        let _ = host::sys(libc::SYS_exit, [0]);
    }
}

/// exit_group(2): ends the process.
pub fn exit_group(call: &mut Call<'_>) -> Answer {
    let status = call.int(0);
    ptrace::ends(call.linux, call.vcpu, End::Status(status));
    leave_process(call, status)
}

fn leave_process(call: &mut Call<'_>, status: i32) -> Answer {
    let status = status & 0xff;
    usage::tell(call.linux, call.vcpu, usage::Stage::Ends);
    // A vfork child leaves the memory that it shares as it is.
    if call.thread().vfork_child {
        clear_tid(call.vcpu);
        lending::leaving(true);
        loop {
            let _ = host::sys(libc::SYS_exit_group, [status as u64]);
        }
    }
    Err(Stop::Flow(Flow::ExitProcess(status)))
}
