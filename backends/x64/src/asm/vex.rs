//! Scalar floating-point and vector instructions, all VEX-encoded. Registers are 16 to 31.

use super::{Asm, Mem, Rm, code};
use crate::regs::Reg;

/// Scalar operations on three operands, by opcode.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Vex {
    Sqrt = 0x51,
    Add = 0x58,
    Mul = 0x59,
    /// Between binary32 and binary64; the source decides.
    Convert = 0x5a,
    Sub = 0x5c,
    Min = 0x5d,
    Div = 0x5e,
    Max = 0x5f,
}

/// Steps of AES, by opcode.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Aes {
    Encrypt = 0xdc,
    EncryptLast = 0xdd,
    Decrypt = 0xde,
    DecryptLast = 0xdf,
}

/// The immediate of a rounding instruction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Round(pub u8);

impl Round {
    /// The same mode without the inexact exception.
    pub fn quiet(self) -> Round {
        Round(self.0 | 8)
    }
}

fn scalar(double: bool) -> u8 {
    if double { 0xf2 } else { 0xf3 }
}
fn packed(double: bool) -> u8 {
    if double { 0x66 } else { 0 }
}

/// A register of the xmm file as the encoder counts them.
fn x(reg: Reg) -> Reg {
    reg & 15
}
fn xm(rm: impl Into<Rm>) -> Rm {
    match rm.into() {
        Rm::Reg(r) => Rm::Reg(x(r)),
        mem => mem,
    }
}

