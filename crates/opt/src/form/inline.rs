//! Which functions are taken in where they are called.

use std::collections::{BTreeMap, BTreeSet};

use guest::GuestAddr;
use ir::{Exit, Op, Target};

use super::discover::Found;

/// Most guest instructions of a function that is taken in and calls none.
const LEAF_INSNS: usize = 40;
/// Most of one that calls others, which are not counted.
const INSNS: usize = 64;
/// Most of it and all it takes in.
const ALL_INSNS: u32 = 100;
/// Most of its blocks.
const BLOCKS: usize = 12;

/// True if a call of `to` that returns to `ret` is taken in, where functions may be taken in `room` deep: a small
/// function that calls none but such.
pub(super) fn takes(found: &mut Found<'_>, to: GuestAddr, ret: GuestAddr, room: usize) -> bool {
    found.source.has_run(ret) && length(found, to, room).is_some()
}

/// The guest instructions of a small function, those it takes in counted.
fn length(found: &mut Found<'_>, to: GuestAddr, room: usize) -> Option<u32> {
    if room == 0 || !found.source.has_run(to) {
        return None;
    }
    if let Some(&known) = found.small.get(&(to, room)) {
        return known;
    }
    let length = measured(found, to, room - 1);
    found.small.insert((to, room), length);
    length
}

/// Blocks that run may start in the middle of others: what is in several of them is counted once, for it is there once
/// in the region.
fn measured(found: &mut Found<'_>, to: GuestAddr, room: usize) -> Option<u32> {
    let (mut seen, mut open) = (BTreeSet::from([to]), vec![to]);
    let (mut insns, mut calls, mut returns) = (BTreeSet::new(), BTreeMap::new(), false);
    while let Some(pc) = open.pop() {
        let region = found.lift(pc)?;
        let marks = region.insts.iter().filter(|inst| inst.op == Op::Insn);
        insns.extend(marks.map(|inst| inst.imm));
        for target in region.blocks.iter().flat_map(|block| block.term.targets()) {
            let next = match *target {
                Target::Exit(Exit::Jump { to }) => to,
                Target::Exit(Exit::Call { to, ret }) if found.source.has_run(ret) => {
                    calls.insert(ret, length(found, to, room)?);
                    ret
                }
                Target::Exit(Exit::Return { .. }) => {
                    returns = true;
                    continue;
                }
                Target::Exit(
                    Exit::Call { .. }
                    | Exit::Indirect { .. }
                    | Exit::CallIndirect { .. }
                    | Exit::Syscall { .. }
                    | Exit::Trap { .. }
                    | Exit::Yield { .. },
                )
                | Target::Block(_) => return None,
            };
            if found.source.has_run(next) && seen.insert(next) {
                open.push(next);
            }
        }
        if insns.len() > INSNS || seen.len() > BLOCKS {
            return None;
        }
    }
    let most = if calls.is_empty() { LEAF_INSNS } else { INSNS };
    let all = insns.len() as u32 + calls.values().sum::<u32>();
    (returns && insns.len() <= most && all <= ALL_INSNS).then_some(all)
}
