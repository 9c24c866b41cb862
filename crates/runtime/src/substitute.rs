//! fork(3) of the C library, with another system call in the place of its clone(2).
//!
//! Only the library can take its own locks over a fork, and make itself whole in the child; only
//! the kernel can make a child with other flags. Syscall user dispatch (prctl(2)) brings the two
//! together: the library's call comes back to us as a SIGSYS, and we make the one we want.
#![allow(unsafe_code, reason = "a signal handler that changes a system call's registers")]

use std::sync::atomic::{AtomicPtr, AtomicU8, Ordering};

use crate::cell::ThreadCell;
use crate::clone::{self, CloneArgs};
use crate::handlers;
use crate::host::{restorer, syscall_raw};
use crate::kernel::SigInfo;
use crate::signals;

const PR_SET_SYSCALL_USER_DISPATCH: u64 = 59;
const DISPATCH_OFF: u64 = 0;
const DISPATCH_ON: u64 = 1;
/// `SYS_USER_DISPATCH`, the `si_code`.
const USER_DISPATCH: i32 = 2;
/// Bytes of code that may always call: the return from a handler.
const RESTORER_LEN: u64 = 16;

/// Whether calls are made (0), or come back to us (1).
static SELECTOR: AtomicU8 = AtomicU8::new(0);
/// What to make of the library's clone(2).
static REQUEST: AtomicPtr<CloneArgs> = AtomicPtr::new(std::ptr::null_mut());

/// Forks with these flags. One thread at a time; every signal is blocked.
pub(crate) fn fork(args: &CloneArgs) -> i32 {
    REQUEST.store(std::ptr::from_ref(args).cast_mut(), Ordering::Release);
    // A child in our memory forks by its lender, but for the call itself: the handler is the lender's.
    let lent = lending::is_lent();
    let action = signals::exchange_action_here(
        libc::SIGSYS,
        &signals::KernelAction::of(
            handlers::opening!(on_call),
            (libc::SA_SIGINFO | libc::SA_ONSTACK) as u64,
        ),
    );
    signals::set_host_mask(!signals::bit(libc::SIGSYS));
    let selector = SELECTOR.as_ptr() as u64;
    let pid = match dispatch(DISPATCH_ON, restorer(), RESTORER_LEN, selector) {
        0 => {
            SELECTOR.store(1, Ordering::SeqCst);
            // SAFETY: as `libc::fork`; our own locks are the caller's business.
            let pid = unsafe { libc::fork() };
            SELECTOR.store(0, Ordering::SeqCst);
            dispatch(DISPATCH_OFF, 0, 0, 0);
            pid
        }
        _ => -1,
    };
    let error = std::io::Error::last_os_error();
    signals::set_host_mask(u64::MAX);
    if pid != 0 || !lent {
        signals::exchange_action_here(libc::SIGSYS, &action);
    }
    set_errno(error.raw_os_error().unwrap_or(libc::EAGAIN));
    pid
}

fn dispatch(mode: u64, start: u64, len: u64, selector: u64) -> i64 {
    let args = [PR_SET_SYSCALL_USER_DISPATCH, mode, start, len, selector, 0];
    syscall_raw(libc::SYS_prctl as u64, args)
}

fn set_errno(errno: i32) {
    // SAFETY: the calling thread's own.
    unsafe { *libc::__errno_location() = errno };
}

fn make(request: *const ()) -> i64 {
    // SAFETY: `on_call` passes this, and waits.
    clone::in_place(unsafe { &*request.cast() })
}

extern "C" fn on_call(_: i32, info: *const SigInfo, context: *mut libc::ucontext_t) {
    // SAFETY: the kernel passes both, valid while the handler runs.
    let (info, context) = unsafe { (&*info, &mut *context) };
    if info.code != USER_DISPATCH {
        if let Some(cell) = ThreadCell::current() {
            handlers::queue(cell, info, &mut handlers::Context(context));
        }
        return;
    }
    SELECTOR.store(0, Ordering::SeqCst);
    let regs = &mut context.uc_mcontext.gregs;
    let order = [libc::REG_RDI, libc::REG_RSI, libc::REG_RDX, libc::REG_R10, libc::REG_R8];
    let [a, b, c, d, e] = order.map(|r| regs[r as usize] as u64);
    let f = regs[libc::REG_R9 as usize] as u64;
    let nr = regs[libc::REG_RAX as usize];
    if nr != libc::SYS_clone {
        regs[libc::REG_RAX as usize] = syscall_raw(nr as u64, [a, b, c, d, e, f]);
        SELECTOR.store(1, Ordering::SeqCst);
        return;
    }
    // SAFETY: set by `fork`, which waits.
    let mut request = unsafe { *REQUEST.load(Ordering::Acquire) };
    // The library keeps the thread's id for itself.
    request.flags |= (libc::CLONE_CHILD_SETTID | libc::CLONE_CHILD_CLEARTID) as u64;
    request.child_tid = d;
    regs[libc::REG_RAX as usize] = lending::fork(make, (&raw const request).cast());
}
