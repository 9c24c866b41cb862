//! RV64GC as capstone reads it: a second opinion, independent of LLVM's current tables.
//!
//! Capstone knows these extensions and no others, and prints aliases; the aliases are written
//! out before the texts are compared.

mod aliases;
mod gc;

use capstone::arch::riscv::{ArchExtraMode, ArchMode};
use capstone::prelude::*;

use super::differences::{Difference, OPCODE, csr_by_number, defined_illegal, fence_fields};
use super::{Random, rows, word};
use crate::decode::Decoded;
use crate::disasm;
use crate::table::Row;

const DIFFERENCES: &[Difference] = &[
    Difference {
        why: "capstone does not know the compressed HINTs",
        explains: |word, ours, theirs| {
            let writes_zero = word >> 7 & 31 == 0;
            let name = ours.and_then(|text| text.split(' ').next());
            let hints = ["c.add", "c.li", "c.lui", "c.mv", "c.nop", "c.slli"];
            writes_zero && theirs.is_none() && name.is_some_and(|n| hints.contains(&n))
        },
    },
    Difference {
        why: "capstone leaves out the immediate of a c.nop that is a HINT",
        explains: |_, ours, theirs| {
            ours.is_some_and(|text| text.starts_with("c.nop ")) && theirs == Some("c.nop")
        },
    },
    Difference {
        why: "c.lui of 0 is reserved, or one of Zcmop's",
        explains: |word, ours, theirs| {
            word & 0xf07f == 0x6001
                && ours.is_none()
                && theirs.is_some_and(|t| t.starts_with("c.lui ") && t.ends_with(", 0"))
        },
    },
    Difference {
        why: "the manual has fences ignore the fields that capstone wants to be 0",
        explains: fence_fields,
    },
    Difference {
        why: "capstone has no word for the empty set of a fence",
        explains: |_, ours, theirs| {
            ours.zip(theirs).is_some_and(|(a, b)| a == b.replace("unknown", "0"))
        },
    },
    Difference {
        why: "conversions that are exact take any rounding mode",
        explains: |_, ours, theirs| {
            let exact = ["fcvt.d.s ", "fcvt.d.w ", "fcvt.d.wu "];
            theirs.is_none() && ours.is_some_and(|text| exact.iter().any(|n| text.starts_with(n)))
        },
    },
    Difference {
        why: "CSRs that user programs can't read are listed by number",
        explains: csr_by_number,
    },
    Difference {
        why: "privileged instructions are illegal in user programs",
        explains: |word, ours, theirs| {
            let name = theirs.and_then(|text| text.split(' ').next());
            let privileged = ["mret", "sret", "uret", "wfi", "sfence.vma"];
            word & OPCODE == 0x73 && ours.is_none() && name.is_some_and(|n| privileged.contains(&n))
        },
    },
    Difference {
        why: "the all-zero word is defined to be illegal; capstone has a name for it",
        explains: defined_illegal,
    },
];

fn engine() -> Capstone {
    let compressed = [ArchExtraMode::RiscVC].into_iter();
    let builder = Capstone::new().riscv().mode(ArchMode::RiscV64).extra_mode(compressed);
    builder.build().expect("capstone knows RISC-V")
}

/// What capstone makes of a word, with its aliases written out.
fn theirs(engine: &Capstone, word: u32) -> Option<String> {
    let bytes = &word.to_le_bytes()[..if word & 3 == 3 { 4 } else { 2 }];
    let listing = engine.disasm_count(bytes, 0, 1).expect("capstone disassembles");
    let insn = listing.first()?;
    Some(aliases::written_out(insn.mnemonic()?, insn.op_str().unwrap_or("")))
}

/// Our listing of a word of RV64GC, without the rounding mode that capstone leaves out.
fn ours(bits: u32) -> Option<String> {
    let Decoded::Insn(insn) = word(bits) else { return None };
    let text = match insn.row.name {
        hint if hint.starts_with("prefetch.") => aliases::prefetch(bits),
        name if gc::NAMES.contains(&name) => disasm::text(&insn),
        _ => return None,
    };
    Some(text.trim_end_matches(", dyn").to_string())
}

/// Fails with the first differences that nothing explains.
fn compare(words: impl Iterator<Item = u32>) {
    let engine = engine();
    let mut count = 0;
    let unexplained: Vec<_> = words
        .inspect(|_| count += 1)
        .map(|word| (word, ours(word), theirs(&engine, word)))
        .filter(|(word, ours, theirs)| ours != theirs && !explained(*word, ours, theirs))
        .map(|(word, ours, theirs)| format!("{word:#010x}: {ours:?}, capstone has {theirs:?}"))
        .take(60)
        .collect();
    assert!(unexplained.is_empty(), "within {count} words:\n{}", unexplained.join("\n"));
}

fn explained(word: u32, ours: &Option<String>, theirs: &Option<String>) -> bool {
    DIFFERENCES.iter().any(|d| (d.explains)(word, ours.as_deref(), theirs.as_deref()))
}

/// A word of the row whose fields often hold what has an alias: 0, 1, all ones, twice the same.
fn likely_alias(random: &mut Random, row: &Row) -> u32 {
    const FIELDS: [(u32, u32); 4] = [(7, 5), (15, 5), (20, 5), (20, 12)];
    let mut filled = random.next();
    for (low, len) in FIELDS {
        let mask = ((1 << len) - 1) << low;
        let value = match random.next() & 15 {
            0 | 1 => 0,
            2 => 1 << low,
            3 => mask,
            4 => filled >> 15 << low,
            _ => filled,
        };
        filled = filled & !mask | value & mask;
    }
    row.value | filled & !row.mask
}

#[test]
fn all_16_bit_words_read_as_capstone_reads_them() {
    compare((0..=0xffff).filter(|word| word & 3 != 3));
}

#[test]
fn words_of_every_row_read_as_capstone_reads_them() {
    const EACH: usize = 5000;
    let mut random = Random::new();
    let rows: Vec<_> = rows().filter(|row| row.width == 32).collect();
    compare((0..EACH * rows.len()).map(|n| likely_alias(&mut random, rows[n % rows.len()])));
}

/// Words that are an instruction but for one bit.
#[test]
fn near_misses_read_as_capstone_reads_them() {
    const EACH: usize = 2000;
    let mut random = Random::new();
    let rows: Vec<_> = rows().filter(|row| row.width == 32).collect();
    compare((0..EACH * rows.len()).map(|n| {
        let flipped = 1 << (2 + random.next() % 30);
        likely_alias(&mut random, rows[n % rows.len()]) ^ flipped
    }));
}

#[test]
fn random_words_read_as_capstone_reads_them() {
    let mut random = Random::new();
    compare((0..1_000_000).map(|_| random.next() | 3));
}
