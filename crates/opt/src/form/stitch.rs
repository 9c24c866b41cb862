//! One region from many blocks.

use std::collections::BTreeMap;
use std::ops::Range;

use ir::{Block, BlockCall, BlockId, Exit, Inst, Op, Region, Target, Term, Type, Value};

use super::Key;
use super::discover::inside;
use crate::graph::{inst, targets_mut};

/// Puts `pieces` into `out`: block 0 leads to that of `entry`.
pub(super) fn stitch(entry: Key, pieces: &BTreeMap<Key, Region>, out: &mut Region) {
    out.clear();
    out.entry = entry.pc;
    let numbers = pieces.keys().copied().zip(1..).collect();
    let mut stitcher = Stitcher { pieces, numbers, out };
    stitcher.start(entry);
    pieces.iter().for_each(|(&key, piece)| stitcher.append(key, piece));
    let mut ranges: Vec<_> = pieces.values().map(|piece| piece.bytes.clone()).collect();
    ranges.sort_by_key(|range| range.start);
    (out.bytes, out.more) = split(merged(ranges), entry.pc.0);
}

struct Stitcher<'a> {
    pieces: &'a BTreeMap<Key, Region>,
    /// The block of each piece.
    numbers: BTreeMap<Key, u32>,
    out: &'a mut Region,
}

impl Stitcher<'_> {
    fn to(&self, key: Key) -> Target {
        Target::Block(BlockCall { block: BlockId(self.numbers[&key]), args: Vec::new() })
    }

    fn start(&mut self, entry: Key) {
        let term = Term::Go(self.to(entry));
        self.out.blocks.push(Block { insts: 0..0, term });
    }

    fn push(&mut self, inst: Inst) -> Value {
        self.out.insts.push(inst);
        Value(self.out.insts.len() as u32 - 1)
    }

    fn append(&mut self, key: Key, piece: &Region) {
        let start = self.out.insts.len() as u32;
        for mut inst in piece.insts.iter().copied() {
            inst.operands_mut().iter_mut().for_each(|arg| arg.0 += start);
            self.out.insts.push(inst);
        }
        self.out.guest_insns += piece.guest_insns;
        let mut term = piece.blocks[0].term.clone();
        term.uses_mut().for_each(|value| value.0 += start);
        let term = match (term, key.rets.last()) {
            (Term::Go(Target::Exit(Exit::Return { to })), Some(_)) => self.returns(key, to),
            (mut term, _) => {
                targets_mut(&mut term).for_each(|target| self.redirect(key, target));
                term
            }
        };
        let end = self.out.insts.len() as u32;
        self.out.blocks.push(Block { insts: start..end, term });
    }

    /// The function that was taken in ends: most likely where it was called from.
    fn returns(&mut self, key: Key, to: Value) -> Term {
        let Some(ret) = key.rets.last() else {
            return Term::Go(Target::Exit(Exit::Indirect { to }));
        };
        let back = self.push(inst(Op::Const, Type::I64, 0, &[], ret.0 as i64));
        let cond = self.push(inst(Op::Eq, Type::I64, 0, &[to, back], 0));
        let then = match inside(Exit::Return { to }, key, self.pieces) {
            Some(next) => self.to(next),
            None => Target::Exit(Exit::Jump { to: ret }),
        };
        Term::If { cond, then, other: Target::Exit(Exit::Indirect { to }) }
    }

    fn redirect(&self, key: Key, target: &mut Target) {
        let Target::Exit(exit) = *target else { return };
        if let Some(next) = inside(exit, key, self.pieces) {
            *target = self.to(next);
        } else if let (Exit::Jump { to }, Some(ret)) = (exit, key.rets.last()) {
            // Outside, the function will return as one that was called.
            *target = Target::Exit(Exit::Call { to, ret });
        }
    }
}

/// Ranges, sorted by their starts, with those that touch made one.
fn merged(ranges: Vec<Range<u64>>) -> Vec<Range<u64>> {
    let mut out: Vec<Range<u64>> = Vec::new();
    for range in ranges {
        match out.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => out.push(range),
        }
    }
    out
}

/// The range that holds `entry`, and the others.
fn split(mut ranges: Vec<Range<u64>>, entry: u64) -> (Range<u64>, Vec<Range<u64>>) {
    let at = ranges.iter().position(|range| range.contains(&entry)).unwrap_or(0);
    (ranges.remove(at), ranges)
}
