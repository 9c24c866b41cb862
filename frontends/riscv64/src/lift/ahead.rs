//! The instructions ahead of the one at hand: what is known about a loop before it is lifted.

use guest::GuestAddr;

use crate::decode::Insn;
use crate::lifter::Lifter;

/// The instructions that follow one another in memory, each with its address, as far as there are any.
pub struct Ahead<'l> {
    lifter: &'l Lifter<'l>,
    /// Where the next one begins.
    pub at: GuestAddr,
}

impl<'l> Ahead<'l> {
    /// Those behind the instruction at hand.
    pub fn of(lifter: &'l Lifter<'l>) -> Self {
        Ahead { lifter, at: lifter.next }
    }

    /// The next one, if it is what `wanted` says.
    pub fn next_if(&mut self, wanted: impl FnOnce(&Insn) -> bool) -> Option<(GuestAddr, Insn)> {
        self.next().filter(|(_, insn)| wanted(insn))
    }
}

impl Iterator for Ahead<'_> {
    type Item = (GuestAddr, Insn);

    fn next(&mut self) -> Option<(GuestAddr, Insn)> {
        let (pc, insn) = (self.at, self.lifter.peek_insn(self.at)?);
        self.at = pc.offset(insn.len as i64);
        Some((pc, insn))
    }
}

/// True for a branch if two registers differ.
pub fn is_bne(insn: &Insn) -> bool {
    matches!(insn.row.name, "bne" | "c.bnez")
}

/// True for a branch if `register` is not zero.
pub fn is_bnez(insn: &Insn, register: u8) -> bool {
    is_bne(insn) && (insn.operands.rs1, insn.operands.rs2) == (register, 0)
}

/// Where the branch at `pc` leads.
pub fn target((pc, branch): (GuestAddr, Insn)) -> GuestAddr {
    pc.offset(branch.operands.imm as i64)
}
