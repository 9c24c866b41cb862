//! Integer instructions. `w` asks for 64 bits, else 32.

use super::{Asm, Bytes, Code, Mem, Rm, Size, code};
use crate::regs::{RAX, Reg};

/// The eight classic operations, by their number in the opcode.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Alu {
    Add = 0,
    Or = 1,
    And = 4,
    Sub = 5,
    Xor = 6,
    Cmp = 7,
}

/// Shifts, by their number in the opcode.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Shift {
    Rol = 0,
    Ror = 1,
    Shl = 4,
    Shr = 5,
    Sar = 7,
}

/// Operations on one operand, by their number in the opcode.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Unary {
    Not = 2,
    Neg = 3,
    Mul = 4,
    Imul = 5,
    Div = 6,
    Idiv = 7,
}

/// Bit counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Bit {
    Popcnt = 0xb8,
    Tzcnt = 0xbc,
    Lzcnt = 0xbd,
}

/// Condition codes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Cc {
    O = 0,
    B = 2,
    Ae = 3,
    E = 4,
    Ne = 5,
    Be = 6,
    A = 7,
    S = 8,
    P = 10,
    L = 12,
    Ge = 13,
    Le = 14,
    G = 15,
}

impl Cc {
    /// The opposite.
    pub fn not(self) -> Cc {
        match self {
            Cc::B => Cc::Ae,
            Cc::Ae => Cc::B,
            Cc::E => Cc::Ne,
            Cc::Ne => Cc::E,
            Cc::Be => Cc::A,
            Cc::A => Cc::Be,
            Cc::L => Cc::Ge,
            Cc::Ge => Cc::L,
            Cc::Le => Cc::G,
            Cc::G => Cc::Le,
            Cc::O | Cc::S | Cc::P => unreachable!("only made for checks"),
        }
    }
    /// The same relation with its sides exchanged.
    pub fn swapped(self) -> Cc {
        match self {
            Cc::B => Cc::A,
            Cc::A => Cc::B,
            Cc::Ae => Cc::Be,
            Cc::Be => Cc::Ae,
            Cc::L => Cc::G,
            Cc::G => Cc::L,
            Cc::Le => Cc::Ge,
            Cc::Ge => Cc::Le,
            other => other,
        }
    }
}

/// `None` unless `imm` fits a sign-extended byte.
fn short(imm: i32) -> Option<u8> {
    (imm == imm as i8 as i32).then_some(imm as u8)
}

const LOCK: u8 = 0xf0;

impl Asm {
    fn op(&mut self, w: bool, op: u8, reg: Reg, rm: impl Into<Rm>) {
        self.legacy(code(0, 0, op), w, reg, rm.into(), false);
    }

    /// `dst = dst op src`.
    pub fn alu(&mut self, alu: Alu, w: bool, dst: Reg, src: impl Into<Rm>) {
        self.op(w, alu as u8 * 8 + 3, dst, src);
        self.note_flags(alu, w, dst);
    }
    fn note_flags(&mut self, alu: Alu, w: bool, dst: Reg) {
        if w && matches!(alu, Alu::And | Alu::Or | Alu::Xor) {
            self.tested = (self.pos, dst);
        }
    }
    /// `dst = dst op imm`.
    pub fn alu_imm(&mut self, alu: Alu, w: bool, dst: impl Into<Rm>, imm: i32) {
        let dst = dst.into();
        self.encode_alu_imm(alu, w, dst, imm);
        if let Rm::Reg(reg) = dst {
            // A mask without a sign leaves none in 32 bits, nor in 64.
            self.note_flags(alu, w || alu == Alu::And && imm >= 0, reg);
        }
    }
    fn encode_alu_imm(&mut self, alu: Alu, w: bool, dst: Rm, imm: i32) {
        match short(imm) {
            Some(imm) => {
                self.op(w, 0x83, alu as u8, dst);
                self.imm8(imm);
            }
            None if dst == Rm::Reg(RAX) => {
                let rex = if w { Bytes { bits: 0x48, len: 1 } } else { Bytes::default() };
                let mut out = rex;
                out.push(alu as u8 * 8 + 5);
                self.put(out);
                self.imm32(imm);
            }
            None => {
                self.op(w, 0x81, alu as u8, dst);
                self.imm32(imm);
            }
        }
    }
    pub fn test(&mut self, w: bool, a: Reg, b: Reg) {
        self.op(w, 0x85, a, b);
    }
    /// Tests the low byte of `reg`.
    pub fn test_low(&mut self, reg: Reg, imm: u8) {
        self.legacy(code(0, 0, 0xf6), false, 0, Rm::Reg(reg), true);
        self.imm8(imm);
    }
    /// Flags of `byte [mem] - imm`.
    pub fn cmp_byte(&mut self, mem: Mem, imm: u8) {
        self.legacy(code(0, 0, 0x80), false, 7, Rm::Mem(mem), false);
        self.imm8(imm);
    }

