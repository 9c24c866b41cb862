//! Guest threads and processes as host threads and processes.
#![allow(unsafe_code, reason = "clone, alternate signal stacks, shared thread cells")]

use std::any::Any;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Condvar, Mutex};

use guest::CpuState;
use memory::Errno;

use crate::cell::ThreadCell;
use crate::host::syscall_raw;
use crate::signals;
use crate::{Process, Vcpu, isolation};

pub(crate) const HOST_STACK: usize = 512 << 10;
const SIGNAL_STACK: usize = 64 << 10;

/// The calling host thread's id.
pub fn gettid() -> i32 {
    syscall_raw(libc::SYS_gettid as u64, [0; 6]) as i32
}

pub(crate) fn cell_at(address: usize) -> &'static ThreadCell {
    // SAFETY: addresses are registered by `register` and removed before the cell is dropped;
    // the caller holds the list's lock.
    unsafe { &*(address as *const ThreadCell) }
}

/// While this lives, the thread's signals find its cell, and others can reach it.
pub(crate) struct Registered {
    cell: *const ThreadCell,
    before: *const ThreadCell,
    process: &'static Process,
}

/// Registers the thread of `vcpu` with its process and its host thread.
pub(crate) fn register(vcpu: &Vcpu) -> Registered {
    let cell = &raw const *vcpu.cell;
    let before = ThreadCell::install(cell);
    vcpu.cell.tid.store(vcpu.tid, Ordering::Relaxed);
    vcpu.process.threads.lock().add(&vcpu.cell);
    Registered { cell, before, process: vcpu.process }
}

impl Drop for Registered {
    fn drop(&mut self) {
        let mask = signals::block_all();
        // SAFETY: the thread that it belongs to runs this, and frees it later.
        self.process.threads.remove(unsafe { &*self.cell });
        ThreadCell::install(self.before);
        // A thread that ends takes no more signals; a vfork parent goes on with its own mask.
        if !self.before.is_null() {
            signals::set_host_mask(mask);
        }
    }
}

/// An alternate stack for the host's handlers: generated code has none of its own.
pub struct SignalStack(*mut libc::c_void);

impl SignalStack {
    /// Gives the calling thread one.
    pub fn install() -> SignalStack {
        let prot = libc::PROT_READ | libc::PROT_WRITE;
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
        // SAFETY: a fresh mapping, under no key; it lives until drop, which disables the stack first.
        unsafe {
            let memory = libc::mmap(std::ptr::null_mut(), SIGNAL_STACK, prot, flags, -1, 0);
            assert!(memory != libc::MAP_FAILED, "no memory for a signal stack");
            let stack = libc::stack_t { ss_sp: memory, ss_flags: 0, ss_size: SIGNAL_STACK };
            libc::sigaltstack(&stack, std::ptr::null_mut());
            SignalStack(memory)
        }
    }
}

/// The calling task's alternate stack for handlers.
pub(crate) fn signal_stack() -> [u64; 3] {
    let mut stack = [0; 3];
    syscall_raw(libc::SYS_sigaltstack as u64, [0, stack.as_mut_ptr() as u64, 0, 0, 0, 0]);
    stack
}

/// Gives the calling task the alternate stack of another, which does not need it meanwhile.
pub(crate) fn set_signal_stack(stack: &[u64; 3]) {
    syscall_raw(libc::SYS_sigaltstack as u64, [stack.as_ptr() as u64, 0, 0, 0, 0, 0]);
}

impl Drop for SignalStack {
    fn drop(&mut self) {
        let off = libc::stack_t {
            ss_sp: std::ptr::null_mut(),
            ss_flags: libc::SS_DISABLE,
            ss_size: SIGNAL_STACK,
        };
        // SAFETY: disables the stack of the calling thread, which is the one that installed it.
        unsafe {
            libc::sigaltstack(&off, std::ptr::null_mut());
            libc::munmap(self.0, SIGNAL_STACK);
        }
    }
}

