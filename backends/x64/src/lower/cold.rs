//! What rarely runs: it lies behind the block, jumps back into it or leaves.

use guest::{GuestAddr, offsets};
use ir::{Inst, Reloc, RelocKind, Value};

use crate::alloc::Src;
use crate::asm::{Mem, Size};
use crate::lower::Lower;
use crate::lower::computed::Missed;
use crate::regs::{self, NONE, RAX, RCX, Reg};
use crate::thunks;

/// An argument of a helper.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Arg {
    None,
    Reg(Reg),
    /// Memory, by way of rax.
    Mem(Mem),
    /// The canonical NaN of the op's type.
    Nan,
}

/// A piece of cold code. `at` and `fields` are the displacements that lead to it.
pub enum Cold {
    /// Puts the canonical NaN into a register.
    Nan { at: u32, resume: u32, reg: Reg, double: bool },
    /// Computes an op by the soft helper.
    Eval { fields: [u32; 2], resume: u32, word: i32, args: [Arg; 3], dst: Reg },
    /// Performs an atomic access by the helper, which may fault.
    Atomic { fields: [u32; 2], resume: u32, word: i32, args: [Arg; 3], dst: Reg, pc: GuestAddr },
    /// Divides by 0 or -1.
    Divide { check: u32, resume: u32, divisor: Reg, w: bool, signed: bool, rem: bool },
    /// Puts what MXCSR holds into `fp_flags`, and all into a register.
    Settle { at: u32, resume: u32, flags: Reg, table: Reg },
    /// A comparison of NaNs, which may have raised something.
    Unsettle { at: u32, resume: u32 },
    /// Sets the accrued floating-point flags.
    SetFlags { at: u32, resume: u32, flags: Reg },
    /// Sets the accrued floating-point flags unless they are as wanted.
    UndoFlags { at: u32, resume: u32, flags: Src, temps: [Reg; 2] },
    /// Leaves through the exit site of this number.
    Stub { site: u32 },
    /// Leaves for the dispatch loop, to go on at `to`.
    Poll { at: u32, to: GuestAddr },
    /// As `Poll`, at a call of `to`; it goes on at `back` when that returns.
    PollCall { at: u32, to: GuestAddr, back: u32 },
    /// A computed jump or call missed the table; a call goes on at `back` when it returns.
    Miss { missed: Missed, back: Option<u32> },
}