impl Asm {
    /// `dst = a op b` on scalars.
    pub fn fp(&mut self, op: Vex, double: bool, dst: Reg, a: Reg, b: impl Into<Rm>) {
        self.vex(code(scalar(double), 1, op as u8), false, x(dst), x(a), xm(b));
    }
    /// One of the fused forms, by opcode: `dst` is an operand, too.
    pub fn fma(&mut self, opcode: u8, double: bool, dst: Reg, a: Reg, b: impl Into<Rm>) {
        self.vex(code(0x66, 2, opcode), double, x(dst), x(a), xm(b));
    }
    /// Copies the whole register.
    pub fn fp_mov(&mut self, dst: Reg, src: Reg) {
        // The store form reaches a high source with the two-byte prefix.
        if src >= 24 && dst < 24 {
            self.vex(code(0, 1, 0x29), false, x(src), 0, Rm::Reg(x(dst)));
        } else {
            self.vex(code(0, 1, 0x28), false, x(dst), 0, Rm::Reg(x(src)));
        }
    }
    pub fn fp_load(&mut self, double: bool, dst: Reg, mem: Mem) {
        self.vex(code(scalar(double), 1, 0x10), false, x(dst), 0, mem.into());
    }
    pub fn fp_store(&mut self, double: bool, mem: Mem, src: Reg) {
        self.vex(code(scalar(double), 1, 0x11), false, x(src), 0, mem.into());
    }
    /// Compares without complaint about quiet NaNs.
    pub fn ucomis(&mut self, double: bool, a: Reg, b: impl Into<Rm>) {
        self.vex(code(packed(double), 1, 0x2e), false, x(a), 0, xm(b));
    }
    /// Compares; NaNs raise an exception.
    pub fn comis(&mut self, double: bool, a: Reg, b: impl Into<Rm>) {
        self.vex(code(packed(double), 1, 0x2f), false, x(a), 0, xm(b));
    }
    /// `dst` = all ones if the relation holds, else zero.
    pub fn fp_cmp(&mut self, predicate: u8, double: bool, dst: Reg, a: Reg, b: Reg) {
        self.vex(code(scalar(double), 1, 0xc2), false, x(dst), x(a), Rm::Reg(x(b)));
        self.imm8(predicate);
    }
    pub fn fp_and(&mut self, dst: Reg, a: Reg, b: impl Into<Rm>) {
        self.vex(code(0, 1, 0x54), false, x(dst), x(a), xm(b));
    }
    /// `dst = !a & b`.
    pub fn fp_andn(&mut self, dst: Reg, a: Reg, b: impl Into<Rm>) {
        self.vex(code(0, 1, 0x55), false, x(dst), x(a), xm(b));
    }
    pub fn fp_or(&mut self, dst: Reg, a: Reg, b: impl Into<Rm>) {
        self.vex(code(0, 1, 0x56), false, x(dst), x(a), xm(b));
    }
    pub fn fp_xor(&mut self, dst: Reg, a: Reg, b: impl Into<Rm>) {
        self.vex(code(0, 1, 0x57), false, x(dst), x(a), xm(b));
    }
    /// Rounds to an integral value.
    pub fn fp_round(&mut self, round: Round, double: bool, dst: Reg, src: Reg) {
        let op = if double { 0x0b } else { 0x0a };
        self.vex(code(0x66, 3, op), false, x(dst), x(src), Rm::Reg(x(src)));
        self.imm8(round.0);
    }
    /// To a signed integer of 64 bits, or 32 if not `w`; truncates or rounds as MXCSR says.
    pub fn fp_to_int(&mut self, truncate: bool, double: bool, w: bool, dst: Reg, src: Reg) {
        let op = if truncate { 0x2c } else { 0x2d };
        self.vex(code(scalar(double), 1, op), w, dst, 0, Rm::Reg(x(src)));
    }
    /// From a signed integer of 64 bits, or 32 if not `w`; the rest of `dst` comes from itself.
    pub fn fp_from_int(&mut self, double: bool, w: bool, dst: Reg, src: impl Into<Rm>) {
        self.vex(code(scalar(double), 1, 0x2a), w, x(dst), x(dst), src.into());
    }
    /// From a general register to an xmm register, zeros above.
    pub fn int_to_fp(&mut self, w: bool, dst: Reg, src: impl Into<Rm>) {
        self.vex(code(0x66, 1, 0x6e), w, x(dst), 0, src.into());
    }
    /// From an xmm register to a general register.
    pub fn fp_to_bits(&mut self, w: bool, dst: Reg, src: Reg) {
        self.vex(code(0x66, 1, 0x7e), w, x(src), 0, Rm::Reg(dst));
    }
    /// `dst` = 32 bits of `src`, the second from below.
    pub fn fp_second_word(&mut self, dst: Reg, src: Reg) {
        self.vex(code(0x66, 3, 0x16), false, x(src), 0, Rm::Reg(dst));
        self.imm8(1);
    }
    /// `dst` = the upper 64 bits of `src`.
    pub fn fp_high(&mut self, dst: Reg, src: Reg) {
        self.vex(code(0x66, 3, 0x16), true, x(src), 0, Rm::Reg(dst));
        self.imm8(1);
    }
    /// `dst` = 0xff for each byte that is equal, else 0.
    pub fn equal_bytes(&mut self, dst: Reg, a: Reg, b: Reg) {
        self.vex(code(0x66, 1, 0x74), false, x(dst), x(a), Rm::Reg(x(b)));
    }
    /// The carry-less product of the low halves.
    pub fn clmul(&mut self, dst: Reg, a: Reg, b: Reg) {
        self.vex(code(0x66, 3, 0x44), false, x(dst), x(a), Rm::Reg(x(b)));
        self.imm8(0);
    }
    /// `dst` = the low halves of `a` and `b`, that of `a` below.
    pub fn fp_join(&mut self, dst: Reg, a: Reg, b: Reg) {
        self.vex(code(0x66, 1, 0x6c), false, x(dst), x(a), Rm::Reg(x(b)));
    }
    /// A step of AES on `state`, and `key` xored to it.
    pub fn aes(&mut self, step: Aes, dst: Reg, state: Reg, key: Reg) {
        self.vex(code(0x66, 2, step as u8), false, x(dst), x(state), Rm::Reg(x(key)));
    }
    /// AES's inverse MixColumns.
    pub fn aes_inverse_mix(&mut self, dst: Reg, src: Reg) {
        self.vex(code(0x66, 2, 0xdb), false, x(dst), 0, Rm::Reg(x(src)));
    }
}
