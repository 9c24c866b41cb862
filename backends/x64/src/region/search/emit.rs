//! Skips rounds on the ways into the loop, and now and then on the way back. The guest's registers are at any time what
//! they are at the head of a round, so it can be left for the head whenever something is special.

use guest::PAGE_MASK;
use ir::traits::thunk;
use ir::{Op, Value};

use super::super::lanes::Sum;
use super::find::INT_TEMPS;
use super::vectors::{Plan, Src, Step};
use super::{First, Lane, MOST_VECTORS, Other, Search, WIDTH};
use crate::asm::{Alu, Bit, Cc, Mem, Rm, Unary};
use crate::lower::Lower;
use crate::operands::{Asked, Role};
use crate::regs::{self, Reg};

/// A loop with the names that its values have on one way in.
#[derive(Clone, Debug)]
pub struct Searching {
    pub search: Search,
    /// The parameters of the head, and what is in registers, by the number of the question.
    pub at: Vec<(Value, usize)>,
    /// It is on the way back.
    pub again: bool,
}

impl Searching {
    /// The registers that it works in: integers and vectors.
    pub fn temps(&self) -> impl Iterator<Item = Asked> {
        let bases = self.search.arrays.iter().filter(|sum| sum.alone().is_none()).count();
        let ints = std::iter::repeat_n(Asked::temp(false), INT_TEMPS + bases);
        ints.chain(std::iter::repeat_n(Asked::temp(true), MOST_VECTORS))
    }
}

pub struct Emit<'a, 'b> {
    pub lower: &'a mut Lower<'b>,
    pub search: &'a Search,
    pub at: &'a [(Value, usize)],
    /// What is in each register of the questions.
    pub regs: Vec<Reg>,
    pub ints: Vec<Reg>,
    vectors: Vec<Reg>,
    plan: Plan,
    pub kept: Vec<usize>,
}

/// Emits the search.
pub fn emit(lower: &mut Lower<'_>, searching: &Searching) {
    let list = &lower.operands.list;
    let temps = |fp| list.iter().filter(move |a| a.role == Role::Temp && a.fp == fp).map(|a| a.reg);
    let (ints, vectors) = (temps(false).collect(), temps(true).collect());
    let regs = list.iter().map(|a| a.reg).collect();
    let Searching { search, at, again } = searching;
    let (plan, kept) = (Plan::new(search), search.kept());
    Emit { lower, search, at, regs, ints, vectors, plan, kept }.run(*again);
}

/// Tries on the way back are this much apart, in units of what the gate grows by at most.
const PERIOD: i64 = 64;

impl Emit<'_, '_> {
    fn run(&mut self, again: bool) {
        let mut none = Vec::new();
        none.extend(if again { self.gate() } else { Some(self.hint()) });
        for first in &self.search.first {
            none.push(self.first(first));
        }
        self.bases();
        self.distances(&mut none);
        (0..self.search.lanes.len()).for_each(|lane| self.fill(lane));
        self.lower.asm.align(16);
        let head = self.lower.asm.target();
        let mut out = vec![self.lower.test_poll(false)];
        self.bound(&mut out);
        self.pages(&mut out);
        self.look();
        let (good, whole) = (self.ints[0], WIDTH as i32);
        self.lower.asm.alu_imm(Alu::Cmp, false, good, whole);
        let some = self.lower.asm.jcc(Cc::Ne);
        self.skip(None);
        self.note_long();
        let back = self.lower.asm.jmp();
        self.lower.asm.bind(back, head);
        self.lower.asm.bind_here(some);
        self.note(good);
        self.lower.asm.test(false, good, good);
        out.push(self.lower.asm.jcc(Cc::E));
        self.skip(Some(good));
        out.into_iter().for_each(|field| self.lower.asm.bind_here(field));
        self.lower.asm.lanes_done();
        none.into_iter().for_each(|field| self.lower.asm.bind_here(field));
    }

    /// On the way back it is only tried where some bits of a parameter are zero.
    fn gate(&mut self) -> Option<u32> {
        let (i, by) = self.search.gate?;
        let n = self.search.changes.iter().position(|&(other, _)| other == i);
        self.lower.asm.test_low(self.regs[n.unwrap_or(0)], (PERIOD - by) as u8);
        Some(self.lower.asm.jcc(Cc::Ne))
    }

    pub fn reg(&self, value: Value) -> Reg {
        let found = self.at.iter().find(|&&(known, _)| known == value);
        found.map_or(0, |&(_, i)| self.regs[i])
    }

    /// Leaves if a relation does not hold that the first round needs.
    fn first(&mut self, &First { op, wide, a, b }: &First) -> u32 {
        let a = self.reg(a);
        match b {
            Other::Value(b) => {
                let b = self.reg(b);
                self.lower.asm.alu(Alu::Cmp, wide, a, b);
            }
            Other::Const(bits) => {
                let t = self.ints[0];
                self.lower.asm.mov_imm(t, bits);
                self.lower.asm.alu(Alu::Cmp, wide, a, t);
            }
        }
        self.lower.asm.jcc(if op == Op::Eq { Cc::Ne } else { Cc::E })
    }

    fn alone(sum: &Sum) -> bool {
        sum.alone().is_some()
    }

    /// Computes addresses that no parameter is.
    fn bases(&mut self) {
        for (i, sum) in self.search.arrays.iter().filter(|sum| !Self::alone(sum)).enumerate() {
            let terms = sum.terms.iter().map(|&(v, minus)| (self.reg(v), minus));
            let terms: Vec<_> = terms.collect();
            self.lower.add_up(self.ints[INT_TEMPS + i], &terms);
        }
    }

