//! Guest threads and processes as host threads and processes.
#![allow(unsafe_code, reason = "clone, alternate signal stacks, shared thread cells")]

use std::any::Any;
use std::sync::atomic::Ordering;
use std::sync::mpsc;

use guest::CpuState;
use memory::Errno;

use crate::cell::ThreadCell;
use crate::host::syscall_raw;
use crate::signals;
use crate::{Process, Vcpu};

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
    cell: usize,
    before: *const ThreadCell,
    process: &'static Process,
}

/// Registers the thread of `vcpu` with its process and its host thread.
pub(crate) fn register(vcpu: &Vcpu) -> Registered {
    let cell = &raw const *vcpu.cell;
    let before = ThreadCell::install(cell);
    vcpu.cell.tid.store(vcpu.tid, Ordering::Relaxed);
    vcpu.process.threads.lock().unwrap_or_else(|e| e.into_inner()).push(cell as usize);
    Registered { cell: cell as usize, before, process: vcpu.process }
}

impl Drop for Registered {
    fn drop(&mut self) {
        let mask = signals::block_all();
        let mut threads = self.process.threads.lock().unwrap_or_else(|e| e.into_inner());
        threads.retain(|&c| c != self.cell);
        drop(threads);
        ThreadCell::install(self.before);
        // A thread that ends takes no more signals; a vfork parent goes on with its own mask.
        if !self.before.is_null() {
            signals::set_host_mask(mask);
        }
    }
}

/// An alternate stack for the host's handlers: generated code has none of its own.
pub struct SignalStack(Box<[u8]>);

impl SignalStack {
    /// Gives the calling thread one.
    pub fn install() -> SignalStack {
        let mut memory = vec![0u8; SIGNAL_STACK].into_boxed_slice();
        let stack =
            libc::stack_t { ss_sp: memory.as_mut_ptr().cast(), ss_flags: 0, ss_size: memory.len() };
        // SAFETY: the memory lives until drop, which disables the stack first.
        unsafe { libc::sigaltstack(&stack, std::ptr::null_mut()) };
        SignalStack(memory)
    }
}

impl Drop for SignalStack {
    fn drop(&mut self) {
        let off = libc::stack_t {
            ss_sp: std::ptr::null_mut(),
            ss_flags: libc::SS_DISABLE,
            ss_size: self.0.len(),
        };
        // SAFETY: disables the stack of the calling thread, which is the one that installed it.
        unsafe { libc::sigaltstack(&off, std::ptr::null_mut()) };
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
    let (tell, told) = mpsc::channel();
    let body = move || {
        let state = state;
        let _stack = SignalStack::install();
        let mut vcpu = Vcpu::new(process, { state }.0, ext);
        let tid = started(vcpu.tid).map(|()| vcpu.tid);
        let _ = tell.send(tid);
        drop(tell);
        if tid.is_err() {
            return;
        }
        vcpu.run_thread(mask);
        ended(&mut vcpu);
    };
    // SAFETY: `started` borrows from the caller, who waits for the message sent after its call;
    // nothing of it is used later.
    let spawned =
        unsafe { std::thread::Builder::new().stack_size(HOST_STACK).spawn_unchecked(body) };
    let tid = match spawned {
        Ok(_detached) => told.recv().unwrap_or(Err(Errno(libc::EAGAIN))),
        Err(_) => Err(Errno(libc::EAGAIN)),
    };
    signals::set_host_mask(before);
    tid
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
