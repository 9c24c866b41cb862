//! Which functions are taken in where they are called.

use std::collections::BTreeSet;

use guest::GuestAddr;
use ir::{Exit, Target};

use super::discover::Found;

/// Most guest instructions of a function that is taken in.
const INSNS: u32 = 40;
/// Most of its blocks.
const BLOCKS: usize = 12;

/// True if a call of `to` that returns to `ret` is taken in: a small function that calls none.
pub(super) fn takes(found: &mut Found<'_>, to: GuestAddr, ret: GuestAddr) -> bool {
    if !found.source.has_run(to) || !found.source.has_run(ret) {
        return false;
    }
    if let Some(&known) = found.small.get(&to) {
        return known;
    }
    let small = is_small_leaf(found, to);
    found.small.insert(to, small);
    small
}

fn is_small_leaf(found: &mut Found<'_>, to: GuestAddr) -> bool {
    let (mut seen, mut open) = (BTreeSet::from([to]), vec![to]);
    let (mut insns, mut returns) = (0, false);
    while let Some(pc) = open.pop() {
        let Some(region) = found.lift(pc) else { return false };
        insns += region.guest_insns;
        if insns > INSNS || seen.len() > BLOCKS {
            return false;
        }
        for target in region.blocks.iter().flat_map(|block| block.term.targets()) {
            match target {
                Target::Exit(Exit::Jump { to }) => {
                    if found.source.has_run(*to) && seen.insert(*to) {
                        open.push(*to);
                    }
                }
                Target::Exit(Exit::Return { .. }) => returns = true,
                Target::Exit(
                    Exit::Call { .. }
                    | Exit::Indirect { .. }
                    | Exit::CallIndirect { .. }
                    | Exit::Syscall { .. }
                    | Exit::Trap { .. }
                    | Exit::Yield { .. },
                )
                | Target::Block(_) => return false,
            }
        }
    }
    returns
}
