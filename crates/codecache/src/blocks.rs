//! The records of blocks.

use std::io;
use std::sync::atomic::Ordering;

use crate::arena::Records;

/// A block's record: guest entry, place in its arena, first incoming link, heat.
pub struct Blocks {
    records: Records<4>,
}

const GUEST: usize = 0;
const PLACE: usize = 1; // offset << 32 | length (bytes of code, or words)
const MAP: usize = 2; // native: offset << 32 | entries of the pc map
const LINKS: usize = 3; // native: first incoming site; interp: heat

impl Blocks {
    pub fn new(capacity: usize) -> io::Result<Blocks> {
        Ok(Blocks { records: Records::new(capacity)? })
    }
    pub fn has_room(&self) -> bool {
        self.records.has_room(1)
    }
    pub fn push(&self, entry: u64, place: (u32, u32), map: (u32, u32)) -> u32 {
        let pack = |(a, b): (u32, u32)| (a as u64) << 32 | b as u64;
        self.records.push([entry, pack(place), pack(map), 0])
    }
    pub fn len(&self) -> usize {
        self.records.len() - 1
    }
    pub fn entry(&self, block: u32) -> u64 {
        self.records.get(block, GUEST)
    }
    pub fn place(&self, block: u32) -> (u32, u32) {
        unpack(self.records.get(block, PLACE))
    }
    pub fn map(&self, block: u32) -> (u32, u32) {
        unpack(self.records.get(block, MAP))
    }
    pub fn incoming(&self, block: u32) -> u32 {
        self.records.get(block, LINKS) as u32
    }
    pub fn set_incoming(&self, block: u32, site: u32) {
        self.records.field(block, LINKS).store(site as u64, Ordering::Relaxed);
    }
    /// Counts an execution of an interpreted block; gives the new count.
    pub fn warm(&self, block: u32) -> u64 {
        self.records.field(block, LINKS).fetch_add(1, Ordering::Relaxed) + 1
    }
    /// The block whose place contains arena offset `at`. Blocks lie in ascending order.
    pub fn containing(&self, at: u32) -> Option<u32> {
        let (mut low, mut high) = (1, self.records.len() as u32);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.place(middle).0 <= at { low = middle + 1 } else { high = middle }
        }
        let block = low - 1;
        let (start, len) = if block == 0 { return None } else { self.place(block) };
        (at - start < len).then_some(block)
    }
    pub fn reset(&self) {
        self.records.reset();
    }
}

fn unpack(word: u64) -> (u32, u32) {
    ((word >> 32) as u32, word as u32)
}
