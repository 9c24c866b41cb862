//! Instructions on four binary64 at once, or on 32 bytes of integers.

use super::{Asm, Mem, Rm, Vex, code};
use crate::regs::Reg;

/// A register of the ymm file as the encoder counts them.
fn y(reg: Reg) -> Reg {
    reg & 15
}

const UNORDERED_QUIET: u8 = 3;

/// Operations on integers in lanes, by map and opcode.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u16)]
pub enum Packed {
    Equal1 = 0x174,
    Equal2 = 0x175,
    Equal4 = 0x176,
    /// Of 64 bits.
    Add = 0x1d4,
    And = 0x1db,
    /// `!a & b`.
    AndNot = 0x1df,
    Or = 0x1eb,
    Xor = 0x1ef,
    /// Of 64 bits.
    Sub = 0x1fb,
    Equal8 = 0x229,
}

impl Packed {
    /// Gives all ones in lanes of `size` bytes that are equal, else zero.
    pub fn equal(size: i64) -> Packed {
        match size {
            1 => Packed::Equal1,
            2 => Packed::Equal2,
            4 => Packed::Equal4,
            _ => Packed::Equal8,
        }
    }
}

fn ym(rm: Rm) -> Rm {
    match rm {
        Rm::Reg(reg) => Rm::Reg(y(reg)),
        mem => mem,
    }
}

impl Asm {
    /// `dst = a op b` in each lane.
    pub fn packed(&mut self, op: Packed, dst: Reg, a: Reg, b: impl Into<Rm>) {
        let (map, op) = ((op as u16 >> 8) as u8, op as u8);
        self.vex_of(code(0x66, map, op), false, true, (y(dst), y(a), ym(b.into())));
    }
    /// All elements of `size` bytes of `dst` = the lowest one of `src`.
    pub fn packed_fill(&mut self, size: i64, dst: Reg, src: Reg) {
        let op = match size {
            1 => 0x78,
            2 => 0x79,
            4 => 0x58,
            _ => 0x59,
        };
        self.vex_of(code(0x66, 2, op), false, true, (y(dst), 0, Rm::Reg(y(src))));
    }
    /// `dst` = the highest bits of the 32 bytes.
    pub fn packed_signs(&mut self, dst: Reg, src: Reg) {
        self.vex_of(code(0x66, 1, 0xd7), false, true, (dst, 0, Rm::Reg(y(src))));
    }
    /// `dst = a op b` in each lane.
    pub fn lanes(&mut self, op: Vex, dst: Reg, a: Reg, b: Reg) {
        self.vex_of(code(0x66, 1, op as u8), false, true, (y(dst), y(a), Rm::Reg(y(b))));
    }
    pub fn lanes_load(&mut self, dst: Reg, mem: Mem) {
        self.vex_of(code(0x66, 1, 0x10), false, true, (y(dst), 0, mem.into()));
    }
    pub fn lanes_store(&mut self, mem: Mem, src: Reg) {
        self.vex_of(code(0x66, 1, 0x11), false, true, (y(src), 0, mem.into()));
    }
    /// All lanes of `dst` = the lowest one of `src`.
    pub fn lanes_fill(&mut self, dst: Reg, src: Reg) {
        self.vex_of(code(0x66, 2, 0x19), false, true, (y(dst), 0, Rm::Reg(y(src))));
    }
    /// All lanes of `dst` = the highest one of `src`.
    pub fn lanes_last(&mut self, dst: Reg, src: Reg) {
        self.vex_of(code(0x66, 3, 0x01), true, true, (y(dst), 0, Rm::Reg(y(src))));
        self.imm8(0xff);
    }
    /// Lanes of `dst` = all ones where `src` holds a NaN, else zero.
    pub fn lanes_nan(&mut self, dst: Reg, src: Reg) {
        let operands = (y(dst), y(src), Rm::Reg(y(src)));
        self.vex_of(code(0x66, 1, 0xc2), false, true, operands);
        self.imm8(UNORDERED_QUIET);
    }
    /// `dst` = the sign bits of the lanes.
    pub fn lanes_signs(&mut self, dst: Reg, src: Reg) {
        self.vex_of(code(0x66, 1, 0x50), false, true, (dst, 0, Rm::Reg(y(src))));
    }
    /// Zeros everything above the lower 128 bits, of all registers: scalar instructions that know nothing
    /// of it are slow on some processors otherwise.
    pub fn lanes_done(&mut self) {
        self.reserve();
        self.put(super::Bytes { bits: 0x77_f8c5, len: 3 });
    }
}
