//! Entering a handler, or doing what there is instead.

use runtime::signals::{DUMPING, SYNCHRONOUS, bit};
use runtime::{Flow, SigInfo, Vcpu, tracing};

use super::actions::{Action, SIG_DFL, SIG_IGN};
use super::{apply_mask, is_synchronous};
use crate::abi::frame::{self, Frame};
use crate::abi::regs::{self, SP, SYSCALL_LEN};
use crate::coredump;
use crate::host;
use crate::linux::Linux;
use crate::mem;
use crate::ptrace;
use crate::thread::Thread;

/// Delivers a signal that the runtime remembered; a tracer may have it otherwise.
pub fn deliver(linux: &Linux, vcpu: &mut Vcpu, info: &SigInfo) -> Flow {
    if is_held_back(Thread::of(vcpu), info) {
        return not_delivered(vcpu);
    }
    match ptrace::signal(linux, vcpu, info) {
        None => not_delivered(vcpu),
        Some(other) if other.signo != info.signo && is_blocked(vcpu, other.signo) => {
            send_again(vcpu, &other);
            not_delivered(vcpu)
        }
        Some(info) => act(linux, vcpu, &info),
    }
}

/// Synchronous signals that are blocked wait here: the host does not block them.
fn is_held_back(thread: &mut Thread, info: &SigInfo) -> bool {
    let held = thread.mask & bit(info.signo) != 0 && is_synchronous(info.signo);
    if held {
        queue(thread, info);
    }
    held
}

fn is_blocked(vcpu: &mut Vcpu, signo: i32) -> bool {
    Thread::of(vcpu).mask & bit(signo) != 0
}

/// A blocked signal waits for its time.
fn send_again(vcpu: &mut Vcpu, info: &SigInfo) {
    let tid = vcpu.tid;
    if !is_held_back(Thread::of(vcpu), info) {
        let args = [host::getpid() as u64, tid as u64, info.signo as u64];
        let _ = host::sys(libc::SYS_tgkill, args);
    }
}

fn act(linux: &Linux, vcpu: &mut Vcpu, info: &SigInfo) -> Flow {
    let action = take_action(Thread::of(vcpu), info.signo);
    match action.handler {
        SIG_IGN => not_delivered(vcpu),
        SIG_DFL => default_action(linux, vcpu, info),
        _ => enter_handler(linux, vcpu, info, &action),
    }
}

/// Delivers synchronous signals that were sent while blocked and are not any more.
pub fn deliver_unblocked(linux: &Linux, vcpu: &mut Vcpu) -> Flow {
    while let Some(info) = unblocked(Thread::of(vcpu)) {
        let flow = deliver(linux, vcpu, &info);
        if flow != Flow::Continue {
            return flow;
        }
    }
    Flow::Continue
}

fn unblocked(thread: &mut Thread) -> Option<SigInfo> {
    let mask = thread.mask;
    let at = thread.pending.iter().position(|info| mask & bit(info.signo) == 0)?;
    Some(thread.pending.remove(at))
}

/// Raises a signal for what the guest's own code did: blocked or ignored, it kills, unless a tracer
/// has it otherwise.
pub fn force(linux: &Linux, vcpu: &mut Vcpu, info: &SigInfo) -> Flow {
    match ptrace::signal(linux, vcpu, info) {
        None => not_delivered(vcpu),
        Some(other) if other.signo != info.signo => act(linux, vcpu, &other),
        Some(info) => force_untold(linux, vcpu, &info),
    }
}

fn force_untold(linux: &Linux, vcpu: &mut Vcpu, info: &SigInfo) -> Flow {
    let thread = Thread::of(vcpu);
    let blocked = thread.mask & bit(info.signo) != 0;
    let action = take_action(thread, info.signo);
    if blocked || matches!(action.handler, SIG_DFL | SIG_IGN) {
        coredump::die(linux, vcpu, info);
    }
    enter_handler(linux, vcpu, info, &action)
}

/// A SIGSEGV by the kernel: a frame could not be written or read.
pub fn force_segv(linux: &Linux, vcpu: &mut Vcpu) -> Flow {
    const SI_KERNEL: i32 = 0x80;
    force(linux, vcpu, &SigInfo::fault(libc::SIGSEGV, SI_KERNEL, 0))
}

fn queue(thread: &mut Thread, info: &SigInfo) {
    if thread.pending.iter().all(|p| p.signo != info.signo) {
        thread.pending.push(*info);
    }
}

/// The action for a signal that is delivered now; `SA_RESETHAND` takes effect.
fn take_action(thread: &Thread, signo: i32) -> Action {
    let mut actions = thread.shared.actions();
    let action = actions.get(signo);
    if action.has(libc::SA_RESETHAND) && !matches!(action.handler, SIG_DFL | SIG_IGN) {
        actions.set(signo, Action { handler: SIG_DFL, ..action });
        runtime::signals::set_host_action(signo, runtime::signals::Disposition::Default);
    }
    action
}

