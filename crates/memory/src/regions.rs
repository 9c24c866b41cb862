//! The sorted list of the guest's mappings.

use crate::Prot;
use crate::runs::{Place, Run, Runs};

/// What a region is for; adjacent regions of one private kind without a file are merged.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Kind {
    /// Anonymous memory.
    Anon,
    /// A mapped file, or a device.
    File,
    /// The stack of the first thread.
    Stack,
    /// Memory of brk(2).
    Heap,
    /// The code that the kernel gives to programs.
    Vdso,
    /// Anonymous memory that grows downwards (`MAP_GROWSDOWN`).
    Growing,
}

/// One mapping of the guest: `start..end`, page aligned, never empty.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(C)]
pub struct Region {
    /// First address.
    pub start: u64,
    /// One past the last address.
    pub end: u64,
    /// The guest's rights.
    pub prot: Prot,
    /// `MAP_SHARED`.
    pub shared: bool,
    /// What it is for.
    pub kind: Kind,
}

impl Kind {
    const ALL: [Kind; 6] =
        [Kind::Anon, Kind::File, Kind::Stack, Kind::Heap, Kind::Vdso, Kind::Growing];

    /// True for memory that grows downwards with use.
    pub fn grows(self) -> bool {
        matches!(self, Kind::Stack | Kind::Growing)
    }
}

impl Region {
    /// Words in which a region lies in memory ([`crate::Published`]).
    pub const WORDS: usize = size_of::<Region>() / 8;

    /// The region that these words of another process's memory are; `None` if they are none.
    pub fn from_words([start, end, rest]: [u64; Region::WORDS]) -> Option<Region> {
        let [prot, shared, kind, ..] = rest.to_le_bytes();
        let kind = *Kind::ALL.iter().find(|k| **k as u8 == kind)?;
        let fits = start < end && prot < 8 && shared < 2;
        fits.then_some(Region { start, end, prot: Prot(prot), shared: shared == 1, kind })
    }

    /// The same mapping, only `start..end` of it.
    pub(crate) fn part(&self, start: u64, end: u64) -> Region {
        Region { start, end, ..*self }
    }
    fn joins(&self, next: &Region) -> bool {
        let plain = matches!(self.kind, Kind::Anon | Kind::Heap | Kind::Stack | Kind::Growing);
        self.end == next.start
            && plain
            && !self.shared
            && !next.shared
            && self.kind == next.kind
            && self.prot == next.prot
    }
}

/// The regions by start address; they never overlap. Other processes can read them
/// ([`crate::Published`]).
#[derive(Default)]
pub struct Regions(Runs);

impl Regions {
    /// The place of the first region that ends behind `addr`.
    fn first_behind(&self, addr: u64) -> Place {
        self.0.first_not(|r| r.end <= addr)
    }

    /// The region that holds `addr`.
    pub fn at(&self, addr: u64) -> Option<&Region> {
        self.0.get(self.first_behind(addr)).filter(|r| r.start <= addr)
    }

    /// All regions, ascending.
    pub fn iter(&self) -> impl Iterator<Item = &Region> {
        self.0.iter()
    }

    /// A region that may have grown into `start..end`: one with a hole below it that the range
    /// touches.
    pub fn growth_zone(&self, start: u64, end: u64) -> Option<Region> {
        let first = self.0.first_not(|r| r.start <= start);
        let mut hole = self.0.before(first).next().map_or(0, |below| below.end);
        for region in self.0.from(first) {
            if region.kind.grows() && hole < region.start && hole < end {
                return Some(*region);
            }
            if region.start >= end {
                break;
            }
            hole = region.end;
        }
        None
    }

