//! System calls whose answer is the host's, made without the way that all others go.

use runtime::Vcpu;
use runtime::host::{Interrupted, blocking_for_guest, syscall_for_guest};

use crate::abi::regs::{self, SYSCALL_LEN};
use crate::proc::own_mem;
use crate::signals;
use crate::table::{self, Quick};

/// Makes the call if it is one of these; false, with nothing changed, if it must go the long way.
pub fn syscall(vcpu: &mut Vcpu) -> bool {
    let args = regs::args(&vcpu.state);
    let call = table::quick(regs::number(&vcpu.state));
    let mut result = match make(vcpu, call, &args) {
        None => return false,
        Some(result) => result,
    };
    if result == Ok(-libc::EFAULT as i64) {
        result = make_again(vcpu, call, &args).unwrap_or(result);
    }
    match result {
        Ok(raw) => {
            regs::set_result(&mut vcpu.state, raw);
            if raw == -libc::EINTR as i64 {
                signals::note_interrupted(vcpu, args[0]);
            }
        }
        Err(Interrupted) => vcpu.state.pc -= SYSCALL_LEN,
    }
    true
}

#[inline(always)]
fn make(vcpu: &mut Vcpu, call: Quick, args: &[u64; 6]) -> Option<Result<i64, Interrupted>> {
    match call {
        Quick::No => None,
        Quick::Memory(_) if own_mem::was_opened() => None,
        Quick::Pass(nr) => Some(Ok(syscall_for_guest(nr as u64, args))),
        Quick::Block(nr) | Quick::Memory(nr) => {
            Some(vcpu.aside(|vcpu| blocking_for_guest(vcpu, nr as u64, args)))
        }
    }
}

/// As for all calls: what the host could not write may be a page with translated code.
#[cold]
fn make_again(vcpu: &mut Vcpu, call: Quick, args: &[u64; 6]) -> Option<Result<i64, Interrupted>> {
    let lifted = vcpu.aside(|vcpu| vcpu.process.open_to_writes(0, u64::MAX));
    lifted.then(|| make(vcpu, call, args)).flatten()
}
