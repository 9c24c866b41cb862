//! Recovery tables of regions: bytes that lie behind the pc map, so that a lookup needs no lock.
//!
//! ```text
//! entry    host bytes since the last entry + 1, count, places
//! place    slot << 1, how to make it (shifted: left, right), number of the word
//!          slot << 1 | 1, a constant
//! END      0
//! ```

use guest::Slot;
use ir::{CompiledCode, Make, Place};

use crate::varint;

const END: u8 = 0;

/// Appends the table of `code`.
pub fn put(code: &CompiledCode, out: &mut Vec<u8>) {
    let mut host = 0;
    for entry in &code.recover {
        varint::put(out, (entry.host - host) as u64 + 1);
        varint::put(out, entry.count as u64);
        host = entry.host;
        let places = &code.places[entry.first as usize..][..entry.count as usize];
        places.iter().for_each(|&(slot, place)| put_place(slot, place, out));
    }
    out.push(END);
}

fn put_place(slot: Slot, place: Place, out: &mut Vec<u8>) {
    let slot = (slot.0 as u64) << 1;
    match place {
        Place::Word(word, make) => {
            varint::put(out, slot);
            put_make(make, out);
            varint::put(out, word as u64);
        }
        Place::Const(bits) => {
            varint::put(out, slot | 1);
            varint::put_signed(out, bits);
        }
    }
}

const SAME: u8 = 0;
const SEXT32: u8 = 1;
const CANONICAL: u8 = 2;
const BOX: u8 = 3;
const BOX_CANONICAL: u8 = 4;
const SHIFTED: u8 = 5;

fn put_make(make: Make, out: &mut Vec<u8>) {
    match make {
        Make::Same => out.push(SAME),
        Make::Sext32 => out.push(SEXT32),
        Make::Canonical => out.push(CANONICAL),
        Make::Box => out.push(BOX),
        Make::BoxCanonical => out.push(BOX_CANONICAL),
        Make::Shifted(left, right) => out.extend([SHIFTED, left, right]),
    }
}

fn take_make(bytes: &mut impl Iterator<Item = u8>) -> Make {
    let mut next = || bytes.next().unwrap_or(SAME);
    match next() {
        SEXT32 => Make::Sext32,
        CANONICAL => Make::Canonical,
        BOX => Make::Box,
        BOX_CANONICAL => Make::BoxCanonical,
        SHIFTED => Make::Shifted(next() & 63, next() & 63),
        _ => Make::Same,
    }
}

fn take_place(bytes: &mut impl Iterator<Item = u8>) -> (Slot, Place) {
    let slot = varint::take(bytes);
    let place = if slot & 1 == 0 {
        let make = take_make(bytes);
        Place::Word(varint::take(bytes) as u16, make)
    } else {
        Place::Const(varint::take_signed(bytes))
    };
    (Slot((slot >> 1) as u8), place)
}

/// What a fault at offset `within` of the code has to put where.
pub fn find(mut bytes: impl Iterator<Item = u8>, within: u32) -> Vec<(Slot, Place)> {
    let (mut host, mut places) = (0u32, Vec::new());
    loop {
        let step = varint::take(&mut bytes);
        host = host.wrapping_add(step.wrapping_sub(1) as u32);
        if step == END as u64 || host > within {
            return places;
        }
        places.clear();
        let count = varint::take(&mut bytes);
        places.extend((0..count).map(|_| take_place(&mut bytes)));
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
            (Slot(12), Place::Word(600, Make::BoxCanonical)),
            (Slot(13), Place::Word(601, Make::Shifted(32, 56))),
            (Slot(14), Place::Word(602, Make::Sext32)),
        ];
        let recover = vec![
            Recover { host: 8, first: 0, count: 2 },
            Recover { host: 20, first: 0, count: 0 },
            Recover { host: 30, first: 2, count: 3 },
        ];
        let code = CompiledCode { places, recover, ..CompiledCode::default() };
        let mut bytes = Vec::new();
        put(&code, &mut bytes);
        let found = |within| find(bytes.iter().copied(), within);
        assert_eq!(found(7), []);
        assert_eq!(found(8), code.places[..2]);
        assert_eq!(found(19), code.places[..2]);
        assert_eq!(found(25), []);
        assert_eq!(found(1000), code.places[2..]);
    }
}
