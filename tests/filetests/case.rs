//! One case: `WORDS  ASSEMBLY | INPUTS => RESULTS`.

use guest::GuestAddr;
use ir::Frontend;
use riscv64::Riscv64;
use riscv64::regs::{F_NAMES, X_NAMES};

/// Where the words of the first case lie; each case has [`SLOT`] bytes.
pub const CODE: u64 = 0x4000_0000;
/// Bytes of code a case may have.
pub const SLOT: u64 = 128;
/// The page of memory that a case may use.
pub const DATA: u64 = 0x5000_0000;
/// Its size.
pub const DATA_LEN: u64 = 4096;
/// Words of it that a case can set, and that are looked at behind it.
pub const CELLS: usize = 32;

/// What a case starts from, and what it leaves.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct State {
    /// Integer registers.
    pub x: [u64; 32],
    /// Floating-point registers.
    pub f: [u64; 32],
    /// `fflags`.
    pub fflags: u64,
    /// `frm`.
    pub frm: u64,
    /// The first words of the memory.
    pub cells: [u64; CELLS],
}

/// A case.
#[derive(Clone, Debug)]
pub struct Case {
    /// The instructions, one byte string each.
    pub words: Vec<Vec<u8>>,
    /// Their assembly as the file has it.
    pub assembly: String,
    /// The inputs as the file has them.
    pub inputs: String,
    /// The results as the file has them.
    pub results: String,
    settings: Vec<(String, String)>,
}

/// False for comments and empty lines.
pub fn is_case(line: &str) -> bool {
    !line.trim().is_empty() && !line.starts_with('#')
}

impl Case {
    /// Reads a line.
    pub fn parse(line: &str) -> Result<Case, String> {
        let (code, rest) = line.split_once('|').ok_or("no | in the line")?;
        let (inputs, results) = rest.split_once("=>").ok_or("no => in the line")?;
        let (words, assembly) = code.split_once("  ").unwrap_or((code, ""));
        let setting = |word: &str| {
            let (name, value) = word.split_once('=').ok_or(format!("`{word}` is no setting"))?;
            Ok((name.to_string(), value.to_string()))
        };
        Ok(Case {
            words: words.split_whitespace().map(bytes).collect::<Result<_, _>>()?,
            assembly: assembly.trim().to_string(),
            inputs: inputs.trim_end().to_string(),
            results: results.trim().to_string(),
            settings: inputs.split_whitespace().map(setting).collect::<Result<_, String>>()?,
        })
    }

    /// The line with these results.
    pub fn line(&self, results: &str) -> String {
        let words: Vec<String> = self.words.iter().map(|w| hex(w)).collect();
        let text = format!("{}  {} |{}", words.join(" "), self.listing(), self.inputs);
        format!("{text} => {results}").trim_end().to_string()
    }

    /// The frontend's assembly of the words.
    pub fn listing(&self) -> String {
        let text = |w: &Vec<u8>| Riscv64::new().disassemble(GuestAddr(CODE), w).text;
        self.words.iter().map(text).collect::<Vec<_>>().join("; ")
    }

    /// Code of the case.
    pub fn code(&self) -> Vec<u8> {
        self.words.concat()
    }

    /// The state before the case in slot `number`.
    pub fn before(&self, number: usize) -> Result<State, String> {
        let mut state = State::filler();
        for (name, value) in &self.settings {
            *state.place(name).ok_or(format!("no register {name}"))? = number_of(value, number)?;
        }
        Ok(state)
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().rev().map(|b| format!("{b:02x}")).collect()
}

fn bytes(word: &str) -> Result<Vec<u8>, String> {
    let value = u32::from_str_radix(word, 16).map_err(|_| format!("`{word}` is no word"))?;
    match word.len() {
        4 | 8 => Ok(value.to_le_bytes()[..word.len() / 2].to_vec()),
        _ => Err(format!("`{word}` has not 4 or 8 digits")),
    }
}

/// `0x12`, `-1`, `D+8` (in the memory) or `C+4` (in the code).
fn number_of(text: &str, slot: usize) -> Result<u64, String> {
    let bad = || format!("`{text}` is no value");
    let (base, rest) = match text.as_bytes().first() {
        Some(b'D') => (DATA, &text[1..]),
        Some(b'C') => (code_at(slot), &text[1..]),
        _ => (0, text),
    };
    let rest = rest.strip_prefix('+').unwrap_or(rest);
    let (minus, digits) = rest.strip_prefix('-').map_or((false, rest), |d| (true, d));
    let value = match digits.strip_prefix("0x") {
        _ if digits.is_empty() => 0,
        Some(hex) => u64::from_str_radix(hex, 16).map_err(|_| bad())?,
        None => digits.parse().map_err(|_| bad())?,
    };
    Ok(base.wrapping_add(if minus { value.wrapping_neg() } else { value }))
}

/// A value as [`number_of`] reads it.
fn shown(value: u64, slot: usize) -> String {
    let offset = |base: u64, len: u64, letter: char| {
        let offset = value.wrapping_sub(base);
        (offset <= len).then(|| format!("{letter}+{offset}"))
    };
    let placed = offset(code_at(slot), SLOT, 'C').or_else(|| offset(DATA, DATA_LEN, 'D'));
    placed.unwrap_or_else(|| if value < 10 { value.to_string() } else { format!("{value:#x}") })
}

/// Where the code of the case in slot `number` lies.
pub fn code_at(number: usize) -> u64 {
    CODE + number as u64 * SLOT
}

impl State {
    /// What a case does not set: values that show where they came from.
    fn filler() -> State {
        let each = |base: u64| std::array::from_fn(|i| base + i as u64);
        let mut x = each(0x5a5a_0000_0000_0000);
        x[0] = 0;
        let (f, cells) = (each(0x4010_0000_0000_0000), each(0x1716_1514_1312_1100));
        State { x, f, fflags: 0, frm: 0, cells }
    }

    fn place(&mut self, name: &str) -> Option<&mut u64> {
        if let Some(i) = X_NAMES.iter().position(|n| *n == name) {
            return Some(&mut self.x[i]).filter(|_| i != 0);
        }
        if let Some(i) = F_NAMES.iter().position(|n| *n == name) {
            return Some(&mut self.f[i]);
        }
        match name {
            "fflags" => Some(&mut self.fflags),
            "frm" => Some(&mut self.frm),
            _ => {
                let offset: usize = name.strip_prefix('m')?.parse().ok()?;
                self.cells.get_mut(offset / 8).filter(|_| offset.is_multiple_of(8))
            }
        }
    }

    /// What differs from `before`, and how the case ended if not behind its last instruction.
    pub fn results(&self, before: &State, slot: usize, ending: &str) -> String {
        let mut parts = Vec::new();
        let mut part = |name: &str, old: u64, new: u64| {
            if old != new {
                parts.push(format!("{name}={}", shown(new, slot)));
            }
        };
        (0..32).for_each(|i| part(X_NAMES[i], before.x[i], self.x[i]));
        (0..32).for_each(|i| part(F_NAMES[i], before.f[i], self.f[i]));
        part("fflags", before.fflags, self.fflags);
        part("frm", before.frm, self.frm);
        (0..CELLS).for_each(|i| part(&format!("m{}", i * 8), before.cells[i], self.cells[i]));
        if !ending.is_empty() {
            parts.push(ending.to_string());
        }
        parts.join(" ")
    }
}

/// The place of an ending, for results.
pub fn place(addr: u64, slot: usize) -> String {
    shown(addr, slot)
}