    /// The regions that start below `addr`, descending.
    pub fn below(&self, addr: u64) -> impl Iterator<Item = Region> + '_ {
        self.0.before(self.0.first_not(|r| r.start < addr)).copied()
    }

    /// The last region that ends at `addr` or before it.
    pub fn before(&self, addr: u64) -> Option<Region> {
        self.0.before(self.first_behind(addr)).next().copied()
    }

    /// Where they lie, until they change.
    pub fn list(&mut self) -> &[Run] {
        self.0.list()
    }

    /// The parts of regions inside `start..end`, ascending, cut to it.
    pub fn parts(&self, start: u64, end: u64) -> impl Iterator<Item = Region> + '_ {
        let inside = self.0.from(self.first_behind(start)).take_while(move |r| r.start < end);
        inside.map(move |r| r.part(r.start.max(start), r.end.min(end))).filter(|r| r.start < r.end)
    }

    /// The parts of `start..end` that regions cover, as long as they can be.
    pub fn covered(&self, start: u64, end: u64) -> Vec<(u64, u64)> {
        let mut covered: Vec<(u64, u64)> = Vec::new();
        for part in self.parts(start, end) {
            match covered.last_mut() {
                Some(last) if last.1 == part.start => last.1 = part.end,
                _ => covered.push((part.start, part.end)),
            }
        }
        covered
    }

    /// The parts of `start..end` that no region covers.
    pub fn holes(&self, start: u64, end: u64) -> Vec<(u64, u64)> {
        let mut holes = Vec::new();
        let mut at = start;
        for part in self.parts(start, end) {
            if at < part.start {
                holes.push((at, part.start));
            }
            at = part.end;
        }
        if at < end {
            holes.push((at, end));
        }
        holes
    }

    /// True if any region overlaps `start..end`.
    pub fn overlaps(&self, start: u64, end: u64) -> bool {
        self.parts(start, end).next().is_some()
    }

    /// Takes `start..end` out, cutting the regions at its borders; returns what was there.
    pub fn remove(&mut self, start: u64, end: u64) -> Vec<Region> {
        let gone: Vec<Region> = self.parts(start, end).collect();
        let place = self.first_behind(start);
        let touched = || self.0.from(place).take(gone.len());
        let (Some(first), Some(last)) = (touched().next(), touched().last()) else { return gone };
        let borders = [first.part(first.start, start), last.part(end, last.end)];
        let left: Vec<Region> = borders.into_iter().filter(|r| r.start < r.end).collect();
        self.0.replace(place, gone.len(), &left);
        gone
    }

    /// Puts a region in place of whatever is there, and joins it with its neighbours.
    pub fn insert(&mut self, mut region: Region) {
        self.remove(region.start, region.end);
        let (mut place, mut count) = (self.first_behind(region.start), 0);
        if let Some(after) = self.0.get(place).filter(|after| region.joins(after)) {
            region.end = after.end;
            count += 1;
        }
        if let Some(at) = self.0.previous(place)
            && let Some(before) = self.0.get(at).filter(|before| before.joins(&region))
        {
            region.start = before.start;
            (place, count) = (at, count + 1);
        }
        self.0.replace(place, count, &[region]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_has_the_layout_that_others_read() {
        assert_eq!((size_of::<Region>(), std::mem::offset_of!(Region, prot)), (24, 16));
        assert_eq!(std::mem::offset_of!(Region, shared), 17);
        assert_eq!(std::mem::offset_of!(Region, kind), 18);
        let words = [0x1000, 0x3000, 0x02_01_05];
        let region = Region::from_words(words).unwrap();
        assert_eq!((region.prot, region.shared, region.kind), (Prot::RX, true, Kind::Stack));
        assert_eq!(Region::from_words([0x1000, 0x1000, 0]), None);
        assert_eq!(Region::from_words([0x1000, 0x2000, 9 << 16]), None);
    }

    #[test]
    fn what_is_covered_ends_at_holes_only() {
        let region =
            |start, end, prot| Region { start, end, prot, shared: false, kind: Kind::Anon };
        let mut regions = Regions::default();
        for part in [region(1, 2, Prot::NONE), region(2, 5, Prot::RW), region(6, 9, Prot::RW)] {
            regions.insert(part);
        }
        assert_eq!(regions.covered(0, 8), [(1, 5), (6, 8)]);
        assert_eq!(regions.covered(2, 4), [(2, 4)]);
        assert_eq!(regions.covered(5, 6), []);
    }
}
