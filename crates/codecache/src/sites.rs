//! Exit sites: jumps that can be linked from one translation to another.

use std::io;
use std::sync::atomic::Ordering;

use crate::arena::Records;

/// A site's record: where its displacement and its stub are, what it stands for, and the
/// list of sites that are linked to the same block.
pub struct Sites {
    records: Records<3>,
}

const PLACE: usize = 0; // displacement << 32 | stub, arena offsets
const TO: usize = 1;
const NEXT: usize = 2; // next site linked to the same block << 32 | 1 if linked

impl Sites {
    pub fn new(capacity: usize) -> io::Result<Sites> {
        Ok(Sites { records: Records::new(capacity)? })
    }
    pub fn has_room(&self, n: usize) -> bool {
        self.records.has_room(n)
    }
    pub fn push(&self, at: u32, stub: u32, to: u64) -> u32 {
        self.records.push([(at as u64) << 32 | stub as u64, to, 0])
    }
    pub fn exists(&self, site: u32) -> bool {
        site != 0 && (site as usize) < self.records.len()
    }
    pub fn at(&self, site: u32) -> u32 {
        (self.records.get(site, PLACE) >> 32) as u32
    }
    pub fn stub(&self, site: u32) -> u32 {
        self.records.get(site, PLACE) as u32
    }
    pub fn to(&self, site: u32) -> u64 {
        self.records.get(site, TO)
    }
    pub fn linked(&self, site: u32) -> bool {
        self.records.get(site, NEXT) & 1 != 0
    }
    pub fn next(&self, site: u32) -> u32 {
        (self.records.get(site, NEXT) >> 32) as u32
    }
    pub fn set_link(&self, site: u32, next: u32, linked: bool) {
        self.records
            .field(site, NEXT)
            .store((next as u64) << 32 | linked as u64, Ordering::Relaxed);
    }
    pub fn reset(&self) {
        self.records.reset();
    }
}
