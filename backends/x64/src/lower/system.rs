//! What touches the engine's own state: scratch words, fences, clocks, floating-point modes.

use guest::offsets;
use ir::{Effect, Inst, Op, Value};

use crate::alloc::Src;
use crate::asm::{Alu, Cc, Mem, Shift, Size};
use crate::fuse::undone;
use crate::lower::Lower;
use crate::lower::cold::Cold;
use crate::lower::fp::double;
use crate::regs::{self, RAX, RDX, Reg};
use crate::thunks;

/// MXCSR without its sticky flags.
const KEEP_MODES: i32 = !0x3f;
const STICKY: i32 = 0x3f;
const ALL_FLAGS: i32 = 0x1f;

fn state(offset: usize) -> Mem {
    Mem::state(regs::field(offset))
}
fn scratch(word: u16) -> Mem {
    state(offsets::SCRATCH + word as usize * 8)
}

impl Lower<'_> {
    /// Stores an integer operand, whose use ends here.
    fn store_operand(&mut self, mem: Mem, value: Value) {
        match self.imm_or_reg(value, ir::Type::I64) {
            Src::Imm(imm) => self.asm.store_imm(Size::B8, mem, imm),
            Src::Reg(reg) => self.asm.store(Size::B8, mem, reg),
            Src::Mem(_) => unreachable!("not asked for"),
        }
        self.kill(value);
    }

    fn load_field(&mut self, v: Value, mem: Mem) {
        let d = self.def(v, None);
        self.asm.mov(true, d, mem);
    }

    /// What the thread was asked, as a 32-bit number.
    pub fn poll_field(&mut self, v: Value) {
        let d = self.def(v, None);
        self.asm.mov(false, d, state(offsets::POLL));
    }

    pub fn set_scratch(&mut self, inst: &Inst) {
        self.store_operand(scratch(inst.aux), inst.args[0]);
    }
    pub fn get_scratch(&mut self, v: Value, inst: &Inst) {
        self.load_field(v, scratch(inst.aux));
    }

    /// Only a later load overtakes an earlier store on this host.
    pub fn fence(&mut self, inst: &Inst) {
        if inst.imm == 1 && !self.ordered {
            self.asm.full_fence(thunks::cell(thunks::FENCE_WORD));
            self.ordered = true;
        }
    }

    /// Notes what `inst`, a store or an atomic access, does to the order of stores and later loads: locked instructions are fences.
    pub fn order(&mut self, inst: &Inst) {
        if !matches!(inst.op, Op::LoadReserved | Op::StoreConditional) {
            self.ordered = inst.op.effect() == Effect::Atomic;
        }
    }

    pub fn clock(&mut self, v: Value) {
        self.take(RAX);
        self.take(RDX);
        self.asm.rdtsc();
        self.asm.shift(Shift::Shl, true, RDX, 32);
        self.asm.alu(Alu::Or, true, RAX, RDX);
        self.claim(v, RAX);
    }

    /// From here on `fp_flags` may lack something.
    pub fn unsettle(&mut self) {
        self.asm.store_imm(Size::B1, state(offsets::FP_SETTLED), 0);
    }

    /// Jumps if `fp_flags` may lack something: while exceptions trap it holds all. Otherwise `Cold::Settle` finds out.
    fn jump_if_unsettled(&mut self) -> u32 {
        self.asm.cmp_byte(state(offsets::FP_TRAPS), 0);
        self.asm.jcc(Cc::E)
    }

    /// `d` = the accrued flags, in `fp_flags` as well. Works in `table`.
    pub fn emit_settle_if_needed(&mut self, d: Reg, table: Reg) {
        self.asm.mov(true, d, state(offsets::FP_FLAGS));
        self.asm.cmp_byte(state(offsets::FP_SETTLED), 0);
        let settled = self.asm.jcc(Cc::Ne);
        self.emit_settle(d, table);
        self.asm.bind_here(settled);
    }

    fn emit_settle(&mut self, d: Reg, table: Reg) {
        let (control, flags) = (state(offsets::FP_CONTROL_TMP), state(offsets::FP_FLAGS));
        self.asm.alu_imm(Alu::Add, false, state(offsets::FP_SETTLES), 1);
        self.asm.stmxcsr(control);
        self.asm.mov(false, d, control);
        self.asm.alu_imm(Alu::And, false, d, STICKY);
        self.asm.lea(true, table, Mem::thunk(thunks::FLAG_TABLE));
        self.asm.zero_extend(Size::B1, d, Mem::indexed(table, d, 0, 0));
        self.asm.alu(Alu::Or, true, d, flags);
        self.asm.store(Size::B8, flags, d);
        self.asm.store_imm(Size::B1, state(offsets::FP_SETTLED), 1);
    }

    pub fn fp_flags_get(&mut self, v: Value) {
        let table = self.int_temp();
        let d = self.def_fresh(v);
        let at = self.jump_if_unsettled();
        self.asm.mov(true, d, state(offsets::FP_FLAGS));
        let resume = self.asm.target();
        self.cold.push(Cold::Settle { at, resume, flags: d, table });
    }

    /// Writing MXCSR is slow, and mostly not needed: the flags are put back unchanged. So is
    /// reading it: a comparison raised nothing if its operands are ordered.
    pub fn fp_flags_set(&mut self, v: Value, inst: &Inst) {
        let flags = self.src(inst.args[0], ir::Type::I64);
        let compare = undone(self.region, v).map(|compare| *self.region.inst(compare));
        let operands = compare.map(|compare| [compare.args[0], compare.args[1]]);
        let pair = operands.map(|operands| operands.map(|arg| self.reg(arg)));
        self.kill(inst.args[0]);
        operands.into_iter().flatten().for_each(|arg| self.kill(arg));
        let [t, old] = [self.int_temp(), self.int_temp()];
        let (Some([x, y]), Some(compare)) = (pair, compare) else {
            let at = self.jump_if_unsettled();
            let resume = self.asm.target();
            self.cold.push(Cold::Settle { at, resume, flags: old, table: t });
            let at = self.jump_if_other(flags, t);
            let resume = self.asm.target();
            return self.cold.push(Cold::SetFlags { at, resume, flags: t });
        };
        self.asm.ucomis(double(&compare), x, y);
        let at = self.asm.jcc(Cc::P);
        let resume = self.asm.target();
        self.cold.push(Cold::UndoFlags { at, resume, flags, temps: [t, old] });
    }

    /// Jumps if `fp_flags` differs from what is to be set, which it puts in `t`.
    fn jump_if_other(&mut self, flags: Src, t: Reg) -> u32 {
        self.set(true, t, flags);
        self.asm.alu_imm(Alu::And, false, t, ALL_FLAGS);
        self.asm.alu(Alu::Cmp, false, t, state(offsets::FP_FLAGS));
        self.asm.jcc(Cc::Ne)
    }

    /// Sets the flags; comes back to `resume`.
    pub fn emit_undo_flags(&mut self, flags: Src, [t, old]: [Reg; 2], resume: u32) {
        self.emit_settle(old, t);
        let at = self.jump_if_other(flags, t);
        self.back_to(resume);
        self.asm.bind_here(at);
        self.emit_set_flags(t);
        self.back_to(resume);
    }

    /// Takes over flags that differ from the present ones. Exceptions trap no more.
    pub fn emit_set_flags(&mut self, flags: Reg) {
        let control = state(offsets::FP_CONTROL_TMP);
        self.asm.store(Size::B8, state(offsets::FP_FLAGS), flags);
        self.asm.stmxcsr(control);
        self.asm.alu_imm(Alu::And, false, control, KEEP_MODES);
        self.asm.alu_imm(Alu::Or, false, control, thunks::DEFAULT_MXCSR as i32);
        self.asm.ldmxcsr(control);
        self.asm.store_imm(Size::B1, state(offsets::FP_TRAPS), 0);
    }

    pub fn fp_round_get(&mut self, v: Value) {
        self.load_field(v, state(offsets::FP_ROUND));
    }
    pub fn fp_round_set(&mut self, inst: &Inst) {
        self.store_operand(state(offsets::FP_ROUND), inst.args[0]);
    }
}
