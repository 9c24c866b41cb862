//! From the bytes of a block to its region.

use std::ops::Range;

use guest::GuestAddr;
use ir::{Builder, Exit, LiftLimits, Region, Trap};

use crate::decode::Decoded;
use crate::lifter::{End, Lifter};

/// Lifts the block at `pc` into `out`, and what follows branches that are not taken if `goes_on` says so; see
/// [`ir::Frontend::lift_chain`].
pub fn lift(
    vdso: &Range<u64>,
    pc: GuestAddr,
    code: &[u8],
    limits: LiftLimits,
    goes_on: &dyn Fn(GuestAddr) -> bool,
    out: &mut Region,
) {
    let mut l = Lifter::new(Builder::new(out, pc), vdso, pc, code);
    l.max_insns = limits.max_insns.max(1);
    l.every_round = limits.every_round;
    let mut joins = Joins { max_insns: l.max_insns, ..Joins::default() };
    let open = |l: &Lifter<'_>| matches!(l.end, End::Open) && l.b.guest_insns() < l.max_insns;
    while open(&l) && !joins.at[..joins.count].contains(&l.next) {
        step(&mut l);
        go_on(&mut l, &mut joins, goes_on);
    }
    l.finish();
}

/// Where branches lead that the region goes on behind: it ends there, or the code would be there twice.
#[derive(Default)]
struct Joins {
    at: [GuestAddr; 16],
    count: usize,
    /// Most instructions of each block; half as many end the region at its next branch.
    max_insns: u32,
}

/// What comes behind a branch ahead belongs to the region, too, if `goes_on` says so.
fn go_on(l: &mut Lifter<'_>, joins: &mut Joins, goes_on: &dyn Fn(GuestAddr) -> bool) {
    if let End::If(cond, then @ Exit::Jump { to }, Exit::Jump { to: other }) = l.end
        && to.0 > l.pc.0
        && other == l.next
        && l.b.guest_insns() < joins.max_insns.div_ceil(2)
        && joins.count < joins.at.len()
        && !matches!(l.peek(other), Decoded::Missing)
        && goes_on(other)
    {
        joins.at[joins.count] = to;
        joins.count += 1;
        l.b.leave_if(cond, then);
        l.end = End::Open;
        l.max_insns = l.b.guest_insns() + joins.max_insns;
    }
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
