//! The instruction table: one row an instruction, a file a group of chapters.
//!
//! A row is `"bits" "mnemonic" Layout lift;`. In the bits, 0 and 1 are fixed; letters name
//! fields and are free. `#special` marks a row that takes words from a wider one. A mnemonic
//! that ends in a dot is completed by the number in the immediate.

mod base;
mod bits;
mod compressed;
mod float;
mod half;
mod open;

use crate::fields::{Format, Operands};
use crate::lifter::Lifter;

/// Lifts one instruction.
pub type Lift = fn(&mut Lifter<'_>, Operands);

/// One instruction.
#[derive(Debug)]
pub struct Row {
    /// The fixed bits.
    pub mask: u32,
    /// Their values.
    pub value: u32,
    /// 16 or 32 bits.
    pub width: u32,
    /// The row's words also match wider rows, which it takes precedence over.
    #[cfg(test)]
    pub special: bool,
    /// Name in the assembler.
    pub name: &'static str,
    /// Where its operands are.
    pub format: Format,
    /// What it does.
    pub lift: Lift,
}

impl Row {
    /// True if `word` is this instruction, other rows aside.
    pub const fn matches(&self, word: u32) -> bool {
        word & self.mask == self.value
    }
    /// True if `other` is the same row; the address does not tell, as the compiler may copy rows.
    #[cfg(test)]
    pub fn is(&self, other: &Row) -> bool {
        (self.name, self.mask, self.value) == (other.name, other.mask, other.value)
    }
    /// False for words that are no instruction, or one that is not implemented.
    pub const fn exists(&self) -> bool {
        !matches!(self.format, Format::Reserved | Format::Open)
    }
}

/// Every row.
pub static TABLES: &[&[Row]] =
    &[base::ROWS, bits::ROWS, float::ROWS, half::ROWS, compressed::ROWS, open::ROWS];

/// (mask, value, width) of a row's bits; anything but 16 or 32 of them fails the build.
pub(crate) const fn pattern(text: &str) -> (u32, u32, u32) {
    let text = text.as_bytes();
    let (mut mask, mut value, mut width, mut i) = (0u32, 0u32, 0, 0);
    while i < text.len() {
        if text[i] != b' ' {
            mask = mask << 1 | (text[i] == b'0' || text[i] == b'1') as u32;
            value = value << 1 | (text[i] == b'1') as u32;
            width += 1;
        }
        i += 1;
    }
    assert!(width == 16 || width == 32, "a row has 16 or 32 bits");
    (mask, value, width)
}

macro_rules! rows {
    ($($(#$special:ident)? $bits:literal $name:literal $format:ident $lift:expr;)*) => {
        pub static ROWS: &[crate::table::Row] = &[$({
            const BITS: (u32, u32, u32) = crate::table::pattern($bits);
            crate::table::Row {
                mask: BITS.0,
                value: BITS.1,
                width: BITS.2,
                #[cfg(test)]
                special: rows!(@special $($special)?),
                name: $name,
                format: crate::fields::Format::$format,
                lift: $lift,
            }
        }),*];
    };
    (@special special) => { true };
    (@special) => { false };
}
pub(crate) use rows;
