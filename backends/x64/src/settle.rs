//! Whether `fp_flags` holds all exceptions raised so far. Reading MXCSR waits for all arithmetic before it, so guests' reads of
//! the flags ask `CpuState::fp_settled` first. It is cleared once before ops that may raise something, by comparisons when they raise
//! something, and set by whoever looks into MXCSR.
//!
//! While it is set, what MXCSR holds is in `fp_flags`, too. Helpers raise what they raise in `fp_flags`.

use ir::{Block, Effect, Inst, Op, Region, Round, Type, Value};

use crate::fuse::undone;
use crate::lower::host_round;
use crate::plan::Plan;

/// Marks what `block` has to do about it.
pub fn mark(region: &Region, block: &Block, plan: &mut Plan) {
    // The first op that may raise something behind here, and whether the flags are overwritten.
    let (mut first, mut dead) = (None, false);
    for v in block.insts.clone().rev().map(Value) {
        let inst = region.inst(v);
        let val = &mut plan.vals[v.index()];
        match inst.op {
            Op::FpFlagsGet | Op::FpFlagsSet => {
                first.take().into_iter().for_each(|v: Value| plan.vals[v.index()].unsettles = true);
                dead = inst.op == Op::FpFlagsSet;
                let compare = if dead { undone(region, v) } else { None };
                compare.into_iter().for_each(|v| plan.vals[v.index()].quiet = true);
            }
            op if op.may_fault() => dead = false,
            op if op.effect() != Effect::Fp => {}
            op if is_compare(op) => val.checked = !val.quiet,
            _ => {
                val.quiet = dead && can_be_quiet(inst);
                if !val.quiet && raises(inst) {
                    first = Some(v);
                }
            }
        }
    }
    first.into_iter().for_each(|v| plan.vals[v.index()].unsettles = true);
}

/// Marks a region of several blocks: where it is entered, unless guests look at the flags in it.
pub fn mark_region(region: &Region, plan: &mut Plan) {
    let looks = |inst: &Inst| matches!(inst.op, Op::FpFlagsGet | Op::FpFlagsSet);
    if region.insts.iter().any(looks) {
        region.blocks.iter().for_each(|block| mark(region, block, plan));
    } else {
        plan.unsettled = region.insts.iter().any(|inst| inst.op.effect() == Effect::Fp);
    }
}

fn is_compare(op: Op) -> bool {
    matches!(op, Op::FEq | Op::FLt | Op::FLe | Op::FLtQ | Op::FLeQ)
}

/// True for conversions that have a form in which the host raises nothing: what would goes to a helper.
fn can_be_quiet(inst: &Inst) -> bool {
    match inst.op {
        Op::FToI32 | Op::FToU32 | Op::FToI64 => host_round(inst.round()).is_some(),
        Op::FFromI64 => inst.ty == Type::F64,
        _ => false,
    }
}

/// True if the host may raise something when it does `inst`.
fn raises(inst: &Inst) -> bool {
    let soft = !matches!(inst.round(), Round::Dyn | Round::Rne);
    match inst.op {
        Op::FFromI32 | Op::FFromU32 => inst.ty != Type::F64,
        Op::FFromI64 => inst.ty != Type::F64 || !soft,
        _ => true,
    }
}
