//! Conversions, rounding to integral values, raw bits and boxing.

use ir::{Inst, Op, Round, Type, Value};

use crate::alloc::Src;
use crate::asm::{Alu, Cc, Mem, Round as HostRound, Shift, Size, Vex};
use crate::lower::Lower;
use crate::lower::cold::{Arg, Cold};
use crate::lower::fp::{Rounding, double, host_round, rounding};
use crate::regs::Reg;
use crate::thunks;

/// Sign-extended, all ones above the low 16 bits.
const HALF_BOX: i32 = !0xffff;

impl Lower<'_> {
    pub fn fp_round(&mut self, v: Value, inst: &Inst) {
        let Some(round) = host_round(inst.round()) else { return self.call_eval(v, inst) };
        let round = if inst.op == Op::FRound { round.quiet() } else { round };
        let x = self.reg(inst.args[0]);
        self.kill(inst.args[0]);
        let d = self.def(v, Some(x));
        self.asm.fp_round(round, double(inst), d, x);
        self.finish((v, inst), double(inst), u32::MAX, [Arg::None; 3], d);
    }

    /// To integers. The host has signed conversions only, and one answer for all that does not
    /// fit; what does not is found before a flag is raised that the guest would not see.
    pub fn fp_to_int(&mut self, v: Value, inst: &Inst) {
        let Some(round) = host_round(inst.round()) else { return self.call_eval(v, inst) };
        let x = self.reg(inst.args[0]);
        self.kill(inst.args[0]);
        let quiet = self.plan.vals[v.index()].quiet;
        let native = matches!(inst.round(), Round::Rtz | Round::Dyn) && !quiet;
        match inst.op {
            Op::FToI32 if native => self.signed(v, inst, x, false),
            Op::FToI64 if native => self.signed(v, inst, x, true),
            Op::FToI64 => self.rounded_i64(v, inst, x, round),
            Op::FToI32 | Op::FToU32 => self.checked_32(v, inst, x, round),
            _ => self.unsigned_64(v, inst, x, round),
        }
    }

    fn signed(&mut self, v: Value, inst: &Inst, x: Reg, w: bool) {
        let d = self.def(v, None);
        self.asm.fp_to_int(inst.round() == Round::Rtz, double(inst), w, d, x);
        let at = self.jump_if_lowest(w, d);
        if !w {
            self.asm.sign_extend(Size::B4, true, d, d);
        }
        self.cold_eval(at, inst, [Arg::Reg(x), Arg::None, Arg::None], d);
    }

    /// The host's answer to what does not fit is the lowest number; `d - 1` overflows for it.
    fn jump_if_lowest(&mut self, w: bool, d: Reg) -> u32 {
        self.asm.alu_imm(Alu::Cmp, w, d, 1);
        self.asm.jcc(Cc::O)
    }

    /// Whatever is out of range has no fraction, so rounding first raises nothing wrong.
    fn rounded_i64(&mut self, v: Value, inst: &Inst, x: Reg, round: HostRound) {
        let quiet = self.plan.vals[v.index()].quiet;
        let round = if quiet { round.quiet() } else { round };
        let t = self.fp_temp();
        let d = self.def(v, None);
        self.asm.fp_round(round, double(inst), t, x);
        self.asm.fp_to_int(true, double(inst), true, d, t);
        let at = self.jump_if_lowest(true, d);
        self.cold_eval(at, inst, [Arg::Reg(x), Arg::None, Arg::None], d);
    }

    /// To 64 bits without a flag, and once more with flags if 32 bits are enough.
    fn checked_32(&mut self, v: Value, inst: &Inst, x: Reg, round: HostRound) {
        let t = self.fp_temp();
        let e = self.int_temp();
        let d = self.def(v, None);
        self.asm.fp_round(round.quiet(), double(inst), t, x);
        self.asm.fp_to_int(true, double(inst), true, d, t);
        match inst.op {
            Op::FToU32 => self.asm.mov(false, e, d),
            _ => self.asm.sign_extend(Size::B4, true, e, d),
        }
        self.asm.alu(Alu::Cmp, true, e, d);
        let at = self.asm.jcc(Cc::Ne);
        if !self.plan.vals[v.index()].quiet {
            self.asm.fp_round(round, double(inst), t, x);
        }
        if inst.op == Op::FToU32 {
            self.asm.sign_extend(Size::B4, true, d, d);
        }
        self.cold_eval(at, inst, [Arg::Reg(x), Arg::None, Arg::None], d);
    }

    fn unsigned_64(&mut self, v: Value, inst: &Inst, x: Reg, round: HostRound) {
        let wide = double(inst);
        let limit = if wide { thunks::LIMIT64 } else { thunks::LIMIT32 };
        let t = self.fp_temp();
        let d = self.def(v, None);
        self.asm.fp_round(round.quiet(), wide, t, x);
        self.asm.ucomis(wide, t, Mem::thunk(limit));
        let large = self.asm.jcc(Cc::Ae);
        self.asm.fp_to_int(true, wide, true, d, t);
        self.asm.test(true, d, d);
        let negative = self.asm.jcc(Cc::S);
        self.asm.fp_round(round, wide, t, x);
        let (fields, resume) = ([large, negative], self.asm.target());
        let args = [Arg::Reg(x), Arg::None, Arg::None];
        self.cold.push(Cold::Eval { fields, resume, word: thunks::pack(inst), args, dst: d });
    }

    pub fn fp_from_int(&mut self, v: Value, inst: &Inst) {
        if self.plan.vals[v.index()].quiet {
            return self.exact_from_i64(v, inst);
        }
        let narrow = matches!(inst.op, Op::FFromI32 | Op::FFromU32);
        let mode = if narrow && double(inst) { Rounding::Native } else { rounding(inst) };
        match mode {
            Rounding::Soft if inst.op == Op::FFromI64 && double(inst) => {
                return self.exact_from_i64(v, inst);
            }
            Rounding::Soft => return self.call_eval(v, inst),
            Rounding::Native | Rounding::IfNearest => {}
        }
        let of = self.plan.read(self.region, inst, 0);
        let x = self.reg(of);
        self.kill(of);
        let d = self.def(v, None);
        let args = [Arg::Reg(x), Arg::None, Arg::None];
        let source = if inst.op == Op::FFromU32 { self.int_temp() } else { x };
        let guard = self.guard(mode);
        let mut fields = [guard, u32::MAX];
        match inst.op {
            Op::FFromU32 => self.asm.mov(false, source, x),
            Op::FFromU64 => {
                self.asm.test(true, x, x);
                fields[1] = self.asm.jcc(Cc::S);
            }
            _ => {}
        }
        self.asm.fp_xor(d, d, d);
        self.asm.fp_from_int(double(inst), inst.op != Op::FFromI32, d, source);
        if fields != [u32::MAX; 2] {
            let resume = self.asm.target();
            self.cold.push(Cold::Eval { fields, resume, word: thunks::pack(inst), args, dst: d });
        }
    }

    /// To binary64: up to 53 bits there is nothing to round.
    fn exact_from_i64(&mut self, v: Value, inst: &Inst) {
        const EXACT_BITS: u8 = 53;
        let x = self.reg(inst.args[0]);
        self.kill(inst.args[0]);
        let t = self.int_temp();
        let d = self.def(v, None);
        self.asm.mov(true, t, x);
        self.asm.shift(Shift::Sar, true, t, EXACT_BITS);
        // 0 and -1 are nothing but signs.
        self.asm.alu_imm(Alu::Add, true, t, 1);
        self.asm.alu_imm(Alu::Cmp, true, t, 1);
        let large = self.asm.jcc(Cc::A);
        self.asm.fp_xor(d, d, d);
        self.asm.fp_from_int(true, true, d, x);
        self.cold_eval(large, inst, [Arg::Reg(x), Arg::None, Arg::None], d);
    }

    /// Between binary32 and binary64.
    pub fn fp_format(&mut self, v: Value, inst: &Inst, to_double: bool) {
        let mode = if to_double { Rounding::Native } else { rounding(inst) };
        if mode == Rounding::Soft || to_double == double(inst) {
            return self.call_eval(v, inst);
        }
        let x = self.reg(inst.args[0]);
        self.kill(inst.args[0]);
        let d = self.def(v, Some(x));
        let guard = self.guard(mode);
        self.asm.fp(Vex::Convert, double(inst), d, x, x);
        self.finish((v, inst), to_double, guard, [Arg::Reg(x), Arg::None, Arg::None], d);
    }

    pub fn fp_bits(&mut self, v: Value, inst: &Inst) {
        let x = self.rm(inst.args[0]);
        self.kill(inst.args[0]);
        let d = self.def(v, None);
        match x {
            Src::Reg(x) => self.asm.fp_to_bits(double(inst), d, x),
            Src::Mem(_) | Src::Imm(_) => self.asm.mov(double(inst), d, x.rm()),
        }
    }

    pub fn fp_from_bits(&mut self, v: Value, inst: &Inst) {
        let x = self.rm(inst.args[0]);
        self.kill(inst.args[0]);
        let d = self.def(v, None);
        self.asm.int_to_fp(double(inst), d, x.rm());
    }

    pub fn fp_box(&mut self, v: Value, inst: &Inst) {
        if double(inst) {
            let uses = self.val(v).uses;
            let root = self.root(inst.args[0]);
            self.val(root).uses += uses;
            self.kill(root);
            return self.rename(v, root);
        }
        let x = self.reg(inst.args[0]);
        self.kill(inst.args[0]);
        let d = self.def(v, Some(x));
        self.asm.fp_or(d, x, Mem::thunk(thunks::BOX32));
    }

    /// The low half of what is boxed; what is not is the canonical NaN.
    pub fn fp_unbox(&mut self, v: Value, inst: &Inst) {
        let of = self.root(inst.args[0]);
        let boxed =
            self.region.inst(of).op == Op::Box && !matches!(self.region.inst(of).ty, Type::F16);
        if double(inst) || boxed {
            let uses = self.val(v).uses;
            self.val(of).uses += uses;
            self.kill(of);
            return self.rename(v, of);
        }
        let x = self.rm(of);
        self.kill(of);
        let t = if x.reg().is_some() { Some(self.int_temp()) } else { None };
        let d = self.def(v, x.reg());
        match (x, t) {
            (Src::Reg(x), Some(t)) => {
                self.asm.fp_second_word(t, x);
                self.asm.alu_imm(Alu::Cmp, false, t, -1);
                self.copy(d, x);
            }
            (Src::Mem(mem), _) => {
                self.asm.alu_imm(Alu::Cmp, false, mem.plus(4), -1);
                self.asm.fp_load(false, d, mem);
            }
            _ => unreachable!("floating-point constants come in registers"),
        }
        let at = self.asm.jcc(Cc::Ne);
        let resume = self.asm.target();
        self.cold.push(Cold::Nan { at, resume, reg: d, double: false });
    }

    /// binary16 lives in integer registers; its arithmetic is soft.
    pub fn fp_half(&mut self, v: Value, inst: &Inst) {
        let arg = inst.args[0];
        match inst.op {
            Op::Bits | Op::FromBits => self.zero_extend(v, inst, Size::B2),
            Op::Box => {
                let x = self.src(arg, Type::I32);
                self.kill(arg);
                let t = self.int_temp();
                let d = self.def(v, None);
                self.extend_zero(Size::B2, t, x);
                self.asm.alu_imm(Alu::Or, true, t, HALF_BOX);
                self.asm.int_to_fp(true, d, t);
            }
            _ => self.call_eval(v, inst),
        }
    }
}
