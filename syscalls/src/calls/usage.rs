//! getrusage(2), and what wait4(2) says of a child: the most memory that was resident, without the translator's.

use crate::call::{Answer, Call};
use crate::usage::{MAX_RESIDENT, Resident, Rusage, of_host};

/// KiB of the translator's that are resident in a short program.
const JUST_STARTED: u64 = 5 << 10;

/// getrusage(2).
pub fn getrusage(call: &mut Call<'_>) -> Answer {
    let who = call.int(0);
    let mut usage = of_host(who)?;
    let now = resident_lately(call);
    let own = &call.thread().shared.usage;
    usage[MAX_RESIDENT] = match who {
        libc::RUSAGE_CHILDREN => own.children(),
        _ => own.most(usage[MAX_RESIDENT], &now),
    };
    call.write(call.args[1], &usage)?;
    Ok(0)
}

/// Takes the translator's memory out of what the host says of child `pid`; with `gone`, it has been waited for.
pub fn childs(call: &mut Call<'_>, usage: &mut Rusage, pid: i32, gone: bool) {
    let all = usage[MAX_RESIDENT];
    let told = call.linux.children.most(call.linux, pid, all, gone);
    let most = told.unwrap_or_else(|| estimate(call, all));
    usage[MAX_RESIDENT] = most;
    if gone {
        call.thread().shared.usage.add_child(most);
    }
}

/// What the guest had of `all`, in a child that has not said it.
///
/// A copy of this process had what this one has, a child that never had as much was started anew by execve(2). The kernel's own
/// figure is some hundred KiB off: each processor keeps up to 32 pages or more to itself before it adds them.
fn estimate(call: &mut Call<'_>, all: u64) -> u64 {
    let own = resident_lately(call).own;
    all - if all > own { own } else { JUST_STARTED.min(all / 2) }
}

fn resident_lately(call: &mut Call<'_>) -> Resident {
    call.linux.children.lately(&call.process().memory)
}
