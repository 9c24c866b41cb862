//! Instrumentation: what is added to a region before it is optimised.

use guest::Slot;
use ir::{Inst, Op, Region, Type, Value};

/// The slot in which executed guest instructions are counted, when they are.
pub const COUNT_SLOT: Slot = Slot(127);

/// Adds the number of guest instructions in `region` to [`COUNT_SLOT`] where its block ends.
pub fn count(region: &mut Region) {
    let [block] = region.blocks.as_mut_slice() else { return };
    let insts = &mut region.insts;
    let mut push = |op, aux, args: &[Value], imm| {
        let mut all = [Value::NONE; 3];
        all[..args.len()].copy_from_slice(args);
        insts.push(Inst { op, ty: Type::I64, aux, args: all, imm });
        Value(insts.len() as u32 - 1)
    };
    let before = push(Op::Get, COUNT_SLOT.0 as u16, &[], 0);
    let number = push(Op::Const, 0, &[], region.guest_insns as i64);
    let after = push(Op::Add, 0, &[before, number], 0);
    push(Op::Set, COUNT_SLOT.0 as u16, &[after], 0);
    block.insts.end = insts.len() as u32;
}
