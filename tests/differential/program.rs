//! A guest program of random code: chunks, a dump of all registers behind each, several rounds.

use crate::generate::{BASE, Generator, Item};
use crate::support::asm::{self, Code};
use crate::support::elf::{self, RW, RX, Segment};
use crate::support::rng::Rng;

const CHUNKS: usize = 64;
const ITEMS: usize = 40;
const ROUNDS: usize = 50;
/// About how many instructions a program executes.
pub const EXECUTED: u64 = 350_000;

const CODE: u64 = 0x10_0000;
const SCRATCH: u64 = 0x2000_0000;
const TABLE: u64 = 0x2100_0000;
const OUTPUT: u64 = 0x2200_0000;
const SCRATCH_LEN: usize = 4096;
const TABLE_LEN: usize = 1024;
/// Bytes of a dump: x1-x30 in their places, `fcsr` in that of x31, then f0-f31.
pub const DUMP: usize = 512;
/// `fcsr` in a dump, as a word.
pub const FCSR: usize = 31;

// Offsets from the middle of the scratch memory that random code does not reach.
const POINTER: i32 = 1536;
const OUT: i32 = 1544;
const SAVED: i32 = 1552;
const LEFT: i32 = 1560;

/// A program.
#[derive(Clone)]
pub struct Program {
    /// What the values that it computes with are made from.
    pub seed: u64,
    /// The code.
    pub chunks: Vec<Vec<Item>>,
    /// How often all of it runs.
    pub rounds: usize,
}

impl Program {
    /// The program of a seed.
    pub fn random(seed: u64) -> Program {
        let mut generator = Generator::new(seed);
        let chunks = (0..CHUNKS).map(|_| chunk(&mut generator)).collect();
        Program { seed, chunks, rounds: ROUNDS }
    }

    /// Random instructions that it executes, each loop and each skipped one counted once.
    pub fn executed(&self) -> u64 {
        let insns: usize = self.chunks.iter().flatten().map(|item| count(&item.code)).sum();
        (insns * self.rounds) as u64
    }

    /// Dumps it writes.
    pub fn dumps(&self) -> usize {
        self.chunks.len() * self.rounds
    }

    /// Bytes it writes: the dumps, then the scratch memory.
    pub fn output_len(&self) -> usize {
        self.dumps() * DUMP + SCRATCH_LEN
    }

    /// As an executable.
    pub fn elf(&self) -> Vec<u8> {
        let mut code = Code::default();
        prologue(&mut code, SCRATCH, TABLE);
        let again = code.bytes.len();
        for chunk in &self.chunks {
            chunk.iter().for_each(|item| code.bytes.extend(&item.code));
            dump(&mut code);
        }
        next_round(&mut code, again, TABLE);
        let dumps = (self.dumps() * DUMP) as u64;
        code.write_all(1, OUTPUT, dumps);
        code.write_all(1, SCRATCH, SCRATCH_LEN as u64);
        code.exit(0);
        let segment = |addr, bytes, size, flags| Segment { addr, bytes, size, flags };
        let segments = [
            segment(CODE, code.bytes, 0, RX),
            segment(SCRATCH, scratch(self.seed, self.rounds, TABLE, OUTPUT), 0, RW),
            segment(TABLE, table(self.seed), 0, RW),
            segment(OUTPUT, Vec::new(), dumps.max(8), RW),
        ];
        elf::executable(CODE, &segments)
    }
}

/// The values that registers are loaded with.
pub fn table(seed: u64) -> Vec<u8> {
    let mut rng = Rng::new(seed ^ 0x7ab1e);
    (0..TABLE_LEN).flat_map(|_| rng.value().to_le_bytes()).collect()
}

