//! Four rounds of a loop at once, on the ways into it. The last ones, and all those in which something
//! is special, are left to the loop itself, with everything as it is at its head.
//!
//! A fault finds the guest at the loop's head: nothing of the four rounds has happened, but that what is stored to may
//! be known to be writable. So the runtime executes one instruction alone, which does not fault, and the
//! loop's own code meets the one that does.

use guest::PAGE_MASK;
use ir::{Type, Value};

use crate::asm::{Alu, Cc, Mem, Size};
use crate::lower::Lower;
use crate::operands::{Asked, Role};
use crate::regs::Reg;

use super::lanes::{Bound, Change, FLOAT_TEMPS, INT_TEMPS, LANES, Lanes, Source, Sum, pairs};

/// The last byte that four rounds store, from the first one on.
const LAST_BYTE: i32 = 8 * LANES as i32 - 1;

/// A loop with the names that its values have on one way in. What the step asks for, in order: what changes, what does not, what
/// becomes of the former, and temporaries.
#[derive(Clone, Debug)]
pub struct Rounds {
    pub lanes: Lanes,
    /// The parameters of the head, and what is in registers, by the number of the question.
    pub at: Vec<(Value, usize)>,
    /// The constant that the loop's end is compared with, if it is one.
    pub limit: Option<i64>,
    /// Values that are the same in all rounds.
    fixed: Vec<Value>,
    /// Addresses that no parameter is.
    bases: Vec<Vec<(Value, bool)>>,
}

impl Rounds {
    pub fn new(lanes: Lanes, at: Vec<(Value, usize)>, limit: Option<i64>) -> Rounds {
        let (fixed, bases) = (lanes.fixed(), lanes.bases());
        Rounds { lanes, at, limit, fixed, bases }
    }

    /// The registers that it works in: integers and others.
    pub fn temps(&self) -> impl Iterator<Item = Asked> {
        let ints = INT_TEMPS + self.bases.len();
        let floats =
            FLOAT_TEMPS + self.fixed.len() + self.lanes.loads.len() + self.lanes.steps.len();
        let ints = std::iter::repeat_n(Asked::temp(false), ints);
        ints.chain(std::iter::repeat_n(Asked::temp(true), floats))
    }
}

struct Emit<'a, 'b> {
    lower: &'a mut Lower<'b>,
    rounds: &'a Rounds,
    /// What is in each register of the questions.
    regs: Vec<Reg>,
    ints: Vec<Reg>,
    floats: Vec<Reg>,
}

/// Emits the rounds.
pub fn emit(lower: &mut Lower<'_>, rounds: &Rounds) {
    let list = &lower.operands.list;
    let temps = |fp| list.iter().filter(move |a| a.role == Role::Temp && a.fp == fp).map(|a| a.reg);
    let (ints, floats) = (temps(false).collect(), temps(true).collect());
    let regs = list.iter().map(|a| a.reg).collect();
    Emit { lower, rounds, regs, ints, floats }.run();
}

impl Emit<'_, '_> {
    fn run(&mut self) {
        self.bound();
        let mut none = vec![self.lower.asm.jcc(Cc::Be)];
        self.bases();
        self.distances(&mut none);
        none.push(self.lower.test_poll(false));
        if !self.lower.plan.unsettled {
            self.lower.unsettle();
        }
        for (i, &value) in self.rounds.fixed.iter().enumerate() {
            let (to, from) = (self.source(Source::Fixed(value), i), self.reg(value));
            self.lower.asm.lanes_fill(to, from);
        }
        let store = self.mem(&self.rounds.lanes.store);
        self.probe(store);
        self.lower.asm.align(16);
        let head = self.lower.asm.target();
        let mut out = vec![self.lower.test_poll(false)];
        let (next_page, known) = self.writable(store);
        out.push(self.round());
        self.advance();
        self.bound();
        let back = self.lower.asm.jcc(Cc::A);
        self.lower.asm.bind(back, head);
        out.push(self.lower.asm.jmp());
        self.lower.asm.bind_here(next_page);
        self.probe(store.plus(LAST_BYTE));
        let back = self.lower.asm.jmp();
        self.lower.asm.bind(back, known);
        out.into_iter().for_each(|field| self.lower.asm.bind_here(field));
        self.lower.asm.lanes_done();
        none.into_iter().for_each(|field| self.lower.asm.bind_here(field));
    }

    fn reg(&self, value: Value) -> Reg {
        let found = self.rounds.at.iter().find(|&&(known, _)| known == value);
        found.map_or(0, |&(_, i)| self.regs[i])
    }

    /// Compares: above if the loop surely goes on behind the next four rounds.
    fn bound(&mut self) {
        let Bound { param, first, step, wide, .. } = self.rounds.lanes.bound;
        let (t, param) = (self.ints[0], self.reg(param));
        let limit = self.rounds.limit.ok_or_else(|| self.reg(self.rounds.lanes.bound.limit));
        let asm = &mut self.lower.asm;
        let first = if step > 0 {
            match limit {
                Ok(limit) => asm.mov_imm(t, limit),
                Err(limit) => asm.mov(true, t, limit),
            }
            asm.alu(Alu::Sub, wide, t, param);
            first
        } else {
            // The other way about: `param + first - limit`.
            match limit {
                Ok(limit) => asm.mov_imm(t, limit.wrapping_neg()),
                Err(limit) => {
                    asm.mov(true, t, limit);
                    asm.unary(crate::asm::Unary::Neg, wide, t);
                }
            }
            asm.alu(Alu::Add, wide, t, param);
            -first
        };
        asm.alu_imm(Alu::Sub, wide, t, first as i32);
        asm.alu_imm(Alu::Cmp, wide, t, ((LANES - 1) * step.abs()) as i32);
    }

