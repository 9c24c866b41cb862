//! The records of blocks, packed: there are many, most of them of code that runs once.

use std::io;
use std::sync::atomic::Ordering;

use crate::arena::Records;

/// Bits of a guest address; the host's are as many.
const ADDR_BITS: u32 = 48;
const ADDR: u64 = (1 << ADDR_BITS) - 1;

/// Compiled blocks: guest entry, place in the arena, length of the code, first incoming link.
pub struct Blocks {
    records: Records<2>,
}

// Word 0: entry, low bits of the length. Word 1: place / 4, other bits of the length, first incoming site.
const LEN_LOW: u32 = 64 - ADDR_BITS;
const PLACE_SHIFT: u32 = 39;
const LEN_SHIFT: u32 = 22;
const LEN_HIGH: u64 = (1 << (PLACE_SHIFT - LEN_SHIFT)) - 1;
/// Numbers of exit sites are below this.
pub const SITES: usize = 1 << LEN_SHIFT;

impl Blocks {
    pub fn new(capacity: usize) -> io::Result<Blocks> {
        Ok(Blocks { records: Records::new(capacity)? })
    }
    pub fn has_room(&self) -> bool {
        self.records.has_room(1)
    }
    /// A block whose code lies at `at`, a multiple of 4, and is `len` bytes long.
    pub fn push(&self, entry: u64, at: u32, len: u32) -> u32 {
        let len = len as u64;
        let low = entry & ADDR | len << ADDR_BITS;
        let high = (at as u64 / 4) << PLACE_SHIFT | (len >> LEN_LOW & LEN_HIGH) << LEN_SHIFT;
        self.records.push([low, high])
    }
    pub fn len(&self) -> usize {
        self.records.len() - 1
    }
    pub fn bytes(&self) -> usize {
        self.records.bytes()
    }
    pub fn entry(&self, block: u32) -> u64 {
        sign_extended(self.records.get(block, 0))
    }
    /// Where the code lies.
    pub fn at(&self, block: u32) -> u32 {
        (self.records.get(block, 1) >> PLACE_SHIFT) as u32 * 4
    }
    /// Bytes of code.
    pub fn code_len(&self, block: u32) -> u32 {
        let high = self.records.get(block, 1) >> LEN_SHIFT & LEN_HIGH;
        (high << LEN_LOW | self.records.get(block, 0) >> ADDR_BITS) as u32
    }
    pub fn incoming(&self, block: u32) -> u32 {
        self.records.get(block, 1) as u32 & (SITES as u32 - 1)
    }
    pub fn set_incoming(&self, block: u32, site: u32) {
        let word = self.records.field(block, 1);
        let old = word.load(Ordering::Relaxed) & !(SITES as u64 - 1);
        word.store(old | site as u64, Ordering::Relaxed);
    }
    /// The block whose code contains arena offset `at`. Blocks lie in ascending order.
    pub fn containing(&self, at: u32) -> Option<u32> {
        let (mut low, mut high) = (1, self.records.len() as u32);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.at(middle) <= at { low = middle + 1 } else { high = middle }
        }
        let block = low - 1;
        (block != 0 && at - self.at(block) < self.code_len(block)).then_some(block)
    }
    pub fn reset(&self) {
        self.records.reset();
    }
}

/// A guest address of which the lowest bits of `word` are kept.
pub fn sign_extended(word: u64) -> u64 {
    ((word << LEN_LOW) as i64 >> LEN_LOW) as u64
}

/// Interpreted blocks: guest entry, place in their arena, heat.
pub struct InterpBlocks {
    records: Records<3>,
}

const GUEST: usize = 0;
const PLACE: usize = 1; // offset << 32 | length, in words
const HEAT: usize = 2;

impl InterpBlocks {
    pub fn new(capacity: usize) -> io::Result<InterpBlocks> {
        Ok(InterpBlocks { records: Records::new(capacity)? })
    }
    pub fn has_room(&self) -> bool {
        self.records.has_room(1)
    }
    pub fn push(&self, entry: u64, (at, len): (u32, u32)) -> u32 {
        self.records.push([entry, (at as u64) << 32 | len as u64, 0])
    }
    pub fn len(&self) -> usize {
        self.records.len() - 1
    }
    pub fn entry(&self, block: u32) -> u64 {
        self.records.get(block, GUEST)
    }
    pub fn place(&self, block: u32) -> (u32, u32) {
        let word = self.records.get(block, PLACE);
        ((word >> 32) as u32, word as u32)
    }
    /// Counts an execution; gives the new count.
    pub fn warm(&self, block: u32) -> u64 {
        self.records.field(block, HEAT).fetch_add(1, Ordering::Relaxed) + 1
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
        let blocks = Blocks::new(4).unwrap();
        let (entry, at, len) = (0x7fff_ffff_fffe, (128 << 20) - 4, 128 << 20);
        let block = blocks.push(entry, at, len);
        blocks.set_incoming(block, SITES as u32 - 1);
        assert_eq!((blocks.entry(block), blocks.at(block)), (entry, at));
        assert_eq!((blocks.code_len(block), blocks.incoming(block)), (len, SITES as u32 - 1));
        blocks.set_incoming(block, 1);
        assert_eq!((blocks.at(block), blocks.incoming(block)), (at, 1));
        assert_eq!(blocks.entry(blocks.push(0xffff_8000_0000_0000, 0, 1)), 0xffff_8000_0000_0000);
    }
}
