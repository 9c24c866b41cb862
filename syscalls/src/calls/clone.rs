//! clone(2), clone3(2); unshare(2) and setns(2) are in `process`.

mod process;
mod thread;

use guest::CpuState;
use runtime::Vcpu;
use runtime::clone::{CLEAR_SIGHAND, CloneArgs, INTO_CGROUP, NEWTIME};

use crate::abi::regs::{SP, TP, set_result};
use crate::call::{Answer, Call, fail};
use crate::mem;

pub use process::{setns, unshare};
pub use thread::{Ids, begin};

/// `CLONE_ARGS_SIZE_VER0`, and the size since which there is a cgroup.
const SMALLEST: u64 = 64;
const WITH_CGROUP: u64 = 88;
/// The signal in clone(2)'s flags.
const SIGNAL: u64 = 0xff;
/// `MAX_PID_NS_LEVEL`.
const MAX_IDS: u64 = 32;

const fn bits(flags: i32) -> u64 {
    flags as u32 as u64
}

/// The registers that a child starts with.
fn child_state(args: &CloneArgs, vcpu: &Vcpu) -> Box<CpuState> {
    let mut state = vcpu.fork_state();
    set_registers(args, &mut state);
    state
}

fn set_registers(args: &CloneArgs, state: &mut CpuState) {
    set_result(state, 0);
    if args.stack != 0 {
        state.set(SP, args.stack.wrapping_add(args.stack_size));
    }
    if args.has(libc::CLONE_SETTLS) {
        state.set(TP, args.tls);
    }
}

fn clear_tid(args: &CloneArgs) -> u64 {
    if args.has(libc::CLONE_CHILD_CLEARTID) { args.child_tid } else { 0 }
}

/// clone(2). RISC-V has the order flags, stack, parent_tid, tls, child_tid.
pub fn clone(call: &mut Call<'_>) -> Answer {
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
    let args = read_args(call.args[0], size)?;
    if !valid(&args, size) {
        return fail(libc::EINVAL);
    }
    make(call, &args)
}

/// `copy_struct_from_user`.
fn read_args(at: u64, size: u64) -> Result<CloneArgs, memory::Errno> {
    const KNOWN: usize = size_of::<CloneArgs>();
    match size {
        0..SMALLEST => return Err(memory::Errno(libc::EINVAL)),
        SMALLEST..=guest::PAGE_SIZE => {}
        _ => return Err(memory::Errno(libc::E2BIG)),
    }
    let mut bytes = mem::read_bytes(at, size as usize)?;
    bytes.resize(bytes.len().max(KNOWN), 0);
    if bytes[KNOWN..].iter().any(|&b| b != 0) {
        return Err(memory::Errno(libc::E2BIG));
    }
    Ok(mem::from_bytes(&bytes[..KNOWN]))
}

/// What clone3(2) refuses before it looks at what the flags mean together.
fn valid(args: &CloneArgs, size: u64) -> bool {
    let has_ids = args.set_tid != 0;
    let known = bits(-1) & !bits(libc::CLONE_DETACHED) & !(SIGNAL & !NEWTIME);
    let cgroup = args.flags & INTO_CGROUP != 0;
    let alone = args.flags & bits(libc::CLONE_THREAD | libc::CLONE_PARENT) == 0;
    args.flags & !(known | CLEAR_SIGHAND | INTO_CGROUP) == 0
        && args.exit_signal <= 64
        && (alone || args.exit_signal == 0)
        && (args.stack != 0) == (args.stack_size != 0)
        && has_ids == (args.set_tid_size != 0)
        && args.set_tid_size <= MAX_IDS
        && !(cgroup && (args.cgroup > i32::MAX as u64 || size < WITH_CGROUP))
        && !(args.has(libc::CLONE_SIGHAND) && args.flags & CLEAR_SIGHAND != 0)
}

/// What the kernel refuses however it is asked (`copy_process`), as far as the flags are not
/// the host's to look at.
fn consistent(args: &CloneArgs) -> bool {
    let implies = |flag, needed| !args.has(flag) || args.has(needed);
    let excludes = |flag, other| !(args.has(flag) && args.has(other));
    implies(libc::CLONE_THREAD, libc::CLONE_SIGHAND)
        && implies(libc::CLONE_SIGHAND, libc::CLONE_VM)
        && excludes(libc::CLONE_NEWNS, libc::CLONE_FS)
        && excludes(libc::CLONE_NEWUSER, libc::CLONE_FS)
        && excludes(libc::CLONE_NEWIPC, libc::CLONE_SYSVSEM)
        && excludes(libc::CLONE_PIDFD, libc::CLONE_DETACHED)
        && !(args.has(libc::CLONE_PIDFD | libc::CLONE_PARENT_SETTID)
            && args.pidfd == args.parent_tid)
}

fn make(call: &mut Call<'_>, args: &CloneArgs) -> Answer {
    if !consistent(args) {
        return fail(libc::EINVAL);
    }
    for place in [args.pidfd, args.parent_tid, args.child_tid] {
        // The kernel writes there itself.
        call.process().open_to_writes(place, place.saturating_add(4));
    }
    if args.has(libc::CLONE_THREAD) {
        return thread::start(call, args);
    }
    if args.shares_memory() {
        return process::in_our_memory(call, args);
    }
    process::fork(call, args)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(flags: i32) -> CloneArgs {
        CloneArgs { flags: bits(flags), ..CloneArgs::default() }
    }

    #[test]
    fn flags_that_need_each_other_come_together() {
        assert!(!consistent(&with(libc::CLONE_SIGHAND)));
        assert!(!consistent(&with(libc::CLONE_THREAD | libc::CLONE_VM)));
        assert!(consistent(&with(libc::CLONE_SIGHAND | libc::CLONE_VM)));
        assert!(!consistent(&with(libc::CLONE_NEWNS | libc::CLONE_FS)));
    }

    #[test]
    fn clone3_takes_a_stack_with_its_size_only() {
        let whole = CloneArgs { stack: 4096, stack_size: 4096, ..CloneArgs::default() };
        assert!(valid(&whole, WITH_CGROUP));
        assert!(!valid(&CloneArgs { stack_size: 0, ..whole }, WITH_CGROUP));
        assert!(!valid(&CloneArgs { stack: 0, ..whole }, WITH_CGROUP));
    }

    #[test]
    fn clone3_takes_no_signal_in_its_flags() {
        assert!(!valid(&CloneArgs { flags: 17, ..CloneArgs::default() }, SMALLEST));
        assert!(valid(&CloneArgs { flags: NEWTIME, ..CloneArgs::default() }, SMALLEST));
        assert!(!valid(&CloneArgs { flags: INTO_CGROUP, ..CloneArgs::default() }, SMALLEST));
    }
}
