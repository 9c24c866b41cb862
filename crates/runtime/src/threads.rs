//! Guest threads and processes as host threads and processes.
#![allow(unsafe_code, reason = "clone, alternate signal stacks, shared thread cells")]

use std::any::Any;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

use guest::CpuState;
use memory::Errno;

use crate::cell::ThreadCell;
use crate::host::syscall_raw;
use crate::signals::{self, bit};
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
    /// Leaves every signal blocked: the thread runs no guest code any more.
    fn drop(&mut self) {
        signals::set_host_mask(u64::MAX);
        // SAFETY: the thread that it belongs to runs this, and frees it later.
        self.process.threads.remove(unsafe { &*self.cell });
        ThreadCell::install(self.before);
    }
}

/// An alternate stack for the host's handlers: generated code has none of its own. Those of threads that
/// ended are kept for the next.
pub struct SignalStack(usize);

/// Where stacks are that nobody uses. Whoever finds it locked does without: the holder may be gone with a fork.
static IDLE: lending::Mutex<Vec<usize>> = lending::Mutex::new(Vec::new());
/// Most of them that are kept.
const KEPT: usize = 16;

impl SignalStack {
    /// Gives the calling thread one.
    pub fn install() -> SignalStack {
        let kept = IDLE.try_lock().and_then(|mut idle| idle.pop());
        let memory = kept.unwrap_or_else(SignalStack::map);
        set_signal_stack(&[memory as u64, 0, SIGNAL_STACK as u64]);
        SignalStack(memory)
    }

    fn map() -> usize {
        let prot = libc::PROT_READ | libc::PROT_WRITE;
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
        // SAFETY: a fresh mapping, under no key.
        let memory = unsafe { libc::mmap(std::ptr::null_mut(), SIGNAL_STACK, prot, flags, -1, 0) };
        assert!(memory != libc::MAP_FAILED, "no memory for a signal stack");
        memory as usize
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
        set_signal_stack(&[0, libc::SS_DISABLE as u64, SIGNAL_STACK as u64]);
        if let Some(mut idle) = IDLE.try_lock()
            && idle.len() < KEPT
        {
            return idle.push(self.0);
        }
        // SAFETY: no thread's stack any more: the one that installed it has just disabled it.
        unsafe { libc::munmap(self.0 as *mut libc::c_void, SIGNAL_STACK) };
    }
}

/// What a new thread does before its guest code, and before its maker goes on: gets its id. If it fails there is
/// no thread.
pub type First<'a> = Box<dyn FnOnce(i32) -> Result<(), Errno> + Send + 'a>;

/// Starts a guest thread with the guest's signal mask `mask`. `ended` runs in it after its guest code has ended.
/// Its maker waits for `first` if there is one, else for nothing. Gives its id.
pub fn spawn(
    process: &'static Process,
    state: Box<CpuState>,
    ext: Box<dyn Any + Send>,
    mask: u64,
    first: Option<First<'_>>,
    ended: fn(&mut Vcpu),
) -> Result<i32, Errno> {
    struct Sendable(Box<CpuState>);
    // SAFETY: the raw pointers in the state are null or belong to the thread that runs it.
    unsafe impl Send for Sendable {}
    let state = Sendable(state);
    let blocked = Blocked::start(mask);
    signals::settle_c_library();
    let told = Arc::new(Started::default());
    let tell = Arc::clone(&told);
    let waits = first.is_some();
    let body = move || {
        let state = state;
        isolation::start_thread();
        let mut vcpu = Vcpu::new(process, { state }.0, ext);
        let _stack = SignalStack::install();
        let tid = first.map_or(Ok(()), |first| first(vcpu.tid)).map(|()| vcpu.tid);
        tell.tell(tid);
        drop(tell);
        if tid.is_ok() {
            vcpu.run_thread(mask);
            ended(&mut vcpu);
            ThreadCell::install(std::ptr::null());
        }
    };
    // SAFETY: `first` borrows from the caller, who waits for what is told after its call;
    // nothing of it is used later.
    let thread = unsafe { host_thread(Box::new(body)) };
    let tid = thread.and_then(|thread| match thread.id() {
        Some(tid) if !waits => Ok(tid),
        _ => told.wait(),
    });
    blocked.end();
    tid
}

/// Every signal is blocked on the calling thread, which it may be already.
#[derive(Clone, Copy)]
struct Blocked {
    before: u64,
    already: bool,
}

