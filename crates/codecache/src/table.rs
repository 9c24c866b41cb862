//! The lookup table: guest address to one word, read without a lock.

use std::sync::atomic::{AtomicPtr, AtomicU64, AtomicUsize, Ordering};

struct Entry {
    key: AtomicU64,
    value: AtomicU64,
}

struct Slots {
    entries: Box<[Entry]>,
    used: AtomicUsize,
}

const EMPTY: u64 = u64::MAX;
const FIRST_LEN: usize = 1024;

/// Open addressing with linear probing. Keys stay once inserted; value 0 means "nothing".
///
/// Readers may hold an old array while the writer grows the table, so old arrays are kept
/// until [`Table::reset`].
pub struct Table {
    current: AtomicPtr<Slots>,
    #[allow(clippy::vec_box, reason = "readers hold the address of the boxed array")]
    retired: std::sync::Mutex<Vec<Box<Slots>>>,
}

impl Slots {
    fn new(len: usize) -> Box<Slots> {
        let entry = || Entry { key: AtomicU64::new(EMPTY), value: AtomicU64::new(0) };
        Box::new(Slots { entries: (0..len).map(|_| entry()).collect(), used: AtomicUsize::new(0) })
    }
    fn probe(&self, key: u64) -> impl Iterator<Item = &Entry> {
        let mask = self.entries.len() - 1;
        let hash = (key >> 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        (0..self.entries.len()).map(move |i| &self.entries[(hash as usize + i) & mask])
    }
    fn get(&self, key: u64) -> u64 {
        for entry in self.probe(key) {
            match entry.key.load(Ordering::Acquire) {
                k if k == key => return entry.value.load(Ordering::Acquire),
                EMPTY => return 0,
                _ => {}
            }
        }
        0
    }
    /// Sets; true if the key is new.
    fn set(&self, key: u64, value: u64) -> bool {
        for entry in self.probe(key) {
            let k = entry.key.load(Ordering::Relaxed);
            if k == key || k == EMPTY {
                entry.value.store(value, Ordering::Release);
                entry.key.store(key, Ordering::Release);
                return k == EMPTY;
            }
        }
        unreachable!("the table is never full")
    }
}

impl Table {
    pub fn new() -> Table {
        Table {
            current: AtomicPtr::new(Box::into_raw(Slots::new(FIRST_LEN))),
            retired: std::sync::Mutex::new(Vec::new()),
        }
    }

    /// The value of `key`, 0 if it has none.
    #[allow(unsafe_code, reason = "arrays are freed only by reset, with no reader")]
    #[inline]
    pub fn get(&self, key: u64) -> u64 {
        // SAFETY: the pointer came from a Box that lives until reset or drop.
        unsafe { (*self.current.load(Ordering::Acquire)).get(key) }
    }

    /// Sets the value of `key`. One writer at a time.
    #[allow(unsafe_code, reason = "see get")]
    pub fn set(&self, key: u64, value: u64) {
        let current = self.current.load(Ordering::Relaxed);
        // SAFETY: as in `get`.
        let full = unsafe {
            let slots = &*current;
            let used = slots.used.fetch_add(slots.set(key, value) as usize, Ordering::Relaxed);
            used * 2 >= slots.entries.len()
        };
        if full {
            // SAFETY: the array came from a Box; `grow` keeps it alive for readers.
            self.grow(unsafe { Box::from_raw(current) });
        }
    }

    fn grow(&self, old: Box<Slots>) {
        let new = Slots::new(old.entries.len() * 2);
        for entry in &old.entries {
            let value = entry.value.load(Ordering::Relaxed);
            if value != 0 {
                new.set(entry.key.load(Ordering::Relaxed), value);
                new.used.fetch_add(1, Ordering::Relaxed);
            }
        }
        self.current.store(Box::into_raw(new), Ordering::Release);
        self.retired.lock().unwrap_or_else(|e| e.into_inner()).push(old);
    }

    /// Empties the table. No reader is inside.
    #[allow(unsafe_code, reason = "see get")]
    pub fn reset(&self) {
        let old = self.current.swap(Box::into_raw(Slots::new(FIRST_LEN)), Ordering::AcqRel);
        // SAFETY: no reader, so nobody holds the old array.
        drop(unsafe { Box::from_raw(old) });
        self.retired.lock().unwrap_or_else(|e| e.into_inner()).clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_values_while_growing() {
        let table = Table::new();
        for i in 0..20_000u64 {
            table.set(i * 2, i + 1);
        }
        assert!((0..20_000u64).all(|i| table.get(i * 2) == i + 1));
        assert_eq!(table.get(1_000_001), 0);
        table.set(4, 0);
        assert_eq!(table.get(4), 0);
    }
}
