//! Reduces a program that differs to the instructions that matter.

use std::fmt::Write;

use guest::GuestAddr;
use ir::Frontend;
use libtest_mimic::Failed;
use riscv64::Riscv64;
use riscv64::regs::{F_NAMES, X_NAMES};

use crate::compare::{Difference, difference_on};
use crate::generate::Item;
use crate::program::{DUMP, FCSR, Program};

/// Programs run at most to reduce one.
const MOST_RUNS: usize = 600;

struct Reducer {
    program: Program,
    difference: Difference,
    runs: usize,
}

/// What differs, as few instructions as can be.
pub fn report(program: Program, difference: Difference) -> Result<String, Failed> {
    let mut reducer = Reducer { program, difference, runs: 0 };
    reducer.rounds();
    reducer.chunks();
    reducer.items();
    reducer.rounds();
    reducer.one_a_chunk();
    Ok(reducer.text())
}

impl Reducer {
    /// Takes `program` in place of the present one if it still differs.
    fn accept(&mut self, program: Program) -> bool {
        self.runs += 1;
        if self.runs > MOST_RUNS {
            return false;
        }
        let Some(difference) = difference_on(&program, self.difference.engine) else {
            return false;
        };
        (self.program, self.difference) = (program, difference);
        true
    }

    /// No rounds behind the one that differs; none before, if that does.
    fn rounds(&mut self) {
        let words = DUMP / 8 * self.program.chunks.len().max(1);
        let last = self.difference.first().map_or(self.program.rounds, |word| word / words + 1);
        for rounds in [1, 2, last / 4, last / 2, last] {
            if (1..self.program.rounds).contains(&rounds)
                && self.accept(Program { rounds, ..self.program.clone() })
            {
                return;
            }
        }
    }

    /// As few chunks as can be.
    fn chunks(&mut self) {
        let mut step = self.program.chunks.len().div_ceil(2);
        while step > 0 {
            let mut at = 0;
            while at < self.program.chunks.len() {
                let mut program = self.program.clone();
                let end = (at + step).min(program.chunks.len());
                program.chunks.drain(at..end);
                if program.chunks.is_empty() || !self.accept(program) {
                    at += step;
                }
            }
            step /= 2;
        }
    }

    fn len(&self) -> usize {
        self.program.chunks.iter().map(Vec::len).sum()
    }

    /// As few items as can be.
    fn items(&mut self) {
        let mut step = self.len().div_ceil(2);
        while step > 0 {
            let (mut at, before) = (0, self.len());
            while at < self.len() {
                let program = self.without(at, step);
                if !self.accept(program) {
                    at += step;
                }
            }
            if step > 1 || self.len() == before || self.runs > MOST_RUNS {
                step /= 2;
            }
        }
    }

    fn without(&self, from: usize, count: usize) -> Program {
        let mut number = 0..;
        let mut program = self.program.clone();
        for chunk in &mut program.chunks {
            chunk.retain(|_| !(from..from + count).contains(&number.next().expect("endless")));
        }
        program
    }

    /// Each item in a chunk of its own, to see the registers around it.
    fn one_a_chunk(&mut self) {
        let items = self.program.chunks.iter().flatten().cloned();
        let mut chunks: Vec<Vec<Item>> = items.map(|item| vec![item]).collect();
        chunks.insert(0, Vec::new());
        self.runs = 0;
        self.accept(Program { chunks, ..self.program.clone() });
    }

    fn text(&self) -> String {
        let mut out = String::new();
        let Difference { engine, got, expected } = &self.difference;
        let _ = writeln!(out, "{engine} differs from qemu, in {} rounds of", self.program.rounds);
        let first = self.difference.first();
        let words = DUMP / 8;
        let chunk = first.map(|word| word / words % self.program.chunks.len());
        for (i, items) in self.program.chunks.iter().enumerate() {
            let mark = if Some(i) == chunk { ">" } else { " " };
            items.iter().for_each(|item| listing(&mut out, mark, &item.code));
        }
        if got.status() != expected.status() {
            let _ = writeln!(out, "{engine}: {}", got.describe());
        }
        match first {
            Some(word) if word / words < self.program.dumps() => {
                registers(&mut out, word / words, &got.stdout, &expected.stdout);
            }
            Some(word) => {
                let offset = (word - self.program.dumps() * words) * 8;
                let _ = writeln!(out, "memory differs at +{offset} of the scratch page");
            }
            None => {}
        }
        out
    }
}

fn listing(out: &mut String, mark: &str, code: &[u8]) {
    let mut at = 0;
    while at < code.len() {
        let listing = Riscv64::new().disassemble(GuestAddr(0), &code[at..]);
        let word: String =
            code[at..at + listing.len].iter().rev().map(|b| format!("{b:02x}")).collect();
        let _ = writeln!(out, "{mark} {word:>8}  {}", listing.text);
        at += listing.len;
    }
}

/// What differs in a dump, and the registers of the listing before and behind it.
fn registers(out: &mut String, dump: usize, got: &[u8], expected: &[u8]) {
    let mentioned = out.clone();
    let word = |bytes: &[u8], dump: usize, i: usize| {
        let at = dump * DUMP + i * 8;
        let bytes = bytes.get(at..at + 8).unwrap_or(&[0; 8]);
        u64::from_le_bytes(bytes.try_into().expect("8 bytes"))
    };
    for i in 1..64 {
        let (g, e) = (word(got, dump, i), word(expected, dump, i));
        if g != e {
            let _ = writeln!(out, "  {:<5} is {g:#018x}, not {e:#018x}", name(i));
        }
    }
    let all = |dump: usize| {
        let each = (1..64).filter(|i| mentioned.contains(name(*i)));
        each.map(|i| format!(" {}={:#x}", name(i), word(expected, dump, i))).collect::<String>()
    };
    if dump > 0 {
        let _ = writeln!(out, "before:{}", all(dump - 1));
    }
    let _ = writeln!(out, "behind:{}", all(dump));
}

/// The name of a dump's word.
pub fn name(i: usize) -> &'static str {
    match i {
        FCSR => "fcsr",
        0..=30 => X_NAMES[i],
        _ => F_NAMES[i - 32],
    }
}
