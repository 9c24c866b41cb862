//! Dead code elimination.

use std::cell::RefCell;

use ir::{Op, Region, Value};

thread_local! {
    /// For each instruction 0 if dead, else 1; then its number in the compacted region.
    static LIVE: RefCell<Vec<u32>> = const { RefCell::new(Vec::new()) };
}

/// `v = pure(...)` without a use is nothing. Parameters stay: jumps pass values for them.
pub(crate) fn run(region: &mut Region) {
    LIVE.with_borrow_mut(|live| {
        mark(region, live);
        if live.contains(&0) {
            compact(region, live);
        }
    });
}

fn mark(region: &mut Region, live: &mut Vec<u32>) {
    live.clear();
    live.resize(region.insts.len(), 0);
    for block in &region.blocks {
        block.term.uses().for_each(|value| live[value.index()] = 1);
    }
    // A block may stand before one that it gets values from; those need another round.
    while mark_round(region, live) {}
}

/// Marks what live instructions use, backwards; true if one that was passed already came alive.
fn mark_round(region: &Region, live: &mut [u32]) -> bool {
    let mut again = false;
    for (i, inst) in region.insts.iter().enumerate().rev() {
        if live[i] == 0 && inst.op.removable() && inst.op != Op::Param {
            continue;
        }
        live[i] = 1;
        for &value in inst.operands() {
            again |= value.index() > i && live[value.index()] == 0;
            live[value.index()] = 1;
        }
    }
    again
}

fn compact(region: &mut Region, live: &mut [u32]) {
    let mut kept = 0;
    for block in &mut region.blocks {
        let start = kept;
        for i in block.insts.clone() {
            if live[i as usize] != 0 {
                region.insts[kept as usize] = region.insts[i as usize];
                live[i as usize] = kept;
                kept += 1;
            }
        }
        block.insts = start..kept;
    }
    region.insts.truncate(kept as usize);
    for inst in &mut region.insts {
        for arg in inst.operands_mut() {
            *arg = Value(live[arg.index()]);
        }
    }
    for block in &mut region.blocks {
        block.term.uses_mut().for_each(|value| *value = Value(live[value.index()]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use guest::{GuestAddr, Slot};
    use ir::{Builder, Exit, Type};

    #[test]
    fn unused_values_go_and_the_others_are_renumbered() {
        let mut region = Region::default();
        let mut b = Builder::new(&mut region, GuestAddr(0));
        let dead = b.iconst(Type::I64, 7);
        b.bin(Op::Add, Type::I64, dead, dead);
        let a = b.get(Type::I64, Slot(10));
        let sum = b.bin(Op::Add, Type::I64, a, a);
        b.set(Slot(11), sum);
        b.exit(Exit::Return { to: sum });
        crate::run(&[crate::DEAD_CODE], &mut region);
        let ops: Vec<Op> = region.insts.iter().map(|inst| inst.op).collect();
        assert_eq!(ops, [Op::Get, Op::Add, Op::Set]);
        assert_eq!(region.inst(Value(2)).args[0], Value(1));
    }
}