    pub fn mem(&self, sum: &Sum) -> Mem {
        let base = sum.alone().map(|value| self.reg(value)).unwrap_or_else(|| {
            let mut others = self.search.arrays.iter().filter(|sum| !Self::alone(sum));
            self.ints[INT_TEMPS + others.position(|other| other == sum).unwrap_or(0)]
        });
        Mem::base(base, sum.disp as i32)
    }

    /// Leaves if what a round loads from a later array is what one of the next rounds loads from an earlier one: loads of
    /// one place stay in order.
    fn distances(&mut self, none: &mut Vec<u32>) {
        let (t, u) = (self.ints[0], self.ints[1]);
        for (i, later) in self.search.arrays.iter().enumerate() {
            for earlier in &self.search.arrays[..i] {
                if later.terms != earlier.terms {
                    let [a, b] = [earlier, later].map(|sum| self.mem(sum));
                    self.lower.asm.lea(true, t, b);
                    self.lower.asm.lea(true, u, a);
                    self.lower.asm.alu(Alu::Sub, true, t, u);
                    self.lower.asm.alu_imm(Alu::Cmp, true, t, WIDTH as i32);
                    none.push(self.lower.asm.jcc(Cc::B));
                }
            }
        }
    }

    /// The memory that a vector is kept in. It is where host registers are put at a fault, behind which no vector is used.
    fn kept(&self, number: usize) -> Mem {
        let word = thunk::FAULT_DUMP as usize + number * WIDTH as usize / 8;
        Mem::state(regs::field(guest::offsets::SCRATCH + 8 * word))
    }

    /// Where the vector is kept that parameters show elements of.
    pub fn shown(&self, lane: usize) -> Mem {
        let number = self.kept.iter().position(|&kept| kept == lane);
        self.kept(number.unwrap_or(0))
    }

    /// The number of a vector that is the same in all rounds.
    fn number(&self, lane: usize) -> usize {
        self.search.lanes[..lane].iter().filter(|lane| lane.is_same()).count()
    }

    /// Where a vector is that is the same in all rounds.
    fn same(&self, lane: usize) -> Rm {
        let number = self.number(lane);
        match self.vectors.get(self.plan.registers + number) {
            Some(&reg) => reg.into(),
            None => self.kept(self.kept.len() + number).into(),
        }
    }

    fn fill(&mut self, lane: usize) {
        let from = match self.search.lanes[lane] {
            Lane::Const(bits) => {
                self.lower.asm.mov_imm(self.ints[0], bits);
                self.ints[0]
            }
            Lane::Fixed(value) => self.reg(value),
            Lane::Array(_) | Lane::Op(..) => return,
        };
        let to = self.same(lane);
        let reg = if let Rm::Reg(reg) = to { reg } else { self.vectors[0] };
        self.lower.asm.int_to_fp(true, reg, from);
        self.lower.asm.packed_fill(self.search.size, reg, reg);
        if let Rm::Mem(mem) = to {
            self.lower.asm.lanes_store(mem, reg);
        }
    }

    /// Leaves if a page ends in what is looked at next.
    fn pages(&mut self, out: &mut Vec<u32>) {
        let t = self.ints[0];
        for array in &self.search.arrays {
            let mem = self.mem(array);
            self.lower.asm.lea(false, t, mem);
            self.lower.asm.alu_imm(Alu::And, false, t, PAGE_MASK as i32);
            let last = PAGE_MASK as i32 + 1 - WIDTH as i32;
            self.lower.asm.alu_imm(Alu::Cmp, false, t, last);
            out.push(self.lower.asm.jcc(Cc::A));
        }
    }

    /// Looks at all; how many bytes rounds surely go on behind is in the first temporary.
    fn look(&mut self) {
        for step in self.plan.steps.clone() {
            self.step(step);
        }
        let good = self.ints[0];
        self.lower.asm.packed_signs(good, self.vectors[0]);
        if self.plan.good {
            self.lower.asm.unary(Unary::Not, false, good);
        }
        // Gives 32 if no bit is set.
        self.lower.asm.bits(Bit::Tzcnt, false, good, good);
        if self.search.stride > 1 {
            self.lower.asm.alu_imm(Alu::And, false, good, -(self.search.stride as i32));
        }
        if self.search.bound.is_some() {
            let left = self.ints[2];
            self.lower.asm.alu(Alu::Cmp, true, left, good);
            self.lower.asm.cmov(Cc::B, true, good, left);
        }
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Load { to, array } => {
                let mem = self.mem(&self.search.arrays[array]);
                self.lower.asm.lanes_load(self.vectors[to], mem);
            }
            Step::Op { op, to, a, b } => {
                let place = |src| match src {
                    Src::Reg(reg) => Rm::Reg(self.vectors[reg]),
                    Src::Same(lane) => self.same(lane),
                };
                let (a, b) = match (place(a), place(b)) {
                    (Rm::Reg(a), b) => (a, b),
                    (a, Rm::Reg(b)) => (b, a),
                    _ => return self.lower.operands.broken = true,
                };
                self.lower.asm.packed(op, self.vectors[to], a, b);
            }
            Step::Keep { from, lane } => {
                let mem = self.shown(lane);
                self.lower.asm.lanes_store(mem, self.vectors[from]);
            }
        }
    }
}
