//! What several rounds of a loop at once ask for, before a jump to its head.

use ir::{Make, Op, Value};

use crate::operands::Asked;

use super::build::{Build, Kind, Shown};
use super::lanes::Lanes;
use super::rounds::Rounds;

impl Build<'_, '_> {
    /// Does rounds of the loop at `head` before it is jumped to with `args`, if it is such a loop and this is
    /// not its own way back.
    pub fn rounds(&mut self, head: usize, args: &mut [Value]) {
        let Some(lanes) = self.lanes[head].clone() else { return };
        if lanes.latch == self.number {
            return;
        }
        let Some(shown) = self.shown_at(head) else { return };
        let first = self.lower.region.blocks[head].insts.start;
        let mut asks = self.changing(&lanes, args);
        let changes = lanes.changes.iter().zip(0..);
        let mut at: Vec<_> = changes.map(|(&(i, _), n)| (Value(first + i as u32), n)).collect();
        let named = |value: Value| {
            let param = value.0.checked_sub(first).and_then(|i| args.get(i as usize));
            param.copied().unwrap_or(value)
        };
        let limit = self.lower.region.as_const(lanes.bound.limit);
        for value in operands(&lanes, limit.is_none()) {
            if at.iter().all(|&(known, _)| known != value) {
                let own = self.argument(named(value));
                at.push((value, asks.len()));
                asks.push(Asked::operand(own, self.code.fp[own.index()]));
            }
        }
        let shown = shown.into_iter().map(|s| Shown { value: named(s.value), ..s }).collect();
        self.results(&lanes, args, &mut asks);
        let pc = std::mem::replace(&mut self.pc, lanes.pc);
        let rounds = Rounds::new(lanes, at, limit);
        asks.extend(rounds.temps());
        self.step(Kind::Rounds(Box::new(rounds)), asks);
        self.code.steps.last_mut().expect("just pushed").shown = Some(shown);
        self.pc = pc;
    }

    /// Gives what changes registers of its own, in `args`, and asks for them.
    fn changing(&mut self, lanes: &Lanes, args: &mut [Value]) -> Vec<Asked> {
        let mut asks = Vec::new();
        for &(i, _) in &lanes.changes {
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
    fn results(&mut self, lanes: &Lanes, args: &mut [Value], asks: &mut Vec<Asked>) {
        for (n, &(i, _)) in lanes.changes.iter().enumerate() {
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
