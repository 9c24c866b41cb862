//! User notification (seccomp_unotify(2)): the host's own, by way of system calls that no machine has.
//!
//! A filter with a listener puts a filter on the host whose only business are those calls: number
//! `CALLS + (n << BITS) + nr` is the guest's call `nr` about which the `n`th listener of the thread's filters is asked. So
//! waiting, answers, descriptors that are handed over, and what becomes of all that over fork, execve(2) and death are the
//! kernel's. What the listener reads is turned back into the guest's terms.

use memory::Errno;
use runtime::Vcpu;
use runtime::host::syscall_blocking;

use crate::abi::regs::{self, AUDIT_ARCH};
use crate::call::{Answer, Call, fail};
use crate::host::{checked, path_of, sys};
use crate::mem;
use crate::proc::standing::Standing;

/// `SECCOMP_IOCTL_NOTIF_RECV`.
pub const RECEIVE: u32 = 0xc050_2100;
/// `SECCOMP_IOCTL_NOTIF_SEND`.
pub const SEND: u32 = 0xc018_2101;

/// The first of the calls: far above what any machine has, below the bit of x86's x32.
const CALLS: u32 = 0x0d00_0000;
/// Bits of a guest's number; larger ones nobody is asked about.
const BITS: u32 = 12;
/// Listeners that a thread's filters may have.
pub const MOST: usize = 256;
const HOST_ARCH: u32 = 0xc000_003e;
/// What the call gives if the guest's call is to be made: nothing that a listener would say.
const GO_ON: i64 = i64::from_le_bytes(*b"metic go");

/// Sets the host's filter of listener `n` with the guest's flags. Gives the listener.
pub fn listen(n: usize, flags: u64) -> Result<i64, Errno> {
    let insn = |code, jt, jf, k| libc::sock_filter { code, jt, jf, k };
    let (load, equal, and, ret) = (0x20, 0x15, 0x54, 0x06);
    let code = [
        insn(load, 0, 0, 4),
        insn(equal, 0, 4, HOST_ARCH),
        insn(load, 0, 0, 0),
        insn(and, 0, 0, !0 << BITS),
        insn(equal, 0, 1, CALLS + ((n as u32) << BITS)),
        insn(ret, 0, 0, libc::SECCOMP_RET_USER_NOTIF),
        insn(ret, 0, 0, libc::SECCOMP_RET_ALLOW),
    ];
    let program = libc::sock_fprog { len: code.len() as u16, filter: code.as_ptr().cast_mut() };
    let flags = flags & !libc::SECCOMP_FILTER_FLAG_LOG | libc::SECCOMP_FILTER_FLAG_SPEC_ALLOW;
    let mode = libc::SECCOMP_SET_MODE_FILTER as u64;
    sys(libc::SYS_seccomp, [mode, flags, &raw const program as u64])
}

/// Asks listener `n` about the thread's call; `None` if it is to be made.
pub fn ask(vcpu: &mut Vcpu, n: usize, nr: u64) -> Option<Answer> {
    if nr >> BITS != 0 {
        return Some(fail(libc::ENOSYS));
    }
    let host_nr = u64::from(CALLS) + ((n as u64) << BITS) + nr;
    let args = regs::args(&vcpu.state);
    match syscall_blocking(vcpu, host_nr, args) {
        Ok(GO_ON) => None,
        Ok(raw) => Some(checked(raw).map_err(Into::into)),
        Err(interrupted) => Some(Err(interrupted.into())),
    }
}

/// `struct seccomp_notif`: id; pid and flags; number and machine; pc; arguments.
type Notice = [u64; 10];

/// `SECCOMP_IOCTL_NOTIF_RECV`: the guest's number, machine and program counter.
pub fn receive(call: &mut Call<'_>) -> Answer {
    let at = call.args[2];
    let answer = call.block(libc::SYS_ioctl)?;
    let mut notice: Notice = mem::read(at)?;
    if let Some(nr) = guests_number(notice[2]) {
        notice[2] = u64::from(nr) | u64::from(AUDIT_ARCH) << 32;
        // Without the right to look at the process, which listeners have, nobody knows.
        let standing = Standing::of(call.linux, notice[1] as u32 as i32);
        notice[3] = standing.map_or(0, |standing| standing.pc);
        call.write(at, &notice)?;
    }
    Ok(answer)
}

/// The guest's number in the host's, whose upper half is the machine.
fn guests_number(host: u64) -> Option<u32> {
    let (nr, arch) = (host as u32, (host >> 32) as u32);
    let ours = CALLS..CALLS + ((MOST as u32) << BITS);
    (arch == HOST_ARCH && ours.contains(&nr)).then_some(nr & !(!0 << BITS))
}

/// `SECCOMP_IOCTL_NOTIF_SEND`: that the call is to be made can't be the host's answer.
pub fn send(call: &mut Call<'_>) -> Answer {
    const GOES_ON: u64 = libc::SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    let [fd, request, at, ..] = call.args;
    // Id, value, error and flags.
    let [id, value, error_and_flags]: [u64; 3] = mem::read(at)?;
    let goes_on = value == 0 && error_and_flags == GOES_ON << 32;
    if !goes_on || !is_listener(fd) {
        return call.block(libc::SYS_ioctl);
    }
    let reply = [id, GO_ON as u64, 0];
    call.block_with(libc::SYS_ioctl, [fd, request, reply.as_ptr() as u64, 0, 0, 0])
}

fn is_listener(fd: u64) -> bool {
    path_of(fd as i32).is_ok_and(|path| path.ends_with(b"seccomp notify"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_guests_number_is_in_the_hosts() {
        let host = |nr: u32| u64::from(nr) | u64::from(HOST_ARCH) << 32;
        assert_eq!(guests_number(host(CALLS + (3 << BITS) + 172)), Some(172));
        assert_eq!(guests_number(host(172)), None);
        assert_eq!(guests_number(u64::from(CALLS)), None);
        assert_eq!(guests_number(host(CALLS + ((MOST as u32) << BITS))), None);
    }
}
