//! A block's map from host code to guest instructions, as bytes that lie behind the code: a lookup
//! needs no lock, and walks the map from its start.
//!
//! ```text
//! entry    host bytes since the last entry << 2 | (guest bytes since then - 2) / 2, if that fits
//! LONG     then both numbers, the guest's with a sign
//! END
//! ```

use ir::PcMapEntry;

use crate::varint;

const LONG: u8 = 0xff;
const END: u8 = 0xfe;
const MOST_HOST: u32 = 62;
const GUEST_STEPS: [i32; 4] = [2, 4, 6, 8];

/// Appends the map. Entries without code are left out.
pub fn put(map: &[PcMapEntry], out: &mut Vec<u8>) {
    let (mut host, mut guest) = (0, 0);
    for (i, entry) in map.iter().enumerate() {
        if (entry.host, entry.guest) == (host, guest)
            || map.get(i + 1).is_some_and(|next| next.host == entry.host)
        {
            continue;
        }
        let (host_step, guest_step) = (entry.host - host, entry.guest.wrapping_sub(guest));
        (host, guest) = (entry.host, entry.guest);
        match short(host_step, guest_step) {
            Some(entry) => out.push(entry),
            None => {
                out.push(LONG);
                varint::put(out, host_step as u64);
                varint::put_signed(out, guest_step as i64);
            }
        }
    }
    out.push(END);
}

/// An entry in one byte, if that holds it.
fn short(host_step: u32, guest_step: i32) -> Option<u8> {
    let index = guest_step.wrapping_sub(GUEST_STEPS[0]).rotate_right(1) as u32;
    (index < GUEST_STEPS.len() as u32 && host_step <= MOST_HOST)
        .then_some((host_step << 2 | index) as u8)
}

/// The guest's distance from the block's entry for the code at offset `within`.
pub fn find(mut bytes: impl Iterator<Item = u8>, within: u32) -> i32 {
    let (mut host, mut guest) = (0u32, 0i32);
    loop {
        let (host_step, guest_step) = match bytes.next() {
            None | Some(END) => return guest,
            Some(LONG) => (varint::take(&mut bytes) as u32, varint::take_signed(&mut bytes) as i32),
            Some(byte) => ((byte >> 2) as u32, GUEST_STEPS[byte as usize & 3]),
        };
        host = host.wrapping_add(host_step);
        if host > within {
            return guest;
        }
        guest = guest.wrapping_add(guest_step);
    }
}

/// Skips the map; what follows comes next.
pub fn skip(bytes: &mut impl Iterator<Item = u8>) {
    loop {
        match bytes.next() {
            None | Some(END) => return,
            Some(LONG) => {
                varint::take(bytes);
                varint::take(bytes);
            }
            Some(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_offset_finds_its_instruction() {
        let entry = |host, guest| PcMapEntry { host, guest };
        let map = [
            entry(0, 0),
            entry(3, 2),
            entry(3, 6),
            entry(65, 8),
            entry(128, 12),
            entry(129, -4000),
            entry(4000, -3998),
        ];
        let mut bytes = Vec::new();
        put(&map, &mut bytes);
        bytes.push(77);
        for within in 0..5000 {
            let expected = map.iter().rfind(|e| e.host <= within).map_or(0, |e| e.guest);
            assert_eq!(find(bytes.iter().copied(), within), expected, "at {within}");
        }
        let mut rest = bytes.into_iter();
        skip(&mut rest);
        assert_eq!(rest.next(), Some(77));
    }

    #[test]
    fn a_block_that_begins_elsewhere_has_its_first_entry() {
        let mut bytes = Vec::new();
        put(&[PcMapEntry { host: 0, guest: -8 }], &mut bytes);
        assert_eq!(find(bytes.iter().copied(), 0), -8);
    }
}
