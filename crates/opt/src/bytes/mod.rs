//! Accesses to bytes side by side become wider ones.
//!
//! Compilers for machines that may trap on misaligned accesses put words together of bytes:
//! `ld8(p) | ld8(p + 1) << 8 == ld16(p)`, and take them apart: `st8(p, x); st8(p + 1, x >> 8)` is
//! `st16(p, x)`. In reverse order, these are `bswap`.
//!
//! A joined access is done where the first of its parts was, with nothing between the parts that
//! accesses memory, faults or orders anything, but for other loads of bytes. So it faults only if one of the
//! parts would, with the registers as that first part finds them; the thread then goes on from there, one
//! instruction at a time. Bytes that are read at once were read at a time between the first and the last part.
//!
//! ```text
//! map (what each byte is) -> groups (what is joined) -> emit
//! ```

mod emit;
mod groups;
mod map;

use ir::{Block, Effect, Region, Value};

use crate::topics::Topics;
use groups::Groups;

pub(crate) fn run(region: &mut Region) {
    if !region.blocks.iter().any(|block| is_worth(region, block)) || !is_in_order(region) {
        return;
    }
    let mut out = emit::Output::new(region.insts.len());
    let mut starts = Vec::with_capacity(region.blocks.len());
    for block in &region.blocks {
        starts.push(out.insts.len() as u32);
        let maps = map::of_block(region, block);
        let groups = Groups::of(region, block, &maps);
        out.block(region, block, &maps, &groups);
    }
    starts.push(out.insts.len() as u32);
    region.insts = out.insts;
    for (block, bounds) in region.blocks.iter_mut().zip(starts.windows(2)) {
        block.insts = bounds[0]..bounds[1];
        block.term.uses_mut().for_each(|value| *value = out.names[value.index()]);
    }
}

/// True if two loads or two stores of bytes in a row lie near each other.
fn is_worth(region: &Region, block: &Block) -> bool {
    let mut last = [(Value::NONE, 0); 2];
    let insts = &region.insts[block.insts.start as usize..block.insts.end as usize];
    insts.iter().filter(|inst| Topics::of_op(inst.op).cover(Topics::NARROW)).any(|inst| {
        let kind = (inst.op.effect() == Effect::Store) as usize;
        let (base, disp) = std::mem::replace(&mut last[kind], (inst.args[0], inst.imm));
        base == inst.args[0] && disp.abs_diff(inst.imm) < 8
    })
}

/// True if every value stands before its uses.
fn is_in_order(region: &Region) -> bool {
    let before = |i: usize| region.insts[i].operands().iter().all(|arg| arg.index() < i);
    (0..region.insts.len()).all(before)
}

#[cfg(test)]
mod tests;
