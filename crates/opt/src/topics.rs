//! What a region has ops for, as far as passes ask before they look.

use ir::{Op, Region};

/// A set of kinds of ops.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Topics(u8);

/// The kinds that each op is of.
const OF: [u8; Op::ALL.len()] = {
    let (mut of, mut at) = ([0; Op::ALL.len()], 0);
    while at < of.len() {
        of[at] = kinds(Op::ALL[at]);
        at += 1;
    }
    of
};

const SCALING: u8 = 1;
const WORDS: u8 = 2;
const NARROW: u8 = 4;

const fn kinds(op: Op) -> u8 {
    match op {
        Op::Shl => SCALING,
        Op::St32 | Op::St64 => WORDS,
        Op::Ld8U | Op::Ld8S | Op::Ld16U | Op::Ld16S | Op::St8 | Op::St16 => NARROW,
        _ => 0,
    }
}

impl Topics {
    /// Nothing special.
    pub const NONE: Topics = Topics(0);
    /// What scales a number, and stores of words.
    pub const SWAPS: Topics = Topics(SCALING | WORDS);
    /// Accesses to one or two bytes.
    pub const NARROW: Topics = Topics(NARROW);

    /// Those of the ops of `region`.
    pub fn of(region: &Region) -> Topics {
        Topics(region.insts.iter().fold(0, |kinds, inst| kinds | OF[inst.op as usize]))
    }

    /// Those of `op`.
    pub const fn of_op(op: Op) -> Topics {
        Topics(OF[op as usize])
    }

    /// True if all of `others` are among these.
    pub const fn cover(self, others: Topics) -> bool {
        self.0 & others.0 == others.0
    }
}
