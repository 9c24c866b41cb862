//! Text of instructions, as `llvm-mc -M no-aliases` prints it.

use std::fmt::Write;

use ir::Listing;

use crate::decode::{Decoded, Insn, decode};
use crate::fields::{Format, Operands};
use crate::lift::zfa::LITERALS;
use crate::regs::{F_NAMES, X_NAMES};

/// Lists what `code` starts with; what does not decode is listed as data.
pub fn listing(code: &[u8]) -> Listing {
    match decode(code) {
        Decoded::Insn(insn) => Listing { text: text(&insn), len: insn.len as usize },
        Decoded::Illegal(2) => {
            Listing { text: format!(".half {:#06x}", number(&code[..2])), len: 2 }
        }
        Decoded::Illegal(_) => {
            Listing { text: format!(".word {:#010x}", number(&code[..4])), len: 4 }
        }
        Decoded::Missing if code.len() >= 2 => {
            Listing { text: format!(".half {:#06x}", number(&code[..2])), len: 2 }
        }
        Decoded::Missing if code.len() == 1 => {
            Listing { text: format!(".byte {:#04x}", code[0]), len: 1 }
        }
        Decoded::Missing => Listing { text: String::new(), len: 0 },
    }
}

/// Little-endian.
fn number(bytes: &[u8]) -> u32 {
    bytes.iter().rev().fold(0, |n, &byte| n << 8 | byte as u32)
}

/// One instruction.
pub fn text(insn: &Insn) -> String {
    let (row, o) = (insn.row, insn.operands);
    let mut out = String::from(row.name);
    if row.name.ends_with('.') {
        write!(out, "{}", o.imm).expect("a string takes everything");
    }
    if matches!(row.format, Format::Amo | Format::Lr) {
        out.push_str(["", ".rl", ".aq", ".aqrl"][o.mode as usize & 3]);
    }
    if !row.format.syntax().is_empty() {
        out.push(' ');
    }
    for letter in row.format.syntax().chars() {
        operand(&mut out, letter, &o);
    }
    out
}

/// Writes what a letter of a layout's syntax stands for; other characters stand for themselves.
fn operand(out: &mut String, letter: char, o: &Operands) {
    let done = match letter {
        'd' => write!(out, "{}", X_NAMES[o.rd as usize]),
        's' => write!(out, "{}", X_NAMES[o.rs1 as usize]),
        't' => write!(out, "{}", X_NAMES[o.rs2 as usize]),
        'D' => write!(out, "{}", F_NAMES[o.rd as usize]),
        'S' => write!(out, "{}", F_NAMES[o.rs1 as usize]),
        'T' => write!(out, "{}", F_NAMES[o.rs2 as usize]),
        'R' => write!(out, "{}", F_NAMES[o.rs3 as usize]),
        'i' => write!(out, "{}", o.imm),
        'u' => write!(out, "{}", o.imm as u32 >> 12),
        'z' => write!(out, "{}", o.rs1),
        'c' => csr(out, o.imm),
        'p' => fence_set(out, o.imm >> 4),
        'q' => fence_set(out, o.imm & 15),
        'm' => write!(out, "{}", round(o.mode)),
        'k' if o.mode == 0 => Ok(()),
        'k' => write!(out, ", {}", round(o.mode)),
        'l' => literal(out, o.rs1),
        other => write!(out, "{other}"),
    };
    done.expect("a string takes everything");
}

fn round(mode: u8) -> &'static str {
    ["rne", "rtz", "rdn", "rup", "rmm", "?", "?", "dyn"][mode as usize & 7]
}

fn csr(out: &mut String, csr: i32) -> std::fmt::Result {
    match csr {
        0x001 => write!(out, "fflags"),
        0x002 => write!(out, "frm"),
        0x003 => write!(out, "fcsr"),
        0xc00 => write!(out, "cycle"),
        0xc01 => write!(out, "time"),
        0xc02 => write!(out, "instret"),
        0xc03..=0xc1f => write!(out, "hpmcounter{}", csr - 0xc00),
        _ => write!(out, "{csr}"),
    }
}

fn fence_set(out: &mut String, set: i32) -> std::fmt::Result {
    if set == 0 {
        out.push('0');
    }
    for (bit, letter) in [(8, 'i'), (4, 'o'), (2, 'r'), (1, 'w')] {
        if set & bit != 0 {
            out.push(letter);
        }
    }
    Ok(())
}

fn literal(out: &mut String, n: u8) -> std::fmt::Result {
    let value = LITERALS[n as usize & 31];
    match n {
        1 => write!(out, "min"),
        30 => write!(out, "inf"),
        31 => write!(out, "nan"),
        2 | 3 => write!(out, "{}", if n == 2 { "1.52587890625e-05" } else { "3.0517578125e-05" }),
        _ if value.fract() == 0.0 => write!(out, "{value:.1}"),
        _ => write!(out, "{value}"),
    }
}
