//! What is known of a loop that is done four rounds at once: one over arrays of binary64 whose rounds do not
//! depend on each other, if the arrays lie well (docs/adr/0024).

use ir::{Type, Value};

use crate::asm::{Alu, Vex};
use crate::lower::Lower;
use crate::regs::Reg;

/// Rounds done at once.
pub const LANES: i64 = 4;
/// Bytes of an element, and from one round's to the next one's.
pub const ELEMENT: i64 = 8;

/// What a value is the sum of: values from before the loop or parameters of its head, each added or
/// subtracted, and a constant.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Sum {
    pub terms: Vec<(Value, bool)>,
    pub disp: i64,
}

impl Sum {
    /// The parameter that it is, displacement aside.
    pub fn alone(&self) -> Option<Value> {
        match self.terms[..] {
            [(value, false)] => Some(value),
            _ => None,
        }
    }

    pub fn plus(mut self, other: Sum, negated: bool) -> Sum {
        self.terms.extend(other.terms.into_iter().map(|(value, minus)| (value, minus != negated)));
        self.terms.sort_unstable();
        let disp = if negated { other.disp.wrapping_neg() } else { other.disp };
        Sum { disp: self.disp.wrapping_add(disp), ..self }
    }
}

/// An operand of arithmetic in a round.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Source {
    Load(usize),
    Step(usize),
    /// The same in all rounds.
    Fixed(Value),
}

/// How a round changes a parameter of the head.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Change {
    /// Adds to it.
    Add(i64),
    /// Adds to its low half, and sign-extends if it is wide.
    AddWord(i64, Type),
    /// It becomes an address of the round.
    Sum(Sum),
    /// It becomes a result of the round.
    Last(Source),
}

/// When the loop ends: if `param + first` is `limit`, or equal in the low halves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bound {
    pub param: Value,
    pub first: i64,
    pub step: i64,
    pub limit: Value,
    pub wide: bool,
}

/// A loop that is done four rounds at once.
#[derive(Clone, Debug)]
pub struct Lanes {
    /// The block that leads back to the head.
    pub latch: usize,
    /// The first guest instruction of a round.
    pub pc: i64,
    /// What changes, by the position among the head's parameters.
    pub changes: Vec<(usize, Change)>,
    /// In the order of the round, all before the store.
    pub loads: Vec<Sum>,
    pub steps: Vec<(Vex, Source, Source)>,
    pub result: usize,
    pub store: Sum,
    pub bound: Bound,
}

/// What can be in registers at once: integers, floating-point values.
pub const MOST_INTS: usize = 13;
pub const MOST_FLOATS: usize = 15;
/// Registers to work in, next to those for addresses and values.
pub const INT_TEMPS: usize = 2;
pub const FLOAT_TEMPS: usize = 1;

impl Lanes {
    /// The values from before the loop that arithmetic needs.
    pub fn fixed(&self) -> Vec<Value> {
        let sources = self.steps.iter().flat_map(|&(_, a, b)| [a, b]);
        let mut fixed: Vec<Value> = sources
            .filter_map(|source| match source {
                Source::Fixed(value) => Some(value),
                Source::Load(_) | Source::Step(_) => None,
            })
            .collect();
        fixed.sort_unstable();
        fixed.dedup();
        fixed
    }

    fn sums(&self) -> impl Iterator<Item = &Sum> {
        self.loads.iter().chain([&self.store])
    }

    /// All values that addresses are made of.
    pub fn terms(&self) -> impl Iterator<Item = Value> + '_ {
        self.sums().flat_map(|sum| &sum.terms).map(|&(value, _)| value)
    }

    /// Addresses that no parameter is, displacements aside.
    pub fn bases(&self) -> Vec<Vec<(Value, bool)>> {
        let sums = self.sums().filter(|sum| sum.alone().is_none());
        let mut bases: Vec<_> = sums.map(|sum| sum.terms.clone()).collect();
        bases.sort_unstable();
        bases.dedup();
        bases
    }
}

/// False if what is accessed later in a round is known to be what an earlier access of one of the next
/// rounds accesses.
pub fn apart(loads: &[Sum], store: &Sum) -> bool {
    let pairs = pairs(loads, store);
    pairs
        .into_iter()
        .all(|(x, y)| x.terms != y.terms || !(1..LANES * ELEMENT).contains(&(y.disp - x.disp)))
}

/// Accesses whose order changes if their distance is that of some rounds.
pub fn pairs<'a>(loads: &'a [Sum], store: &'a Sum) -> Vec<(&'a Sum, &'a Sum)> {
    let later = |i: usize| loads[i + 1..].iter().chain([store]);
    (0..loads.len()).flat_map(|i| later(i).map(move |y| (&loads[i], y))).collect()
}

impl Lower<'_> {
    /// Adds up registers, some of them negated, as the terms of a [`Sum`].
    pub fn add_up(&mut self, to: Reg, terms: &[(Reg, bool)]) {
        self.asm.set_imm(to, 0);
        for &(reg, minus) in terms {
            self.asm.alu(if minus { Alu::Sub } else { Alu::Add }, true, to, reg);
        }
    }
}
