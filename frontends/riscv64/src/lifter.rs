//! The lifter: the state of one block while it is made, and reads and writes of guest registers
//! that remember narrow values.

use std::ops::Range;

use guest::GuestAddr;
use ir::{Builder, Exit, Op, Round, Trap, Type, Value};

use crate::decode::{Decoded, Insn, decode};
use crate::regs;

/// A floating-point format.
pub trait Float {
    /// The type of its values.
    const TYPE: Type;
}
/// Half precision.
pub struct H;
/// Single precision.
pub struct S;
/// Double precision.
pub struct D;
impl Float for H {
    const TYPE: Type = Type::F16;
}
impl Float for S {
    const TYPE: Type = Type::F32;
}
impl Float for D {
    const TYPE: Type = Type::F64;
}

/// What is known about a register besides its 64-bit value.
#[derive(Clone, Copy)]
struct Known {
    /// Its low half as an `I32`, or its unboxed value; 0 if there is none yet: the first instruction is a mark.
    narrow: Value,
    /// The type of `narrow`.
    ty: Type,
    /// The register is its low half sign-extended, or `narrow` boxed.
    exact: bool,
}

/// All zero, which is quickly filled in.
const UNKNOWN: Known = Known { narrow: Value(0), ty: Type::I32, exact: false };

/// How the block ends.
#[derive(Clone, Copy)]
pub enum End {
    /// It goes on.
    Open,
    /// Always the same way.
    Go(Exit),
    /// The first exit if the value is not 0, else the second.
    If(Value, Exit, Exit),
}

/// The state of one block while it is made.
pub struct Lifter<'a> {
    /// Where instructions go.
    pub b: Builder<'a>,
    /// Where host calls are instructions.
    pub vdso: &'a Range<u64>,
    code: &'a [u8],
    start: GuestAddr,
    /// End of the guest bytes looked at so far.
    covered: GuestAddr,
    /// The instruction at hand.
    pub pc: GuestAddr,
    /// The one that comes after it.
    pub next: GuestAddr,
    /// How the block ends.
    pub end: End,
    /// Most guest instructions in the block.
    pub max_insns: u32,
    /// No rounds of a loop may be skipped.
    pub every_round: bool,
    zero: Value,
    known: [Known; 64],
}

impl<'a> Lifter<'a> {
    /// Starts a block at `start`, whose bytes are `code`.
    pub fn new(b: Builder<'a>, vdso: &'a Range<u64>, start: GuestAddr, code: &'a [u8]) -> Self {
        Lifter {
            b,
            vdso,
            code,
            start,
            covered: start,
            pc: start,
            next: start,
            end: End::Open,
            max_insns: 1,
            every_round: false,
            zero: Value::NONE,
            known: [UNKNOWN; 64],
        }
    }

    /// Decodes the instruction at `pc`, which may lie anywhere.
    pub fn peek(&self, pc: GuestAddr) -> Decoded {
        let at = pc.0.wrapping_sub(self.start.0);
        usize::try_from(at).ok().and_then(|at| self.code.get(at..)).map_or(Decoded::Missing, decode)
    }

    /// The instruction at `pc`, if there is one.
    pub fn peek_insn(&self, pc: GuestAddr) -> Option<Insn> {
        match self.peek(pc) {
            Decoded::Insn(insn) => Some(insn),
            Decoded::Illegal(_) | Decoded::Missing => None,
        }
    }

    /// Marks the start of the instruction at `pc`.
    pub fn begin(&mut self, pc: GuestAddr, len: u8) {
        self.b.insn(pc, len as u16);
        self.pc = pc;
        self.next = pc.offset(len as i64);
        self.cover(self.next);
    }

    /// Notes that the block depends on guest bytes up to `end`.
    pub fn cover(&mut self, end: GuestAddr) {
        self.covered = self.covered.max(end);
    }

    /// Closes the block.
    pub fn finish(mut self) {
        self.b.covers(self.start, self.covered);
        match self.end {
            End::Open => self.b.exit(Exit::Jump { to: self.next }),
            End::Go(exit) => self.b.exit(exit),
            End::If(cond, then, other) => self.b.branch(cond, then, other),
        }
    }

    /// Ends the block.
    pub fn go(&mut self, exit: Exit) {
        self.end = End::Go(exit);
    }

    /// Ends the block with a trap at the instruction at hand.
    pub fn trap(&mut self, cause: Trap) {
        self.go(Exit::Trap { cause, pc: self.pc });
    }

    // Integer registers.

