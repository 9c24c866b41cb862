//! The region: what is translated as one piece.

use std::ops::Range;

use guest::{GuestAddr, Slot};

use crate::{Exit, Op, Res, Round, Type};

/// An SSA value: the index of the instruction that defines it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct Value(pub u32);

impl Value {
    /// No value: fills unused operands.
    pub const NONE: Value = Value(u32::MAX);
    /// As an index into [`Region::insts`].
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}
impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "v{}", self.0)
    }
}

/// A block of a region, by position in [`Region::blocks`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
#[repr(transparent)]
pub struct BlockId(pub u32);

/// One instruction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Inst {
    /// What it does.
    pub op: Op,
    /// Its own type; see the op's signature.
    pub ty: Type,
    /// Slot, access size, rounding mode or length, as the op says.
    pub aux: u16,
    /// Operands; unused ones are [`Value::NONE`].
    pub args: [Value; 3],
    /// Constant bits, displacement or address, as the op says.
    pub imm: i64,
}

impl Inst {
    /// The type of the value it defines.
    pub fn result(&self) -> Option<Type> {
        match self.op.res() {
            Res::None => None,
            Res::Own => Some(self.ty),
            Res::I64 => Some(Type::I64),
            Res::I32 => Some(Type::I32),
            Res::F16 => Some(Type::F16),
            Res::F32 => Some(Type::F32),
            Res::F64 => Some(Type::F64),
        }
    }
    /// The operands in use.
    pub fn operands(&self) -> &[Value] {
        &self.args[..self.op.arity()]
    }
    /// The operands in use, to be replaced.
    pub fn operands_mut(&mut self) -> &mut [Value] {
        &mut self.args[..self.op.arity()]
    }
    /// The slot of a `get` or `set`.
    pub fn slot(&self) -> Slot {
        Slot(self.aux as u8)
    }
    /// The rounding mode of a floating-point op.
    pub fn round(&self) -> Round {
        Round::from_bits(self.aux).unwrap_or(Round::Dyn)
    }
}

/// A jump to a block with the values of its parameters.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BlockCall {
    /// The block.
    pub block: BlockId,
    /// One value a parameter.
    pub args: Vec<Value>,
}

/// One way out of a block.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Target {
    /// To a block of the same region.
    Block(BlockCall),
    /// Out of the region.
    Exit(Exit),
}

impl Target {
    /// The position of the block that it leads to, if it stays in the region.
    pub fn block(&self) -> Option<usize> {
        match self {
            Target::Block(call) => Some(call.block.0 as usize),
            Target::Exit(_) => None,
        }
    }
}

/// The end of a block.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Term {
    /// Always the same way.
    Go(Target),
    /// `then` if `cond` is not 0, else `other`.
    If {
        /// A truth value.
        cond: Value,
        /// The way if it is not 0.
        then: Target,
        /// The way if it is 0.
        other: Target,
    },
}

/// A block: a run of instructions and its end.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Block {
    /// Its instructions in [`Region::insts`], parameters first.
    pub insts: Range<u32>,
    /// Its end.
    pub term: Term,
}

/// A piece of guest code in SSA form. Block 0 is the entry and has no parameters.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Region {
    /// Guest address of the entry.
    pub entry: GuestAddr,
    /// The guest bytes it was made from, `[start, end)`.
    pub bytes: Range<u64>,
    /// Further guest bytes that it was made from.
    pub more: Vec<Range<u64>>,
    /// Guest instructions in it.
    pub guest_insns: u32,
    /// Branches whose ways are hard to predict, as far as is known.
    pub unsteady: Vec<GuestAddr>,
    /// All instructions; a block owns a run of them.
    pub insts: Vec<Inst>,
    /// The blocks.
    pub blocks: Vec<Block>,
}

impl Region {
    /// Empties it for reuse; keeps its memory.
    pub fn clear(&mut self) {
        self.entry = GuestAddr(0);
        self.bytes = 0..0;
        self.more.clear();
        self.guest_insns = 0;
        self.unsteady.clear();
        self.insts.clear();
        self.blocks.clear();
    }
    /// The instruction that defines `value`.
    pub fn inst(&self, value: Value) -> &Inst {
        &self.insts[value.index()]
    }
    /// The guest address that `block` starts at, if it has any guest instruction.
    pub fn start(&self, block: &Block) -> Option<GuestAddr> {
        let insts = &self.insts[block.insts.start as usize..block.insts.end as usize];
        insts.iter().find(|inst| inst.op == Op::Insn).map(|inst| GuestAddr(inst.imm as u64))
    }
    /// True if each block but the last leads out or on to the next one, and no other way leads to any: code without
    /// joins, left at several places.
    pub fn is_chain(&self) -> bool {
        let leads_on = |(number, block): (usize, &Block)| {
            matches!(&block.term, Term::If { then: Target::Exit(_), other: Target::Block(next), .. }
                if next.block.0 as usize == number + 1)
        };
        let Some((last, before)) = self.blocks.split_last() else { return false };
        let leads_out = last.term.targets().all(|target| matches!(target, Target::Exit(_)));
        leads_out && before.iter().enumerate().all(leads_on)
    }
    /// The constant that `value` is, if it is one.
    pub fn as_const(&self, value: Value) -> Option<i64> {
        let inst = self.inst(value);
        (inst.op == Op::Const).then_some(inst.imm)
    }
    /// True if `inst` reads of its operand number `at`, which has 64 bits, no more than the low half.
    pub fn reads_low(&self, inst: &Inst, at: usize) -> bool {
        match inst.op {
            Op::Trunc | Op::FFromI32 | Op::FFromU32 => true,
            Op::St8 | Op::St16 | Op::St32 => at == 1,
            Op::Shl if inst.ty == Type::I64 => {
                at == 0 && self.as_const(inst.args[1]).is_some_and(|count| count & 63 >= 32)
            }
            Op::And if inst.ty == Type::I64 => {
                let mask = self.as_const(inst.args[1 - at]);
                mask.is_some_and(|mask| mask as u64 <= u32::MAX as u64)
            }
            _ => false,
        }
    }
    /// The type of `value`.
    pub fn type_of(&self, value: Value) -> Option<Type> {
        self.inst(value).result()
    }
}