/// Starts a guest thread with the host signal mask `mask`. `started` runs in it before guest
/// code and gets its id (if it fails there is no thread), `ended` after its guest code has ended. Gives its id.
pub fn spawn(
    process: &'static Process,
    state: Box<CpuState>,
    ext: Box<dyn Any + Send>,
    mask: u64,
    started: impl FnOnce(i32) -> Result<(), Errno> + Send,
    ended: fn(&mut Vcpu),
) -> Result<i32, Errno> {
    struct Sendable(Box<CpuState>);
    // SAFETY: the raw pointers in the state are null or belong to the thread that runs it.
    unsafe impl Send for Sendable {}
    let state = Sendable(state);
    let before = signals::block_all();
    signals::settle_c_library();
    let told = Arc::new(Started::default());
    let tell = Arc::clone(&told);
    let body = move || {
        let state = state;
        isolation::start_thread();
        let _stack = SignalStack::install();
        let mut vcpu = Vcpu::new(process, { state }.0, ext);
        let tid = started(vcpu.tid).map(|()| vcpu.tid);
        tell.tell(tid);
        drop(tell);
        if tid.is_ok() {
            vcpu.run_thread(mask);
            ended(&mut vcpu);
        }
    };
    // SAFETY: `started` borrows from the caller, who waits for what is told after its call;
    // nothing of it is used later.
    let tid = unsafe { host_thread(Box::new(body)) }.and_then(|()| told.wait());
    signals::set_host_mask(before);
    tid
}

/// What the maker of a thread waits for: its id, or why there is none.
#[derive(Default)]
struct Started {
    outcome: Mutex<Option<Result<i32, Errno>>>,
    known: Condvar,
}

impl Started {
    fn tell(&self, outcome: Result<i32, Errno>) {
        *self.outcome.lock().unwrap_or_else(|e| e.into_inner()) = Some(outcome);
        self.known.notify_one();
    }
    fn wait(&self) -> Result<i32, Errno> {
        let mut outcome = self.outcome.lock().unwrap_or_else(|e| e.into_inner());
        loop {
            match *outcome {
                Some(outcome) => return outcome,
                None => outcome = self.known.wait(outcome).unwrap_or_else(|e| e.into_inner()),
            }
        }
    }
}

pub(crate) type Body<'a> = Box<dyn FnOnce() + 'a>;

extern "C" fn run_body(body: *mut libc::c_void) -> *mut libc::c_void {
    // SAFETY: `host_thread` made it of a box, for us alone.
    let body = unsafe { Box::from_raw(body.cast::<Body<'_>>()) };
    body();
    std::ptr::null_mut()
}

/// Starts a detached host thread. The standard library's would first look for its own stack's
/// guard page and give itself a signal stack, which together costs as much as the thread.
///
/// # Safety
/// What `body` borrows must live until it is done with it.
pub(crate) unsafe fn host_thread(body: Body<'_>) -> Result<(), Errno> {
    let body: *mut Body<'_> = Box::into_raw(Box::new(body));
    let mut thread = 0;
    // SAFETY: the attributes are initialised before and freed after their use; the body is the
    // new thread's, or, if there is none, ours again.
    unsafe {
        let mut attributes: libc::pthread_attr_t = std::mem::zeroed();
        libc::pthread_attr_init(&mut attributes);
        libc::pthread_attr_setstacksize(&mut attributes, HOST_STACK);
        libc::pthread_attr_setdetachstate(&mut attributes, libc::PTHREAD_CREATE_DETACHED);
        let error = libc::pthread_create(&mut thread, &attributes, run_body, body.cast());
        libc::pthread_attr_destroy(&mut attributes);
        match error {
            0 => Ok(()),
            _ => {
                drop(Box::from_raw(body));
                Err(Errno(libc::EAGAIN))
            }
        }
    }
}

impl Vcpu {
    /// Runs with the guest's signal mask; ends with every signal blocked.
    pub fn run_thread(&mut self, mask: u64) {
        ThreadCell::install(&*self.cell);
        signals::set_host_mask(mask);
        self.run();
        signals::block_all();
    }
}