    pub fn mov(&mut self, w: bool, dst: Reg, src: impl Into<Rm>) {
        self.op(w, 0x8b, dst, src);
    }
    /// The shortest way to `dst = imm` that leaves the flags alone.
    pub fn mov_imm(&mut self, dst: Reg, imm: i64) {
        if imm == imm as u32 as i64 {
            let opcode = (0xb8 | dst & 7) as u64 | (imm as u64) << 8;
            self.put(match dst {
                ..8 => Bytes { bits: opcode, len: 5 },
                _ => Bytes { bits: opcode << 8 | 0x41, len: 6 },
            });
        } else if imm == imm as i32 as i64 {
            self.op(true, 0xc7, 0, dst);
            self.imm32(imm as i32);
        } else {
            let mut out = Bytes::default();
            out.push(0x48 | dst >> 3);
            out.push(0xb8 | dst & 7);
            self.put(out);
            self.imm32(imm as i32);
            self.imm32((imm >> 32) as i32);
        }
    }
    /// As `mov_imm`, but zero takes `xor`, which changes the flags.
    pub fn set_imm(&mut self, dst: Reg, imm: i64) {
        if imm == 0 { self.alu(Alu::Xor, false, dst, dst) } else { self.mov_imm(dst, imm) }
    }
    /// Stores the low bytes of `src`.
    pub fn store(&mut self, size: Size, mem: Mem, src: Reg) {
        let prefix = if size == Size::B2 { 0x66 } else { 0 };
        let op = if size == Size::B1 { 0x88 } else { 0x89 };
        self.legacy(code(prefix, 0, op), size == Size::B8, src, mem.into(), size == Size::B1);
    }
    /// Stores the low bytes of `imm`, sign-extended to 8.
    pub fn store_imm(&mut self, size: Size, mem: Mem, imm: i32) {
        let (prefix, op) = match size {
            Size::B1 => (0, 0xc6),
            Size::B2 => (0x66, 0xc7),
            Size::B4 | Size::B8 => (0, 0xc7),
        };
        self.legacy(code(prefix, 0, op), size == Size::B8, 0, mem.into(), false);
        match size {
            Size::B1 => self.imm8(imm as u8),
            Size::B2 => {
                self.imm8(imm as u8);
                self.imm8((imm >> 8) as u8);
            }
            Size::B4 | Size::B8 => self.imm32(imm),
        }
    }
    /// Zero-extends the low `size` bytes of `src`.
    pub fn zero_extend(&mut self, size: Size, dst: Reg, src: impl Into<Rm>) {
        match size {
            Size::B1 => self.legacy(code(0, 1, 0xb6), false, dst, src.into(), true),
            Size::B2 => self.legacy(code(0, 1, 0xb7), false, dst, src.into(), false),
            Size::B4 => self.mov(false, dst, src),
            Size::B8 => self.mov(true, dst, src),
        }
    }
    /// Sign-extends the low `size` bytes of `src` to 64 bits, or 32 if not `w`.
    pub fn sign_extend(&mut self, size: Size, w: bool, dst: Reg, src: impl Into<Rm>) {
        match size {
            Size::B1 => self.legacy(code(0, 1, 0xbe), w, dst, src.into(), true),
            Size::B2 => self.legacy(code(0, 1, 0xbf), w, dst, src.into(), false),
            Size::B4 if w => self.op(true, 0x63, dst, src),
            Size::B4 => self.mov(false, dst, src),
            Size::B8 => self.mov(true, dst, src),
        }
    }
    pub fn lea(&mut self, w: bool, dst: Reg, mem: Mem) {
        self.op(w, 0x8d, dst, mem);
    }

    pub fn shift(&mut self, shift: Shift, w: bool, dst: Reg, count: u8) {
        if count == 1 {
            return self.op(w, 0xd1, shift as u8, dst);
        }
        self.op(w, 0xc1, shift as u8, dst);
        self.imm8(count);
    }
    /// Shifts by cl.
    pub fn shift_cl(&mut self, shift: Shift, w: bool, dst: Reg) {
        self.op(w, 0xd3, shift as u8, dst);
    }
    /// `dst = src shift count`, flags untouched.
    pub fn shiftx(&mut self, shift: Shift, w: bool, dst: Reg, src: impl Into<Rm>, count: Reg) {
        let prefix = match shift {
            Shift::Shl => 0x66,
            Shift::Sar => 0xf3,
            Shift::Shr => 0xf2,
            Shift::Rol | Shift::Ror => unreachable!("rotates have no such form"),
        };
        self.vex(code(prefix, 2, 0xf7), w, dst, count, src.into());
    }
    pub fn rorx(&mut self, w: bool, dst: Reg, src: impl Into<Rm>, count: u8) {
        self.vex(code(0xf2, 3, 0xf0), w, dst, 0, src.into());
        self.imm8(count);
    }
    /// `dst = !not & src`.
    pub fn andn(&mut self, w: bool, dst: Reg, not: Reg, src: impl Into<Rm>) {
        self.vex(code(0, 2, 0xf2), w, dst, not, src.into());
    }
    pub fn shld(&mut self, dst: Reg, low: Reg, count: u8) {
        self.legacy(code(0, 1, 0xa4), true, low, dst.into(), false);
        self.imm8(count);
    }

