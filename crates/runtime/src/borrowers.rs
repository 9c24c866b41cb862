//! Children in their maker's memory, and the threads that lend themselves to them (see `lending`).
#![allow(unsafe_code, reason = "clone, on stacks and with thread-local storage that are lent")]

use std::any::Any;
use std::arch::asm;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use guest::CpuState;
use lending::{Lending, Section};
use memory::Errno;

use crate::cell::ThreadCell;
use crate::clone::{self, CloneArgs};
use crate::host::syscall_raw;
use crate::signals::SYNCHRONOUS;
use crate::threads::{
    HOST_STACK, SignalStack, gettid, host_thread, set_signal_stack, signal_stack,
};
use crate::{Process, Vcpu, isolation, signals};

/// Bytes of the stack on which a child waits for its lender.
const HOME_STACK: usize = 64 << 10;

/// A child to be made.
pub struct Child {
    /// Its registers.
    pub state: Box<CpuState>,
    /// What its `Vcpu` is to have as `ext`.
    pub ext: Box<dyn Any + Send>,
    /// Called by its lender once it has left this memory: what the kernel does for it then.
    pub left: fn(&mut Vcpu),
}

/// A child in our memory, as its lender keeps it.
struct Borrower {
    vcpu: Vcpu,
    mask: u64,
    /// Where it writes its id.
    own_id: Option<u64>,
    /// The lender's.
    signal_stack: [u64; 3],
    left: fn(&mut Vcpu),
}

const fn bits(flags: i32) -> u64 {
    flags as u32 as u64
}

impl Borrower {
    fn new(maker: &Vcpu, args: &CloneArgs, child: Child, mask: u64) -> Box<Borrower> {
        let vcpu = Vcpu::new(maker.process, child.state, child.ext);
        let own_id = args.has(libc::CLONE_CHILD_SETTID).then_some(args.child_tid);
        Box::new(Borrower { vcpu, mask, own_id, signal_stack: [0; 3], left: child.left })
    }

    /// By the lender: what the child runs.
    fn lend(&mut self) -> Box<Lending> {
        self.signal_stack = signal_stack();
        let lending = Lending::new(HOST_STACK, borrower, (&raw mut *self).cast());
        lending.lend_by_caller();
        lending
    }

    /// By the lender: the child is gone.
    fn end(mut self, in_good_order: bool) {
        // It never takes itself off the list, and who empties the cache may wait for it with the list locked.
        self.vcpu.cell.running.store(false, Ordering::Release);
        (self.left)(&mut self.vcpu);
        self.vcpu.process.threads.remove(&self.vcpu.cell);
        if !in_good_order {
            self.vcpu.abandon();
        }
    }
}

extern "C" fn borrower(argument: *mut libc::c_void) {
    // SAFETY: `Borrower::lend` passes this, and the lender keeps it until we are gone.
    let child = unsafe { &mut *argument.cast::<Borrower>() };
    set_signal_stack(&child.signal_stack);
    ThreadCell::install(&*child.vcpu.cell);
    child.vcpu.tid = gettid();
    if let Some(place) = child.own_id {
        // As the kernel, which does not mind a place that is none.
        let _ = guest::access::copy_out(place, &child.vcpu.tid.to_le_bytes());
    }
    child.vcpu.run_thread(child.mask);
    lending::leaving(true);
    loop {
        syscall_raw(libc::SYS_exit as u64, [0; 6]);
    }
}

extern "C" fn at_home(lending: *mut libc::c_void) -> i32 {
    // SAFETY: `make` passes this, and the lender keeps it until we are gone.
    unsafe { Lending::run(lending.cast()) }
}

/// Makes the child that `lending` is for. With `thread_pointer`, its lender is not the caller. Gives what the kernel gives.
fn make(args: &CloneArgs, lending: &Lending, home: &mut [u64], thread_pointer: Option<u64>) -> i64 {
    let args = args.for_host().dropping(bits(libc::CLONE_CHILD_SETTID));
    let tls = thread_pointer.map_or(0, |_| bits(libc::CLONE_SETTLS));
    let flags = args.flags | bits(libc::CLONE_CHILD_CLEARTID) | tls;
    let child_tid = lending.word();
    let args = CloneArgs { flags, child_tid, tls: thread_pointer.unwrap_or(0), ..args };
    let argument = (&raw const *lending).cast_mut().cast();
    // SAFETY: the lender keeps stack and argument until the child is gone, and does nothing of its
    // own until then; its thread-local storage is what the child has.
    unsafe { clone::on_stack(&args, home, at_home, argument) }
}

fn id_of(raw: i64) -> Result<i32, Errno> {
    if raw < 0 { Err(Errno(-raw as i32)) } else { Ok(raw as i32) }
}

