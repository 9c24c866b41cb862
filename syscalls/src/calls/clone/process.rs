//! A new process: with memory of its own, or in its maker's; and moving between namespaces.

use std::sync::atomic::Ordering;

use memory::Errno;
use runtime::borrowers::{self, Child};
use runtime::clone::{CLEAR_SIGHAND, CloneArgs};
use runtime::processes;

use super::{bits, child_state, clear_tid, set_registers};
use crate::call::{Answer, Call, Stop};
use crate::calls::limits;
use crate::proc::standing;
use crate::ptrace;
use crate::signals::AltStack;
use crate::thread::{self, Shared, Thread};
use crate::usage;

/// A child with a copy of the memory.
pub fn fork(call: &mut Call<'_>, args: &CloneArgs) -> Answer {
    if args.has(libc::CLONE_FILES) {
        call.linux.fds.pin();
    }
    let shared = std::sync::Arc::clone(&call.thread().shared);
    // The child gets the locks in a state in which it can release them.
    let mut actions = shared.actions();
    let seccomp = shared.seccomp.hold();
    let trace = ptrace::child(call.vcpu, args);
    let tracees = ptrace::hold();
    let linux = call.linux;
    let expected = usage::expect(linux, &call.process().memory, has_record(args));
    let slot = expected.slot();
    let pid = processes::fork(call.vcpu, args);
    tracees(pid == Ok(0));
    match pid {
        Ok(0) => expected.inherit(linux, args.has(libc::CLONE_FILES)),
        _ => expected.settle(pid.ok()),
    }
    if pid == Ok(0) && args.flags & CLEAR_SIGHAND != 0 {
        actions.clear_handlers(true);
    }
    drop(actions);
    seccomp(if pid == Ok(0) { Some(&call.thread().seccomp) } else { None });
    let pid = pid?;
    if pid != 0 {
        ptrace::event(call.linux, call.vcpu, ptrace::event_of(args), pid as u64);
        return Ok(pid as i64);
    }
    let tid = call.vcpu.tid;
    call.thread().seccomp.belongs_to(tid);
    standing::only(call.vcpu);
    shared.live.store(1, Ordering::Release);
    shared.forget_first_end();
    shared.usage.forked(slot);
    set_registers(args, &mut call.vcpu.state);
    if args.has(libc::CLONE_CHILD_SETTID) {
        let _ = call.write(args.child_tid, &tid);
    }
    let thread = call.thread();
    thread.clear_tid = clear_tid(args);
    thread.robust_list = 0;
    thread.pending.clear();
    thread.user_dispatch = None;
    thread.hello = trace.as_ref().map(|_| ptrace::Hello::Made);
    thread.trace = trace;
    limits::forked(&call.process().memory.limits);
    Ok(0)
}

/// A child whose parent is another finds no record among that one's, nor can it have one of its own if it shares descriptors.
fn has_record(args: &CloneArgs) -> bool {
    !args.has(libc::CLONE_PARENT) && !args.has(libc::CLONE_FILES)
}

/// A child in this memory. With `CLONE_VFORK` this thread waits for it.
pub fn in_our_memory(call: &mut Call<'_>, args: &CloneArgs) -> Answer {
    let state = child_state(args, call.vcpu);
    let wait = args.has(libc::CLONE_VFORK);
    if !wait {
        call.linux.fds.pin();
    }
    let trace = ptrace::child(call.vcpu, args);
    let slot = {
        let recorded = !args.has(libc::CLONE_PARENT);
        usage::expect(call.linux, &call.process().memory, recorded).slot()
    };
    let mut child = Box::new(borrower(call.thread(), args, usage::Own::new(slot)));
    child.hello = trace.as_ref().map(|_| ptrace::Hello::Made);
    child.trace = trace;
    ptrace::vfork_starts(call.vcpu);
    // A tracer may stop the waiting thread, but not the child's lender.
    let may_lend = wait && !ptrace::stops_vfork(call.vcpu) && !lending::is_lent();
    let make = if may_lend { borrowers::lend } else { borrowers::share };
    let made = make(call.vcpu, args, Child { state, ext: child, left: thread::clear_tid });
    usage::settle(call.linux, slot, made.ok());
    let pid = made?;
    match wait {
        true => ptrace::vfork_done(call.linux, call.vcpu, pid),
        false => ptrace::event(call.linux, call.vcpu, ptrace::event_of(args), pid as u64),
    }
    Ok(pid as i64)
}

fn borrower(parent: &Thread, args: &CloneArgs, usage: usage::Own) -> Thread {
    let shared = match args.has(libc::CLONE_SIGHAND) {
        true => parent.shared.with_actions(usage),
        false => {
            let mut actions = parent.shared.actions().clone();
            if args.flags & CLEAR_SIGHAND != 0 {
                // The host keeps the runtime's handler, which comes to the default action too.
                actions.clear_handlers(false);
            }
            Shared::new(actions, usage)
        }
    };
    let mut child = Thread::new(parent.mask, shared, parent.seccomp.inherited());
    let own_stack = args.stack != 0 || !args.has(libc::CLONE_VFORK);
    child.altstack = if own_stack { AltStack::NONE } else { parent.altstack };
    child.vfork_child = true;
    child.clear_tid = clear_tid(args);
    child
}

/// Namespaces that only a process with a single thread can enter.
const ALONE: u64 = bits(libc::CLONE_NEWUSER | libc::CLONE_NEWNS | libc::CLONE_NEWTIME)
    | bits(libc::CLONE_THREAD | libc::CLONE_SIGHAND | libc::CLONE_VM);

/// unshare(2).
pub fn unshare(call: &mut Call<'_>) -> Answer {
    if call.args[0] & bits(libc::CLONE_FILES) != 0 {
        call.linux.fds.pin();
    }
    let alone = call.args[0] & ALONE != 0;
    once_alone(call, libc::SYS_unshare, alone)
}

/// setns(2). A pidfd names no namespace by itself, and a descriptor of one need not be told
/// what it is.
pub fn setns(call: &mut Call<'_>) -> Answer {
    let alone = call.args[1] == 0 || call.args[1] & ALONE != 0;
    once_alone(call, libc::SYS_setns, alone)
}

/// The host's call; where it refuses a process with more than one thread, and the guest has one,
/// it is asked again until the host threads are gone whose guest threads have ended. The last
/// answer is one that was asked for after they were counted.
fn once_alone(call: &mut Call<'_>, nr: i64, alone: bool) -> Answer {
    const TRIES: usize = 10_000;
    let refused = Err(Stop::Errno(Errno(libc::EINVAL)));
    let answer = call.pass(nr);
    if !alone || answer != refused || call.thread().shared.live.load(Ordering::Acquire) != 1 {
        return answer;
    }
    for _ in 0..TRIES {
        if host_threads() < 2 {
            break;
        }
        std::thread::sleep(std::time::Duration::from_micros(100));
    }
    call.pass(nr)
}

/// Threads of this process on the host; 0 if nobody knows.
fn host_threads() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let number = status.lines().find_map(|line| line.strip_prefix("Threads:"));
    number.and_then(|number| number.trim().parse().ok()).unwrap_or(0)
}
