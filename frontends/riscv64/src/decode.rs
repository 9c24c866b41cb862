//! From bytes to rows.
//!
//! A word is found through its opcode and functions: some of its bits select a list of, nearly
//! always, one row. Of a 32-bit word these are bits 6 to 2 and 14 to 12, and 31 to 25 where those are no
//! immediate; of a 16-bit one 15 to 10, 6 to 5 and 1 to 0. A short program touches few cache lines of all that.

mod index;

use crate::fields::{Format, Operands};
use crate::table::Row;
use index::{Entry, INDEX};

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
            find(INDEX.half(word), word, 2)
        }
        [a, b, c, d, ..] => {
            let word = u32::from_le_bytes([a, b, c, d]);
            find(INDEX.full(word), word, 4)
        }
        _ => Decoded::Missing,
    }
}

#[inline]
fn find(entry: Entry, word: u32, len: u8) -> Decoded {
    let found = match entry.only() {
        Some(row) => Some(row).filter(|row| row.matches(word)),
        None => INDEX.list(entry).find(|row| row.matches(word)),
    };
    let Some(row) = found else { return Decoded::Illegal(len) };
    let operands = row.format.operands(word);
    if !row.exists() || (row.mask & 0x7000 == 0 && bad_round(row.format, operands)) {
        return Decoded::Illegal(len);
    }
    Decoded::Insn(Insn { row, operands, len })
}

/// Rounding modes 5 and 6 are reserved.
fn bad_round(format: Format, operands: Operands) -> bool {
    use Format::*;
    matches!(format, F4m | F3m | F2m | F2k | FToXm | XToFm | XToFk)
        && matches!(operands.mode, 5 | 6)
}
