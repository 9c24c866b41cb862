//! Instructions on four binary64 at once.

use super::{Asm, Mem, Rm, Vex, code};
use crate::regs::Reg;

/// A register of the ymm file as the encoder counts them.
fn y(reg: Reg) -> Reg {
    reg & 15
}

const UNORDERED_QUIET: u8 = 3;

impl Asm {
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
