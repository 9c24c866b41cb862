//! exit(2), exit_group(2).

use runtime::Flow;
use runtime::signals::block_all;

use crate::call::{Answer, Call, Stop};
use crate::host;
use crate::thread::ended;

/// exit(2): ends the thread.
pub fn exit(call: &mut Call<'_>) -> Answer {
    let status = call.int(0);
    if call.thread().leave() {
        return end_process(call, status);
    }
    if call.vcpu.tid != host::getpid() {
        return Err(Stop::Flow(Flow::ExitThread));
    }
    // The first thread ends and the process goes on: its host thread must not return to `main`.
    ended(call.vcpu);
    block_all();
    loop {
        let _ = host::sys(libc::SYS_exit, [status as u64]);
    }
}

/// exit_group(2): ends the process.
pub fn exit_group(call: &mut Call<'_>) -> Answer {
    let status = call.int(0);
    end_process(call, status)
}

fn end_process(call: &mut Call<'_>, status: i32) -> Answer {
    let status = status & 0xff;
    // A vfork child leaves the memory that it shares as it is.
    if call.thread().vfork_child {
        loop {
            let _ = host::sys(libc::SYS_exit_group, [status as u64]);
        }
    }
    Err(Stop::Flow(Flow::ExitProcess(status)))
}
