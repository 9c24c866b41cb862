//! The records of a process's children.

use std::collections::HashMap;

use lending::{Mutex, MutexGuard};
use memory::AddressSpace;

use super::record::Record;
use super::resident::{Look, Resident};
use crate::fds::raise_fd;
use crate::host::sys;
use crate::linux::Linux;

/// Which child has which record, in the file [`crate::fds::HostFds::children`].
#[derive(Default)]
pub struct Children(Mutex<Slots>);

#[derive(Default)]
struct Slots {
    taken: HashMap<i32, u32>,
    free: Vec<u32>,
    /// Those from here on have never been used.
    next: u32,
    /// So many children may be known before it is asked which of them are no more.
    many: usize,
    /// Descriptors are shared with a process that has records of its own.
    off: bool,
    look: Look,
}

impl Slots {
    fn take(&mut self) -> u32 {
        /// Children that nobody waits for are not missed before there are so many.
        const MANY: usize = 1024;
        if self.taken.len() > self.many.max(MANY) {
            let (free, taken) = (&mut self.free, &mut self.taken);
            taken.retain(|pid, slot| exists(*pid) || (free.push(*slot), false).1);
            self.many = taken.len() * 2;
        }
        self.free.pop().unwrap_or_else(|| {
            self.next += 1;
            self.next - 1
        })
    }

    fn add(&mut self, pid: i32, slot: u32) {
        // Whoever had the number before ended without being waited for.
        self.free.extend(self.taken.insert(pid, slot));
    }
}

fn exists(pid: i32) -> bool {
    sys(libc::SYS_kill, [pid as u64, 0]) != Err(memory::Errno(libc::ESRCH))
}

impl Children {
    /// What is resident in this process, as it was lately.
    pub fn lately(&self, memory: &AddressSpace) -> Resident {
        self.0.lock().look.lately(memory)
    }

    /// The most that child `pid` had resident, in KiB, where the host says `all` of it; `None` if it has no record. With `gone` it is no more.
    pub fn most(&self, linux: &Linux, pid: i32, all: u64, gone: bool) -> Option<u64> {
        let mut slots = self.0.lock();
        let slot = *slots.taken.get(&pid)?;
        let record = Record::read(linux.fds.children.get()?, slot);
        if gone {
            slots.taken.remove(&pid);
            slots.free.push(slot);
        }
        Some(record?.most(all))
    }
}

/// A child that is about to be made, with a record. While this lives, nobody can wait for it.
pub struct Expected<'a> {
    slots: MutexGuard<'a, Slots>,
    slot: Option<u32>,
}

/// Makes a record for a child. Without `recorded` it gets none.
pub fn expect<'a>(linux: &'a Linux, memory: &AddressSpace, recorded: bool) -> Expected<'a> {
    let mut slots = linux.children.0.lock();
    let fd = if recorded && !slots.off { file(linux) } else { None };
    let slot = fd.map(|fd| {
        let slot = slots.take();
        Record::made(slots.look.lately(memory)).write(fd, slot);
        slot
    });
    Expected { slots, slot }
}

/// The file, which the first child is the reason to make. A child in our memory has descriptors of its own, so it makes none.
fn file(linux: &Linux) -> Option<i32> {
    let children = &linux.fds.children;
    if children.get().is_none() && !lending::is_lent() {
        let args = [c"usage".as_ptr() as u64, libc::MFD_CLOEXEC as u64];
        children.set(raise_fd(sys(libc::SYS_memfd_create, args).ok()? as i32));
        linux.fds.note();
    }
    children.get()
}

impl Expected<'_> {
    /// The record.
    pub fn slot(&self) -> Option<u32> {
        self.slot
    }

    /// There is a child, or (`None`) there is none after all.
    pub fn settle(mut self, pid: Option<i32>) {
        let Some(slot) = self.slot else { return };
        match pid {
            Some(pid) => self.slots.add(pid, slot),
            None => self.slots.free.push(slot),
        }
    }

    /// In the child, which has memory of its own. It has no children yet, and its record is among its parent's children's.
    pub fn inherit(mut self, linux: &Linux, shares_files: bool) {
        *self.slots = Slots { off: shares_files, ..Slots::default() };
        if !shares_files {
            linux.fds.record.forget();
            linux.fds.children.give_to(&linux.fds.record);
            linux.fds.note();
        }
    }
}

/// The record of a child that was made after [`Expected`] was let go of.
pub fn settle(linux: &Linux, slot: Option<u32>, pid: Option<i32>) {
    Expected { slots: linux.children.0.lock(), slot }.settle(pid);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_used_again_when_its_process_is_no_more() {
        let mut slots = Slots::default();
        assert_eq!([slots.take(), slots.take()], [0, 1]);
        slots.add(7, 0);
        slots.add(7, 1);
        assert_eq!([slots.take(), slots.take()], [0, 2]);
    }
}
