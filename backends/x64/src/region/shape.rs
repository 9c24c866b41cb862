//! The shortest way round a loop, and what grows on it.

use ir::{Block, Op, Region, Target, Term, Type, Value};

use super::lanes::{Change, Sum};

/// A head that only polls, blocks behind it, and the way back.
pub struct Shape<'a> {
    region: &'a Region,
    /// The blocks, the head first; the last one leads back to it.
    pub path: Vec<usize>,
    /// The head's parameters.
    pub params: Vec<Value>,
    /// What the round gives for them.
    pub args: Vec<Value>,
    /// The parameters of the blocks behind the head, and what the round gives for them.
    names: Vec<(Value, Value)>,
    /// What each parameter grows by, if it does.
    pub steps: Vec<Option<Change>>,
}

/// More blocks than this are not looked at.
const MOST_BLOCKS: usize = 32;

impl<'a> Shape<'a> {
    /// The loop at `head`, by blocks in which all ops are `allowed`.
    pub fn of(region: &'a Region, head: usize, allowed: impl Fn(Op) -> bool) -> Option<Shape<'a>> {
        let block = &region.blocks[head];
        let plain = |op| matches!(op, Op::Param | Op::Set | Op::Sext32 | Op::Poll | Op::Const);
        let Term::If { cond, other, .. } = &block.term else { return None };
        if region.inst(*cond).op != Op::Poll || !ops(region, head).all(plain) {
            return None;
        }
        let path = way(region, head, other.block()?, allowed)?;
        let params = params(region, head).collect();
        let names = path.windows(2).flat_map(|pair| given(region, pair[0], pair[1])).collect();
        let (args, steps) = (Vec::new(), Vec::new());
        let mut shape = Shape { region, path, params, args, names, steps };
        if !shape.is_in_order() {
            return None;
        }
        let back = given(region, shape.latch(), head);
        shape.args = back.map(|(_, arg)| shape.resolve(arg)).collect();
        let pairs = shape.params.iter().zip(&shape.args);
        shape.steps = pairs.map(|(&param, &arg)| shape.step(param, arg)).collect();
        Some(shape)
    }

    /// False if a value of the round before is used that no parameter shows: the head need not be the only way in.
    fn is_in_order(&self) -> bool {
        let place = |value: Value| {
            let inside = |&block: &usize| self.region.blocks[block].insts.contains(&value.0);
            self.path.iter().position(inside).map(|at| (at, value))
        };
        self.path.iter().enumerate().all(|(at, &block)| {
            let Block { insts, term } = &self.region.blocks[block];
            let own = insts.clone().flat_map(|i| {
                let operands = self.region.inst(Value(i)).operands().iter();
                operands.map(move |&value| (value, Value(i)))
            });
            let end = Value(insts.end);
            let next = self.path[(at + 1) % self.path.len()];
            let given = given(self.region, block, next).map(|(_, arg)| (arg, end));
            let cond = if let Term::If { cond, .. } = term { Some((*cond, end)) } else { None };
            own.chain(given).chain(cond).all(|(of, user)| place(of) < Some((at, user)))
        })
    }

    /// The block that leads back to the head.
    pub fn latch(&self) -> usize {
        self.path[self.path.len() - 1]
    }

    /// The instructions of a round, in order.
    pub fn insts(&self) -> impl Iterator<Item = Value> + '_ {
        self.path[1..].iter().flat_map(|&block| self.region.blocks[block].insts.clone()).map(Value)
    }

    /// The first guest instruction of a round.
    pub fn pc(&self) -> Option<i64> {
        self.insts().map(|v| self.region.inst(v)).find(|inst| inst.op == Op::Insn).map(|i| i.imm)
    }

    /// The value that `value` is on this way.
    pub fn resolve(&self, mut value: Value) -> Value {
        while let Some(&(_, arg)) = self.names.iter().find(|&&(param, _)| param == value) {
            value = arg;
        }
        value
    }

    /// Which parameter of the head `value` is.
    pub fn position(&self, value: Value) -> Option<usize> {
        self.params.iter().position(|&param| param == value)
    }

    /// True for what is the same in all rounds.
    pub fn is_fixed(&self, value: Value) -> bool {
        match self.position(value) {
            Some(i) => self.args[i] == value,
            None => {
                let inside = |&block: &usize| self.region.blocks[block].insts.contains(&value.0);
                !self.path.iter().any(inside) || self.region.inst(value).op == Op::Const
            }
        }
    }

