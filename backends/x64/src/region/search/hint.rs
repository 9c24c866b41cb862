//! Whether it is worth trying before the first round: a try costs as much as some rounds. A byte for each loop says how far the
//! last one went. Any content is right.

use guest::offsets;

use super::emit::Emit;
use crate::asm::{Alu, Cc, Mem, Size};
use crate::regs::{self, Reg};

/// The first of the working words that hold the bytes.
const FIRST_WORD: usize = 256;
/// How many bytes there are; loops share them if need be.
const BYTES: i64 = 256;

/// The last try went less than [`FEW`] rounds.
const SHORT: u8 = 1;
/// The one that runs has gone further already.
const LONG: u8 = 2;
/// Rounds that are done as fast as they are skipped.
const FEW: i32 = 2;

impl Emit<'_, '_> {
    fn byte(&self) -> Mem {
        let number = (self.search.pc >> 1) % BYTES;
        Mem::state(regs::field(offsets::SCRATCH + 8 * FIRST_WORD) + number as i32)
    }

    /// Leads away if the last try was short.
    pub fn hint(&mut self) -> u32 {
        let byte = self.byte();
        self.lower.asm.cmp_byte(byte, SHORT);
        self.lower.asm.jcc(Cc::E)
    }

    pub fn note_long(&mut self) {
        let byte = self.byte();
        self.lower.asm.store_imm(Size::B1, byte, LONG.into());
    }

    /// Notes how a try ended that has just looked at `good` bytes.
    pub fn note(&mut self, good: Reg) {
        let (byte, t) = (self.byte(), self.ints[1]);
        let asm = &mut self.lower.asm;
        asm.cmp_byte(byte, LONG);
        asm.setcc(Cc::Ne, t);
        asm.store(Size::B1, byte, t);
        asm.alu_imm(Alu::Cmp, false, good, FEW * self.search.stride as i32);
        let few = asm.jcc(Cc::B);
        asm.store_imm(Size::B1, byte, 0);
        asm.bind_here(few);
    }
}
