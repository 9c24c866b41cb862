//! Finds loops that can be done four rounds at once.

use ir::{Effect, Inst, Op, Region, Term, Type, Value};

use crate::asm::Vex;
use crate::lower::{Rounding, rounding};
use crate::plan::is_fp;

use super::lanes::{
    Bound, Change, ELEMENT, FLOAT_TEMPS, INT_TEMPS, Lanes, MOST_FLOATS, MOST_INTS, Source, Sum,
    apart,
};
use super::shape::Shape;

/// The loop whose head is `block`, if it can be done so.
pub fn find(region: &Region, block: usize) -> Option<Lanes> {
    let shape = Shape::of(region, block, |op| op != Op::Poll)?;
    let [_, body, latch] = shape.path[..] else { return None };
    let before = ir::cfg::predecessors(region);
    let plain = region.blocks[latch].insts.is_empty();
    let only = plain && before[body] == [block] && before[latch] == [body];
    if only { Finder { region, body, shape }.find() } else { None }
}

struct Finder<'a> {
    region: &'a Region,
    body: usize,
    shape: Shape<'a>,
}

/// What a round does.
#[derive(Default)]
struct Round {
    names: Vec<(Value, Source)>,
    loads: Vec<Sum>,
    steps: Vec<(Vex, Source, Source)>,
    store: Option<(Sum, usize)>,
}

impl Finder<'_> {
    fn find(&self) -> Option<Lanes> {
        let pc = self.shape.pc()?;
        let mut round = Round::default();
        for v in self.shape.insts() {
            self.inst(&mut round, v)?;
        }
        let (store, result) = round.store.take()?;
        let used = |i: usize| {
            let uses = |s: &(Vex, Source, Source)| s.1 == Source::Step(i) || s.2 == Source::Step(i);
            i == result || round.steps.iter().any(uses)
        };
        if !(0..round.steps.len()).all(used) || !apart(&round.loads, &store) {
            return None;
        }
        let changes = self.changes(&round, &store)?;
        let bound = self.bound()?;
        let Round { loads, steps, .. } = round;
        let latch = self.shape.latch();
        let lanes = Lanes { latch, pc, changes, loads, steps, result, store, bound };
        self.fits(&lanes).then_some(lanes)
    }

    /// True if there are registers for all of it.
    fn fits(&self, lanes: &Lanes) -> bool {
        let float = |&(i, _): &(usize, Change)| {
            self.region.type_of(self.shape.params[i]).is_some_and(is_fp)
        };
        let floats = lanes.changes.iter().filter(|&change| float(change)).count();
        let changed = |value: &Value| {
            self.shape.position(*value).is_some_and(|i| !self.shape.is_fixed(self.shape.params[i]))
        };
        let mut ints: Vec<Value> = lanes.terms().chain([lanes.bound.limit]).collect();
        ints.retain(|value| !changed(value));
        ints.sort_unstable();
        ints.dedup();
        let ints = ints.len() + lanes.changes.len() - floats + lanes.bases().len();
        let fixed = 2 * lanes.fixed().len();
        let work = lanes.loads.len() + lanes.steps.len();
        ints + INT_TEMPS <= MOST_INTS && floats + fixed + work + FLOAT_TEMPS <= MOST_FLOATS
    }

    fn inst(&self, round: &mut Round, v: Value) -> Option<()> {
        let inst = self.region.inst(v);
        match (inst.op, inst.op.effect()) {
            (Op::LdF64, _) if round.store.is_none() => {
                round.names.push((v, Source::Load(round.loads.len())));
                round.loads.push(self.address(v)?);
            }
            (Op::StF64, _) if round.store.is_none() => {
                let Source::Step(result) = self.source(round, inst.args[1])? else { return None };
                round.store = Some((self.address(v)?, result));
            }
            (_, Effect::Fp) => {
                let op = arithmetic(inst)?;
                let [a, b] = [0, 1].map(|i| self.source(round, inst.args[i]));
                round.names.push((v, Source::Step(round.steps.len())));
                round.steps.push((op, a?, b?));
            }
            (Op::Insn | Op::Set, _) | (_, Effect::Pure) => {}
            _ => return None,
        }
        Some(())
    }

    fn address(&self, v: Value) -> Option<Sum> {
        self.shape.address(v).filter(|sum| self.shape.stride(sum) == ELEMENT)
    }

    fn source(&self, round: &Round, value: Value) -> Option<Source> {
        match round.names.iter().find(|&&(name, _)| name == value) {
            Some(&(_, source)) => Some(source),
            None => self.shape.is_fixed(value).then_some(Source::Fixed(value)),
        }
    }

    fn changes(&self, round: &Round, store: &Sum) -> Option<Vec<(usize, Change)>> {
        let mut changes = Vec::new();
        for (i, (&param, &arg)) in self.shape.params.iter().zip(&self.shape.args).enumerate() {
            if param != arg {
                let change = self.shape.steps[i].clone().or_else(|| self.last(round, store, arg));
                changes.push((i, change?));
            }
        }
        Some(changes)
    }

    /// What a parameter becomes that only shows what the round before computed.
    fn last(&self, round: &Round, store: &Sum, arg: Value) -> Option<Change> {
        if self.region.type_of(arg).is_some_and(is_fp) {
            let source = self.source(round, arg)?;
            return (!matches!(source, Source::Fixed(_))).then_some(Change::Last(source));
        }
        let sum = self.shape.sum(arg)?;
        let known = round.loads.iter().chain([store]).any(|known| known.terms == sum.terms);
        (known && sum.disp == sum.disp as i16 as i64).then_some(Change::Sum(sum))
    }

    fn bound(&self) -> Option<Bound> {
        let Term::If { cond, then, .. } = &self.region.blocks[self.body].term else {
            return None;
        };
        let inst = self.region.inst(*cond);
        let back = then.block() == Some(self.shape.latch());
        if inst.op != if back { Op::Ne } else { Op::Eq } {
            return None;
        }
        let [a, b, _] = inst.args;
        self.ends(a, b).or_else(|| self.ends(b, a))
    }

    /// The bound if `value` is compared with `limit`.
    fn ends(&self, value: Value, limit: Value) -> Option<Bound> {
        let bound = |i: usize, first, step, limit, wide| Bound {
            param: self.shape.params[i],
            first,
            step,
            limit,
            wide,
        };
        if let Some(i) = self.shape.args.iter().position(|&arg| arg == value)
            && let Some(Change::AddWord(by, _)) = self.shape.steps[i]
        {
            let inst = self.region.inst(limit);
            let limit = if inst.op == Op::Trunc { inst.args[0] } else { limit };
            return self.shape.is_fixed(limit).then(|| bound(i, by, by, limit, false));
        }
        let sum = self.shape.sum(value)?;
        let [(param, false)] = sum.terms[..] else { return None };
        let i = self.shape.position(param)?;
        let Some(Change::Add(by)) = self.shape.steps[i] else { return None };
        let small = sum.disp == sum.disp as i16 as i64;
        (small && self.shape.is_fixed(limit)).then(|| bound(i, sum.disp, by, limit, true))
    }
}

fn arithmetic(inst: &Inst) -> Option<Vex> {
    let op = match inst.op {
        Op::FAdd => Vex::Add,
        Op::FSub => Vex::Sub,
        Op::FMul => Vex::Mul,
        Op::FDiv => Vex::Div,
        _ => return None,
    };
    (inst.ty == Type::F64 && rounding(inst) == Rounding::Native).then_some(op)
}