/// What random code accesses, and what the code around it needs: the table's and the output's addresses.
pub fn scratch(seed: u64, rounds: usize, table: u64, output: u64) -> Vec<u8> {
    let mut rng = Rng::new(seed ^ 0x5c7a7c4);
    let mut bytes: Vec<u8> = (0..SCRATCH_LEN / 8).flat_map(|_| rng.value().to_le_bytes()).collect();
    for (offset, value) in [(POINTER, table), (OUT, output), (LEFT, rounds as u64)] {
        let at = (SCRATCH_LEN as i32 / 2 + offset) as usize;
        bytes[at..at + 8].copy_from_slice(&value.to_le_bytes());
    }
    bytes
}

/// Instructions in a piece of code.
pub fn count(code: &[u8]) -> usize {
    let (mut at, mut n) = (0, 0);
    while at < code.len() {
        at += if code[at] & 3 == 3 { 4 } else { 2 };
        n += 1;
    }
    n
}

/// Fresh values for some registers, then random code.
fn chunk(generator: &mut Generator) -> Vec<Item> {
    let mut items: Vec<Item> = (0..10).map(|_| fresh(&mut generator.rng)).collect();
    if generator.rng.once_in(2) {
        let mode = asm::csrrwi(0, asm::FRM, generator.rng.below(5) as u32);
        items.push(Item { code: mode.to_le_bytes().to_vec() });
    }
    items.extend((0..ITEMS).map(|_| generator.item(1 << BASE)));
    items
}

/// Loads a register from the table, at a place that moves from round to round.
pub fn fresh(rng: &mut Rng) -> Item {
    let (pointer, at) = (30, rng.below(256) as i32 * 8);
    let load = match rng.below(2) {
        0 => asm::ld(1 + rng.below(30) as u32, at, pointer),
        _ => asm::fld(rng.below(32) as u32, at, pointer),
    };
    let words = [asm::ld(pointer, POINTER, BASE), load];
    Item { code: words.iter().flat_map(|w| w.to_le_bytes()).collect() }
}

/// Loads all registers, [`BASE`] with the middle of the scratch memory.
pub fn prologue(code: &mut Code, scratch: u64, table: u64) {
    code.number(BASE, table);
    (0..32).for_each(|r| code.word(asm::fld(r, r as i32 * 8, BASE)));
    (1..31).for_each(|r| code.word(asm::ld(r, 256 + r as i32 * 8, BASE)));
    code.number(BASE, scratch + SCRATCH_LEN as u64 / 2);
}

/// Writes all registers to the output, clears the flags, and leaves the registers as they were.
pub fn dump(code: &mut Code) {
    code.words(&[asm::sd(30, SAVED, BASE), asm::ld(30, OUT, BASE)]);
    (1..30).for_each(|r| code.word(asm::sd(r, r as i32 * 8, 30)));
    code.words(&[asm::ld(1, SAVED, BASE), asm::sd(1, 240, 30)]);
    (0..32).for_each(|r| code.word(asm::fsd(r, 256 + r as i32 * 8, 30)));
    code.words(&[asm::csrrs(1, asm::FCSR, 0), asm::sd(1, FCSR as i32 * 8, 30)]);
    code.words(&[asm::csrrw(0, asm::FFLAGS, 0), asm::addi(30, 30, DUMP as i32)]);
    code.words(&[asm::sd(30, OUT, BASE), asm::ld(1, 8 - DUMP as i32, 30)]);
    code.word(asm::ld(30, SAVED, BASE));
}

/// Moves the pointer into the table, and jumps back while rounds are left.
pub fn next_round(code: &mut Code, again: usize, table: u64) {
    code.word(asm::ld(29, POINTER, BASE));
    code.number(28, table);
    // The offset stays a multiple of 8 below 4096; loads reach another 2048 bytes.
    code.words(&[asm::addi(29, 29, 296), asm::slli(29, 29, 52), asm::srli(29, 29, 52)]);
    code.words(&[asm::add(29, 29, 28), asm::sd(29, POINTER, BASE)]);
    code.words(&[asm::ld(29, LEFT, BASE), asm::addi(29, 29, -1), asm::sd(29, LEFT, BASE)]);
    code.word(asm::branch(0, 29, 0, 8));
    let back = again as i32 - code.bytes.len() as i32;
    code.word(asm::jal(0, back));
}