/// No handler is entered: the mask that a call had replaced is back, and if no other signal waits,
/// a call that ended for this one is made again.
pub fn not_delivered(vcpu: &mut Vcpu) -> Flow {
    if !vcpu.signal_pending() {
        vcpu.take_call_begun();
        if let Some(first) = Thread::of(vcpu).interrupted.take() {
            call_again(vcpu, first);
        }
    }
    let thread = Thread::of(vcpu);
    if let Some(mask) = thread.saved_mask.take() {
        thread.mask = mask;
    }
    apply_mask(vcpu);
    Flow::Continue
}

/// The default action: a signal that leaves a core kills; of others the host takes care, to which the
/// signal is sent again (the action was set to default after the signal came, or the host did
/// not know in a child that shares its parent's memory).
fn default_action(linux: &Linux, vcpu: &mut Vcpu, info: &SigInfo) -> Flow {
    const IGNORED: [i32; 4] = [libc::SIGCHLD, libc::SIGCONT, libc::SIGURG, libc::SIGWINCH];
    let signo = info.signo;
    if (SYNCHRONOUS | DUMPING) & bit(signo) != 0 {
        coredump::die(linux, vcpu, info);
    }
    runtime::signals::set_host_action(signo, runtime::signals::Disposition::Default);
    if !IGNORED.contains(&signo) && !ptrace::group_stop(linux, vcpu, info) {
        tracing::raise(signo, tracing::PASS, 0);
    }
    not_delivered(vcpu)
}

/// A handler is entered: a call that had begun and was to be made again fails, unless the handler's
/// action wants it (`SA_RESTART`).
fn settle_call(vcpu: &mut Vcpu, action: &Action) {
    let begun = vcpu.take_call_begun();
    Thread::of(vcpu).interrupted = None;
    if begun && !action.has(libc::SA_RESTART) {
        vcpu.state.pc += SYSCALL_LEN;
        regs::set_result(&mut vcpu.state, -libc::EINTR as i64);
    }
}

/// The call that the thread has just come from is to be made again, with this first argument.
pub fn call_again(vcpu: &mut Vcpu, first: u64) {
    regs::set_result(&mut vcpu.state, first as i64);
    vcpu.state.pc -= SYSCALL_LEN;
}

/// A call has failed with `EINTR`. If the signals that wait enter no handler, it is made again.
pub fn note_interrupted(vcpu: &mut Vcpu, first: u64) {
    if vcpu.signal_pending() {
        Thread::of(vcpu).interrupted = Some(first);
    }
}

/// Builds the frame and enters the handler (`handle_signal` in `arch/riscv/kernel/signal.c`).
fn enter_handler(linux: &Linux, vcpu: &mut Vcpu, info: &SigInfo, action: &Action) -> Flow {
    settle_call(vcpu, action);
    let sp = vcpu.state.get(SP);
    let thread = Thread::of(vcpu);
    let stack = thread.altstack;
    let mask = thread.saved_mask.take().unwrap_or(thread.mask);
    let Some(at) = frame_address(sp, thread, action) else {
        thread.mask = mask;
        return frame_failed(linux, vcpu, info);
    };
    let frame = Frame::new(&vcpu.state, info, mask, stack.reported(sp));
    if mem::write(vcpu.process, at, &frame).is_err() {
        Thread::of(vcpu).mask = mask;
        return frame_failed(linux, vcpu, info);
    }
    frame::enter(&mut vcpu.state, at, info.signo, action.handler, linux.sigreturn());
    let thread = Thread::of(vcpu);
    if stack.disarms_itself() {
        thread.altstack = super::AltStack::NONE;
    }
    let deferred = if action.has(libc::SA_NODEFER) { 0 } else { bit(info.signo) };
    thread.mask |= action.mask | deferred;
    apply_mask(vcpu);
    Flow::Continue
}

/// Where the frame goes; `None` if it would leave the alternate stack.
fn frame_address(sp: u64, thread: &Thread, action: &Action) -> Option<u64> {
    let stack = thread.altstack;
    if stack.in_use(sp) {
        let at = Frame::place(sp);
        return stack.holds(at).then_some(at);
    }
    let switch = action.has(libc::SA_ONSTACK) && stack.is_set();
    Some(Frame::place(if switch { stack.top() } else { sp }))
}

/// The frame could not be written: SIGSEGV, deadly if it was one already.
fn frame_failed(linux: &Linux, vcpu: &mut Vcpu, info: &SigInfo) -> Flow {
    if info.signo == libc::SIGSEGV {
        coredump::die(linux, vcpu, info);
    }
    apply_mask(vcpu);
    force_segv(linux, vcpu)
}