impl Lower<'_> {
    /// Stores 64 bits without a register.
    pub fn store_const(&mut self, mem: Mem, bits: i64) {
        if bits == bits as i32 as i64 {
            self.asm.store_imm(Size::B8, mem, bits as i32);
        } else {
            self.asm.store_imm(Size::B4, mem, bits as i32);
            self.asm.store_imm(Size::B4, mem.plus(4), (bits >> 32) as i32);
        }
    }

    fn pass(&mut self, number: usize, arg: Arg) {
        let cell = thunks::cell(number);
        match arg {
            Arg::None => {}
            Arg::Reg(reg) if regs::is_fp(reg) => self.asm.fp_store(true, cell, reg),
            Arg::Reg(reg) => self.asm.store(Size::B8, cell, reg),
            Arg::Mem(mem) => {
                self.asm.mov(true, RAX, mem);
                self.asm.store(Size::B8, cell, RAX);
            }
            // The upper half serves binary64, the lower one binary32.
            Arg::Nan => self.store_const(cell, 0x7ff8_0000_7fc0_0000),
        }
    }

    /// Calls a helper. All registers but `dst` and the flags stay as they are.
    fn call_helper(&mut self, thunk: usize, word: i32, args: [Arg; 3], dst: Reg) {
        for (number, arg) in args.into_iter().enumerate() {
            self.pass(number, arg);
        }
        self.asm.store_imm(Size::B8, thunks::cell(thunks::OP_WORD), word);
        self.asm.call_thunk(thunk);
        let result = thunks::cell(thunks::RESULT_WORD);
        match dst {
            NONE => {}
            dst if regs::is_fp(dst) => self.asm.fp_load(true, dst, result),
            dst => self.asm.mov(true, dst, result),
        }
    }

    fn call_atomic_helper(&mut self, word: i32, args: [Arg; 3], dst: Reg, pc: GuestAddr) {
        self.store_const(Mem::state(regs::field(offsets::PC)), pc.0 as i64);
        self.call_helper(thunks::ATOMIC, word, args, dst);
    }

    fn fetch_args(&mut self, inst: &Inst) -> [Arg; 3] {
        let mut args = [Arg::None; 3];
        let read = |lower: &Self, at| lower.plan.read(lower.region, inst, at);
        for (at, arg) in args.iter_mut().enumerate().take(inst.op.arity()) {
            *arg = Arg::Reg(self.reg(read(self, at)));
        }
        (0..inst.op.arity()).for_each(|at| self.kill(read(self, at)));
        args
    }

    /// An op that only the helper can compute.
    pub fn call_eval(&mut self, v: Value, inst: &Inst) {
        let args = self.fetch_args(inst);
        let d = self.def(v, None);
        self.call_helper(thunks::EVAL, thunks::pack(inst), args, d);
    }

    /// An atomic access that only the helper can perform.
    pub fn call_atomic(&mut self, v: Value, inst: &Inst) {
        let args = self.fetch_args(inst);
        let d = if inst.result().is_some() { self.def(v, None) } else { NONE };
        self.call_atomic_helper(thunks::pack(inst), args, d, self.pc);
    }

    /// Emits all cold code. Pieces may not add further ones.
    pub fn emit_cold(&mut self) {
        for i in 0..self.cold.len() {
            self.emit_piece(i);
        }
    }

    fn emit_piece(&mut self, i: usize) {
        match self.cold[i] {
            Cold::Nan { at, resume, reg, double } => {
                self.asm.bind_here(at);
                let nan = if double { thunks::NAN64 } else { thunks::NAN32 };
                self.asm.fp_load(double, reg, Mem::thunk(nan));
                self.back_to(resume);
            }
            Cold::Eval { fields, resume, word, args, dst } => {
                self.enter_cold(fields);
                self.call_helper(thunks::EVAL, word, args, dst);
                self.back_to(resume);
            }
            Cold::Atomic { fields, resume, word, args, dst, pc } => {
                self.enter_cold(fields);
                self.call_atomic_helper(word, args, dst, pc);
                self.back_to(resume);
            }
            Cold::Divide { check, resume, divisor, w, signed, rem } => {
                self.asm.bind_here(check);
                self.emit_cold_divide(resume, divisor, w, signed, rem);
            }
            Cold::Settle { at, resume, flags, table } => {
                self.asm.bind_here(at);
                self.emit_settle_if_needed(flags, table);
                self.back_to(resume);
            }
            Cold::Unsettle { at, resume } => {
                self.asm.bind_here(at);
                self.unsettle();
                self.back_to(resume);
            }
            Cold::SetFlags { at, resume, flags } => {
                self.asm.bind_here(at);
                self.emit_set_flags(flags);
                self.back_to(resume);
            }
            Cold::UndoFlags { at, resume, flags, temps } => {
                self.asm.bind_here(at);
                self.emit_undo_flags(flags, temps, resume);
            }
            Cold::Stub { site } => self.stub(site),
            Cold::Poll { at, to } => {
                self.asm.bind_here(at);
                self.asm.mov_imm(RCX, to.0 as i64);
                self.asm.jmp_thunk(thunks::POLL);
            }
            Cold::PollCall { at, to, back } => {
                self.asm.bind_here(at);
                self.asm.mov_imm(RCX, to.0 as i64);
                self.asm.call_thunk(thunks::POLL);
                self.back_to(back);
            }
            Cold::Miss { missed, back } => self.emit_missed(missed, back),
        }
    }

    fn enter_cold(&mut self, fields: [u32; 2]) {
        for field in fields {
            if field != u32::MAX {
                self.asm.bind_here(field);
            }
        }
    }

    pub fn back_to(&mut self, resume: u32) {
        let field = self.asm.jmp();
        self.asm.bind(field, resume);
    }

    fn stub(&mut self, site: u32) {
        let here = self.asm.pos();
        self.exits[site as usize].stub = here;
        self.asm.bind(self.exits[site as usize].at, here);
        self.asm.mov_imm(RAX, 1);
        let at = self.asm.pos() - 4;
        self.asm.relocs.push(Reloc { at, kind: RelocKind::SiteNumber(site as u16) });
        self.asm.jmp_thunk(thunks::JUMP);
    }
}
