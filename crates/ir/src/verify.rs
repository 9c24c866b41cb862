//! The rules that a region keeps, each with a name.

mod flow;
mod inst;
#[cfg(test)]
mod tests;

use std::fmt;

use crate::{Region, Value};

/// A rule that a region must keep.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rule {
    /// There is a block, and the blocks own all instructions, run behind run.
    Runs,
    /// Parameters come first in their block; the entry has none.
    Params,
    /// Operands name instructions that give a value; unused operands are `Value::NONE`.
    Operands,
    /// A value is defined before it is used, on every path.
    Dominance,
    /// Operands have the types of the op's signature.
    OperandType,
    /// The op exists for the type that the instruction carries.
    OwnType,
    /// `aux` holds a slot, size, length or rounding mode where the op has one, else 0.
    Aux,
    /// `imm` is within the op's range, else 0.
    Imm,
    /// Jumps to blocks name blocks and give a value of the right type to each parameter.
    BlockArgs,
    /// Conditions and computed targets are `i64` values.
    TermType,
    /// What may fault belongs to a guest instruction of its block.
    InsnFirst,
    /// A write of a guest register is not followed by a faulting op of the same guest
    /// instruction.
    SetAfterFault,
    /// Behind `fpround.set`, the guest instruction ends its block with `Exit::Yield`.
    RoundYields,
}

/// A broken rule.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{rule:?} is broken at {at}")]
pub struct Broken {
    /// Which rule.
    pub rule: Rule,
    /// Where.
    pub at: Place,
}

/// A place in a region.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// An instruction.
    Inst(Value),
    /// The end of a block, by its position.
    Term(usize),
    /// A block, by its position.
    Block(usize),
    /// The region as such.
    Region,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Inst(value) => write!(f, "instruction {value:?}"),
            Place::Term(block) => write!(f, "the end of b{block}"),
            Place::Block(block) => write!(f, "b{block}"),
            Place::Region => write!(f, "the region"),
        }
    }
}

/// `Err` unless `holds`.
fn ensure(holds: bool, rule: Rule, at: Place) -> Result<(), Broken> {
    if holds { Ok(()) } else { Err(Broken { rule, at }) }
}

/// Checks every rule; stops at the first broken one.
pub fn verify(region: &Region) -> Result<(), Broken> {
    flow::runs(region)?;
    for (number, block) in region.blocks.iter().enumerate() {
        flow::params(region, number, block)?;
        for i in block.insts.clone() {
            inst::check(region, Value(i))?;
        }
        flow::order(region, number, block)?;
        flow::term(region, number, block)?;
    }
    flow::dominance(region)
}
