//! One region from many blocks.

use std::collections::BTreeMap;
use std::ops::Range;

use guest::GuestAddr;
use ir::{Block, BlockCall, BlockId, Exit, Inst, Op, Region, Target, Term, Type, Value};

use super::discover::inside;
use super::{Key, Piece};
use crate::graph::{inst, targets_mut};

/// Puts `pieces` into `out`: block 0 leads to that of `entry`.
pub(super) fn stitch(entry: Key, pieces: &BTreeMap<Key, Piece>, out: &mut Region) {
    out.clear();
    out.entry = entry.pc;
    let numbers = pieces.keys().copied().zip(1..).collect();
    let mut stitcher = Stitcher { pieces, numbers, guesses: Vec::new(), out };
    stitcher.start(entry);
    pieces.iter().for_each(|(&key, piece)| stitcher.append(key, piece));
    stitcher.append_guesses();
    let mut ranges: Vec<_> = pieces.values().map(|piece| piece.region.bytes.clone()).collect();
    ranges.sort_by_key(|range| range.start);
    (out.bytes, out.more) = split(merged(ranges), entry.pc.0);
}

struct Stitcher<'a> {
    pieces: &'a BTreeMap<Key, Piece>,
    /// The block of each piece.
    numbers: BTreeMap<Key, u32>,
    /// What is still to be compared where a computed jump did not lead to its likeliest target; each is a block behind
    /// those of the pieces.
    guesses: Vec<Guess>,
    out: &'a mut Region,
}

/// A comparison of a computed address with one that it is likely to be.
struct Guess {
    /// The address, or how far it is from `base`.
    value: Value,
    base: GuestAddr,
    likely: Key,
    /// The way otherwise.
    other: Target,
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

    fn append(&mut self, key: Key, Piece { region: piece, likely }: &Piece) {
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
            (
                Term::Go(Target::Exit(
                    exit @ (Exit::Indirect { to } | Exit::CallIndirect { to, .. }),
                )),
                _,
            ) => self.computed(exit, to, inside(exit, key, likely, self.pieces)),
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
        let then = match inside(Exit::Return { to }, key, &[], self.pieces)[..] {
            [next, ..] => self.to(next),
            [] => Target::Exit(Exit::Jump { to: ret }),
        };
        Term::If { cond, then, other: Target::Exit(Exit::Indirect { to }) }
    }

    /// A computed jump or call goes on inside where it leads to one of `likely`: each is compared with, in order.
    fn computed(&mut self, exit: Exit, to: Value, likely: Vec<Key>) -> Term {
        let Some(&first) = likely.first() else { return Term::Go(Target::Exit(exit)) };
        let value = self.source(to);
        let near = likely.iter().all(|key| i32::try_from(key.pc.0).is_ok());
        let (value, base) =
            if near { (value, GuestAddr(0)) } else { (self.distance(value, first.pc), first.pc) };
        let mut other = Target::Exit(exit);
        for &likely in likely[1..].iter().rev() {
            let block = BlockId((1 + self.pieces.len() + self.guesses.len()) as u32);
            self.guesses.push(Guess { value, base, likely, other });
            other = Target::Block(BlockCall { block, args: Vec::new() });
        }
        self.guess(Guess { value, base, likely: first, other })
    }

    /// What a computed address is but for its lowest bit, which is cleared and which no likely address has.
    fn source(&self, to: Value) -> Value {
        let inst = self.out.inst(to);
        let cleared = inst.op == Op::And && self.out.as_const(inst.args[1]) == Some(-2);
        if cleared { inst.args[0] } else { to }
    }

    /// Comparisons have operands of 32 bits.
    fn distance(&mut self, value: Value, base: GuestAddr) -> Value {
        let base = self.push(inst(Op::Const, Type::I64, 0, &[], base.0 as i64));
        self.push(inst(Op::Sub, Type::I64, 0, &[value, base], 0))
    }

    fn guess(&mut self, guess: Guess) -> Term {
        let by = guess.likely.pc.0.wrapping_sub(guess.base.0) as i64;
        let by = self.push(inst(Op::Const, Type::I64, 0, &[], by));
        let cond = self.push(inst(Op::Eq, Type::I64, 0, &[guess.value, by], 0));
        Term::If { cond, then: self.to(guess.likely), other: guess.other }
    }

    fn append_guesses(&mut self) {
        for guess in std::mem::take(&mut self.guesses) {
            let start = self.out.insts.len() as u32;
            let term = self.guess(guess);
            let end = self.out.insts.len() as u32;
            self.out.blocks.push(Block { insts: start..end, term });
        }
    }

    fn redirect(&self, key: Key, target: &mut Target) {
        let Target::Exit(exit) = *target else { return };
        if let [next, ..] = inside(exit, key, &[], self.pieces)[..] {
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
