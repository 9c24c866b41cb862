//! What of this process is resident: the guest's, and the translator's.

use memory::AddressSpace;

use super::faults;
use crate::host::{CWD, open, sys};
use crate::proc;

/// KiB that are resident.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Resident {
    /// The translator's.
    pub own: u64,
    /// The guest's.
    pub guest: u64,
    /// What of the guest's is of no file: a child has a copy of it, and finds the rest when it first needs it.
    pub copied: u64,
}

/// Bytes of which some are of no file.
#[derive(Clone, Copy, Default)]
struct Bytes {
    all: u64,
    anon: u64,
}

/// The guest's mappings lie below this unless it asked for others; the translator's do not.
const LOW_END: u64 = 1 << 38;

/// What is there now; `None` where the kernel does not say.
pub fn resident(memory: &AddressSpace) -> Option<Resident> {
    let high = memory.beyond(LOW_END);
    let high = high.iter().map(|region| (region.start, region.end));
    let (whole, guest) = match present(std::iter::once((0, LOW_END)).chain(high)) {
        Some(guest) => (whole()?, guest),
        None => by_smaps(memory),
    };
    let own = whole.saturating_sub(guest.all) >> 10;
    let there = Resident { own, guest: guest.all >> 10, copied: guest.anon >> 10 };
    (whole != 0).then_some(there)
}

fn by_smaps(memory: &AddressSpace) -> (u64, Bytes) {
    let (whole, guest) = proc::resident(&memory.regions());
    (whole, Bytes { all: guest, anon: guest })
}

/// Bytes of the whole process: the second figure of `/proc/self/statm`, in pages.
fn whole() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = text.split(' ').nth(1)?.parse().ok()?;
    Some(pages * guest::PAGE_SIZE)
}

/// A look at what is resident, for some time.
#[derive(Default)]
pub struct Look {
    /// Milliseconds; 0 for never.
    when: u64,
    /// Pages that the process had been given.
    faults: u64,
    seen: Resident,
}

impl Look {
    /// What is resident, as it was lately; nothing where the kernel does not say.
    pub fn lately(&mut self, memory: &AddressSpace) -> Resident {
        /// Milliseconds for which a look is good.
        const LATELY: u64 = 100;
        /// And pages: copies of those that a child shares are some dozens.
        const FEW: u64 = 256;
        let (now, faults) = (milliseconds(), faults());
        if now.saturating_sub(self.when) >= LATELY || faults.saturating_sub(self.faults) >= FEW {
            *self = Look { when: now, faults, seen: resident(memory).unwrap_or_default() };
        }
        self.seen
    }
}

fn milliseconds() -> u64 {
    let mut time = [0u64; 2];
    let clock = libc::CLOCK_MONOTONIC_COARSE as u64;
    let _ = sys(libc::SYS_clock_gettime, [clock, time.as_mut_ptr() as u64]);
    // Longer after never than a look is good for.
    time[0] * 1000 + time[1] / 1_000_000 + 1000
}

/// `struct pm_scan_arg`.
#[derive(Default)]
#[repr(C)]
struct Scan {
    size: u64,
    flags: u64,
    start: u64,
    end: u64,
    walk_end: u64,
    found: u64,
    room: u64,
    max_pages: u64,
    inverted: u64,
    mask: u64,
    any_of: u64,
    wanted: u64,
}

/// `struct page_region`.
#[derive(Clone, Copy, Default)]
#[repr(C)]
struct Found {
    start: u64,
    end: u64,
    categories: u64,
}

/// Bytes in `ranges` that are there; `None` where the kernel has no `PAGEMAP_SCAN` (before Linux 6.7). See
/// `admin-guide/mm/pagemap` of the kernel.
fn present(ranges: impl Iterator<Item = (u64, u64)>) -> Option<Bytes> {
    let file = open(CWD, c"/proc/self/pagemap", libc::O_RDONLY).ok()?;
    let mut bytes = Bytes::default();
    for (start, end) in ranges {
        let mut at = start;
        while at < end {
            let (found, to) = scan(file.0, at, end)?;
            bytes.all += found.all;
            bytes.anon += found.anon;
            at = to;
        }
    }
    Some(bytes)
}

/// Bytes that are there from `start` on, and up to where that is so.
fn scan(file: i32, start: u64, end: u64) -> Option<(Bytes, u64)> {
    /// `_IOWR('f', 16, struct pm_scan_arg)`.
    const PAGEMAP_SCAN: u64 = 0xc060_6610;
    const OF_FILE: u64 = 1 << 2;
    const PRESENT: u64 = 1 << 3;
    /// The page of zeros, which is nobody's.
    const ZERO: u64 = 1 << 5;
    let mut found = [Found::default(); 128];
    let mut scan = Scan {
        size: size_of::<Scan>() as u64,
        start,
        end,
        found: found.as_mut_ptr() as u64,
        room: found.len() as u64,
        inverted: ZERO,
        mask: PRESENT | ZERO,
        wanted: PRESENT | OF_FILE,
        ..Scan::default()
    };
    let args = [file as u64, PAGEMAP_SCAN, &raw mut scan as u64];
    let count = sys(libc::SYS_ioctl, args).ok()? as usize;
    let mut bytes = Bytes::default();
    for part in found.get(..count)? {
        bytes.all += part.end - part.start;
        bytes.anon += if part.categories & OF_FILE == 0 { part.end - part.start } else { 0 };
    }
    (scan.walk_end > start).then_some((bytes, scan.walk_end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_that_were_touched_are_there() {
        const SIZE: usize = 1 << 20;
        let mut block = vec![0u8; SIZE * 2];
        let from = (block.as_ptr() as u64).next_multiple_of(guest::PAGE_SIZE);
        let range = || std::iter::once((from, from + SIZE as u64));
        let Some(before) = present(range()) else { return };
        block.fill(1);
        assert!(before.all <= SIZE as u64);
        let after = present(range()).unwrap();
        assert_eq!([after.all, after.anon], [SIZE as u64; 2]);
    }

    #[test]
    fn the_whole_is_more_than_nothing() {
        assert!(whole().unwrap() > 100 << 10);
    }
}