/// Starts a child that shares this process's memory, and lends the calling thread to it until it has ended or
/// executes another program: `CLONE_VFORK`. Gives its id.
pub fn lend(vcpu: &mut Vcpu, args: &CloneArgs, child: Child) -> Result<i32, Errno> {
    let mask = signals::block_all();
    let mut child = Borrower::new(vcpu, args, child, mask);
    let lending = child.lend();
    let mut home = vec![0; HOME_STACK / 8];
    let args = args.dropping(bits(libc::CLONE_VFORK));
    signals::set_whole_mask(u64::MAX);
    let raw = make(&args, &lending, &mut home, None);
    let in_good_order = raw < 0 || lending.lend(!SYNCHRONOUS);
    signals::set_host_mask(u64::MAX);
    ThreadCell::install(&*vcpu.cell);
    child.end(in_good_order);
    signals::set_host_mask(mask);
    id_of(raw)
}

/// Lenders of this process.
static LENDERS: AtomicU32 = AtomicU32::new(0);

/// To be called when wait(2) has told of the end of process `pid`: where that was a child in our memory, returns once
/// its lender has done what the kernel does before that.
pub fn has_ended(process: &Process, pid: i32) {
    const TRIES: u32 = 10_000;
    if LENDERS.load(Ordering::Acquire) == 0 {
        return;
    }
    // Bounded, as a thread can have the number in another namespace.
    for _ in 0..TRIES {
        if !process.threads.has(pid) {
            return;
        }
        std::thread::sleep(Duration::from_micros(100));
    }
}

/// How far a lender has come; a futex.
#[derive(Default)]
struct Progress {
    state: AtomicU32,
    /// Where its [`Lending`], its child's first stack, and its thread-local storage are.
    places: [AtomicU64; 3],
}

const READY: u32 = 1;
const DONE: u32 = 2;

impl Progress {
    fn tell(&self, state: u32) {
        self.state.store(state, Ordering::Release);
        self.futex(libc::FUTEX_WAKE, i32::MAX as u32);
    }
    fn wait(&self, state: u32) {
        loop {
            match self.state.load(Ordering::Acquire) {
                now if now >= state => return,
                now => self.futex(libc::FUTEX_WAIT, now),
            }
        }
    }
    fn futex(&self, op: i32, value: u32) {
        let op = (op | libc::FUTEX_PRIVATE_FLAG) as u64;
        let args = [self.state.as_ptr() as u64, op, value as u64, 0, 0, 0];
        syscall_raw(libc::SYS_futex as u64, args);
    }
}

fn thread_pointer() -> u64 {
    let pointer: u64;
    // SAFETY: the first word of a thread's control block is its own address.
    unsafe { asm!("mov {}, fs:[0]", out(reg) pointer, options(nostack, readonly)) };
    pointer
}

/// A lender's life.
fn lender(mut child: Box<Borrower>, progress: &Progress) {
    isolation::start_thread();
    signals::set_whole_mask(u64::MAX);
    let _stack = SignalStack::install();
    let lending = child.lend();
    let mut home = vec![0u64; HOME_STACK / 8];
    let places = [&raw const *lending as u64, home.as_mut_ptr() as u64, thread_pointer()];
    for (place, value) in progress.places.iter().zip(places) {
        place.store(value, Ordering::Relaxed);
    }
    progress.tell(READY);
    let in_good_order = lending.lend(!SYNCHRONOUS);
    signals::set_host_mask(u64::MAX);
    ThreadCell::install(std::ptr::null());
    child.end(in_good_order);
    LENDERS.fetch_sub(1, Ordering::AcqRel);
    progress.tell(DONE);
    signals::set_whole_mask(u64::MAX);
}

/// Starts a child that shares this process's memory, and has a thread made for it as its lender: one of the
/// process that everyone here borrows from. With `CLONE_VFORK` it returns when the child has ended or executes another
/// program. Gives its id.
pub fn share(vcpu: &mut Vcpu, args: &CloneArgs, child: Child) -> Result<i32, Errno> {
    struct Sendable(Box<Borrower>);
    // SAFETY: the raw pointers in the state are null or belong to the thread that runs it.
    unsafe impl Send for Sendable {}
    let mask = signals::block_all();
    let child = Sendable(Borrower::new(vcpu, args, child, mask));
    LENDERS.fetch_add(1, Ordering::AcqRel);
    let progress = Arc::new(Progress::default());
    let told = Arc::clone(&progress);
    let body = move || lender({ child }.0, &told);
    let started = {
        let _section = Section::enter();
        signals::settle_c_library();
        // SAFETY: the body borrows nothing.
        unsafe { host_thread(Box::new(body)) }.map(drop)
    };
    let raw = started.map(|()| {
        progress.wait(READY);
        let [lending, home, pointer] =
            progress.places.each_ref().map(|p| p.load(Ordering::Relaxed));
        // SAFETY: the lender keeps both until the child is gone, or there is none.
        let (lending, home) = unsafe {
            let home = std::slice::from_raw_parts_mut(home as *mut u64, HOME_STACK / 8);
            (&*(lending as *const Lending), home)
        };
        let raw = make(args, lending, home, Some(pointer));
        if raw < 0 {
            lending.cancel();
        }
        if raw < 0 || args.has(libc::CLONE_VFORK) {
            progress.wait(DONE);
        }
        raw
    });
    signals::set_host_mask(mask);
    if raw.is_err() {
        LENDERS.fetch_sub(1, Ordering::AcqRel);
    }
    id_of(raw?)
}
