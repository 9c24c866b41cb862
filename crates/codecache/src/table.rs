//! The lookup table: guest address to number of a block, read without a lock.

use std::io;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::arena::Mapping;

const FIRST_LEN: u32 = 1024;
/// Numbers of blocks are below this.
pub const BLOCKS: usize = 1 << NUMBER_BITS;
const NUMBER_BITS: u32 = 20;
const NUMBER: u32 = BLOCKS as u32 - 1;
/// The block with this number is no more; its entry stays, so that probing goes on behind it.
const REMOVED: u32 = 1 << NUMBER_BITS;
const TAG_SHIFT: u32 = NUMBER_BITS + 1;

/// Open addressing with linear probing. A slot holds a block's number and bits of its address's hash; the address
/// itself is in the block's record, which the user of the table looks at.
///
/// The table of `n` slots lies at slot `n` of the mapping. One that has become too small reads as
/// empty to those who still look there: they find less than there is.
pub struct Table {
    slots: Mapping,
    len: AtomicU32,
    used: AtomicU32,
}

fn hash(key: u64) -> u32 {
    ((key >> 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as u32
}

/// The block of a slot, 0 if it has none or that is no more.
fn number(word: u32) -> u32 {
    if word & REMOVED != 0 { 0 } else { word & NUMBER }
}

impl Table {
    /// An empty table for `capacity` blocks.
    pub fn new(capacity: usize) -> io::Result<Table> {
        // Twice the blocks, and the tables that come before.
        let len = (2 * capacity).next_power_of_two().max(FIRST_LEN as usize);
        let slots = Mapping::new(2 * len * size_of::<u32>(), false)?;
        Ok(Table { slots, len: AtomicU32::new(FIRST_LEN), used: AtomicU32::new(0) })
    }

    fn slot(&self, at: u32) -> &AtomicU32 {
        self.slots.word32(at as usize * size_of::<u32>())
    }

    /// The slot of `key`, or the empty one where it would be. `key_of`: the address of a block.
    fn find(&self, key: u64, key_of: impl Fn(u32) -> u64) -> (&AtomicU32, u32) {
        let (len, hash) = (self.len.load(Ordering::Acquire), hash(key));
        let mut at = hash;
        loop {
            let slot = self.slot(len + (at & (len - 1)));
            let word = slot.load(Ordering::Acquire);
            let same = word >> TAG_SHIFT == hash >> TAG_SHIFT;
            if word == 0 || same && key_of(word & NUMBER) == key {
                return (slot, word);
            }
            at = at.wrapping_add(1);
        }
    }

    /// The block of `key`, 0 if it has none.
    #[inline]
    pub fn get(&self, key: u64, key_of: impl Fn(u32) -> u64) -> u32 {
        number(self.find(key, key_of).1)
    }

    /// Has `key` lead to `block`; gives the block that it led to, 0 if it had none. One writer at a time.
    pub fn set(&self, key: u64, block: u32, key_of: impl Fn(u32) -> u64) -> u32 {
        let (slot, old) = self.find(key, &key_of);
        slot.store(hash(key) >> TAG_SHIFT << TAG_SHIFT | block, Ordering::Release);
        let used = self.used.load(Ordering::Relaxed) + (old == 0) as u32;
        self.used.store(used, Ordering::Relaxed);
        if used >= self.len() / 4 * 3 {
            self.grow(key_of);
        }
        number(old)
    }

    /// Has `key`, which has a block, lead nowhere.
    pub fn remove(&self, key: u64, key_of: impl Fn(u32) -> u64) {
        let (slot, word) = self.find(key, key_of);
        if word != 0 {
            slot.store(word | REMOVED, Ordering::Release);
        }
    }

    fn len(&self) -> u32 {
        self.len.load(Ordering::Relaxed)
    }

    fn grow(&self, key_of: impl Fn(u32) -> u64) {
        let (old, new) = (self.len(), self.len() * 2);
        let bytes = |slots: u32| slots as usize * size_of::<u32>();
        self.slots.populate(bytes(new), bytes(new));
        let mut used = 0;
        for at in old..new {
            let word = self.slot(at).load(Ordering::Relaxed);
            if word != 0 && word & REMOVED == 0 {
                self.place(new, hash(key_of(word & NUMBER)), word);
                used += 1;
            }
        }
        self.used.store(used, Ordering::Relaxed);
        self.len.store(new, Ordering::Release);
        self.slots.discard_part(bytes(old), bytes(old));
    }

    /// Puts `word` into the first empty slot of the table of `len` slots.
    fn place(&self, len: u32, hash: u32, word: u32) {
        let mut at = hash;
        loop {
            let slot = self.slot(len + (at & (len - 1)));
            if slot.load(Ordering::Relaxed) == 0 {
                return slot.store(word, Ordering::Relaxed);
            }
            at = at.wrapping_add(1);
        }
    }

    /// Bytes of the table.
    pub fn bytes(&self) -> usize {
        self.len() as usize * size_of::<u32>()
    }

    /// Empties the table. No reader is inside.
    pub fn reset(&self) {
        let bytes = 2 * self.bytes();
        self.len.store(FIRST_LEN, Ordering::Release);
        self.used.store(0, Ordering::Relaxed);
        self.slots.discard(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: u32 = 20_000;

    /// Block `n` begins at `2 * n`.
    fn key_of(block: u32) -> u64 {
        block as u64 * 2
    }

    fn full() -> Table {
        let table = Table::new(KEYS as usize).unwrap();
        (1..KEYS).for_each(|block| assert_eq!(table.set(key_of(block), block, key_of), 0));
        table
    }

    #[test]
    fn keeps_blocks_while_growing() {
        let table = full();
        assert!((1..KEYS).all(|block| table.get(key_of(block), key_of) == block));
        assert_eq!(table.get(1_000_001, key_of), 0);
        table.reset();
        assert_eq!(table.get(2, key_of), 0);
    }

    #[test]
    fn what_is_removed_is_not_found_and_can_come_back() {
        let table = full();
        table.remove(40, key_of);
        assert_eq!(table.get(40, key_of), 0);
        assert!((21..KEYS).all(|block| table.get(key_of(block), key_of) == block));
        assert_eq!(table.set(40, 20, key_of), 0);
        assert_eq!(table.set(40, 20, key_of), 20);
        assert_eq!(table.get(40, key_of), 20);
    }
}
