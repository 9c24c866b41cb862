//! Signals, mechanism: the host's dispositions, masks and queues *are* the guest's.
//!
//! A signal that the guest handles makes the runtime's handler run. It remembers the one
//! signal, blocks all others in the interrupted context, and arms the safepoint; the dispatch
//! loop then has the kernel build the guest's frame and set the handler's mask. So the host
//! kernel keeps every queue and picks every order.
#![allow(unsafe_code, reason = "raw rt_sigaction: libc hides signals 32 and 33")]

use std::sync::Once;

use crate::handlers;
use crate::host::{restorer, syscall_raw};
use crate::tracing;

/// What the host does when a signal comes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Disposition {
    /// SIG_DFL.
    Default,
    /// SIG_IGN.
    Ignore,
    /// The runtime's handler.
    Handler {
        /// SA_RESTART.
        restart: bool,
        /// SA_NOCLDSTOP and SA_NOCLDWAIT as given.
        child_flags: u64,
    },
}

/// Signals that generated code itself can raise; the runtime's handler is always theirs, and
/// they are never blocked on the host.
pub const SYNCHRONOUS: u64 = bit(libc::SIGSEGV)
    | bit(libc::SIGBUS)
    | bit(libc::SIGILL)
    | bit(libc::SIGFPE)
    | bit(libc::SIGTRAP);

/// Signals whose default action leaves a core, besides the synchronous ones. The runtime's handler
/// is theirs unless they are ignored: the core is to be the guest's.
pub const DUMPING: u64 = bit(libc::SIGQUIT)
    | bit(libc::SIGABRT)
    | bit(libc::SIGXCPU)
    | bit(libc::SIGXFSZ)
    | bit(libc::SIGSYS);

/// The mask bit of a signal.
pub const fn bit(signo: i32) -> u64 {
    1 << (signo - 1)
}

/// The host kernel's `struct sigaction`.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct KernelAction {
    handler: u64,
    flags: u64,
    restorer: u64,
    mask: u64,
}

const SA_RESTORER: u64 = 0x0400_0000;

impl KernelAction {
    /// Every signal is blocked while a handler runs.
    pub(crate) fn of(handler: u64, flags: u64) -> KernelAction {
        KernelAction { handler, flags: flags | SA_RESTORER, restorer: restorer(), mask: u64::MAX }
    }
}

/// Sets the host's action; gives the one before.
pub(crate) fn exchange_action(signo: i32, action: &KernelAction) -> KernelAction {
    rt_sigaction(lending::syscall, signo, Some(action))
}

/// As [`exchange_action`], of the process that the calling task belongs to, be it a child's lender.
pub(crate) fn exchange_action_here(signo: i32, action: &KernelAction) -> KernelAction {
    rt_sigaction(syscall_raw, signo, Some(action))
}

fn rt_sigaction(
    call: impl Fn(u64, [u64; 6]) -> i64,
    signo: i32,
    action: Option<&KernelAction>,
) -> KernelAction {
    let mut old = KernelAction { handler: 0, flags: 0, restorer: 0, mask: 0 };
    let new = action.map_or(0, |action| &raw const *action as u64);
    let place = &raw mut old as u64;
    call(libc::SYS_rt_sigaction as u64, [signo as u64, new, place, 8, 0, 0]);
    old
}

/// To be called before a thread is made, with every signal blocked. The host's C library takes
/// signal 33 for itself when it makes its first thread, and unblocks 32 and 33; a guest's C
/// library does the same, and the signal is the guest's. So the first thread is one that does
/// nothing, and everything is put back after it.
pub(crate) fn settle_c_library() {
    const SETXID: i32 = 33;
    static SETTLED: Once = Once::new();
    SETTLED.call_once(|| {
        let action = rt_sigaction(syscall_raw, SETXID, None);
        let first = std::thread::Builder::new().spawn(|| ());
        // If there can be no thread, whoever wants one finds out.
        let _ = first.map(std::thread::JoinHandle::join);
        exchange_action_here(SETXID, &action);
        block_all();
    });
}

fn set_action(signo: i32, handler: u64, flags: u64) {
    exchange_action(signo, &KernelAction::of(handler, flags));
}

/// Sets what the host does with `signo` (1 to 64) on the guest's behalf.
pub fn set_host_action(signo: i32, disposition: Disposition) {
    if SYNCHRONOUS & bit(signo) != 0 {
        return;
    }
    let base = (libc::SA_SIGINFO | libc::SA_ONSTACK) as u64;
    match disposition {
        Disposition::Default if DUMPING & bit(signo) != 0 => {
            set_action(signo, handlers::asynchronous_address(), base);
        }
        Disposition::Default => set_action(signo, libc::SIG_DFL as u64, 0),
        Disposition::Ignore => set_action(signo, libc::SIG_IGN as u64, 0),
        Disposition::Handler { restart, child_flags } => {
            let restart = if restart { libc::SA_RESTART as u64 } else { 0 };
            set_action(signo, handlers::asynchronous_address(), base | restart | child_flags);
        }
    }
}

/// Takes a synchronous signal for the runtime. A call that it interrupts is made again unless the
/// guest has a handler that does not want that, which [`crate::Kernel`] sees to.
pub(crate) fn set_fault_action(signo: i32) {
    let flags = libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_RESTART;
    set_action(signo, handlers::fault_address(), flags as u64);
}

/// Sets the calling thread's host mask to the guest's `mask`, but for synchronous signals.
pub fn set_host_mask(mask: u64) {
    set_whole_mask(mask & !SYNCHRONOUS);
}

/// Sets the calling thread's host mask; for a thread that runs no guest code from now on.
pub fn set_whole_mask(mask: u64) {
    exchange_mask(libc::SIG_SETMASK, &mask);
}

/// The calling thread's host mask.
pub fn host_mask() -> u64 {
    exchange_mask(libc::SIG_BLOCK, std::ptr::null())
}

/// Blocks every signal on the calling thread; gives the mask before.
pub fn block_all() -> u64 {
    exchange_mask(libc::SIG_SETMASK, &ALL)
}

/// All that the host ever blocks while guest code may run.
static ALL: u64 = !SYNCHRONOUS;

fn exchange_mask(how: i32, set: *const u64) -> u64 {
    let mut before = 0u64;
    let args = [how as u64, set as u64, &raw mut before as u64, 8, 0, 0];
    syscall_raw(libc::SYS_rt_sigprocmask as u64, args);
    before
}

/// Ends the process by `signo`, as the guest would end by it.
pub fn die_of(signo: i32) -> ! {
    lending::leaving(true);
    set_action(signo, libc::SIG_DFL as u64, 0);
    tracing::raise(signo, tracing::PASS, 0);
    let mask = !bit(signo);
    let args = [libc::SIG_SETMASK as u64, &raw const mask as u64, 0, 8, 0, 0];
    syscall_raw(libc::SYS_rt_sigprocmask as u64, args);
    loop {
        syscall_raw(libc::SYS_exit_group as u64, [128 + signo as u64, 0, 0, 0, 0, 0]);
    }
}
