//! ioctl(2).
//!
//! Numbers and structures are asm-generic's on both machines (`tests/layouts.rs`), but for the old
//! form of a loop device's status. Those of x86 itself (`/dev/kvm`, `/dev/mcelog`, ...) mean
//! nothing to the guest.

use crate::call::{Answer, Call, fail};
use crate::calls::across;
use crate::host::sys;
use crate::mem;
use crate::proc::query::{self, PROCMAP_QUERY};
use crate::seccomp::notify;

const LOOP_SET_STATUS: u32 = 0x4c02;
const LOOP_GET_STATUS: u32 = 0x4c03;
/// The major number of loop devices.
const LOOP_MAJOR: u32 = 7;

/// ioctl(2).
pub fn ioctl(call: &mut Call<'_>) -> Answer {
    let [fd, request, ..] = call.args;
    if call.linux.fds.owns(fd) {
        return fail(libc::EBADF);
    }
    match request as u32 {
        LOOP_SET_STATUS if is_loop_device(fd) => set_loop_status(call),
        LOOP_GET_STATUS if is_loop_device(fd) => get_loop_status(call),
        across::UFFDIO_REGISTER | across::UFFDIO_MOVE => across::userfault(call),
        notify::RECEIVE => notify::receive(call),
        notify::SEND => notify::send(call),
        PROCMAP_QUERY => query::procmap_query(call).unwrap_or_else(|| call.block(libc::SYS_ioctl)),
        _ => call.block(libc::SYS_ioctl),
    }
}

fn is_loop_device(fd: u64) -> bool {
    let mut stat = mem::zeroed_stat();
    sys(libc::SYS_fstat, [fd, &raw mut stat as u64]).is_ok()
        && stat.st_mode & libc::S_IFMT == libc::S_IFBLK
        && libc::major(stat.st_rdev) == LOOP_MAJOR
}

/// `struct loop_info`, whose device numbers have 32 bits here and 64 on the host.
type LoopInfo = [u8; 160];
type HostLoopInfo = [u8; 168];

/// Where a part is, where the host has it, how long it is. A device number's upper half is 0.
const PARTS: [(usize, usize, usize); 6] =
    [(0, 0, 4), (4, 8, 4), (8, 16, 8), (16, 24, 4), (20, 32, 112), (136, 144, 20)];

fn to_host(info: &LoopInfo) -> HostLoopInfo {
    let mut host = [0; size_of::<HostLoopInfo>()];
    for (at, there, len) in PARTS {
        host[there..there + len].copy_from_slice(&info[at..at + len]);
    }
    host
}

fn from_host(host: &HostLoopInfo) -> LoopInfo {
    let mut info = [0; size_of::<LoopInfo>()];
    for (at, there, len) in PARTS {
        info[at..at + len].copy_from_slice(&host[there..there + len]);
    }
    info
}

fn set_loop_status(call: &mut Call<'_>) -> Answer {
    let [fd, request, at, ..] = call.args;
    let host = to_host(&mem::read(at)?);
    call.block_with(libc::SYS_ioctl, [fd, request, host.as_ptr() as u64, 0, 0, 0])
}

fn get_loop_status(call: &mut Call<'_>) -> Answer {
    let [fd, request, at, ..] = call.args;
    let mut host: HostLoopInfo = [0; size_of::<HostLoopInfo>()];
    let args = [fd, request, host.as_mut_ptr() as u64, 0, 0, 0];
    let answer = call.block_with(libc::SYS_ioctl, args)?;
    call.write(at, &from_host(&host))?;
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loop_status_keeps_its_parts() {
        let info: LoopInfo =
            std::array::from_fn(|n| if (132..136).contains(&n) || n >= 156 { 0 } else { n as u8 });
        assert_eq!(from_host(&to_host(&info)), info);
        let host = to_host(&info);
        assert_eq!((host[8], host[12], host[24], host[48], host[112]), (4, 0, 16, 36, 100));
    }
}
