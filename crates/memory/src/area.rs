//! Where mappings go that the guest leaves to us: as RISC-V Linux with sv39 places them, downwards
//! from below the first stack. The host's kernel puts the translator's mappings far above. So what looks
//! free to the guest beside its mappings is free. What does not fit there goes above, but well
//! below the translator's.
//!
//! ```text
//! 2^38  stack, by chance up to 1 GiB below; its room to grow
//!       mappings, downwards
//!       heap, upwards; position-independent program at two thirds
//! 0     program at a fixed address
//! ```

use guest::PAGE_SIZE;

use crate::regions::{Region, Regions};
use crate::space::{Inner, MapRequest};
use crate::{Errno, host};

/// One past the highest address that is used without need: all that sv39 has.
pub const LOW_END: u64 = 1 << 38;
/// How far the stack and the mappings each move by chance (18 bits of pages).
pub const RANDOM: u64 = 1 << 30;
/// Room for the stack to grow, least and most (`mmap_base`).
const ROOM: (u64, u64) = (128 << 20, 4 << 30);
/// Between the translator's mappings and the guest's second area.
const DISTANCE: u64 = 4 << 40;
/// Nothing is placed below this (`mmap_min_addr`).
const LOWEST: u64 = 64 << 10;
/// What is kept free below memory that grows downwards (`stack_guard_gap`).
pub const GAP: u64 = 1 << 20;
/// Memory in whole huge pages is placed at their borders.
const HUGE: u64 = 2 << 20;

/// The guest's areas for mappings.
#[derive(Default)]
pub struct Areas {
    low: Area,
    high: Area,
}

impl Areas {
    /// Sets where the first area ends, for a stack that may grow to `limit` bytes.
    pub fn below_stack(&mut self, limit: u64) {
        let gap = limit.clamp(ROOM.0, ROOM.1) + RANDOM + GAP;
        self.low = Area::ending(LOW_END - gap - host::random_below(RANDOM), LOWEST);
    }

    /// A place for `len` bytes, aligned to `align`.
    fn find(&mut self, regions: &Regions, len: u64, align: u64) -> Option<u64> {
        if self.low.top == 0 {
            self.below_stack(0);
        }
        self.low.find(regions, len, align).or_else(|| {
            if self.high.top == 0 {
                self.high = Area::ending(high_end()?, LOW_END);
            }
            self.high.find(regions, len, align)
        })
    }

    /// What ended at `end` is free again.
    pub fn freed(&mut self, end: u64) {
        self.low.freed(end);
        self.high.freed(end);
    }
}

/// One of them.
#[derive(Default)]
struct Area {
    /// One past it; 0 until it is chosen.
    top: u64,
    /// Its lowest address.
    bottom: u64,
    /// No hole above the address has as many bytes.
    full: (u64, u64),
}

impl Area {
    fn ending(top: u64, bottom: u64) -> Area {
        Area { top: top & !(PAGE_SIZE - 1), bottom, full: (0, 0) }
    }

    /// A place for `len` bytes, aligned to `align`, below `top`.
    fn find(&mut self, regions: &Regions, len: u64, align: u64) -> Option<u64> {
        let from = if len >= self.full.1 && self.full.1 > 0 { self.full.0 } else { self.top };
        let mut border = from.min(self.top);
        let mut lowest_seen = border;
        let fits = |border: u64, below: u64| {
            let at = border.checked_sub(len)? & !(align - 1);
            (at >= below).then_some(at)
        };
        for region in regions.below(border) {
            if let Some(at) = fits(border, region.end.max(self.bottom)) {
                self.full = (border, len);
                return Some(at);
            }
            border = border.min(free_below(&region));
            lowest_seen = border;
        }
        self.full = (lowest_seen, len);
        fits(border, self.bottom)
    }

    fn freed(&mut self, end: u64) {
        if end > self.full.0 {
            // What lies above the hole is as full as it was.
            self.full.0 = end.saturating_add(GAP).min(self.top);
        }
    }
}

/// The highest address that a mapping below `region` may reach.
fn free_below(region: &Region) -> u64 {
    if region.kind.grows() { region.start.saturating_sub(GAP) } else { region.start }
}

impl Inner {
    /// Maps where there is room.
    pub fn map_anywhere(&mut self, request: &MapRequest, len: u64) -> Result<u64, Errno> {
        let own = request.flags & libc::MAP_HUGETLB == 0;
        let fixed = |at| request.host_map(at, len, host::MAP_FIXED_NOREPLACE);
        let align = if request.is_anon() && len.is_multiple_of(HUGE) { HUGE } else { PAGE_SIZE };
        if own
            && let Some(at) = self.place(len, align)
            && let Ok(at) = fixed(at)
        {
            return Ok(at);
        }
        request.host_map(0, len, 0)
    }

    /// A free place in the guest's areas.
    pub fn place(&mut self, len: u64, align: u64) -> Option<u64> {
        self.areas.find(&self.regions, len, align)
    }
}

/// Far below where the kernel places mappings.
fn high_end() -> Option<u64> {
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
    let probe = host::mmap(0, PAGE_SIZE, libc::PROT_NONE, flags, -1, 0).ok()?;
    let _ = host::munmap(probe, PAGE_SIZE);
    probe.checked_sub(DISTANCE + host::random_below(RANDOM))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Kind, Prot};

    const PAGE: u64 = PAGE_SIZE;

    fn region(start: u64, end: u64, kind: Kind) -> Region {
        Region { start: start * PAGE, end: end * PAGE, prot: Prot::READ, shared: true, kind }
    }

    fn found(area: &mut Area, regions: &Regions, pages: u64) -> Option<u64> {
        area.find(regions, pages * PAGE, PAGE).map(|at| at / PAGE)
    }

    #[test]
    fn the_highest_hole_that_fits_is_taken() {
        let mut regions = Regions::default();
        let mut area = Area::ending(1000 * PAGE, LOWEST);
        assert_eq!(found(&mut area, &regions, 10), Some(990));
        regions.insert(region(990, 1000, Kind::File));
        regions.insert(region(980, 985, Kind::File));
        assert_eq!(found(&mut area, &regions, 6), Some(974));
        assert_eq!(found(&mut area, &regions, 5), Some(985));
        regions.insert(region(985, 990, Kind::File));
        assert_eq!(found(&mut area, &regions, 6), Some(974));
        regions.remove(986 * PAGE, 987 * PAGE);
        area.freed(987 * PAGE);
        assert_eq!(found(&mut area, &regions, 6), Some(974));
        assert_eq!(found(&mut area, &regions, 1), Some(986));
        assert_eq!(found(&mut area, &regions, 2000), None);
        assert_eq!(found(&mut area, &regions, 1), Some(986));
    }

    #[test]
    fn what_grows_downwards_has_room() {
        let mut regions = Regions::default();
        let mut area = Area::ending(1000 * PAGE, LOWEST);
        regions.insert(region(900, 1000, Kind::Growing));
        assert_eq!(found(&mut area, &regions, 1), Some(900 - 256 - 1));
    }
}
