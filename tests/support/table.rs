//! The frontend's instruction table, read as text: what the generators of random code choose
//! from, so that an instruction is tested as soon as it has a row.

use std::sync::LazyLock;

use super::rng::Rng;

/// An instruction.
#[derive(Clone, Debug)]
pub struct Row {
    /// The fixed bits.
    pub mask: u32,
    /// Their values.
    pub value: u32,
    /// 2 or 4.
    pub len: usize,
    /// Name in the assembler.
    pub name: &'static str,
    /// Where its operands are; the name of a layout in the frontend's `fields`.
    pub format: &'static str,
    /// The fixed bits and the letters of the fields, the highest bit first.
    pub bits: String,
}

impl Row {
    /// The mask of the bits with this letter.
    pub fn field(&self, letter: char) -> u32 {
        self.bits.chars().fold(0, |mask, c| mask << 1 | (c == letter) as u32)
    }
    /// A word of this row with `number` in the field of `letter`.
    pub fn with(&self, word: u32, letter: char, number: u32) -> u32 {
        let mask = self.field(letter);
        word & !mask | (number << mask.trailing_zeros()) & mask
    }
    /// A word of this row with random fields.
    pub fn random(&self, rng: &mut Rng) -> u32 {
        self.value | rng.word() & !self.mask & self.all()
    }
    /// All bits that a word of this length has.
    fn all(&self) -> u32 {
        if self.len == 4 { u32::MAX } else { 0xffff }
    }
    /// The bytes of a word of this row.
    pub fn bytes(&self, word: u32) -> Vec<u8> {
        word.to_le_bytes()[..self.len].to_vec()
    }
}

/// Every instruction that exists, in the table's order.
pub static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
    const FILES: [&str; 5] = [
        include_str!("../../frontends/riscv64/src/table/base.rs"),
        include_str!("../../frontends/riscv64/src/table/bits.rs"),
        include_str!("../../frontends/riscv64/src/table/float.rs"),
        include_str!("../../frontends/riscv64/src/table/half.rs"),
        include_str!("../../frontends/riscv64/src/table/compressed.rs"),
    ];
    let rows: Vec<Row> = FILES.iter().flat_map(|text| text.lines().filter_map(row)).collect();
    assert!(rows.len() > 300, "the table's form has changed");
    rows
});

/// Reads `"bits" "name" Format lift;`.
fn row(line: &'static str) -> Option<Row> {
    let line = line.trim().trim_start_matches("#special ");
    let (bits, rest) = line.strip_prefix('"')?.split_once('"')?;
    let (name, rest) = rest.trim_start().strip_prefix('"')?.split_once('"')?;
    let format = rest.split_whitespace().next()?;
    let bits: String = bits.chars().filter(|c| *c != ' ').collect();
    let fold = |set: &dyn Fn(char) -> bool| bits.chars().fold(0, |n, c| n << 1 | set(c) as u32);
    let mask = fold(&|c| matches!(c, '0' | '1'));
    let value = fold(&|c| c == '1');
    let len = bits.len() / 8;
    (!matches!(format, "Reserved" | "Open")).then_some(Row { mask, value, len, name, format, bits })
}

/// The row called `name`.
pub fn by_name(name: &str) -> &'static Row {
    ROWS.iter().find(|row| row.name == name).unwrap_or_else(|| panic!("no instruction {name}"))
}