    /// Computes addresses that no parameter is.
    fn bases(&mut self) {
        for (i, terms) in self.rounds.bases.iter().enumerate() {
            let terms: Vec<_> = terms.iter().map(|&(v, minus)| (self.reg(v), minus)).collect();
            self.lower.add_up(self.ints[INT_TEMPS + i], &terms);
        }
    }

    fn base(&self, sum: &Sum) -> Reg {
        match sum.alone() {
            Some(value) => self.reg(value),
            None => {
                let found = self.rounds.bases.iter().position(|terms| *terms == sum.terms);
                self.ints[INT_TEMPS + found.unwrap_or(0)]
            }
        }
    }

    fn mem(&self, sum: &Sum) -> Mem {
        Mem::base(self.base(sum), sum.disp as i32)
    }

    /// Leaves if an access of a later round is to be seen by an access of an earlier one: none may be done before it.
    fn distances(&mut self, out: &mut Vec<u32>) {
        let t = self.ints[0];
        let lanes = &self.rounds.lanes;
        for (x, y) in pairs(&lanes.loads, &lanes.store) {
            if x.terms == y.terms {
                continue;
            }
            let (from, y) = (self.base(x), self.mem(y).plus(-1 - x.disp as i32));
            self.lower.asm.lea(true, t, y);
            self.lower.asm.alu(Alu::Sub, true, t, from);
            self.lower.asm.alu_imm(Alu::Cmp, true, t, LAST_BYTE);
            out.push(self.lower.asm.jcc(Cc::B));
        }
    }

    /// Leaves if what is stored to goes on in a page that is not known to be writable.
    fn writable(&mut self, store: Mem) -> (u32, u32) {
        let [t, known] = [self.ints[0], self.ints[1]];
        self.lower.asm.lea(true, t, store.plus(LAST_BYTE + 1));
        self.lower.asm.alu(Alu::Cmp, true, t, known);
        (self.lower.asm.jcc(Cc::A), self.lower.asm.target())
    }

    /// Faults if the page at `mem` cannot be written, before arithmetic of later rounds raises exceptions.
    /// Nobody sees it otherwise.
    fn probe(&mut self, mem: Mem) {
        let [t, known] = [self.ints[0], self.ints[1]];
        let asm = &mut self.lower.asm;
        asm.alu(Alu::Xor, false, t, t);
        asm.lock_alu(Alu::Or, Size::B1, mem, t);
        asm.lea(true, known, mem);
        asm.alu_imm(Alu::Or, true, known, PAGE_MASK as i32);
        asm.alu_imm(Alu::Add, true, known, 1);
    }

    /// The register of a source; `fixed`: its number among those that do not change.
    fn source(&self, source: Source, fixed: usize) -> Reg {
        let (fixes, loads) = (self.rounds.fixed.len(), self.rounds.lanes.loads.len());
        self.floats[FLOAT_TEMPS
            + match source {
                Source::Fixed(_) => fixed,
                Source::Load(i) => fixes + i,
                Source::Step(i) => fixes + loads + i,
            }]
    }

    fn operand(&self, source: Source) -> Reg {
        let fixed = self.rounds.fixed.iter().position(|&value| source == Source::Fixed(value));
        self.source(source, fixed.unwrap_or(0))
    }

    /// The four rounds; leaves before the store if a result is a NaN.
    fn round(&mut self) -> u32 {
        let lanes = &self.rounds.lanes;
        for (i, load) in lanes.loads.iter().enumerate() {
            let (to, from) = (self.operand(Source::Load(i)), self.mem(load));
            self.lower.asm.lanes_load(to, from);
        }
        for (i, &(op, a, b)) in lanes.steps.iter().enumerate() {
            let [to, a, b] = [Source::Step(i), a, b].map(|source| self.operand(source));
            self.lower.asm.lanes(op, to, a, b);
        }
        let (result, store) = (self.operand(Source::Step(lanes.result)), self.mem(&lanes.store));
        let (nan, t) = (self.floats[0], self.ints[0]);
        self.lower.asm.lanes_nan(nan, result);
        self.lower.asm.lanes_signs(t, nan);
        self.lower.asm.test(false, t, t);
        let special = self.lower.asm.jcc(Cc::Ne);
        self.lower.asm.lanes_store(store, result);
        special
    }

    /// Goes on to the next four rounds.
    fn advance(&mut self) {
        for i in 0..self.rounds.bases.len() {
            self.lower.asm.alu_imm(Alu::Add, true, self.ints[INT_TEMPS + i], LAST_BYTE + 1);
        }
        for (n, (_, change)) in self.rounds.lanes.changes.iter().enumerate() {
            let reg = self.regs[n];
            match *change {
                Change::Add(by) => self.lower.asm.alu_imm(Alu::Add, true, reg, (by * LANES) as i32),
                Change::AddWord(by, ty) => {
                    self.lower.asm.alu_imm(Alu::Add, false, reg, (by * LANES) as i32);
                    if ty == Type::I64 {
                        self.lower.asm.sign_extend(Size::B4, true, reg, reg);
                    }
                }
                Change::Last(source) => {
                    let from = self.operand(source);
                    self.lower.asm.lanes_last(reg, from);
                }
                Change::Sum(_) => {}
            }
        }
        // What the last round computed, by what the next one would.
        for (n, (_, change)) in self.rounds.lanes.changes.iter().enumerate() {
            if let Change::Sum(sum) = change {
                let mem = self.mem(sum).plus(-8);
                self.lower.asm.lea(true, self.regs[n], mem);
            }
        }
    }
}
