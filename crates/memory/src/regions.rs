//! The sorted list of the guest's mappings.

use std::collections::BTreeMap;

use crate::Prot;

/// What a region is for; adjacent regions of one private kind without a file are merged.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
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
}

/// One mapping of the guest: `start..end`, page aligned, never empty.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
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

impl Region {
    /// The same mapping, only `start..end` of it.
    pub(crate) fn part(&self, start: u64, end: u64) -> Region {
        Region { start, end, ..*self }
    }
    fn joins(&self, next: &Region) -> bool {
        let plain = matches!(self.kind, Kind::Anon | Kind::Heap | Kind::Stack);
        self.end == next.start
            && plain
            && !self.shared
            && !next.shared
            && self.kind == next.kind
            && self.prot == next.prot
    }
}

/// The regions by start address; they never overlap.
#[derive(Default)]
pub struct Regions(BTreeMap<u64, Region>);

impl Regions {
    /// The region that holds `addr`.
    pub fn at(&self, addr: u64) -> Option<&Region> {
        self.0.range(..=addr).next_back().map(|(_, r)| r).filter(|r| addr < r.end)
    }

    /// All regions, ascending.
    pub fn iter(&self) -> impl Iterator<Item = &Region> {
        self.0.values()
    }

    /// The parts of regions inside `start..end`, ascending, cut to it.
    pub fn parts(&self, start: u64, end: u64) -> impl Iterator<Item = Region> + '_ {
        let first = self.at(start).map_or(start, |r| r.start);
        self.0
            .range(first..end.max(first))
            .map(move |(_, r)| r.part(r.start.max(start), r.end.min(end)))
            .filter(|r| r.start < r.end)
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
        for part in &gone {
            let Some(whole) = self.at(part.start).copied() else { continue };
            self.0.remove(&whole.start);
            if whole.start < part.start {
                self.0.insert(whole.start, whole.part(whole.start, part.start));
            }
            if part.end < whole.end {
                self.0.insert(part.end, whole.part(part.end, whole.end));
            }
        }
        gone
    }

    /// Puts a region in place of whatever is there, and joins it with its neighbours.
    pub fn insert(&mut self, mut region: Region) {
        self.remove(region.start, region.end);
        if let Some((_, before)) = self.0.range(..region.start).next_back()
            && before.joins(&region)
        {
            region.start = before.start;
        }
        if let Some(after) = self.0.get(&region.end).copied()
            && region.joins(&after)
        {
            self.0.remove(&after.start);
            region.end = after.end;
        }
        self.0.insert(region.start, region);
    }
}
