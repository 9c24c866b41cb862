//! Entering a handler, or doing what there is instead.

use runtime::signals::{DUMPING, SYNCHRONOUS, bit};
use runtime::{Flow, SigInfo, Vcpu};

use super::actions::{Action, SIG_DFL, SIG_IGN};
use super::{apply_mask, is_synchronous};
use crate::abi::frame::{self, Frame};
use crate::abi::regs::SP;
use crate::coredump;
use crate::host;
use crate::linux::Linux;
use crate::mem;
use crate::thread::Thread;

/// Delivers a signal that the runtime remembered.
pub fn deliver(linux: &Linux, vcpu: &mut Vcpu, info: &SigInfo) -> Flow {
    let thread = Thread::of(vcpu);
    if thread.mask & bit(info.signo) != 0 && is_synchronous(info.signo) {
        queue(thread, info);
        return unswap_mask(vcpu);
    }
    let action = take_action(thread, info.signo);
    match action.handler {
        SIG_IGN => unswap_mask(vcpu),
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

/// Raises a signal for what the guest's own code did: blocked or ignored, it kills.
pub fn force(linux: &Linux, vcpu: &mut Vcpu, info: &SigInfo) -> Flow {
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

/// No handler is entered: the mask that a call had replaced is back.
fn unswap_mask(vcpu: &mut Vcpu) -> Flow {
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
    if !IGNORED.contains(&signo) {
        let _ = host::sys(libc::SYS_tgkill, [host::getpid() as u64, vcpu.tid as u64, signo as u64]);
    }
    unswap_mask(vcpu)
}

/// Builds the frame and enters the handler (`handle_signal` in `arch/riscv/kernel/signal.c`).
fn enter_handler(linux: &Linux, vcpu: &mut Vcpu, info: &SigInfo, action: &Action) -> Flow {
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
