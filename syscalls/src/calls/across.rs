//! Calls for the memory of any process, which may be the own: process_vm_readv(2),
//! process_vm_writev(2), process_madvise(2), and the ioctls of userfaultfd(2). Of the own process
//! they reach what is the guest's.

use memory::Errno;

use crate::call::{Answer, Call, fail};
use crate::host::{getpid, sys};
use crate::mem;
use crate::ptrace;

/// `struct iovec`.
type Part = [u64; 2];
/// `UIO_MAXIOV`.
const MOST: u64 = 1024;

/// The vector at `addr`; `None` if it is not right, about which the host's kernel complains.
fn vector(addr: u64, count: u64) -> Option<Vec<Part>> {
    if count > MOST {
        return None;
    }
    (0..count).map(|n| mem::read(addr.wrapping_add(n * size_of::<Part>() as u64)).ok()).collect()
}

/// True if all of a part is the guest's.
fn is_guests(call: &Call<'_>, [start, len]: Part) -> bool {
    let end = start.saturating_add(len);
    len == 0 || call.process().memory.first_hole(start, end).is_none()
}

fn is_own(pid: i32) -> bool {
    pid == getpid() || sys(libc::SYS_tgkill, [getpid() as u64, pid as u64, 0]).is_ok()
}

/// process_vm_readv(2).
pub fn process_vm_readv(call: &mut Call<'_>) -> Answer {
    let nr = libc::SYS_process_vm_readv;
    if is_own(call.int(0)) { own_vm(call, nr) } else { call.block(nr) }
}

/// process_vm_writev(2).
pub fn process_vm_writev(call: &mut Call<'_>) -> Answer {
    let own = is_own(call.int(0));
    if own { own_vm(call, libc::SYS_process_vm_writev) } else { ptrace::process_vm_writev(call) }
}

/// The host's call for the own process: up to the first part that is not the guest's.
fn own_vm(call: &mut Call<'_>, nr: i64) -> Answer {
    let Some(parts) = vector(call.args[3], call.args[4]) else { return call.block(nr) };
    let good = parts.iter().take_while(|part| is_guests(call, **part)).count();
    if good == 0 && !parts.is_empty() && call.args[5] == 0 {
        return fail(libc::EFAULT);
    }
    call.args[4] = good as u64;
    call.block(nr)
}

/// process_madvise(2). For the own process, each part is advised as by madvise(2).
pub fn process_madvise(call: &mut Call<'_>) -> Answer {
    let [fd, parts, count, advice, ..] = call.args;
    let own = pid_of(fd as i32).is_some_and(is_own);
    let parts = own.then(|| vector(parts, count)).flatten();
    let Some(parts) = parts else { return call.block(libc::SYS_process_madvise) };
    // Of nothing, the host says whether the rest is right.
    call.args[2] = 0;
    call.block(libc::SYS_process_madvise)?;
    let mut done = 0;
    for [addr, len] in parts {
        match call.process().memory.advise(addr, len, advice as i32) {
            Ok(()) => done += len as i64,
            Err(_) if done > 0 => break,
            Err(errno) => return Err(errno.into()),
        }
    }
    Ok(done)
}

/// The process or thread that a pidfd is of.
fn pid_of(fd: i32) -> Option<i32> {
    const PIDFD_SELF: [i32; 2] = [-10_000, -10_001];
    if PIDFD_SELF.contains(&fd) {
        return Some(getpid());
    }
    let info = std::fs::read_to_string(format!("/proc/self/fdinfo/{fd}")).ok()?;
    let line = info.lines().find_map(|line| line.strip_prefix("Pid:"))?;
    line.trim().parse().ok()
}

/// `UFFDIO_REGISTER`, and `UFFDIO_MOVE`, which takes pages away from where they are.
pub const UFFDIO_REGISTER: u32 = 0xc020_aa00;
pub const UFFDIO_MOVE: u32 = 0xc028_aa05;

/// These two: `EINVAL` for what is not the guest's, as where nothing is mapped.
pub fn userfault(call: &mut Call<'_>) -> Answer {
    let [_, request, at, ..] = call.args;
    let words: Result<[u64; 3], Errno> = mem::read(at);
    let part = match (request as u32, words) {
        (UFFDIO_MOVE, Ok([_, from, len])) => [from, len],
        (_, Ok([start, len, _])) => [start, len],
        (_, Err(errno)) => return Err(errno.into()),
    };
    if is_guests(call, part) { call.block(libc::SYS_ioctl) } else { fail(libc::EINVAL) }
}
