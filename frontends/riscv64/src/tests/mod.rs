//! Tests that look at the whole table.

mod capstone;
mod decode;
mod differences;
mod lift;
mod llvm;
mod qemu;
mod table;

use crate::decode::{Decoded, decode};
use crate::table::{Row, TABLES};

/// Every row.
fn rows() -> impl Iterator<Item = &'static Row> {
    TABLES.iter().copied().flatten()
}

/// Decodes one word, 16 or 32 bits by its low bits.
fn word(word: u32) -> Decoded {
    decode(&word.to_le_bytes())
}

/// A small random number generator: xorshift with a fixed seed.
struct Random(u64);

impl Random {
    fn new() -> Self {
        Random(0x9e37_79b9_7f4a_7c15)
    }
    fn next(&mut self) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) as u32
    }
    /// A word of the row.
    fn fill(&mut self, row: &Row) -> u32 {
        let free = if row.width == 16 { 0xffff & !row.mask } else { !row.mask };
        row.value | self.next() & free
    }
}
