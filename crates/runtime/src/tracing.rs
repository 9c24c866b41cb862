//! Signals between a thread and its tracer (ptrace(2)): the host's kernel turns each of them into a
//! stop of the one and an answer of wait4(2) for the other. They are told by their `si_code`, which
//! is none of Linux's.

use crate::host::syscall_raw;
use crate::kernel::SigInfo;
use crate::threads::gettid;

const BASE: i32 = -0x6d74_0000;
/// A SIGTRAP that a thread sends itself in order to stop; `si_value` says where it tells why. It
/// arrives only if nobody traces the thread.
pub const STOP: i32 = BASE;
/// A signal that a thread sends itself and that is to be let through to the host's kernel.
pub const PASS: i32 = BASE - 1;
/// A SIGTRAP of the tracer: the thread is to stop at its next safepoint.
pub const ASK: i32 = BASE - 2;
/// Less the signal: a SIGTRAP in the place of a signal that the tracer is to be told of.
const CARRY: i32 = BASE - 0x100;
const SIGNALS: i32 = 64;

/// The SIGTRAP that takes the place of a signal. The kernel keeps 48 bytes of a signal, whose own
/// error number has a place only if it was sent by a program; the others have none.
pub fn carried(info: &SigInfo) -> SigInfo {
    let mut carrier = *info;
    carrier.signo = libc::SIGTRAP;
    carrier.code = CARRY - info.signo;
    carrier.errno = info.code;
    if info.code < 0 {
        carrier.fields[3] = info.errno as u32 as u64;
    }
    carrier
}

/// The signal in whose place this one is, if it is such a one.
pub fn carries(carrier: &SigInfo) -> Option<SigInfo> {
    let signo = CARRY.checked_sub(carrier.code)?;
    if carrier.signo != libc::SIGTRAP || !(1..=SIGNALS).contains(&signo) {
        return None;
    }
    let mut info = *carrier;
    (info.signo, info.code, info.errno) = (signo, carrier.errno, 0);
    if info.code < 0 {
        info.errno = carrier.fields[3] as i32;
        info.fields[3] = 0;
    }
    Some(info)
}

/// Sends the calling thread a signal with this `si_code` and `si_value`.
pub fn raise(signo: i32, code: i32, value: u64) {
    let pid = syscall_raw(libc::SYS_getpid as u64, [0; 6]) as i32;
    send(pid, gettid(), signo, code, value);
}

/// Sends a thread a signal with this `si_code` and `si_value`; minus the error number if not.
pub fn send(pid: i32, tid: i32, signo: i32, code: i32, value: u64) -> i64 {
    let mut info = SigInfo::fault(signo, code, 0);
    info.fields[1] = value;
    let args = [pid as u64, tid as u64, signo as u64, &raw const info as u64, 0, 0];
    syscall_raw(libc::SYS_rt_tgsigqueueinfo as u64, args)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_comes_out_as_it_was_put_in() {
        for (signo, code, errno) in [(17, 1, 0), (64, -1, 9), (11, 1, 0)] {
            let mut info = SigInfo::fault(signo, code, 0x1234);
            (info.errno, info.fields[1]) = (errno, 77);
            let carrier = carried(&info);
            assert_eq!(carrier.signo, libc::SIGTRAP);
            let back = carries(&carrier).unwrap();
            assert_eq!((back.signo, back.code, back.errno), (signo, code, errno));
            assert_eq!(back.fields, info.fields);
        }
    }

    #[test]
    fn other_signals_carry_nothing() {
        for code in [STOP, PASS, ASK, CARRY, CARRY - 65, 0, 1, i32::MAX, i32::MIN] {
            assert!(carries(&SigInfo::fault(libc::SIGTRAP, code, 0)).is_none());
        }
        assert!(carries(&SigInfo::fault(libc::SIGSEGV, CARRY - 1, 0)).is_none());
    }
}
