//! The pre-decoded code: a header, then 16-byte instructions.
//!
//! Operands are numbers of 64-bit words counted from the start of `CpuState`: guest registers,
//! and temporaries in its scratch words.

use guest::{SLOT_COUNT, Slot, offsets};

/// The word of a guest register.
pub(crate) const fn slot_word(slot: Slot) -> u16 {
    (offsets::SLOTS / 8) as u16 + slot.0 as u16
}
/// The word of a scratch word.
pub(crate) const fn scratch_word(index: usize) -> u16 {
    (offsets::SCRATCH / 8 + index) as u16
}
/// True for words of guest registers.
pub(crate) const fn is_slot(word: u16) -> bool {
    let first = (offsets::SLOTS / 8) as u16;
    word >= first && word < first + SLOT_COUNT as u16
}

/// Always 0 while code runs.
pub(crate) const ZERO: u16 = scratch_word(8);
/// Takes results that nobody reads.
pub(crate) const DISCARD: u16 = scratch_word(9);
/// The first temporary.
pub(crate) const FIRST_TEMP: u16 = scratch_word(16);
/// The first word behind the scratch words of `CpuState`.
pub(crate) const END_TEMP: u16 = scratch_word(guest::SCRATCH_LEN);

/// Words before the first instruction: the entry's guest address, and the number of words that
/// operands reach (0 if `CpuState` has them all).
pub(crate) const HEADER: usize = 2;

/// One instruction, as it lies in memory.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(crate) struct Ins {
    pub code: Code,
    pub a: u16,
    pub b: u16,
    pub dst: u16,
    pub imm: i64,
}

impl Ins {
    pub(crate) const fn new(code: Code, dst: u16, a: u16, b: u16, imm: i64) -> Ins {
        Ins { code, a, b, dst, imm }
    }
    /// As the two words of `InterpCode`.
    pub(crate) const fn words(self) -> [u64; 2] {
        let (a, b, dst) = (self.a as u64, self.b as u64, self.dst as u64);
        [self.code as u64 | a << 16 | b << 32 | dst << 48, self.imm as u64]
    }
    /// The 32-bit constant in place of `b` and `dst`.
    pub(crate) const fn small(self) -> i64 {
        (self.b as u32 | (self.dst as u32) << 16) as i32 as i64
    }
    /// Puts a constant in place of `b` and `dst`.
    pub(crate) const fn with_small(mut self, small: i32) -> Ins {
        self.b = small as u16;
        self.dst = (small as u32 >> 16) as u16;
        self
    }
    pub(crate) const fn low(self) -> i32 {
        self.imm as i32
    }
    pub(crate) const fn high(self) -> i32 {
        (self.imm >> 32) as i32
    }
}

/// Two 32-bit numbers as one constant.
pub(crate) const fn pair(low: i32, high: i32) -> i64 {
    low as u32 as i64 | (high as i64) << 32
}

/// The rest of an instruction with three operands or an IR op: fields of its constant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Extra {
    pub c: u16,
    pub op: u8,
    pub ty: u8,
    pub aux: u16,
    pub imm: i16,
}

impl Extra {
    pub(crate) const fn pack(self) -> i64 {
        let high = (self.aux as u64) << 32 | (self.imm as u16 as u64) << 48;
        (self.c as u64 | (self.op as u64) << 16 | (self.ty as u64) << 24 | high) as i64
    }
    pub(crate) const fn unpack(bits: i64) -> Extra {
        Extra {
            c: bits as u16,
            op: (bits >> 16) as u8,
            ty: (bits >> 24) as u8,
            aux: (bits >> 32) as u16,
            imm: (bits >> 48) as i16,
        }
    }
}

/// What an instruction does. `r` are words, `i` its constant, `s` the constant in place of `b`
/// and `dst`. Forms in `W` give the low 32 bits, sign-extended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u16)]
#[rustfmt::skip]
pub(crate) enum Code {
    // dst = i; dst = a.
    Li, Mov,
    // dst = a op b.
    Add, Sub, And, Or, Xor, AndNot, Shl, Shr, Sar, Mul, MulHS, MulHU, DivS, DivU, RemS, RemU,
    MinS, MaxS, MinU, MaxU, Eq, Ne, LtS, LtU, GeS, GeU,
    AddW, SubW, ShlW, ShrW, SarW, MulW,
    // dst = a op i.
    AddI, AndI, OrI, XorI, ShlI, ShrI, SarI, EqI, NeI, LtSI, LtUI, GeSI, GeUI,
    AddWI, ShlWI, ShrWI, SarWI,
    // dst = op a.
    Sext8, Sext16, SextW, Zext8, Zext16, ZextW, BoxF32, UnboxF32,
    // dst = a ? b : c; Extra.
    Select,
    // dst = eval(op, a, b, c); Extra. `W` sign-extends, `Fp` has an environment.
    Eval, EvalW, EvalFp,
    // Loads: dst = [a + low]; stores: [a + low] = b; high = guest address - entry.
    Ld8U, Ld8S, Ld16U, Ld16S, Ld32U, Ld32S, Ld64, St8, St16, St32, St64,
    // dst = atomic(a, b, c); c | op << 16 | size << 24, high = guest address - entry.
    Atomic,
    // State and order.
    Unreserve, FenceFull, FenceCompiler, Pause, Clock, Poll, FlagsGet, FlagsSet, RoundGet,
    RoundSet,
    // If a op b (or s), to instruction `low`.
    JEq, JNe, JLtS, JLtU, JGeS, JGeU, JEqI, JNeI, JLtSI, JLtUI, JGeSI, JGeUI,
    // Leaves for entry + low if a op b (or s), else for entry + high.
    XEq, XNe, XLtS, XLtU, XGeS, XGeU, XEqI, XNeI, XLtSI, XLtUI, XGeSI, XGeUI,
    // To instruction `low`; PollGoto leaves for entry + high when asked to.
    Goto, PollGoto,
    // Leaves for i: Jump or Loop (i is the entry); for a; for i with Leave code a; a trap at i
    // of code a.
    Jump, Loop, Indirect, Leave, Trap,
}
