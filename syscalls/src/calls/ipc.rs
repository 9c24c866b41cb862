//! System V: semctl(2), shmat(2), shmdt(2).

use memory::{Kind, Prot, Region};

use crate::call::{Answer, Call, fail};
use crate::mem;

/// `struct semid64_ds` of asm-generic.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Semid {
    perm: [u64; 6],
    otime: u64,
    ctime: u64,
    nsems: u64,
    unused: [u64; 2],
}

/// x86-64's has a word behind each of the times.
type HostSemid = [u64; 13];

fn from_host(host: &HostSemid) -> Semid {
    let mut perm = [0; 6];
    perm.copy_from_slice(&host[..6]);
    Semid { perm, otime: host[6], ctime: host[8], nsems: host[10], unused: [0; 2] }
}

fn to_host(guest: &Semid) -> HostSemid {
    let mut host = [0; 13];
    host[..6].copy_from_slice(&guest.perm);
    (host[6], host[8], host[10]) = (guest.otime, guest.ctime, guest.nsems);
    host
}

/// semctl(2).
pub fn semctl(call: &mut Call<'_>) -> Answer {
    const SEM_STAT: i32 = 18;
    const SEM_STAT_ANY: i32 = 20;
    let [id, number, command, addr, ..] = call.args;
    let mut host: HostSemid = [0; 13];
    let args = [id, number, command, host.as_mut_ptr() as u64, 0, 0];
    match command as i32 {
        libc::IPC_SET => {
            host = to_host(&mem::read(addr)?);
            let args = [id, number, command, host.as_ptr() as u64, 0, 0];
            call.pass_with(libc::SYS_semctl, args)
        }
        libc::IPC_STAT | SEM_STAT | SEM_STAT_ANY => {
            let result = call.pass_with(libc::SYS_semctl, args)?;
            call.write(addr, &from_host(&host))?;
            Ok(result)
        }
        _ => call.pass(libc::SYS_semctl),
    }
}

/// Bytes of a shared memory segment.
fn segment_size(id: u64) -> Result<u64, memory::Errno> {
    /// Words of `struct shmid64_ds`; the seventh is the size.
    const WORDS: usize = 14;
    let mut segment = [0u64; WORDS];
    let args = [id, libc::IPC_STAT as u64, segment.as_mut_ptr() as u64];
    crate::host::sys(libc::SYS_shmctl, args)?;
    Ok(segment[6])
}

/// shmat(2).
pub fn shmat(call: &mut Call<'_>) -> Answer {
    let [id, addr, flags, ..] = call.args;
    let flags = flags as i32;
    let memory = &call.process().memory;
    if flags & libc::SHM_REMAP != 0 {
        let end = addr.saturating_add(segment_size(id)?);
        if !memory.covers(addr, end) {
            return fail(libc::EINVAL);
        }
    }
    // The host's page never gets the right to execute.
    let host_flags = (flags & !libc::SHM_EXEC) as u64;
    let start = call.pass_with(libc::SYS_shmat, [id, addr, host_flags, 0, 0, 0])? as u64;
    let len = segment_size(id).unwrap_or(guest::PAGE_SIZE);
    let end = (start + len + guest::PAGE_MASK) & !guest::PAGE_MASK;
    let write = if flags & libc::SHM_RDONLY == 0 { Prot::WRITE } else { Prot::NONE };
    let exec = if flags & libc::SHM_EXEC == 0 { Prot::NONE } else { Prot::EXEC };
    let prot = Prot::READ | write | exec;
    memory.adopt(Region { start, end, prot, shared: true, kind: Kind::File });
    super::lock::lock_new(memory, start, end);
    Ok(start as i64)
}

/// shmdt(2).
pub fn shmdt(call: &mut Call<'_>) -> Answer {
    let addr = call.args[0];
    let memory = &call.process().memory;
    let Some(region) = memory.region_at(addr).filter(|r| r.shared && r.start == addr) else {
        return fail(libc::EINVAL);
    };
    call.pass(libc::SYS_shmdt)?;
    memory.forget(region.start, region.end);
    Ok(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_layout_is_the_kernels() {
        assert_eq!(size_of::<Semid>(), 88);
        assert_eq!(std::mem::offset_of!(Semid, nsems), 64);
        assert_eq!(size_of::<HostSemid>(), size_of::<libc::semid_ds>());
    }

    #[test]
    fn times_and_counts_find_their_places() {
        let host: HostSemid = std::array::from_fn(|n| n as u64);
        let guest = from_host(&host);
        assert_eq!((guest.otime, guest.ctime, guest.nsems), (6, 8, 10));
        assert_eq!(to_host(&guest)[..6], host[..6]);
    }
}