    /// The sum that `value` is, of what is fixed or grows.
    pub fn sum(&self, value: Value) -> Option<Sum> {
        let value = self.resolve(value);
        let inst = self.region.inst(value);
        let grows = |i: usize| matches!(self.steps[i], Some(Change::Add(_)));
        if inst.op == Op::Const {
            return Some(Sum { terms: Vec::new(), disp: inst.imm });
        }
        if self.is_fixed(value) || self.position(value).is_some_and(grows) {
            return Some(Sum { terms: vec![(value, false)], disp: 0 });
        }
        match inst.op {
            Op::Add | Op::Sub if inst.ty == Type::I64 => {
                Some(self.sum(inst.args[0])?.plus(self.sum(inst.args[1])?, inst.op == Op::Sub))
            }
            _ => None,
        }
    }

    /// How far apart the places are that `sum` leads to in two rounds.
    pub fn stride(&self, sum: &Sum) -> i64 {
        let of = |&(value, minus): &(Value, bool)| {
            let step = self.position(value).map(|i| &self.steps[i]);
            match (step, minus) {
                (Some(Some(Change::Add(by))), false) => *by,
                (Some(Some(Change::Add(by))), true) => -by,
                _ => 0,
            }
        };
        sum.terms.iter().map(of).sum()
    }

    /// The address of an access.
    pub fn address(&self, v: Value) -> Option<Sum> {
        let inst = self.region.inst(v);
        let sum = self.sum(inst.args[0])?;
        let sum = sum.plus(Sum { terms: Vec::new(), disp: inst.imm }, false);
        (sum.disp == sum.disp as i16 as i64).then_some(sum)
    }

    fn step(&self, param: Value, arg: Value) -> Option<Change> {
        let add = |value: Value, ty: Type| {
            let inst = self.region.inst(self.resolve(value));
            let fits = inst.op == Op::Add && inst.ty == ty;
            let by = if fits { self.region.as_const(inst.args[1])? } else { return None };
            let small = (1..1 << 20).contains(&by.unsigned_abs());
            small.then(|| (self.resolve(inst.args[0]), by))
        };
        let inst = self.region.inst(arg);
        let low = |value: Value| {
            let inst = self.region.inst(value);
            inst.op == Op::Trunc && self.resolve(inst.args[0]) == param
        };
        match self.region.type_of(param)? {
            Type::I32 => {
                let (of, by) = add(arg, Type::I32)?;
                (of == param).then_some(Change::AddWord(by, Type::I32))
            }
            Type::I64 if inst.op == Op::Sext32 => {
                let (of, by) = add(inst.args[0], Type::I32)?;
                low(of).then_some(Change::AddWord(by, Type::I64))
            }
            Type::I64 => {
                let (of, by) = add(arg, Type::I64)?;
                (of == param).then_some(Change::Add(by))
            }
            Type::F16 | Type::F32 | Type::F64 => None,
        }
    }
}

fn ops(region: &Region, block: usize) -> impl Iterator<Item = Op> + '_ {
    region.blocks[block].insts.clone().map(|i| region.insts[i as usize].op)
}

fn params(region: &Region, block: usize) -> impl Iterator<Item = Value> + '_ {
    let insts = region.blocks[block].insts.clone().map(Value);
    insts.take_while(|&v| region.inst(v).op == Op::Param)
}

/// The parameters of `to`, and what `from` gives for them.
fn given(region: &Region, from: usize, to: usize) -> impl Iterator<Item = (Value, Value)> + '_ {
    let mut calls = region.blocks[from].term.targets().filter_map(|target| match target {
        Target::Block(call) if call.block.0 as usize == to => Some(&call.args[..]),
        Target::Block(_) | Target::Exit(_) => None,
    });
    params(region, to).zip(calls.next().unwrap_or_default().iter().copied())
}

/// The shortest way from `head` by `first` back to `head`.
fn way(
    region: &Region,
    head: usize,
    first: usize,
    allowed: impl Fn(Op) -> bool,
) -> Option<Vec<usize>> {
    let mut found: Vec<(usize, usize)> = vec![(first, usize::MAX)];
    let mut next = 0;
    while let Some(&(block, _)) = found.get(next).filter(|_| found.len() < MOST_BLOCKS) {
        if ops(region, block).all(&allowed) {
            for to in ir::cfg::successors(&region.blocks[block]) {
                if to == head {
                    return Some(back(&found, next, head));
                }
                if found.iter().all(|&(known, _)| known != to) {
                    found.push((to, next));
                }
            }
        }
        next += 1;
    }
    None
}

/// The way to the block that was found as number `last`.
fn back(found: &[(usize, usize)], mut last: usize, head: usize) -> Vec<usize> {
    let mut path = Vec::new();
    while let Some(&(block, from)) = found.get(last) {
        path.push(block);
        last = from;
    }
    path.push(head);
    path.reverse();
    path
}
