//! The RV64 frontend: decodes, lifts and lists the scalar user instructions of RVA23U64.
//!
//! ```text
//! bytes --decode--> (Row, Operands) --Row::lift--> Lifter --> ir::Region
//!                        `--disasm--> text
//! ```
//!
//! To add an instruction: one row in the `table` file of its chapter, one line in the `lift` file
//! of the same chapter. A new operand layout is a row in `fields`.
#![forbid(unsafe_code)]
#![warn(missing_docs)]
// The decode index has an entry for each of some 34000 keys.
#![allow(long_running_const_eval, reason = "a second of each build, so that no start pays for it")]

mod block;
mod decode;
mod disasm;
mod fields;
mod fold;
mod lift;
mod lifter;
pub mod regs;
mod table;
#[cfg(test)]
mod tests;

use std::ops::Range;

use guest::{GuestAddr, Isa};
use ir::{Frontend, LiftLimits, Listing, Region};

/// RV64 as Linux programs see it.
pub static RISCV64: Isa = Isa {
    name: "riscv64",
    elf_machine: 243,
    regs: &regs::REG_FILE,
    code_align: 2,
    max_insn_len: 4,
};

/// The RV64 frontend.
#[derive(Clone, Debug, Default)]
pub struct Riscv64 {
    /// Where host calls are instructions; elsewhere they are illegal.
    vdso: Range<u64>,
}

impl Riscv64 {
    /// A frontend without host calls.
    pub const fn new() -> Self {
        Riscv64::with_vdso(0, 0)
    }
    /// A frontend that lifts host calls in `[start, end)`, the guest addresses of the vDSO.
    pub const fn with_vdso(start: u64, end: u64) -> Self {
        Riscv64 { vdso: start..end }
    }
}

impl Frontend for Riscv64 {
    fn isa(&self) -> &'static Isa {
        &RISCV64
    }

    fn lift(&self, pc: GuestAddr, code: &[u8], limits: LiftLimits, out: &mut Region) {
        block::lift(&self.vdso, pc, code, limits, &|_| false, out);
    }

    fn lift_chain(
        &self,
        pc: GuestAddr,
        code: &[u8],
        limits: LiftLimits,
        goes_on: &dyn Fn(GuestAddr) -> bool,
        out: &mut Region,
    ) {
        block::lift(&self.vdso, pc, code, limits, goes_on, out);
    }

    fn disassemble(&self, _pc: GuestAddr, code: &[u8]) -> Listing {
        disasm::listing(code)
    }
}