    /// 0.
    pub fn zero(&mut self) -> Value {
        if self.zero == Value::NONE {
            self.zero = self.b.iconst(Type::I64, 0);
        }
        self.zero
    }

    /// A 64-bit constant.
    pub fn imm(&mut self, bits: i64) -> Value {
        if bits == 0 { self.zero() } else { self.b.iconst(Type::I64, bits) }
    }

    /// `x<r>`.
    pub fn x(&mut self, r: u8) -> Value {
        if r == 0 { self.zero() } else { self.b.get(Type::I64, regs::x(r)) }
    }

    /// The low half of `x<r>`.
    pub fn w(&mut self, r: u8) -> Value {
        let known = self.known[r as usize];
        if known.narrow != UNKNOWN.narrow {
            return known.narrow;
        }
        let x = self.x(r);
        let narrow = match self.b.as_const(x) {
            Some(bits) => self.b.iconst(Type::I32, bits as i32 as i64),
            None => self.b.un(Op::Trunc, Type::I32, x),
        };
        self.known[r as usize].narrow = narrow;
        narrow
    }

    /// True if `x<r>` is known to be its low half sign-extended.
    pub fn is_sext32(&mut self, r: u8) -> bool {
        if r == 0 || self.known[r as usize].exact {
            return true;
        }
        let x = self.x(r);
        self.b.as_const(x).is_some_and(|bits| bits == bits as i32 as i64)
    }

    /// Writes `x<r>`.
    pub fn set_x(&mut self, r: u8, value: Value) {
        if r != 0 {
            self.b.set(regs::x(r), value);
            self.known[r as usize] = UNKNOWN;
        }
    }

    /// Writes `x<r>` with a value that is a sign-extended 32-bit one.
    pub fn set_sext(&mut self, r: u8, value: Value) {
        self.set_x(r, value);
        self.known[r as usize].exact = r != 0;
    }

    /// Writes `x<r>` with an `I32`, sign-extended.
    pub fn set_w(&mut self, r: u8, narrow: Value) {
        if r == 0 {
            return;
        }
        let value = match self.b.as_const(narrow) {
            Some(bits) => self.imm(bits as i32 as i64),
            None => self.b.un(Op::Sext32, Type::I64, narrow),
        };
        self.b.set(regs::x(r), value);
        self.known[r as usize] = Known { narrow, ty: Type::I32, exact: true };
    }

    /// Copies `x<from>` to `x<to>`.
    pub fn move_x(&mut self, to: u8, from: u8) {
        if to != from {
            let value = self.x(from);
            let known = self.known[from as usize];
            self.set_x(to, value);
            if to != 0 {
                self.known[to as usize] = known;
            }
        }
    }

    // Floating-point registers.

    /// The raw bits of `f<r>`, or its binary64.
    pub fn f_raw(&mut self, r: u8) -> Value {
        self.b.get(Type::F64, regs::f(r))
    }

    /// `f<r>` in a format; the canonical NaN if it holds a wider one.
    pub fn f<T: Float>(&mut self, r: u8) -> Value {
        if T::TYPE == Type::F64 {
            return self.f_raw(r);
        }
        let known = self.known[32 + r as usize];
        if known.narrow != UNKNOWN.narrow && known.ty == T::TYPE {
            return known.narrow;
        }
        let raw = self.f_raw(r);
        let narrow = self.b.un(Op::Unbox, T::TYPE, raw);
        self.known[32 + r as usize] = Known { narrow, ty: T::TYPE, exact: false };
        narrow
    }

    /// What `f<r>` is known to hold boxed.
    pub fn boxed<T: Float>(&self, r: u8) -> Option<Value> {
        let known = self.known[32 + r as usize];
        (known.exact && known.ty == T::TYPE).then_some(known.narrow)
    }

    /// Writes `f<r>`, boxing what is narrow.
    pub fn set_f<T: Float>(&mut self, r: u8, value: Value) {
        if T::TYPE == Type::F64 {
            self.b.set(regs::f(r), value);
            self.known[32 + r as usize] = UNKNOWN;
        } else {
            let boxed = self.b.un(Op::Box, T::TYPE, value);
            self.b.set(regs::f(r), boxed);
            self.known[32 + r as usize] = Known { narrow: value, ty: T::TYPE, exact: true };
        }
    }

    /// The rounding mode of an instruction.
    pub fn round(mode: u8) -> Round {
        Round::from_bits(mode as u16).unwrap_or(Round::Dyn)
    }
}
