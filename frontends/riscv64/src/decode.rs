//! From bytes to rows.
//!
//! A word is found through its opcode and functions: some of its bits select a list of, nearly
//! always, one row. Of a 32-bit word these are bits 6 to 2, 14 to 12 and 31 to 25, of a 16-bit
//! one 15 to 10, 6 to 5 and 1 to 0.

use crate::fields::{Format, Operands};
use crate::table::{Row, TABLES};

/// One decoded instruction.
#[derive(Clone, Copy)]
pub struct Insn {
    /// Its row.
    pub row: &'static Row,
    /// Its operands.
    pub operands: Operands,
    /// Its length in bytes.
    pub len: u8,
}

/// What bytes decode to.
#[derive(Clone, Copy)]
pub enum Decoded {
    /// An instruction.
    Insn(Insn),
    /// No instruction; its length in bytes.
    Illegal(u8),
    /// The bytes end too early.
    Missing,
}

/// Decodes what `code` starts with.
#[inline]
pub fn decode(code: &[u8]) -> Decoded {
    match *code {
        [a, b, ..] if a & 3 != 3 => {
            let word = u16::from_le_bytes([a, b]) as u32;
            find(half_key(word), word, 2)
        }
        [a, b, c, d, ..] => {
            let word = u32::from_le_bytes([a, b, c, d]);
            find(full_key(word), word, 4)
        }
        _ => Decoded::Missing,
    }
}

fn find(key: usize, word: u32, len: u8) -> Decoded {
    let range = INDEX.starts[key] as usize..INDEX.starts[key + 1] as usize;
    for &index in &INDEX.lists[range] {
        let row = INDEX.rows[index as usize];
        if row.matches(word) {
            let operands = row.format.operands(word);
            if !row.exists() || (row.mask & 0x7000 == 0 && bad_round(row.format, operands)) {
                break;
            }
            return Decoded::Insn(Insn { row, operands, len });
        }
    }
    Decoded::Illegal(len)
}

/// Rounding modes 5 and 6 are reserved.
fn bad_round(format: Format, operands: Operands) -> bool {
    use Format::*;
    matches!(format, F4m | F3m | F2m | F2k | FToXm | XToFm | XToFk)
        && matches!(operands.mode, 5 | 6)
}

const FULL_BITS: u32 = 15;
const HALF_BITS: u32 = 10;
const KEYS: usize = (1 << FULL_BITS) + (1 << HALF_BITS);

/// The bits of a 32-bit word that select its list.
const fn full_key(word: u32) -> usize {
    ((word >> 2 & 0x1f) << 10 | (word >> 12 & 7) << 7 | word >> 25) as usize
}

/// The same of a 16-bit word. Few bits: a short program touches few cache lines of the index.
const fn half_key(word: u32) -> usize {
    (1 << FULL_BITS) + ((word >> 10 & 0x3f) << 4 | (word >> 5 & 3) << 2 | word & 3) as usize
}

struct Index {
    rows: [&'static Row; ROWS],
    /// Start of each key's list in `lists`, and the end of the last.
    starts: [u16; KEYS + 1],
    lists: [u16; LISTED],
}

/// Made by the compiler, so that no start of a process pays for it.
static INDEX: Index = {
    let rows = sorted();
    let starts = starts(&rows);
    Index { lists: lists(&rows, &starts), starts, rows }
};

const ROWS: usize = {
    let (mut count, mut table) = (0, 0);
    while table < TABLES.len() {
        count += TABLES[table].len();
        table += 1;
    }
    count
};

const LISTED: usize = starts(&sorted())[KEYS] as usize;

/// All rows. Special rows, which fix more bits than those they take words from, come first.
const fn sorted() -> [&'static Row; ROWS] {
    let mut rows = [&TABLES[0][0]; ROWS];
    let (mut at, mut fixed) = (0, u32::BITS + 1);
    while fixed > 0 {
        fixed -= 1;
        let mut table = 0;
        while table < TABLES.len() {
            let mut row = 0;
            while row < TABLES[table].len() {
                if TABLES[table][row].mask.count_ones() == fixed {
                    rows[at] = &TABLES[table][row];
                    at += 1;
                }
                row += 1;
            }
            table += 1;
        }
    }
    rows
}

const fn starts(rows: &[&Row; ROWS]) -> [u16; KEYS + 1] {
    let mut starts = [0; KEYS + 1];
    let mut index = 0;
    while index < ROWS {
        let mut key = Some(first_key(rows[index]));
        while let Some(k) = key {
            starts[k + 1] += 1;
            key = next_key(rows[index], k);
        }
        index += 1;
    }
    let mut key = 0;
    while key < KEYS {
        starts[key + 1] += starts[key];
        key += 1;
    }
    starts
}

const fn lists(rows: &[&Row; ROWS], starts: &[u16; KEYS + 1]) -> [u16; LISTED] {
    let mut lists = [0; LISTED];
    let mut ends = *starts;
    let mut index = 0;
    while index < ROWS {
        let mut key = Some(first_key(rows[index]));
        while let Some(k) = key {
            lists[ends[k] as usize] = index as u16;
            ends[k] += 1;
            key = next_key(rows[index], k);
        }
        index += 1;
    }
    lists
}

/// The first key of a row's words.
const fn first_key(row: &Row) -> usize {
    if row.width == 32 { full_key(row.value) } else { half_key(row.value) }
}

/// The key of a row's words that follows `at`: the next number that has the bits of the row's
/// value where its mask is set.
const fn next_key(row: &Row, at: usize) -> Option<usize> {
    let (base, mask, width) = if row.width == 32 {
        (0, full_key(row.mask), FULL_BITS)
    } else {
        (1 << FULL_BITS, half_key(row.mask) - (1 << FULL_BITS), HALF_BITS)
    };
    let free = !mask & ((1 << width) - 1);
    // The carry runs over the fixed bits.
    let bits = ((at - base) | !free).wrapping_add(1) & free;
    if bits == 0 {
        return None;
    }
    Some(base + ((at - base) & mask | bits))
}
