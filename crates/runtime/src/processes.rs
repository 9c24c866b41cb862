//! Guest processes as host processes: children with memory of their own, and children in their
//! maker's memory.
#![allow(unsafe_code, reason = "fork and clone")]

use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};

use guest::CpuState;
use memory::Errno;

use crate::cell::ThreadCell;
use crate::clone::{self, CloneArgs};
use crate::host::syscall_raw;
use crate::threads::{HOST_STACK, SignalStack, gettid};
use crate::{Vcpu, isolation, signals, substitute};

/// Forks the process; only the calling thread exists in the child. Gives 0 there. Of `args`,
/// the guest's registers and the child's own places are the caller's business.
pub fn fork(vcpu: &mut Vcpu, args: &CloneArgs) -> Result<i32, Errno> {
    let process = vcpu.process;
    let cache = process.cache.lock();
    let memory = process.memory.freeze();
    let mut threads = process.threads.lock();
    let mask = signals::block_all();
    let mut args = args.for_host();
    if threads.len() > 1 {
        // The others must not find our locks held for as long as the child likes.
        args = args.dropping(libc::CLONE_VFORK as u64);
    }
    let pid = if args.is_fork() {
        // SAFETY: libc's fork keeps its allocator usable in the child; our own locks are held
        // here and released on both sides.
        unsafe { libc::fork() }
    } else {
        substitute::fork(&args)
    };
    let error = std::io::Error::last_os_error().raw_os_error();
    if pid == 0 {
        vcpu.tid = gettid();
        vcpu.cell.tid.store(vcpu.tid, Ordering::Relaxed);
        vcpu.times.forget();
        ir::reserve::reset_after_fork();
        threads.keep(&vcpu.cell);
    }
    drop(threads);
    drop(memory);
    drop(cache);
    signals::set_host_mask(mask);
    if pid < 0 { Err(Errno(error.unwrap_or(libc::EAGAIN))) } else { Ok(pid) }
}

/// A child in its maker's memory.
struct Borrower {
    vcpu: Vcpu,
    mask: u64,
    start: Arc<Start>,
}

/// What the maker waits for.
#[derive(Default)]
struct Start {
    /// The child's id, from before it runs.
    pid: AtomicI32,
    /// 1 once it runs, or minus an error number.
    state: AtomicI32,
}

impl Start {
    fn tell(&self, state: i32) {
        self.state.store(state, Ordering::Release);
        self.futex(libc::FUTEX_WAKE, 1);
    }
    fn wait(&self) -> i64 {
        while self.state.load(Ordering::Acquire) == 0 {
            self.futex(libc::FUTEX_WAIT, 0);
        }
        match self.state.load(Ordering::Acquire) {
            error if error < 0 => error as i64,
            _ => self.pid.load(Ordering::Acquire) as i64,
        }
    }
    fn futex(&self, op: i32, value: u64) {
        let op = (op | libc::FUTEX_PRIVATE_FLAG) as u64;
        let args = [self.state.as_ptr() as u64, op, value, 0, 0, 0];
        syscall_raw(libc::SYS_futex as u64, args);
    }
}

impl Borrower {
    fn new(maker: &Vcpu, state: Box<CpuState>, ext: Box<dyn Any + Send>, mask: u64) -> Borrower {
        let vcpu = Vcpu::new(maker.process, state, ext);
        Borrower { vcpu, mask, start: Arc::default() }
    }

    /// Runs it while the calling thread, whose thread-local storage and signal stack it uses,
    /// is suspended. It has ended then, or executes another program. Gives what the kernel gives.
    fn run(&mut self, args: &CloneArgs) -> i64 {
        let mut stack = vec![0; HOST_STACK / 8];
        let argument = (&raw mut *self).cast();
        let flags = args.flags | libc::CLONE_VFORK as u64;
        let args = CloneArgs { flags, ..args.for_host() };
        // SAFETY: the child is gone from this memory when the call is back, and this thread
        // does nothing until then.
        let pid = unsafe { clone::on_stack(&args, &mut stack, borrower, argument) };
        // It never takes itself off the list when it executes a program or is killed, and who
        // empties the cache may wait for it with the list locked.
        self.vcpu.cell.running.store(false, Ordering::Release);
        self.vcpu.process.threads.remove(&self.vcpu.cell);
        pid
    }
}

extern "C" fn borrower(argument: *mut libc::c_void) -> i32 {
    // SAFETY: `Borrower::run` passes this and keeps it until we are gone.
    let child = unsafe { &mut *argument.cast::<Borrower>() };
    child.vcpu.tid = gettid();
    child.start.tell(1);
    child.vcpu.run_thread(child.mask);
    0
}

fn pid_of(raw: i64) -> Result<i32, Errno> {
    if raw < 0 { Err(Errno(-raw as i32)) } else { Ok(raw as i32) }
}

/// Starts a child that shares this process's memory, and waits until it ends or executes
/// another program. Gives its id.
pub fn vfork(
    vcpu: &mut Vcpu,
    args: &CloneArgs,
    state: Box<CpuState>,
    ext: Box<dyn Any + Send>,
) -> Result<i32, Errno> {
    let mask = signals::block_all();
    let raw = Borrower::new(vcpu, state, ext, mask).run(args);
    ThreadCell::install(&*vcpu.cell);
    signals::set_host_mask(mask);
    pid_of(raw)
}

/// Starts a child that shares this process's memory and runs beside it. Gives its id.
///
/// A thread of ours lends it thread-local storage and a signal stack, is suspended as long as
/// the child is here, and cleans up after it.
pub fn share(
    vcpu: &mut Vcpu,
    args: &CloneArgs,
    state: Box<CpuState>,
    ext: Box<dyn Any + Send>,
) -> Result<i32, Errno> {
    struct Sendable(Borrower);
    // SAFETY: the raw pointers in the state are null or belong to the thread that runs it.
    unsafe impl Send for Sendable {}
    let mask = signals::block_all();
    signals::settle_c_library();
    let child = Sendable(Borrower::new(vcpu, state, ext, mask));
    let start = Arc::clone(&child.0.start);
    // Where the maker's namespace's id of the child is found before it runs.
    let flags = args.flags | libc::CLONE_PARENT_SETTID as u64;
    let args = CloneArgs { flags, parent_tid: start.pid.as_ptr() as u64, ..*args };
    let lend = move || {
        let mut child = { child }.0;
        isolation::start_thread();
        signals::set_whole_mask(u64::MAX);
        let _stack = SignalStack::install();
        let raw = child.run(&args);
        ThreadCell::install(std::ptr::null());
        if raw < 0 {
            child.start.tell(raw as i32);
        }
    };
    let lender = std::thread::Builder::new().stack_size(HOST_STACK).spawn(lend);
    let raw = lender.map_or(-libc::EAGAIN as i64, |_detached| start.wait());
    signals::set_host_mask(mask);
    pid_of(raw)
}
