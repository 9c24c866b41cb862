//! Memory that grows downwards with use: the stack of the first thread, and mappings with
//! `MAP_GROWSDOWN`. The host's kernel does it, up to `RLIMIT_STACK` and no nearer than its gap to
//! the mapping below; so the list of regions is behind, and caught up with where it matters.

use guest::{PAGE_MASK, PAGE_SIZE};

use crate::area::{LOW_END, RANDOM};
use crate::regions::{Kind, Region};
use crate::space::{AddressSpace, Changes, Inner};
use crate::{Errno, Prot, host};

/// A step of [`AddressSpace::map_stack`] away from what is in the way.
const STEP: u64 = 16 << 20;
const TRIES: u64 = 16;

fn round_up(bytes: u64) -> u64 {
    bytes.saturating_add(PAGE_MASK) & !PAGE_MASK
}

impl AddressSpace {
    /// Maps the stack of the first thread with `size` bytes, to grow with use; returns the address
    /// behind it.
    pub fn map_stack(&self, size: u64) -> Result<u64, Errno> {
        let size = round_up(size.max(PAGE_SIZE));
        let highest = LOW_END - host::random_below(RANDOM);
        self.change(|inner, changes| {
            inner.areas.below_stack(host::stack_limit());
            let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_GROWSDOWN;
            let fixed = flags | host::MAP_FIXED_NOREPLACE;
            let prot = Prot::RW;
            let at = |n: u64| (highest & !PAGE_MASK) - n * STEP - size;
            let place = |n| host::mmap(at(n), size, prot.host(), fixed, -1, 0);
            let anywhere = |_| host::mmap(0, size, prot.host(), flags, -1, 0);
            let start = (0..TRIES).find_map(|n| place(n).ok()).ok_or(()).or_else(anywhere)?;
            let end = start + size;
            inner.replace(Region { start, end, prot, shared: false, kind: Kind::Stack }, changes);
            Ok(end)
        })
    }

    /// Catches up with what has grown down to `addr`; true if something had.
    pub(crate) fn has_grown_to(&self, addr: u64) -> bool {
        let zone = self.read().regions.growth_zone(addr, addr.saturating_add(1)).is_some();
        zone && self.change(|inner, changes| inner.catch_up(addr, addr.saturating_add(1), changes))
    }
}

impl Inner {
    /// Catches up with what has grown into `start..end`; true if something had.
    pub fn catch_up(&mut self, start: u64, end: u64, changes: &mut Changes) -> bool {
        self.regions.growth_zone(start, end).is_some() && self.catch_up_all(changes)
    }

    /// Catches up with everything that grows.
    pub fn catch_up_all(&mut self, changes: &mut Changes) -> bool {
        let growing: Vec<Region> =
            self.regions.iter().copied().filter(|r| r.kind.grows()).collect();
        if growing.is_empty() {
            return false;
        }
        let host = host_starts();
        let mut any = false;
        for region in growing {
            let start =
                host.iter().copied().find(|(start, end)| (*start..*end).contains(&region.start));
            let free = self.regions.before(region.start).map_or(0, |r| r.end);
            let start = start.map_or(region.start, |(start, _)| start.max(free));
            if start < region.start {
                let end = region.start;
                self.replace(Region { start, end, ..region }, changes);
                any = true;
            }
        }
        any
    }
}

/// The borders of the host's mappings.
fn host_starts() -> Vec<(u64, u64)> {
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap_or_default();
    let number = |digits: &str| u64::from_str_radix(digits, 16).ok();
    let range = |line: &str| {
        let (start, end) = line.split_once(' ')?.0.split_once('-')?;
        number(start).zip(number(end))
    };
    maps.lines().filter_map(range).collect()
}
