//! From the bytes of a block to its region.

use std::ops::Range;

use guest::GuestAddr;
use ir::{Builder, Exit, LiftLimits, Region, Trap};

use crate::decode::Decoded;
use crate::lifter::{End, Lifter};

/// Lifts the block at `pc` into `out`; see [`ir::Frontend::lift`].
pub fn lift(vdso: &Range<u64>, pc: GuestAddr, code: &[u8], limits: LiftLimits, out: &mut Region) {
    let mut l = Lifter::new(Builder::new(out, pc), vdso, pc, code);
    l.max_insns = limits.max_insns.max(1);
    while matches!(l.end, End::Open) && l.b.guest_insns() < l.max_insns {
        step(&mut l);
    }
    l.finish();
}

/// Lifts the instruction at `l.next`.
fn step(l: &mut Lifter<'_>) {
    let pc = l.next;
    match l.peek(pc) {
        Decoded::Insn(insn) => {
            l.begin(pc, insn.len);
            (insn.row.lift)(l, insn.operands);
        }
        Decoded::Illegal(len) => {
            l.begin(pc, len);
            l.trap(Trap::Illegal);
        }
        Decoded::Missing if l.b.guest_insns() == 0 => {
            l.go(Exit::Trap { cause: Trap::Fetch, pc });
        }
        Decoded::Missing => l.go(Exit::Jump { to: pc }),
    }
}
