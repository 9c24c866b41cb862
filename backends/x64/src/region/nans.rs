//! Which NaNs may wait. The host gives NaNs that the guest would not: they are made canonical where
//! somebody can see their bits, and not before.

use ir::{BlockCall, Inst, Op, Region, Target, Type, Value};

use crate::nan_ops::{any_nan, is_name, makes_canonical};
use crate::plan::{Plan, is_fp};

/// Marks the values whose NaNs may be others than the canonical one.
pub fn mark(region: &Region, plan: &mut Plan) {
    let edges = edges(region);
    let canonical = canonical(region, &edges);
    let seen = seen(region, plan, &edges, &canonical);
    for (i, inst) in region.insts.iter().enumerate() {
        plan.vals[i].raw = makes_canonical(inst) && !seen[i];
    }
    // What is not canonical by nature takes no raw arguments: they count as seen.
    let mut changed = true;
    while changed {
        changed = false;
        for &(param, arg) in &edges {
            let raw = plan.vals[source(region, arg).index()].raw;
            changed |= raw && !plan.vals[param.index()].raw;
            plan.vals[param.index()].raw |= raw;
        }
    }
}

/// Floating-point parameters with their arguments.
fn edges(region: &Region) -> Vec<(Value, Value)> {
    let calls = region.blocks.iter().flat_map(|block| block.term.targets());
    let calls = calls.filter_map(|target| match target {
        Target::Block(BlockCall { block, args }) => Some((block.0 as usize, args)),
        Target::Exit(_) => None,
    });
    let pairs = calls.flat_map(|(block, args)| {
        let params = region.blocks[block].insts.clone().map(Value);
        params.zip(args.iter().copied())
    });
    pairs.filter(|&(param, _)| region.type_of(param).is_some_and(is_fp)).collect()
}

/// The value that `value` is another name of.
fn source(region: &Region, mut value: Value) -> Value {
    while is_name(region.inst(value)) {
        value = region.inst(value).args[0];
    }
    value
}

/// True for values whose NaNs are canonical by what the op means.
fn is_canonical(inst: &Inst) -> bool {
    match inst.op {
        Op::Const if inst.ty == Type::F64 => !f64::from_bits(inst.imm as u64).is_nan(),
        Op::Const if inst.ty == Type::F32 => !f32::from_bits(inst.imm as u32).is_nan(),
        op => op.effect() == ir::Effect::Fp,
    }
}

/// Which values cannot hold another NaN than the canonical one, as the ops are defined.
fn canonical(region: &Region, edges: &[(Value, Value)]) -> Vec<bool> {
    let known = |inst: &Inst| inst.op == Op::Param || is_canonical(inst);
    let mut canonical: Vec<bool> = region.insts.iter().map(known).collect();
    let mut changed = true;
    while changed {
        changed = false;
        for &(param, arg) in edges {
            if canonical[param.index()] && !canonical[source(region, arg).index()] {
                canonical[param.index()] = false;
                changed = true;
            }
        }
    }
    canonical
}

/// Which values' bits somebody in the region can see.
fn seen(region: &Region, plan: &Plan, edges: &[(Value, Value)], canonical: &[bool]) -> Vec<bool> {
    let mut seen = vec![false; region.insts.len()];
    for (inst, val) in region.insts.iter().zip(&plan.vals) {
        let left_out = val.dead || val.deferred;
        if !any_nan(inst.op) && !is_name(inst) && inst.op != Op::Set && !left_out {
            let operands = inst.operands().iter();
            operands.for_each(|&arg| seen[source(region, arg).index()] = true);
        }
    }
    let mut changed = true;
    while changed {
        changed = false;
        for &(param, arg) in edges {
            let arg = source(region, arg).index();
            if (seen[param.index()] || !canonical[param.index()]) && !seen[arg] {
                seen[arg] = true;
                changed = true;
            }
        }
    }
    seen
}
