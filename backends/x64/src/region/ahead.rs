//! What is done before a jump to a loop's head: several rounds at once, or a search.

use ir::{Make, Op, Value};

use crate::operands::Asked;

use super::build::{Build, Kind, Shown};
use super::find;
use super::lanes::Lanes;
use super::rounds::Rounds;
use super::search::{self, Search, Searching};

/// A loop before which something is done.
pub enum Ahead {
    Rounds(Lanes),
    Search(Search),
}

impl Ahead {
    /// What is done before the loop at `block`.
    pub fn find(region: &ir::Region, block: usize) -> Option<Ahead> {
        let rounds = || find::find(region, block).map(Ahead::Rounds);
        rounds().or_else(|| search::find(region, block).map(Ahead::Search))
    }

    fn latch(&self) -> usize {
        match self {
            Ahead::Rounds(lanes) => lanes.latch,
            Ahead::Search(search) => search.latch,
        }
    }

    /// True if it is done on the loop's own way back, too.
    fn again(&self) -> bool {
        matches!(self, Ahead::Search(search) if search.gate.is_some())
    }

    fn pc(&self) -> i64 {
        match self {
            Ahead::Rounds(lanes) => lanes.pc,
            Ahead::Search(search) => search.pc,
        }
    }

    /// What changes, by the position among the head's parameters.
    fn changes(&self) -> Vec<usize> {
        match self {
            Ahead::Rounds(lanes) => lanes.changes.iter().map(|&(i, _)| i).collect(),
            Ahead::Search(search) => search.changes.iter().map(|&(i, _)| i).collect(),
        }
    }

    /// What is in registers throughout; the limit of rounds is not if it is a constant, `limit`.
    fn operands(&self, limit: Option<i64>) -> Vec<Value> {
        match self {
            Ahead::Rounds(lanes) => operands(lanes, limit.is_none()),
            Ahead::Search(search) => search.operands(),
        }
    }
}

impl Build<'_, '_> {
    /// Does rounds of the loop at `head` before it is jumped to with `args`, if it is such a loop.
    pub fn ahead(&mut self, head: usize, args: &mut [Value]) {
        let Some(ahead) = self.ahead[head].take() else { return };
        if ahead.latch() != self.number || ahead.again() {
            self.go_ahead(&ahead, head, args);
        }
        self.ahead[head] = Some(ahead);
    }

    fn go_ahead(&mut self, ahead: &Ahead, head: usize, args: &mut [Value]) {
        let Some(shown) = self.shown_at(head) else { return };
        let first = self.lower.region.blocks[head].insts.start;
        let changes = ahead.changes();
        let mut asks = self.changing(&changes, args);
        let mut at: Vec<_> =
            changes.iter().zip(0..).map(|(&i, n)| (Value(first + i as u32), n)).collect();
        let named = |value: Value| {
            let param = value.0.checked_sub(first).and_then(|i| args.get(i as usize));
            param.copied().unwrap_or(value)
        };
        let limit = match ahead {
            Ahead::Rounds(lanes) => self.lower.region.as_const(lanes.bound.limit),
            Ahead::Search(_) => None,
        };
        for value in ahead.operands(limit) {
            if at.iter().all(|&(known, _)| known != value) {
                let own = self.argument(named(value));
                at.push((value, asks.len()));
                asks.push(Asked::operand(own, self.code.fp[own.index()]));
            }
        }
        let shown = shown.into_iter().map(|s| Shown { value: named(s.value), ..s }).collect();
        self.results(&changes, args, &mut asks);
        let again = ahead.latch() == self.number;
        let kind = match ahead {
            Ahead::Rounds(lanes) => {
                let rounds = Rounds::new(lanes.clone(), at, limit);
                asks.extend(rounds.temps());
                Kind::Rounds(Box::new(rounds))
            }
            Ahead::Search(search) => {
                let searching = Searching { search: search.clone(), at, again };
                asks.extend(searching.temps());
                Kind::Search(Box::new(searching))
            }
        };
        let pc = std::mem::replace(&mut self.pc, ahead.pc());
        self.step(kind, asks);
        self.code.steps.last_mut().expect("just pushed").shown = Some(shown);
        self.pc = pc;
    }

    /// Gives what changes registers of its own, in `args`, and asks for them.
    fn changing(&mut self, changes: &[usize], args: &mut [Value]) -> Vec<Asked> {
        let mut asks = Vec::new();
        for &i in changes {
            let fp = self.code.fp[args[i].index()];
            let own = self.code.fresh(fp);
            let mut copy = Asked::def(own, fp);
            copy.like = Some(0);
            self.step(Kind::Make(Make::Same), vec![Asked::operand(args[i], fp), copy]);
            args[i] = own;
            asks.push(Asked::shown(own, fp));
        }
        asks
    }

    /// What becomes of what changes, in the same registers: the loop's arguments from here on.
    fn results(&mut self, changes: &[usize], args: &mut [Value], asks: &mut Vec<Asked>) {
        for (n, &i) in changes.iter().enumerate() {
            let fp = asks[n].fp;
            args[i] = self.code.fresh(fp);
            let mut result = Asked::def(args[i], fp);
            result.like = Some(n as u8);
            asks.push(result);
        }
    }

    /// What a fault at the head of a loop shows, by its parameters; `None` if that is made there of something else.
    fn shown_at(&mut self, head: usize) -> Option<Vec<Shown>> {
        let region = self.lower.region;
        let insts = region.blocks[head].insts.clone();
        let mut written = self.starts[head].clone();
        for inst in insts.clone().map(|i| region.inst(Value(i))).filter(|i| i.op == Op::Set) {
            written.write(inst.slot(), self.root(inst.args[0]));
        }
        let own = std::mem::replace(&mut self.written, written);
        let shown = self.shown();
        self.written = own;
        let there = |v: Value| insts.contains(&v.0) && !self.code.constant[v.index()];
        let in_terms = |shown: Shown| {
            let inst = region.insts.get(shown.value.index());
            match inst {
                Some(inst)
                    if inst.op == Op::Sext32 && there(shown.value) && shown.make == Make::Same =>
                {
                    Some(Shown { value: self.root(inst.args[0]), make: Make::Sext32, ..shown })
                }
                Some(inst) if there(shown.value) && inst.op != Op::Param => None,
                _ => Some(shown),
            }
        };
        shown.into_iter().map(in_terms).collect()
    }
}

/// What is in registers throughout.
fn operands(lanes: &Lanes, limit: bool) -> Vec<Value> {
    let mut values = lanes.fixed();
    values.extend(lanes.terms());
    values.extend(limit.then_some(lanes.bound.limit));
    values
}
