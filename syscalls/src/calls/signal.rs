//! Handlers, masks and alternate stacks; see sigaction(2), sigprocmask(2), sigaltstack(2).

use memory::Errno;
use runtime::Flow;
use runtime::signals::{bit, set_host_action};

use crate::abi::frame::Frame;
use crate::abi::regs::SP;
use crate::call::{Answer, Call, Stop, fail};
use crate::mem;
use crate::signals::{Action, SET_LEN, UNBLOCKABLE, apply_mask, force_segv, host_disposition};

/// rt_sigaction(2).
pub fn sigaction(call: &mut Call<'_>) -> Answer {
    let [_, new, old, len, ..] = call.args;
    let signo = call.int(0);
    if len != SET_LEN {
        return fail(libc::EINVAL);
    }
    let new = if new == 0 { None } else { Some(mem::read::<Action>(new)?.normal()) };
    if !(1..=64).contains(&signo) || (new.is_some() && UNBLOCKABLE & bit(signo) != 0) {
        return fail(libc::EINVAL);
    }
    let before = exchange(call, signo, new);
    if old != 0 {
        call.write(old, &before)?;
    }
    Ok(0)
}

fn exchange(call: &mut Call<'_>, signo: i32, new: Option<Action>) -> Action {
    let thread = call.thread();
    let mut actions = thread.shared.actions();
    let before = actions.get(signo);
    if let Some(new) = new {
        actions.set(signo, new);
        set_host_action(signo, host_disposition(&new));
    }
    before
}

/// rt_sigprocmask(2).
pub fn sigprocmask(call: &mut Call<'_>) -> Answer {
    let [_, new, old, len, ..] = call.args;
    if len != SET_LEN {
        return fail(libc::EINVAL);
    }
    let before = call.thread().mask;
    if new != 0 {
        let set = mem::read::<u64>(new)? & !UNBLOCKABLE;
        call.thread().mask = match call.int(0) {
            libc::SIG_BLOCK => before | set,
            libc::SIG_UNBLOCK => before & !set,
            libc::SIG_SETMASK => set,
            _ => return fail(libc::EINVAL),
        };
        apply_mask(call.vcpu);
    }
    if old != 0 {
        call.write(old, &before)?;
    }
    Ok(0)
}

/// rt_sigpending(2). Synchronous signals that were sent while blocked wait here, not on the
/// host.
pub fn sigpending(call: &mut Call<'_>) -> Answer {
    let mut set = 0u64;
    let len = call.args[1];
    if len > SET_LEN {
        return fail(libc::EINVAL);
    }
    let args = [&raw mut set as u64, SET_LEN, 0, 0, 0, 0];
    call.pass_with(libc::SYS_rt_sigpending, args)?;
    set |= call.thread().pending_set();
    mem::write_bytes(call.process(), call.args[0], &set.to_le_bytes()[..len as usize])?;
    Ok(0)
}

/// sigaltstack(2).
pub fn sigaltstack(call: &mut Call<'_>) -> Answer {
    let [new, old, ..] = call.args;
    let sp = call.vcpu.state.get(SP);
    let stack = call.thread().altstack;
    if new != 0 {
        call.thread().altstack = stack.replaced(mem::read(new)?, sp)?;
    }
    if old != 0 {
        call.write(old, &stack.reported(sp))?;
    }
    Ok(0)
}

/// rt_sigreturn(2): the registers, mask and alternate stack of the frame at the stack pointer.
pub fn sigreturn(call: &mut Call<'_>) -> Answer {
    let sp = call.vcpu.state.get(SP);
    let frame = if sp & 15 == 0 { mem::read::<Frame>(sp) } else { Err(mem::FAULT) };
    let flow = match frame {
        Ok(frame) => restore(call, &frame),
        Err(Errno(_)) => force_segv(call.linux, call.vcpu),
    };
    Err(Stop::Flow(flow))
}

fn restore(call: &mut Call<'_>, frame: &Frame) -> Flow {
    if !frame.restore(&mut call.vcpu.state) {
        return force_segv(call.linux, call.vcpu);
    }
    let sp = call.vcpu.state.get(SP);
    let thread = call.thread();
    thread.mask = frame.context.mask & !UNBLOCKABLE;
    // A stack that can't be set again is left as it is.
    if let Ok(stack) = thread.altstack.replaced(frame.context.stack, sp) {
        thread.altstack = stack;
    }
    apply_mask(call.vcpu);
    Flow::Continue
}

/// restart_syscall(2): only the kernel itself makes this call, to go on with one of the host's.
pub fn restart_syscall(_call: &mut Call<'_>) -> Answer {
    fail(libc::EINTR)
}
