//! clone(2), clone3(2): threads, processes, and children that share memory until they execute.

use std::sync::Arc;

use guest::CpuState;
use runtime::{Vcpu, threads};

use crate::abi::regs::{SP, TP, set_result};
use crate::call::{Answer, Call, fail};
use crate::mem;
use crate::signals::AltStack;
use crate::thread::{Shared, Thread, ended};

/// `struct clone_args`, as far as it goes.
#[derive(Clone, Copy, Default)]
#[repr(C)]
pub struct CloneArgs {
    flags: u64,
    pidfd: u64,
    child_tid: u64,
    parent_tid: u64,
    exit_signal: u64,
    stack: u64,
    stack_size: u64,
    tls: u64,
    set_tid: u64,
    set_tid_size: u64,
    cgroup: u64,
}

/// `CLONE_ARGS_SIZE_VER0`.
const SMALLEST: u64 = 64;

const fn bits(flags: i32) -> u64 {
    flags as u32 as u64
}

/// What a new thread shares with its maker, all of it.
const THREAD: u64 = bits(
    libc::CLONE_VM | libc::CLONE_FS | libc::CLONE_FILES | libc::CLONE_SIGHAND | libc::CLONE_THREAD,
);
const SETTID: u64 = bits(libc::CLONE_PARENT_SETTID | libc::CLONE_CHILD_SETTID);
/// What changes nothing in how a child is made, or is seen to separately.
const DETAILS: u64 = SETTID
    | bits(
        libc::CLONE_CHILD_CLEARTID | libc::CLONE_SETTLS | libc::CLONE_DETACHED | libc::CLONE_PIDFD,
    );
/// `CLONE_CLEAR_SIGHAND`: signals with handlers get their default action.
const CLEAR_SIGHAND: u64 = 1 << 32;
const SPAWN: u64 = bits(libc::CLONE_VM | libc::CLONE_VFORK);

impl CloneArgs {
    fn has(&self, flag: i32) -> bool {
        self.flags & bits(flag) != 0
    }
    /// The registers that the child starts with.
    fn child_state(&self, vcpu: &Vcpu) -> Box<CpuState> {
        let mut state = vcpu.fork_state();
        self.set_registers(&mut state);
        state
    }
    fn set_registers(&self, state: &mut CpuState) {
        set_result(state, 0);
        if self.stack != 0 {
            state.set(SP, self.stack + self.stack_size);
        }
        if self.has(libc::CLONE_SETTLS) {
            state.set(TP, self.tls);
        }
    }
    fn clear_tid(&self) -> u64 {
        if self.has(libc::CLONE_CHILD_CLEARTID) { self.child_tid } else { 0 }
    }
}

/// clone(2). RISC-V has the order flags, stack, parent_tid, tls, child_tid.
pub fn clone(call: &mut Call<'_>) -> Answer {
    const SIGNAL: u64 = 0xff;
    let [flags, stack, parent_tid, tls, child_tid, _] = call.args;
    let args = CloneArgs {
        flags: flags as u32 as u64 & !SIGNAL,
        exit_signal: flags & SIGNAL,
        // clone(2) has one place for both.
        pidfd: parent_tid,
        stack,
        parent_tid,
        tls,
        child_tid,
        ..CloneArgs::default()
    };
    make(call, &args)
}

/// clone3(2).
pub fn clone3(call: &mut Call<'_>) -> Answer {
    let size = call.args[1];
    if size < SMALLEST {
        return fail(libc::EINVAL);
    }
    let known = size_of::<CloneArgs>().min(size as usize);
    let mut words = [0u64; size_of::<CloneArgs>() / 8];
    for (n, word) in words[..known / 8].iter_mut().enumerate() {
        *word = mem::read(call.args[0] + 8 * n as u64)?;
    }
    let more = mem::read_bytes(call.args[0] + known as u64, size.min(4096) as usize - known)?;
    if size > 4096 || more.iter().any(|&b| b != 0) {
        return fail(libc::E2BIG);
    }
    let [flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, rest @ ..] =
        words;
    if rest != [0; 3] {
        return fail(libc::EINVAL);
    }
    let args = CloneArgs {
        flags,
        pidfd,
        child_tid,
        parent_tid,
        exit_signal,
        stack,
        stack_size,
        tls,
        ..CloneArgs::default()
    };
    make(call, &args)
}