impl Blocked {
    /// For a thread whose guest's mask is `mask`: C libraries block everything when they make a thread.
    fn start(mask: u64) -> Blocked {
        const NEVER: u64 = signals::SYNCHRONOUS | bit(libc::SIGKILL) | bit(libc::SIGSTOP);
        let already = mask | NEVER == u64::MAX;
        Blocked { before: if already { mask } else { signals::block_all() }, already }
    }
    fn end(self) {
        if !self.already {
            signals::set_host_mask(self.before);
        }
    }
}

/// What the maker of a thread waits for: its id, or why there is none.
#[derive(Default)]
struct Started {
    told: Mutex<Told>,
    known: Condvar,
}

#[derive(Default)]
struct Told {
    outcome: Option<Result<i32, Errno>>,
    /// The maker is asleep.
    awaited: bool,
}

impl Started {
    fn lock(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(|e| e.into_inner())
    }
    fn tell(&self, outcome: Result<i32, Errno>) {
        let mut told = self.lock();
        told.outcome = Some(outcome);
        // To wake nobody is a system call too.
        if told.awaited {
            self.known.notify_one();
        }
    }
    fn wait(&self) -> Result<i32, Errno> {
        let mut told = self.lock();
        told.awaited = true;
        loop {
            match told.outcome {
                Some(outcome) => return outcome,
                None => told = self.known.wait(told).unwrap_or_else(|e| e.into_inner()),
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

/// A host thread that nobody waits for; its end frees what is its. To be dropped in the section that it was made in, if that is one: the
/// library may free what it has of the thread.
pub(crate) struct HostThread(libc::pthread_t);

impl HostThread {
    /// Its id; `None` once it has ended. The library tells the clock of its processor time, and the kernel's
    /// name for that is made of the id (`make_thread_cpuclock`).
    fn id(&self) -> Option<i32> {
        let mut clock = 0;
        // SAFETY: what the library has of the thread is there until it is detached.
        let error = unsafe { libc::pthread_getcpuclockid(self.0, &mut clock) };
        Some(!(clock >> 3)).filter(|&tid| error == 0 && tid > 0)
    }
}

impl Drop for HostThread {
    fn drop(&mut self) {
        // SAFETY: once, by its only owner.
        unsafe { libc::pthread_detach(self.0) };
    }
}

/// Starts a host thread. The standard library's would first look for its own stack's
/// guard page and give itself a signal stack, which together costs as much as the thread.
///
/// # Safety
/// What `body` borrows must live until it is done with it.
pub(crate) unsafe fn host_thread(body: Body<'_>) -> Result<HostThread, Errno> {
    let body: *mut Body<'_> = Box::into_raw(Box::new(body));
    let mut thread = 0;
    // SAFETY: the attributes are initialised before and freed after their use; the body is the
    // new thread's, or, if there is none, ours again.
    unsafe {
        let mut attributes: libc::pthread_attr_t = std::mem::zeroed();
        libc::pthread_attr_init(&mut attributes);
        libc::pthread_attr_setstacksize(&mut attributes, HOST_STACK);
        let error = libc::pthread_create(&mut thread, &attributes, run_body, body.cast());
        libc::pthread_attr_destroy(&mut attributes);
        match error {
            0 => Ok(HostThread(thread)),
            _ => {
                drop(Box::from_raw(body));
                Err(Errno(libc::EAGAIN))
            }
        }
    }
}

impl Vcpu {
    /// Runs with the guest's signal mask; ends with every signal blocked. What is done for the thread behind that may still
    /// fault on the guest's memory, so its cell stays where handlers find it.
    pub fn run_thread(&mut self, mask: u64) {
        ThreadCell::install(&*self.cell);
        let _registered = register(self);
        signals::set_host_mask(mask);
        self.run();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[test]
    fn a_thread_has_the_id_that_its_clock_tells_until_it_ends() {
        let (tell, told) = mpsc::channel();
        let (end, ended) = mpsc::channel::<()>();
        let body = move || {
            tell.send(gettid()).unwrap();
            let _ = ended.recv();
        };
        // SAFETY: it borrows nothing.
        let thread = unsafe { host_thread(Box::new(body)) }.ok().unwrap();
        assert_eq!(thread.id(), Some(told.recv().unwrap()));
        drop(end);
        while thread.id().is_some() {
            std::thread::yield_now();
        }
    }
}
