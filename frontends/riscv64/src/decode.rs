//! From bytes to rows.
//!
//! A 16-bit word indexes a table of all 65536. A 32-bit word is found through its opcode and
//! functions: bits 6 to 2, 14 to 12 and 31 to 25 select a list of, nearly always, one row.

use std::sync::LazyLock;

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
        [a, b, ..] if a & 3 != 3 => half(u16::from_le_bytes([a, b])),
        [a, b, c, d, ..] => full(u32::from_le_bytes([a, b, c, d])),
        _ => Decoded::Missing,
    }
}

fn half(word: u16) -> Decoded {
    let index = INDEX.half[word as usize];
    match INDEX.rows.get(index as usize) {
        Some(row) if row.exists() => {
            let operands = row.format.operands(word as u32);
            Decoded::Insn(Insn { row, operands, len: 2 })
        }
        _ => Decoded::Illegal(2),
    }
}

fn full(word: u32) -> Decoded {
    let key = key(word);
    let range = INDEX.starts[key] as usize..INDEX.starts[key + 1] as usize;
    for &index in &INDEX.lists[range] {
        let row = INDEX.rows[index as usize];
        if row.matches(word) {
            let operands = row.format.operands(word);
            if !row.exists() || (row.mask & 0x7000 == 0 && bad_round(row.format, operands)) {
                break;
            }
            return Decoded::Insn(Insn { row, operands, len: 4 });
        }
    }
    Decoded::Illegal(4)
}

/// Rounding modes 5 and 6 are reserved.
fn bad_round(format: Format, operands: Operands) -> bool {
    use Format::*;
    matches!(format, F4m | F3m | F2m | F2k | FToXm | XToFm | XToFk)
        && matches!(operands.mode, 5 | 6)
}

const KEY_BITS: u32 = 15;

/// The bits of a word that select its list.
const fn key(word: u32) -> usize {
    ((word >> 2 & 0x1f) << 10 | (word >> 12 & 7) << 7 | word >> 25) as usize
}

struct Index {
    rows: Vec<&'static Row>,
    /// Row of each 16-bit word.
    half: Vec<u16>,
    /// Start of each key's list in `lists`, and the end of the last.
    starts: Vec<u16>,
    lists: Vec<u16>,
}

static INDEX: LazyLock<Index> = LazyLock::new(Index::build);

impl Index {
    fn build() -> Index {
        let mut rows: Vec<&'static Row> = TABLES.iter().copied().flatten().collect();
        // Special rows, which fix more bits than those they take words from, come first.
        rows.sort_by_key(|row| std::cmp::Reverse(row.mask.count_ones()));
        let half = index_half(&rows);
        let (starts, lists) = index_full(&rows);
        Index { rows, half, starts, lists }
    }
}

fn index_half(rows: &[&Row]) -> Vec<u16> {
    let mut half = vec![u16::MAX; 1 << 16];
    for (index, row) in rows.iter().enumerate().rev().filter(|(_, row)| row.width == 16) {
        each_match(row.mask, row.value, 16, |word| half[word as usize] = index as u16);
    }
    half
}

fn index_full(rows: &[&Row]) -> (Vec<u16>, Vec<u16>) {
    let mut pairs: Vec<(u16, u16)> = Vec::with_capacity(1 << 14);
    for (index, row) in rows.iter().enumerate().filter(|(_, row)| row.width == 32) {
        let (mask, value) = (key(row.mask) as u32, key(row.value) as u32);
        each_match(mask, value, KEY_BITS, |key| pairs.push((key as u16, index as u16)));
    }
    pairs.sort_unstable();
    let mut starts = vec![0u16; (1 << KEY_BITS) + 1];
    for &(key, _) in &pairs {
        starts[key as usize + 1] += 1;
    }
    for key in 0..1 << KEY_BITS {
        starts[key + 1] += starts[key];
    }
    (starts, pairs.into_iter().map(|(_, row)| row).collect())
}

/// Calls `go` with every number of `width` bits that has the bits of `value` where `mask` is set.
fn each_match(mask: u32, value: u32, width: u32, mut go: impl FnMut(u32)) {
    let free = !mask & ((1 << width) - 1);
    let mut bits = free;
    loop {
        go(value | bits);
        if bits == 0 {
            return;
        }
        bits = (bits - 1) & free;
    }
}
