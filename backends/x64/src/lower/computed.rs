//! Jumps and calls to computed addresses, by way of the thread's jump table.

use guest::{JUMP_TABLE_LEN, offsets};
use ir::Value;

use crate::asm::{Alu, Cc, Mem};
use crate::lower::Lower;
use crate::lower::cold::Cold;
use crate::operands::Mode;
use crate::plan::{Loc, jump_source};
use crate::regs::{self, RAX, RCX, RDX, Reg};
use crate::thunks;

/// The bits of an address that choose its entry, before scaling by 8.
pub const TABLE_MASK: i32 = (JUMP_TABLE_LEN as i32 - 1) * 2;

/// A look into the jump table that finds nothing.
#[derive(Clone, Copy, Debug)]
pub struct Missed {
    /// The displacement that leads on then.
    at: u32,
    /// Where the address is.
    reg: Reg,
    /// Its lowest bit is not part of it.
    clear: bool,
}

impl Lower<'_> {
    /// Jumps to the address `to`.
    pub fn jump_computed(&mut self, to: Value) {
        let missed = self.probe(to);
        self.cold.push(Cold::Miss { missed, back: None });
        self.asm.jmp_mem(Mem::indexed(RDX, RAX, 3, 8));
    }

    /// Calls the address `to`.
    pub fn call_computed(&mut self, to: Value) {
        let missed = self.probe(to);
        self.asm.call_mem(Mem::indexed(RDX, RAX, 3, 8));
        let back = self.asm.target();
        self.cold.push(Cold::Miss { missed, back: Some(back) });
    }

    /// Finds the entry of an address at `rdx + rax * 8`. No entry is that of an odd one, so the lowest bit is cleared
    /// where none was found.
    fn probe(&mut self, to: Value) -> Missed {
        let source = jump_source(self.region, to);
        let reg = self.in_register(source);
        self.asm.mov(true, RDX, Mem::state(regs::field(offsets::JUMP_TABLE)));
        self.asm.mov(false, RAX, reg);
        self.asm.alu_imm(Alu::And, false, RAX, TABLE_MASK);
        self.asm.alu(Alu::Cmp, true, reg, Mem::indexed(RDX, RAX, 3, 0));
        Missed { at: self.asm.jcc(Cc::Ne), reg, clear: source != to }
    }

    /// Has the neighbour's place looked at. A call goes on at `back` when it returns.
    pub fn emit_missed(&mut self, missed: Missed, back: Option<u32>) {
        self.asm.bind_here(missed.at);
        self.copy(RCX, missed.reg);
        if missed.clear {
            self.asm.alu_imm(Alu::And, true, RCX, -2);
        }
        match back {
            Some(back) => {
                self.asm.call_thunk(thunks::MISS);
                self.back_to(back);
            }
            None => self.asm.jmp_thunk(thunks::MISS),
        }
    }

    /// The register that holds `value`, or rcx if that is none or one that is needed. At the exits of regions it
    /// is in rcx already.
    fn in_register(&mut self, value: Value) -> Reg {
        if self.operands.mode == Mode::Block
            && let Loc::Reg(reg) = self.loc(self.root(value))
            && ![RAX, RDX].contains(&reg)
        {
            return reg;
        }
        self.read_into(RCX, value);
        RCX
    }
}
