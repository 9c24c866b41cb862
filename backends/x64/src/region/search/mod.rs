//! Loops that look for something in arrays: a round loads neighbouring elements, and goes on or not by what they are. What
//! many rounds look at is looked at at once; as many rounds as surely go on are skipped (docs/adr/0030).

mod bound;
mod emit;
mod find;
mod hint;
mod skip;
mod stays;
mod vectors;

pub use emit::{Searching, emit};
pub use find::find;

use ir::{Op, Type, Value};

use super::lanes::Sum;
use crate::asm::Packed;

/// Bytes that are looked at at once in each array.
pub const WIDTH: i64 = 32;
/// Vectors that there are registers for where the guest's are left alone.
pub const MOST_VECTORS: usize = 5;
/// Words of 32 bytes that vectors can be kept in.
pub const MOST_KEPT: usize = 8;

/// A vector, an element in each lane.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lane {
    /// What an array holds.
    Array(usize),
    Const(i64),
    /// A value that is the same in all rounds.
    Fixed(Value),
    Op(Packed, usize, usize),
}

impl Lane {
    /// True if it is the same in all rounds.
    pub fn is_same(self) -> bool {
        matches!(self, Lane::Const(_) | Lane::Fixed(_))
    }
}

/// What holds for elements of rounds behind which the loop goes on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stay {
    Equal(usize, usize),
    Differ(usize, usize),
}

/// A constant, or a value that is the same in all rounds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Other {
    Const(i64),
    Value(Value),
}

impl Other {
    fn value(self) -> Option<Value> {
        match self {
            Other::Const(_) => None,
            Other::Value(value) => Some(value),
        }
    }
}

/// A relation on parameters and constants that the first round needs: those show elements of the round before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct First {
    pub op: Op,
    pub wide: bool,
    pub a: Value,
    pub b: Other,
}

/// What a round makes of a parameter of the head.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Change {
    Add(i64),
    AddWord(i64, Type),
    Sum(Sum),
    /// An element of the last round, `at` bytes behind its first one, as `load` would give it.
    Last {
        lane: usize,
        at: i64,
        load: Op,
    },
    Const(i64),
}

/// How a limit is compared with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Order {
    Differ,
    Signed,
    Unsigned,
}

/// Rounds go on as long as `param + first` has not come to `limit`; if it is `word`, it is the sign-extended low half.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bound {
    pub param: Value,
    pub first: i64,
    pub step: i64,
    pub limit: Other,
    pub order: Order,
    pub word: bool,
    /// The limit has 64 bits although `word`.
    pub wide: bool,
}

/// A loop of which rounds are skipped.
#[derive(Clone, Debug)]
pub struct Search {
    /// The block that leads back to the head.
    pub latch: usize,
    /// The first guest instruction of a round.
    pub pc: i64,
    /// Bytes of an element.
    pub size: i64,
    /// Bytes of each array that a round looks at.
    pub stride: i64,
    /// The first element of a round, in the order of their first loads.
    pub arrays: Vec<Sum>,
    pub lanes: Vec<Lane>,
    pub stays: Vec<Stay>,
    pub first: Vec<First>,
    pub bound: Option<Bound>,
    /// What changes, by the position among the head's parameters.
    pub changes: Vec<(usize, Change)>,
    /// The parameter whose low bits say when to try again, and what it grows by.
    pub gate: Option<(usize, i64)>,
}

impl Search {
    /// The vectors of the rounds that parameters show.
    pub fn kept(&self) -> Vec<usize> {
        let lanes = self.changes.iter().filter_map(|(_, change)| match change {
            Change::Last { lane, .. } => Some(*lane),
            _ => None,
        });
        let mut kept: Vec<usize> = lanes.collect();
        kept.sort_unstable();
        kept.dedup();
        kept
    }

    /// All values that are in registers throughout, but for those that change.
    pub fn operands(&self) -> Vec<Value> {
        let lanes = self.lanes.iter().filter_map(|lane| match lane {
            Lane::Fixed(value) => Some(*value),
            Lane::Array(_) | Lane::Const(_) | Lane::Op(..) => None,
        });
        let bound = self.bound.iter().flat_map(|b| [Some(b.param), b.limit.value()]);
        let first = self.first.iter().flat_map(|first| [Some(first.a), first.b.value()]);
        let sums = self.changes.iter().filter_map(|(_, change)| match change {
            Change::Sum(sum) => Some(sum),
            _ => None,
        });
        let terms = self.arrays.iter().chain(sums).flat_map(|sum| &sum.terms);
        let others = bound.chain(first).flatten().chain(terms.map(|&(value, _)| value));
        lanes.chain(others).collect()
    }
}

/// What `load` gives for an element whose low bits are those of `bits`.
pub fn extend(load: Op, bits: i64) -> i64 {
    match load {
        Op::Ld8U => bits as u8 as i64,
        Op::Ld8S => bits as i8 as i64,
        Op::Ld16U => bits as u16 as i64,
        Op::Ld16S => bits as i16 as i64,
        Op::Ld32U => bits as u32 as i64,
        Op::Ld32S => bits as i32 as i64,
        _ => bits,
    }
}
