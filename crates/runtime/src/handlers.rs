//! The host's signal handlers. Nothing here locks, allocates or logs.
#![allow(unsafe_code, reason = "signal handlers: raw contexts")]

use std::sync::atomic::{AtomicPtr, Ordering};

use guest::FaultKind;
use ir::traits::thunk;

use crate::Process;
use crate::cell::ThreadCell;
use crate::host;
use crate::kernel::SigInfo;
use crate::signals::{self, DUMPING, SYNCHRONOUS};
use crate::tracing;

/// The address of a handler. Where there are keys, the kernel starts it with all but the first of them
/// closed, so it comes by way of a few instructions that use no memory.
macro_rules! opening {
    ($handler:path) => {{
        #[unsafe(naked)]
        extern "C" fn open() {
            std::arch::naked_asm!(
                "mov r8, rdx",
                "xor eax, eax",
                "xor ecx, ecx",
                "xor edx, edx",
                "wrpkru",
                "mov rdx, r8",
                "jmp {handler}",
                handler = sym $handler,
            )
        }
        match guest::keys::closed() {
            Some(_) => open as *const () as u64,
            None => $handler as *const () as u64,
        }
    }};
}
pub(crate) use opening;

static PROCESS: AtomicPtr<Process> = AtomicPtr::new(std::ptr::null_mut());

/// Makes the runtime's handlers the host's for synchronous signals.
pub fn install(process: &'static Process) {
    PROCESS.store(std::ptr::from_ref(process).cast_mut(), Ordering::Release);
    for signo in [libc::SIGSEGV, libc::SIGBUS, libc::SIGILL, libc::SIGFPE, libc::SIGTRAP] {
        signals::set_fault_action(signo);
    }
}

pub fn asynchronous_address() -> u64 {
    opening!(asynchronous)
}

pub fn fault_address() -> u64 {
    opening!(synchronous)
}

/// What the processor was doing.
pub(crate) struct Context(pub(crate) *mut libc::ucontext_t);

impl Context {
    fn reg(&mut self, index: i32) -> &mut i64 {
        // SAFETY: the kernel passes a valid context that lives as long as the handler runs.
        unsafe { &mut (*self.0).uc_mcontext.gregs[index as usize] }
    }
    fn pc(&mut self) -> u64 {
        *self.reg(libc::REG_RIP) as u64
    }
    fn resume_at(&mut self, pc: u64) {
        *self.reg(libc::REG_RIP) = pc as i64;
    }
    /// Blocks all but synchronous signals once the handler returns.
    fn block_all(&mut self) {
        self.set_mask(!SYNCHRONOUS);
    }
    /// Blocks these once the handler returns.
    fn set_mask(&mut self, mask: u64) {
        // SAFETY: as above; the kernel's mask is the first 8 bytes of `uc_sigmask`.
        unsafe { (&raw mut (*self.0).uc_sigmask).cast::<u64>().write(mask) };
    }
}

extern "C" fn asynchronous(signo: i32, info: *const SigInfo, context: *mut libc::ucontext_t) {
    let mut context = Context(context);
    if let Some(cell) = ThreadCell::current() {
        // SAFETY: the kernel passes a valid siginfo.
        queue(cell, unsafe { &*info }, &mut context);
    } else if DUMPING & signals::bit(signo) != 0 {
        // No guest code has run yet: there is no handler but this.
        signals::die_of(signo);
    } else {
        later(signo, info, &mut context);
    }
}

/// A thread has been made that is not known yet: what was sent to it waits until the guest's mask is set. (The C library starts
/// threads with a signal of its own unblocked, which is the guest's; synchronous ones never are blocked.)
fn later(signo: i32, info: *const SigInfo, context: &mut Context) {
    context.set_mask(u64::MAX);
    let [process, thread] = [libc::SYS_getpid, libc::SYS_gettid]
        .map(|call| host::syscall_raw(call as u64, [0; 6]) as u64);
    let args = [process, thread, signo as u64, info as u64, 0, 0];
    host::syscall_raw(libc::SYS_rt_tgsigqueueinfo as u64, args);
}

/// Keeps a signal for the safepoint.
pub(crate) fn queue(cell: &ThreadCell, info: &SigInfo, context: &mut Context) {
    let pc = context.pc();
    cell.note_call(host::was_begun(pc, *context.reg(libc::REG_RCX) as u64));
    cell.remember(info);
    cell.arm();
    context.block_all();
    if let Some(abort) = host::abort_address(pc) {
        context.resume_at(abort);
    }
}

extern "C" fn synchronous(signo: i32, info: *const SigInfo, context: *mut libc::ucontext_t) {
    let mut context = Context(context);
    // SAFETY: the kernel passes a valid siginfo.
    let info = unsafe { &*info };
    let Some(cell) = ThreadCell::current() else {
        return match info.code {
            ..=0 => later(signo, info, &mut context),
            _ => crash(signo, info, &mut context),
        };
    };
    if signo == libc::SIGTRAP && info.code == tracing::STOP {
        return cell.set_untraced();
    }
    // From kill, sigqueue or a timer, not from the processor.
    if info.code <= 0 {
        return queue(cell, info, &mut context);
    }
    if signo == libc::SIGFPE && exception(cell, info, &mut context) {
        return;
    }
    if matches!(signo, libc::SIGSEGV | libc::SIGBUS)
        && memory_fault(cell, signo, info, &mut context)
    {
        return;
    }
    crash(signo, info, &mut context)
}

