//! Recovery tables of regions: they lie in the arena behind the pc map, so that a lookup needs no
//! lock.
//!
//! ```text
//! header   entries << 32 | places
//! entries  host offset << 32 | places up to and with this entry
//! places   slot << 1 | is a constant, then what to make of the word << 16 | its number, or the constant
//! ```

use guest::Slot;
use ir::{CompiledCode, Make, Place};

/// Words that the table of `code` takes; none if the code needs no table.
pub fn words(code: &CompiledCode) -> Vec<u64> {
    if code.recover.is_empty() {
        return Vec::new();
    }
    let (mut entries, mut places) = (Vec::new(), Vec::new());
    for entry in &code.recover {
        let own = &code.places[entry.first as usize..][..entry.count as usize];
        places.extend(own.iter().flat_map(|&(slot, place)| pack(slot, place)));
        entries.push(pair(entry.host, places.len() / 2));
    }
    let header = pair(entries.len() as u32, places.len() / 2);
    [vec![header], entries, places].concat()
}

fn pair(high: u32, low: usize) -> u64 {
    (high as u64) << 32 | low as u64
}

fn pack(slot: Slot, place: Place) -> [u64; 2] {
    let slot = (slot.0 as u64) << 1;
    match place {
        Place::Word(word, make) => [slot, (make as u64) << 16 | word as u64],
        Place::Const(bits) => [slot | 1, bits as u64],
    }
}

fn unpack([slot, bits]: [u64; 2]) -> (Slot, Place) {
    let make = || Make::ALL[(bits >> 16) as usize % Make::ALL.len()];
    let place = match slot & 1 {
        0 => Place::Word(bits as u16, make()),
        _ => Place::Const(bits as i64),
    };
    (Slot((slot >> 1) as u8), place)
}

/// Calls `each` with what a fault at offset `within` of the code has to put where, by the table
/// whose words `word` gives.
pub fn find(word: impl Fn(usize) -> u64, within: u32, mut each: impl FnMut(Slot, Place)) {
    let entries = (word(0) >> 32) as usize;
    let host = |i: usize| (word(1 + i) >> 32) as u32;
    let behind = (0..entries).collect::<Vec<_>>().partition_point(|&i| host(i) <= within);
    let end_of = |i: usize| word(1 + i) as u32 as usize;
    let Some(entry) = behind.checked_sub(1) else { return };
    let start = entry.checked_sub(1).map_or(0, end_of);
    for i in start..end_of(entry) {
        let at = 1 + entries + 2 * i;
        let (slot, place) = unpack([word(at), word(at + 1)]);
        each(slot, place);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ir::Recover;

    #[test]
    fn each_fault_finds_its_own_places() {
        let places = vec![
            (Slot(10), Place::Word(416, Make::Canonical)),
            (Slot(11), Place::Const(-5)),
            (Slot(12), Place::Word(600, Make::Same)),
        ];
        let recover = vec![
            Recover { host: 8, first: 0, count: 2 },
            Recover { host: 20, first: 0, count: 0 },
            Recover { host: 30, first: 2, count: 1 },
        ];
        let code = CompiledCode { places, recover, ..CompiledCode::default() };
        let words = words(&code);
        let found = |within| {
            let mut all = Vec::new();
            find(|i| words[i], within, |slot, place| all.push((slot, place)));
            all
        };
        assert_eq!(found(7), []);
        assert_eq!(found(8), code.places[..2]);
        assert_eq!(found(19), code.places[..2]);
        assert_eq!(found(25), []);
        assert_eq!(found(1000), code.places[2..]);
    }
}
