//! The translator's own descriptors, which the guest must not close or replace.

use std::os::fd::RawFd;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};

use memory::Errno;

use crate::host::sys;
use crate::note::{NOTE, OWN_FDS};

/// Own descriptors are at or above this, or as high as the limit allows.
const HIGH: u64 = 1000;

/// Moves a descriptor to a high number, close-on-exec, out of the way of programs that count on
/// low ones. Gives `fd` itself where that is not possible.
pub fn raise_fd(fd: RawFd) -> RawFd {
    let Ok(raised) = duplicate_high(fd) else { return fd };
    let _ = sys(libc::SYS_close, [fd as u64]);
    raised
}

fn duplicate_high(fd: RawFd) -> Result<RawFd, Errno> {
    let dup = |min| sys(libc::SYS_fcntl, [fd as u64, libc::F_DUPFD_CLOEXEC as u64, min]);
    dup(HIGH).or_else(|_| dup(200)).or_else(|_| dup(50)).map(|n| n as RawFd)
}

/// A descriptor, or none (-1).
pub struct HostFd(AtomicI32);

impl HostFd {
    /// Keeps `fd`; -1 for none.
    pub const fn new(fd: RawFd) -> HostFd {
        HostFd(AtomicI32::new(fd))
    }
    /// Its number, if it is open.
    pub fn get(&self) -> Option<RawFd> {
        let fd = self.0.load(Ordering::Relaxed);
        (fd >= 0).then_some(fd)
    }
    /// Keeps `fd` from now on.
    pub fn set(&self, fd: RawFd) {
        self.0.store(fd, Ordering::Relaxed);
    }
    /// Has `other` keep it instead.
    pub fn give_to(&self, other: &HostFd) {
        other.set(self.0.swap(-1, Ordering::Relaxed));
    }
    /// Closes it for good.
    pub fn forget(&self) {
        let fd = self.0.swap(-1, Ordering::Relaxed);
        if fd >= 0 {
            let _ = sys(libc::SYS_close, [fd as u64]);
        }
    }
}

/// All of them.
pub struct HostFds {
    /// The translator's program.
    pub exe: HostFd,
    /// The sysroot's directory.
    pub sysroot: HostFd,
    /// Where system calls are printed.
    pub strace: HostFd,
    /// True once descriptors are not shared by exactly those who share this memory: none of
    /// them can move then.
    pub pinned: AtomicBool,
    /// The guest's program.
    pub program: HostFd,
    /// Records of what processes had resident ([`crate::usage`]): this one's,
    pub record: HostFd,
    /// and its children's.
    pub children: HostFd,
}

impl HostFds {
    fn all(&self) -> [&HostFd; OWN_FDS] {
        [&self.exe, &self.sysroot, &self.strace, &self.program, &self.record, &self.children]
    }

    /// Notes the numbers for other processes.
    pub fn note(&self) {
        for (noted, own) in NOTE.fds.iter().zip(self.all()) {
            noted.store(own.0.load(Ordering::Relaxed), Ordering::Relaxed);
        }
    }

    /// True if the descriptor is not the guest's.
    pub fn owns(&self, fd: u64) -> bool {
        self.all().iter().any(|h| h.get() == Some(fd as i32))
    }

    /// The numbers in `first..=last`, ascending.
    pub fn within(&self, first: u32, last: u32) -> Vec<u32> {
        let numbers = self.all().into_iter().filter_map(HostFd::get).map(|fd| fd as u32);
        let mut inside: Vec<u32> = numbers.filter(|n| (first..=last).contains(n)).collect();
        inside.sort_unstable();
        inside
    }

    /// Keeps the numbers as they are from now on.
    pub fn pin(&self) {
        self.pinned.store(true, Ordering::Relaxed);
    }

    /// Gives the number `fd` to the guest: what is ours there moves.
    pub fn make_room(&self, fd: u64) -> Result<(), Errno> {
        if self.pinned.load(Ordering::Relaxed) {
            return Err(Errno(libc::EBUSY));
        }
        for own in self.all() {
            if own.get() == Some(fd as i32) {
                own.0.store(duplicate_high(fd as i32)?, Ordering::Relaxed);
            }
        }
        self.note();
        Ok(())
    }
}