    pub fn unary(&mut self, unary: Unary, w: bool, rm: impl Into<Rm>) {
        self.op(w, 0xf7, unary as u8, rm);
    }
    pub fn imul(&mut self, w: bool, dst: Reg, src: impl Into<Rm>) {
        self.legacy(code(0, 1, 0xaf), w, dst, src.into(), false);
    }
    pub fn imul_imm(&mut self, w: bool, dst: Reg, src: impl Into<Rm>, imm: i32) {
        match short(imm) {
            Some(imm) => {
                self.op(w, 0x6b, dst, src);
                self.imm8(imm);
            }
            None => {
                self.op(w, 0x69, dst, src);
                self.imm32(imm);
            }
        }
    }
    /// rdx = the sign of rax.
    pub fn sign_to_rdx(&mut self, w: bool) {
        let (bits, len) = if w { (0x9948, 2) } else { (0x99, 1) };
        self.put(Bytes { bits, len });
    }
    pub fn bits(&mut self, bit: Bit, w: bool, dst: Reg, src: impl Into<Rm>) {
        self.legacy(code(0xf3, 1, bit as u8), w, dst, src.into(), false);
    }
    pub fn bswap(&mut self, w: bool, reg: Reg) {
        let mut out = Bytes::default();
        let rex = (w as u8) << 3 | reg >> 3;
        if rex != 0 {
            out.push(0x40 | rex);
        }
        out.push(0x0f);
        out.push(0xc8 | reg & 7);
        self.put(out);
    }

    /// The low byte of `dst` = the condition.
    pub fn setcc(&mut self, cc: Cc, dst: Reg) {
        self.legacy(code(0, 1, 0x90 | cc as u8), false, 0, dst.into(), true);
    }
    pub fn cmov(&mut self, cc: Cc, w: bool, dst: Reg, src: impl Into<Rm>) {
        self.legacy(code(0, 1, 0x40 | cc as u8), w, dst, src.into(), false);
    }

    /// An instruction that has byte, word, dword and qword forms with a memory destination.
    fn sized(&mut self, lock: bool, c: Code, size: Size, mem: Mem, reg: Reg) {
        if lock {
            self.put(Bytes { bits: LOCK as u64, len: 1 });
        }
        let prefix = if size == Size::B2 { 0x66 } else { 0 };
        let op = c.op - (size == Size::B1) as u8;
        self.legacy(Code { prefix, op, ..c }, size == Size::B8, reg, mem.into(), size == Size::B1);
    }
    pub fn xchg(&mut self, size: Size, mem: Mem, reg: Reg) {
        self.sized(false, code(0, 0, 0x87), size, mem, reg);
    }
    pub fn lock_xadd(&mut self, size: Size, mem: Mem, reg: Reg) {
        self.sized(true, code(0, 1, 0xc1), size, mem, reg);
    }
    pub fn lock_cmpxchg(&mut self, size: Size, mem: Mem, new: Reg) {
        self.sized(true, code(0, 1, 0xb1), size, mem, new);
    }
    pub fn lock_alu(&mut self, alu: Alu, size: Size, mem: Mem, src: Reg) {
        self.sized(true, code(0, 0, alu as u8 * 8 + 1), size, mem, src);
    }
    /// Orders all that came before with all that comes behind, by way of `[mem]`.
    pub fn full_fence(&mut self, mem: Mem) {
        self.put(Bytes { bits: LOCK as u64, len: 1 });
        self.alu_imm(Alu::Or, false, mem, 0);
    }
    /// `prefetcht0 [mem]`.
    pub fn prefetch(&mut self, mem: Mem) {
        self.legacy(code(0, 1, 0x18), false, 1, mem.into(), false);
    }
    pub fn pause(&mut self) {
        self.put(Bytes { bits: 0x90f3, len: 2 });
    }
    pub fn rdtsc(&mut self) {
        self.put(Bytes { bits: 0x310f, len: 2 });
    }
    pub fn stmxcsr(&mut self, mem: Mem) {
        self.legacy(code(0, 1, 0xae), false, 3, mem.into(), false);
    }
    pub fn ldmxcsr(&mut self, mem: Mem) {
        self.legacy(code(0, 1, 0xae), false, 2, mem.into(), false);
    }
    /// `jmp [mem]`.
    pub fn jmp_mem(&mut self, mem: Mem) {
        self.op(false, 0xff, 4, mem);
    }
    /// `jmp reg`.
    pub fn jmp_reg(&mut self, reg: Reg) {
        self.op(false, 0xff, 4, reg);
    }
    /// `call [mem]`.
    pub fn call_mem(&mut self, mem: Mem) {
        self.op(false, 0xff, 2, mem);
    }
}
