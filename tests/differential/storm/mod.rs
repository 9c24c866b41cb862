//! Random code in hot loops and functions, while pages come and go under it, a timer's signals arrive,
//! and it stores into itself. Its handler of faults folds every register of the interrupted state into a
//! sum; that of the timer spoils the registers, which the way back has to restore.

mod check;
mod handlers;
mod pieces;

use crate::generate::{BASE, Generator};
use crate::program::{self, DUMP};
use crate::support::asm::{self, Code};
use crate::support::elf::{self, RW, RX, Segment};
use crate::support::rng::Rng;
use handlers::Handlers;

pub use check::{Totals, check};

const FUNCTIONS: usize = 24;
const ROUNDS: usize = 6;
/// About how many random instructions a program executes.
pub const EXECUTED: u64 = 700_000;

const CODE: u64 = 0x10_0000;
const HANDLERS: u64 = 0x1f00_0000;
const SCRATCH: u64 = 0x2000_0000;
const TABLE: u64 = 0x2100_0000;
const OUTPUT: u64 = 0x2200_0000;
/// The page that comes and goes.
const FLIPPED: u64 = 0x2300_0000;
const ALTERNATE: u64 = 0x2400_0000;
const ALTERNATE_LEN: u64 = 0x1_0000;
/// What system calls are given, and how often the timer's signal came.
const CALLS: u64 = 0x2500_0000;
const PAGE: u64 = 4096;
const RWX: u32 = 7;

// Offsets from the middle of the scratch memory that random code does not reach.
const LINK: i32 = 1568;
const SUM: i32 = 1576;
const FAULTS: i32 = 1584;
const SPARE: i32 = 1600;

/// A program.
pub struct Storm {
    seed: u64,
    functions: Vec<Function>,
}

/// A loop in a function.
struct Function {
    code: Vec<u8>,
    /// Random instructions that a call executes; those that are skipped, and the rounds of inner loops, count once.
    executed: u64,
}

impl Storm {
    /// The program of a seed.
    pub fn random(seed: u64) -> Storm {
        let mut generator = Generator::new(seed ^ 0x5702_3000);
        let functions = (0..FUNCTIONS).map(|_| function(&mut generator)).collect();
        Storm { seed, functions }
    }

    /// Random instructions that it executes.
    pub fn executed(&self) -> u64 {
        self.functions.iter().map(|f| f.executed).sum::<u64>() * ROUNDS as u64
    }

    fn dumps(&self) -> usize {
        FUNCTIONS * ROUNDS
    }

    /// As an executable.
    pub fn elf(&self) -> Vec<u8> {
        let (mut code, mut starts) = (Code::default(), Vec::new());
        for function in &self.functions {
            starts.push(code.bytes.len());
            code.bytes.extend(&function.code);
            program::dump(&mut code);
            code.words(&[asm::ld(1, LINK, BASE), asm::jalr(0, 0, 1)]);
        }
        let entry = CODE + code.bytes.len() as u64;
        self.main(&mut code, &starts);
        let segment = |addr, bytes, size, flags| Segment { addr, bytes, size, flags };
        let handlers = Handlers::new();
        let segments = [
            segment(CODE, code.bytes, 0, RWX),
            segment(HANDLERS, handlers.code, 0, RX),
            segment(SCRATCH, self.scratch(), 0, RW),
            segment(TABLE, program::table(self.seed), 0, RW),
            segment(OUTPUT, Vec::new(), (self.dumps() * DUMP) as u64, RW),
            segment(FLIPPED, self.flipped(), 0, RW),
            segment(ALTERNATE, Vec::new(), ALTERNATE_LEN, RW),
            segment(CALLS, handlers.structures, PAGE, RW),
        ];
        elf::executable(entry, &segments)
    }

    fn scratch(&self) -> Vec<u8> {
        let mut bytes = program::scratch(self.seed, ROUNDS, TABLE, OUTPUT);
        for offset in [SUM, FAULTS] {
            let at = PAGE as usize / 2 + offset as usize;
            bytes[at..at + 8].fill(0);
        }
        bytes
    }

    fn flipped(&self) -> Vec<u8> {
        let mut rng = Rng::new(self.seed ^ 0xf11b);
        (0..PAGE / 8).flat_map(|_| rng.value().to_le_bytes()).collect()
    }

    /// Calls every function, again and again, and writes what came of it; last how often the timer's signal came.
    fn main(&self, code: &mut Code, starts: &[usize]) {
        handlers::install(code);
        program::prologue(code, SCRATCH, TABLE);
        let again = code.bytes.len();
        for &start in starts {
            code.word(asm::jal(1, start as i32 - code.bytes.len() as i32));
        }
        program::next_round(code, again, TABLE);
        handlers::stop_timer(code);
        code.write_all(1, OUTPUT, (self.dumps() * DUMP) as u64);
        code.write_all(1, SCRATCH, PAGE);
        code.write_all(1, handlers::ALARMS, 8);
        code.exit(0);
    }
}

fn function(generator: &mut Generator) -> Function {
    let mut code = Code::default();
    code.word(asm::sd(1, LINK, BASE));
    (0..10).for_each(|_| code.bytes.extend(program::fresh(&mut generator.rng).code));
    // Calls take x1 and x5 whatever is to be kept.
    let counter = generator.register(1 << BASE | 1 << 1 | 1 << 5);
    let (trips, calm) = (16 + generator.rng.below(240), !generator.rng.once_in(4));
    code.word(asm::addi(counter, 0, trips as i32));
    let top = code.bytes.len();
    let pieces = 4 + generator.rng.below(16);
    let mut insns = 0;
    for _ in 0..pieces {
        let piece = pieces::any(generator, counter, calm);
        insns += program::count(&piece) as u64;
        code.bytes.extend(piece);
    }
    code.words(&[asm::addi(counter, counter, -1), asm::branch(0, counter, 0, 8)]);
    code.word(asm::jal(0, top as i32 - code.bytes.len() as i32));
    Function { code: code.bytes, executed: insns * trips as u64 }
}