/// A page fault: on behalf of the guest, or of its call stack. True if it was one of these.
fn memory_fault(cell: &ThreadCell, signo: i32, info: &SigInfo, context: &mut Context) -> bool {
    let pc = context.pc();
    let addr = info.fields[0];
    // SAFETY: set once before any handler can run; lives as long as the process.
    let Some(process) = (unsafe { PROCESS.load(Ordering::Acquire).as_ref() }) else { return false };
    if let Some(resume) = guest::access::fixup(pc) {
        note(cell, signo, addr, context);
        context.resume_at(resume);
        return true;
    }
    if !process.cache.contains(pc) {
        return false;
    }
    // A call that runs out of room pushes its return address there; a store of the guest's is its own fault.
    let pushed = (*context.reg(libc::REG_RSP) as u64).wrapping_sub(8) == addr;
    if pushed && cell.call_guard.contains(&addr) {
        *context.reg(libc::REG_RSP) = cell.call_base as i64;
        return true;
    }
    let Some(guest_pc) = process.cache.guest_pc(pc) else { return false };
    note(cell, signo, addr, context);
    // SAFETY: the state belongs to this thread, which is stopped in generated code.
    unsafe {
        (*cell.state).pc = guest_pc.0;
        (*cell.state).exit_value = pc;
    }
    context.resume_at(process.cache.thunk(thunk::FAULT));
    true
}

/// A floating-point exception that the backend has trap.
fn exception(cell: &ThreadCell, info: &SigInfo, context: &mut Context) -> bool {
    // siginfo_t(3): FPE_FLTDIV to FPE_FLTSUB.
    const FLOATING: std::ops::RangeInclusive<i32> = 3..=8;
    // SAFETY: set once before any handler can run; lives as long as the process.
    let process = unsafe { PROCESS.load(Ordering::Acquire).as_ref() };
    let Some(backend) = process.and_then(|process| process.backend.as_ref()) else { return false };
    let ours = process.is_some_and(|process| process.cache.contains(context.pc()));
    if !ours || !FLOATING.contains(&info.code) {
        return false;
    }
    // SAFETY: the state belongs to this thread, which is stopped in generated code; the kernel passes the
    // floating-point state that it puts back.
    unsafe {
        let saved = &mut *(*context.0).uc_mcontext.fpregs;
        saved.mxcsr = backend.fp_exception(&mut *cell.state, saved.mxcsr);
    }
    true
}

/// Writes down what the access was; the dispatch loop finds out what it means.
fn note(cell: &ThreadCell, signo: i32, addr: u64, context: &mut Context) {
    const WRITE: i64 = 2;
    let kind = if signo == libc::SIGBUS { FaultKind::BeyondFile } else { FaultKind::Unmapped };
    let write = (*context.reg(libc::REG_ERR) & WRITE != 0) as u32;
    // SAFETY: the state belongs to this thread.
    unsafe { (*cell.state).fault = guest::Fault { addr, kind, write } };
}

/// A fault of the translator itself: says where, and dies of it.
fn crash(signo: i32, info: &SigInfo, context: &mut Context) {
    let mut line = Line::new();
    line.text(b"metic: internal error: signal ").number(signo as u64, 10);
    line.text(b" at pc 0x").number(context.pc(), 16);
    line.text(b", address 0x").number(info.fields[0], 16);
    line.text(b" (the handler is at 0x").number(fault_address(), 16).text(b")\n");
    let bytes = &line.bytes[..line.len];
    host::syscall_raw(
        libc::SYS_write as u64,
        [2, bytes.as_ptr() as u64, bytes.len() as u64, 0, 0, 0],
    );
    signals::die_of(signo)
}

/// A line of text made without memory from the heap; what does not fit is left out.
struct Line {
    bytes: [u8; 160],
    len: usize,
}

impl Line {
    fn new() -> Line {
        Line { bytes: [0; 160], len: 0 }
    }
    fn text(&mut self, text: &[u8]) -> &mut Line {
        for byte in text {
            if let Some(place) = self.bytes.get_mut(self.len) {
                *place = *byte;
                self.len += 1;
            }
        }
        self
    }
    fn number(&mut self, n: u64, base: u64) -> &mut Line {
        if n >= base {
            self.number(n / base, base);
        }
        self.text(&[b"0123456789abcdef"[(n % base) as usize]])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_holds_what_fits() {
        let mut line = Line::new();
        line.text(b"at 0x").number(0x7f00_0000_0001, 16).text(b", ").number(10, 10);
        assert_eq!(&line.bytes[..line.len], b"at 0x7f0000000001, 10");
        line.text(&[b'x'; 200]);
        assert_eq!(line.len, line.bytes.len());
    }
}