fn make(call: &mut Call<'_>, args: &CloneArgs) -> Answer {
    let kind = args.flags & !(DETAILS | CLEAR_SIGHAND);
    let plain_signal = args.exit_signal == libc::SIGCHLD as u64;
    if kind & !bits(libc::CLONE_SYSVSEM) == THREAD {
        return thread(call, args);
    }
    match kind {
        0 if plain_signal => fork(call, args),
        k if k == bits(libc::CLONE_VFORK) && plain_signal => fork(call, args),
        SPAWN if plain_signal => vfork(call, args),
        _ => fail(libc::EINVAL),
    }
}

fn thread(call: &mut Call<'_>, args: &CloneArgs) -> Answer {
    if args.has(libc::CLONE_PIDFD) || args.flags & CLEAR_SIGHAND != 0 {
        return fail(libc::EINVAL);
    }
    let process = call.process();
    let state = args.child_state(call.vcpu);
    let parent = call.thread();
    let mask = parent.mask;
    let mut child = Thread::new(mask, Arc::clone(&parent.shared));
    child.clear_tid = args.clear_tid();
    let shared = Arc::clone(&parent.shared);
    shared.live.fetch_add(1, std::sync::atomic::Ordering::AcqRel);
    let started = move |tid| {
        let places = [
            (libc::CLONE_PARENT_SETTID, args.parent_tid),
            (libc::CLONE_CHILD_SETTID, args.child_tid),
        ];
        for (flag, addr) in places {
            // Not every fault can be survived before the thread is registered.
            if args.has(flag) && process.memory.prot_at(addr).is_some_and(|p| p.is_write()) {
                mem::lift_watches(process, addr, addr + 4);
                let _ = mem::write(process, addr, &tid);
            }
        }
    };
    let result = threads::spawn(process, state, Box::new(child), mask, started, ended);
    if result.is_err() {
        shared.live.fetch_sub(1, std::sync::atomic::Ordering::AcqRel);
    }
    Ok(result? as i64)
}

fn fork(call: &mut Call<'_>, args: &CloneArgs) -> Answer {
    let shared = Arc::clone(&call.thread().shared);
    // The child gets the lock in a state it can release.
    let mut actions = shared.actions();
    let pid = threads::fork(call.vcpu);
    if pid == Ok(0) && args.flags & CLEAR_SIGHAND != 0 {
        actions.clear_handlers(true);
    }
    drop(actions);
    let pid = pid?;
    if pid != 0 {
        return in_parent(call, args, pid);
    }
    shared.live.store(1, std::sync::atomic::Ordering::Release);
    args.set_registers(&mut call.vcpu.state);
    let tid = call.vcpu.tid;
    if args.has(libc::CLONE_CHILD_SETTID) {
        let _ = call.write(args.child_tid, &tid);
    }
    let thread = call.thread();
    thread.clear_tid = args.clear_tid();
    thread.robust_list = 0;
    thread.pending.clear();
    Ok(0)
}

fn vfork(call: &mut Call<'_>, args: &CloneArgs) -> Answer {
    let state = args.child_state(call.vcpu);
    let parent = call.thread();
    let mut actions = parent.shared.actions().clone();
    if args.flags & CLEAR_SIGHAND != 0 {
        // The child's host keeps the runtime's handler, which comes to the default action too.
        actions.clear_handlers(false);
    }
    let mut child = Thread::new(parent.mask, Shared::new(actions));
    child.altstack = if args.stack == 0 { parent.altstack } else { AltStack::NONE };
    child.clear_tid = args.clear_tid();
    child.vfork_child = true;
    let pid = threads::vfork(call.vcpu, state, Box::new(child))?;
    in_parent(call, args, pid)
}

/// What the maker of a process does when it is made.
fn in_parent(call: &mut Call<'_>, args: &CloneArgs, pid: i32) -> Answer {
    if args.has(libc::CLONE_PARENT_SETTID) {
        let _ = call.write(args.parent_tid, &pid);
    }
    if args.has(libc::CLONE_PIDFD) {
        let fd = call.pass_with(libc::SYS_pidfd_open, [pid as u64, 0, 0, 0, 0, 0])?;
        let _ = call.write(args.pidfd, &(fd as i32));
    }
    Ok(pid as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_layout_is_the_kernels() {
        assert_eq!(size_of::<CloneArgs>(), 88);
        assert_eq!(std::mem::offset_of!(CloneArgs, tls) as u64, SMALLEST - 8);
    }

    #[test]
    fn a_c_library_s_threads_are_threads() {
        // pthread_create of glibc and of musl.
        for flags in [0x3d0f00u64, 0x7d0f00] {
            assert_eq!(flags & !DETAILS & !bits(libc::CLONE_SYSVSEM), THREAD);
        }
    }
}
