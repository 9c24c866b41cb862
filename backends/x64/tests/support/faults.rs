//! Faults of generated code in tests.

use std::cell::Cell;

use guest::access;

thread_local! {
    /// Where faults resume.
    pub static RESUME: Cell<u64> = const { Cell::new(0) };
    /// Where the latest one was.
    pub static FAULTED: Cell<u64> = const { Cell::new(0) };
}

/// Faults of generated code of this thread go to `RESUME`, those of guarded access to its fix-ups.
pub fn catch() {
    extern "C" fn handler(_: i32, _: *mut libc::siginfo_t, context: *mut libc::ucontext_t) {
        // SAFETY: the kernel passes a valid context.
        let rip = unsafe { &mut (*context).uc_mcontext.gregs[libc::REG_RIP as usize] };
        FAULTED.set(*rip as u64);
        *rip = access::fixup(*rip as u64).unwrap_or_else(|| RESUME.get()) as i64;
    }
    // SAFETY: the handler changes nothing but where to go on, on a stack of its own.
    unsafe {
        let size = 1 << 16;
        let memory = Box::leak(vec![0u8; size].into_boxed_slice()).as_mut_ptr().cast();
        let stack = libc::stack_t { ss_sp: memory, ss_flags: 0, ss_size: size };
        libc::sigaltstack(&stack, std::ptr::null_mut());
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = handler as *const () as usize;
        action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_NODEFER;
        libc::sigaction(libc::SIGSEGV, &action, std::ptr::null_mut());
    }
}
