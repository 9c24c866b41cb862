//! Loops of one block, and what grows in them.

use ir::{BlockCall, Op, Region, Target, Term, Type, Value};

use super::lanes::Change;

/// A head that only polls, a body, and an empty way back.
pub struct Shape {
    pub body: usize,
    pub latch: usize,
    pub params: Vec<Value>,
    /// What the round gives for them.
    pub args: Vec<Value>,
    /// The values made in head and body.
    pub inside: [std::ops::Range<u32>; 2],
}

impl Shape {
    /// The loop at `head`, if it has this shape.
    pub fn of(region: &Region, head: usize) -> Option<Shape> {
        let block = &region.blocks[head];
        let ops = block.insts.clone().map(|i| region.insts[i as usize].op);
        let plain = |op| matches!(op, Op::Param | Op::Set | Op::Sext32 | Op::Poll | Op::Const);
        let Term::If { cond, other: Target::Block(BlockCall { block: body, .. }), .. } =
            &block.term
        else {
            return None;
        };
        let body = body.0 as usize;
        if !ops.clone().all(plain) || region.inst(*cond).op != Op::Poll {
            return None;
        }
        let targets: Vec<usize> = match &region.blocks[body].term {
            term @ Term::If { .. } => term.targets().filter_map(Target::block).collect(),
            Term::Go(_) => return None,
        };
        let back = |&latch: &usize| match &region.blocks[latch].term {
            Term::Go(Target::Block(call)) => call.block.0 as usize == head,
            _ => false,
        };
        let latch = targets.into_iter().find(back)?;
        let before = ir::cfg::predecessors(region);
        if before[body] != [head]
            || before[latch] != [body]
            || !region.blocks[latch].insts.is_empty()
        {
            return None;
        }
        let Term::Go(Target::Block(BlockCall { args, .. })) = &region.blocks[latch].term else {
            return None;
        };
        let params = block.insts.clone().map(Value);
        let params = params.take_while(|&v| region.inst(v).op == Op::Param).collect();
        let inside = [block.insts.clone(), region.blocks[body].insts.clone()];
        Some(Shape { body, latch, params, args: args.clone(), inside })
    }

    /// What each parameter grows by, if it does.
    pub fn steps(&self, region: &Region) -> Vec<Option<Change>> {
        let pairs = self.params.iter().zip(&self.args);
        pairs.map(|(&param, &arg)| step(region, param, arg)).collect()
    }
}

fn step(region: &Region, param: Value, arg: Value) -> Option<Change> {
    let add = |value: Value, ty: Type| {
        let inst = region.inst(value);
        let fits = inst.op == Op::Add && inst.ty == ty;
        let by = if fits { region.as_const(inst.args[1])? } else { return None };
        let small = (1..1 << 20).contains(&by.unsigned_abs());
        small.then_some((inst.args[0], by))
    };
    let low =
        |value: Value| region.inst(value).op == Op::Trunc && region.inst(value).args[0] == param;
    match region.type_of(param)? {
        Type::I32 => {
            let (of, by) = add(arg, Type::I32)?;
            (of == param).then_some(Change::AddWord(by, Type::I32))
        }
        Type::I64 if region.inst(arg).op == Op::Sext32 => {
            let (of, by) = add(region.inst(arg).args[0], Type::I32)?;
            low(of).then_some(Change::AddWord(by, Type::I64))
        }
        Type::I64 => {
            let (of, by) = add(arg, Type::I64)?;
            (of == param).then_some(Change::Add(by))
        }
        Type::F16 | Type::F32 | Type::F64 => None,
    }
}
