//! Exit sites: jumps that can be linked from one translation to another.

use std::io;
use std::sync::atomic::Ordering;

use crate::arena::Records;
use crate::blocks::{SITES, sign_extended};

/// A site's record: where its displacement and its stub are, what it stands for, and the
/// list of sites that are linked to the same block.
pub struct Sites {
    records: Records<2>,
}

// Word 0: guest address, upper half of the stub's offset. Word 1: displacement / 4, lower half of
// the stub's offset, next site linked to the same block, 1 if linked.
const TO_BITS: u32 = 48;
const AT_SHIFT: u32 = 39;
const STUB_SHIFT: u32 = 23;
const HALF: u32 = 16;
const LINK: u64 = (1 << STUB_SHIFT) - 1;

impl Sites {
    pub fn new(capacity: usize) -> io::Result<Sites> {
        debug_assert!(capacity <= SITES);
        Ok(Sites { records: Records::new(capacity)? })
    }
    pub fn has_room(&self, n: usize) -> bool {
        self.records.has_room(n)
    }
    /// A site whose displacement lies at `at`, a multiple of 4, and leads to `stub` while not linked.
    pub fn push(&self, at: u32, stub: u32, to: u64) -> u32 {
        let (high, low) = ((stub >> HALF) as u64, (stub & 0xffff) as u64);
        let to = to & ((1 << TO_BITS) - 1);
        let place = (at as u64 / 4) << AT_SHIFT | low << STUB_SHIFT;
        self.records.push([high << TO_BITS | to, place])
    }
    /// The number of the next site.
    pub fn count(&self) -> u32 {
        self.records.len() as u32
    }
    pub fn exists(&self, site: u32) -> bool {
        site != 0 && site < self.count()
    }
    pub fn bytes(&self) -> usize {
        self.records.bytes()
    }
    pub fn at(&self, site: u32) -> u32 {
        (self.records.get(site, 1) >> AT_SHIFT) as u32 * 4
    }
    pub fn stub(&self, site: u32) -> u32 {
        let (high, low) = (self.records.get(site, 0), self.records.get(site, 1));
        (high >> TO_BITS << HALF) as u32 | (low >> STUB_SHIFT & 0xffff) as u32
    }
    pub fn to(&self, site: u32) -> u64 {
        sign_extended(self.records.get(site, 0))
    }
    pub fn linked(&self, site: u32) -> bool {
        self.records.get(site, 1) & 1 != 0
    }
    pub fn next(&self, site: u32) -> u32 {
        ((self.records.get(site, 1) & LINK) >> 1) as u32
    }
    pub fn set_link(&self, site: u32, next: u32, linked: bool) {
        let word = self.records.field(site, 1);
        let place = word.load(Ordering::Relaxed) & !LINK;
        word.store(place | (next as u64) << 1 | linked as u64, Ordering::Relaxed);
    }
    pub fn reset(&self) {
        self.records.reset();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_keeps_the_largest_numbers() {
        let sites = Sites::new(4).unwrap();
        let (at, stub, to) = ((128 << 20) - 4, (128 << 20) - 1, 0x7fff_ffff_fffe);
        let site = sites.push(at, stub, to);
        sites.set_link(site, SITES as u32 - 1, true);
        assert_eq!((sites.at(site), sites.stub(site), sites.to(site)), (at, stub, to));
        assert_eq!((sites.next(site), sites.linked(site)), (SITES as u32 - 1, true));
        sites.set_link(site, 0, false);
        assert_eq!((sites.at(site), sites.stub(site), sites.linked(site)), (at, stub, false));
    }
}
