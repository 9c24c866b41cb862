//! Floating-point arithmetic. MXCSR's sticky flags are the guest's; NaN results are canonical.

use guest::offsets;
use ir::{Inst, Op, Round, Type, Value};

use crate::asm::{Alu, Cc, Mem, Round as HostRound, Vex};
use crate::lower::Lower;
use crate::lower::cold::{Arg, Cold};
use crate::regs::{self, NONE, Reg};
use crate::thunks;

/// How an op with a rounding mode can run on the host.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rounding {
    /// As MXCSR says.
    Native,
    /// As MXCSR says, if that is to nearest.
    IfNearest,
    /// Not.
    Soft,
}

/// How an inexact op can run.
pub fn rounding(inst: &Inst) -> Rounding {
    match inst.round() {
        Round::Dyn => Rounding::Native,
        Round::Rne => Rounding::IfNearest,
        Round::Rtz | Round::Rdn | Round::Rup | Round::Rmm => Rounding::Soft,
    }
}

/// The immediate of the host's rounding instruction; `None` for the mode it lacks.
pub fn host_round(round: Round) -> Option<HostRound> {
    Some(HostRound(match round {
        Round::Rne => 0,
        Round::Rdn => 1,
        Round::Rup => 2,
        Round::Rtz => 3,
        Round::Dyn => 4,
        Round::Rmm => return None,
    }))
}

pub fn double(inst: &Inst) -> bool {
    inst.ty == Type::F64
}

impl Lower<'_> {
    /// Goes to soft arithmetic unless the dynamic mode is to nearest.
    pub fn guard(&mut self, rounding: Rounding) -> u32 {
        if rounding != Rounding::IfNearest {
            return u32::MAX;
        }
        let mode = Mem::state(regs::field(offsets::FP_ROUND));
        self.asm.alu_imm(Alu::Cmp, false, mode, 0);
        self.asm.jcc(Cc::Ne)
    }

    /// Makes a NaN in `d` the canonical one, unless nobody can tell, and takes in what `guard` sent away.
    pub fn finish(
        &mut self,
        (v, inst): (Value, &Inst),
        double: bool,
        guard: u32,
        args: [Arg; 3],
        d: Reg,
    ) {
        if !self.plan.vals[v.index()].raw {
            self.make_canonical(double, d);
        }
        self.cold_eval(guard, inst, args, d);
    }

    /// Makes a NaN in `reg` the canonical one.
    pub fn make_canonical(&mut self, double: bool, reg: Reg) {
        self.asm.ucomis(double, reg, reg);
        let at = self.asm.jcc(Cc::P);
        let resume = self.asm.target();
        self.cold.push(Cold::Nan { at, resume, reg, double });
    }

    /// Computes `inst` by the soft helper behind the jump at `at`, and comes back here.
    pub fn cold_eval(&mut self, at: u32, inst: &Inst, args: [Arg; 3], dst: Reg) {
        if at != u32::MAX {
            let resume = self.asm.target();
            let fields = [at, u32::MAX];
            self.cold.push(Cold::Eval { fields, resume, word: thunks::pack(inst), args, dst });
        }
    }

    pub fn fp_binary(&mut self, v: Value, inst: &Inst) {
        let mode = rounding(inst);
        if mode == Rounding::Soft {
            return self.call_eval(v, inst);
        }
        let op = match inst.op {
            Op::FAdd => Vex::Add,
            Op::FSub => Vex::Sub,
            Op::FMul => Vex::Mul,
            _ => Vex::Div,
        };
        let [a, b, _] = inst.args;
        let (x, y) = (self.reg(a), self.reg(b));
        self.kill(a);
        self.kill(b);
        let d = self.def(v, Some(x));
        let guard = self.guard(mode);
        self.asm.fp(op, double(inst), d, x, y);
        self.finish((v, inst), double(inst), guard, [Arg::Reg(x), Arg::Reg(y), Arg::None], d);
    }

    pub fn fp_sqrt(&mut self, v: Value, inst: &Inst) {
        let mode = rounding(inst);
        if mode == Rounding::Soft {
            return self.call_eval(v, inst);
        }
        let x = self.reg(inst.args[0]);
        self.kill(inst.args[0]);
        let d = self.def(v, Some(x));
        let guard = self.guard(mode);
        self.asm.fp(Vex::Sqrt, double(inst), d, x, x);
        self.finish((v, inst), double(inst), guard, [Arg::Reg(x), Arg::None, Arg::None], d);
    }

    /// A product and a sum, rounded once. Behind a NaN the helper looks at the product once
    /// more: infinity times zero is invalid even if the third operand is a NaN.
    pub fn fp_fused(&mut self, v: Value, inst: &Inst) {
        let mode = rounding(inst);
        if mode == Rounding::Soft {
            return self.call_eval(v, inst);
        }
        const FORM_213: u8 = 0xa9;
        const FORM_231: u8 = 0xb9;
        let kind = match inst.op {
            Op::FMAdd => 0,
            Op::FMSub => 2,
            Op::FNMSub => 4,
            _ => 6,
        };
        let wide = double(inst);
        let [x, y, z] = inst.args.map(|a| self.reg(a));
        inst.args.iter().for_each(|&a| self.kill(a));
        let d = self.def_unlike(v, z, [x, y]);
        let alias = d == x || d == y;
        let t = if alias { self.fp_temp() } else { d };
        let guard = self.guard(mode);
        if t == z {
            self.asm.fma(FORM_231 + kind, wide, t, x, y);
        } else {
            self.copy(t, x);
            self.asm.fma(FORM_213 + kind, wide, t, y, z);
        }
        self.asm.ucomis(wide, t, t);
        let nan = self.asm.jcc(Cc::P);
        let product = [Arg::Reg(x), Arg::Reg(y), Arg::Nan];
        self.cold_eval(nan, inst, product, t);
        self.cold_eval(guard, inst, [Arg::Reg(x), Arg::Reg(y), Arg::Reg(z)], t);
        self.copy(d, t);
    }

    /// The host's minimum takes its second operand for equal ones: both orders, joined bit by
    /// bit, put -0 below +0. NaNs go to the helper.
    pub fn fp_min_max(&mut self, v: Value, inst: &Inst) {
        let min = matches!(inst.op, Op::FMin | Op::FMinM);
        let op = if min { Vex::Min } else { Vex::Max };
        let wide = double(inst);
        let [a, b, _] = inst.args;
        let (x, y) = (self.reg(a), self.reg(b));
        self.kill(a);
        self.kill(b);
        let t = self.fp_temp();
        let d = self.def(v, Some(x));
        self.asm.ucomis(wide, x, y);
        let nan = self.asm.jcc(Cc::P);
        self.asm.fp(op, wide, t, x, y);
        self.asm.fp(op, wide, d, y, x);
        match min {
            true => self.asm.fp_or(d, d, t),
            false => self.asm.fp_and(d, d, t),
        }
        self.cold_eval(nan, inst, [Arg::Reg(x), Arg::Reg(y), Arg::None], d);
    }

    pub fn fp_compare(&mut self, v: Value, inst: &Inst) {
        match self.plan.vals[v.index()].checked {
            true => self.checked_compare(v, inst),
            false => self.plain_compare(v, inst),
        }
    }

    /// The host's comparison that tells NaNs apart, too. `a < b` is `b > a`: that does not hold for NaNs.
    fn checked_compare(&mut self, v: Value, inst: &Inst) {
        let [a, b, _] = inst.args;
        let (x, y) = (self.reg(a), self.reg(b));
        self.kill(a);
        self.kill(b);
        let d = self.def(v, None);
        self.asm.set_imm(d, 0);
        let cc = match inst.op {
            Op::FLt | Op::FLtQ => Cc::A,
            Op::FLe | Op::FLeQ => Cc::Ae,
            _ => Cc::E,
        };
        match inst.op {
            Op::FLt | Op::FLe => self.asm.comis(double(inst), y, x),
            _ => self.asm.ucomis(double(inst), y, x),
        }
        let at = self.asm.jcc(Cc::P);
        self.asm.setcc(cc, d);
        let resume = self.asm.target();
        self.cold.push(Cold::Unsettle { at, resume });
    }

    fn plain_compare(&mut self, v: Value, inst: &Inst) {
        const QUIET: u8 = 0x10;
        let predicate = match inst.op {
            Op::FEq => 0,
            Op::FLt => 1,
            Op::FLe => 2,
            Op::FLtQ => 1 | QUIET,
            _ => 2 | QUIET,
        };
        let [a, b, _] = inst.args;
        let (x, y) = (self.reg(a), self.reg(b));
        self.kill(a);
        self.kill(b);
        let t = self.fp_temp();
        let d = self.def(v, None);
        self.asm.fp_cmp(predicate, double(inst), t, x, y);
        self.asm.fp_to_bits(false, d, t);
        self.asm.alu_imm(Alu::And, false, d, 1);
    }

    /// Sign injection; with two equal operands a move, a negation or an absolute value.
    pub fn fp_sign(&mut self, v: Value, inst: &Inst) {
        let [a, b, _] = inst.args;
        let (sign, abs) = match double(inst) {
            true => (Mem::thunk(thunks::SIGN64), Mem::thunk(thunks::ABS64)),
            false => (Mem::thunk(thunks::SIGN32), Mem::thunk(thunks::ABS32)),
        };
        let same = self.root(a) == self.root(b);
        let x = self.reg(a);
        let y = self.reg(b);
        self.kill(a);
        self.kill(b);
        let t = if same { NONE } else { self.fp_temp() };
        let d = self.def(v, Some(x));
        match (inst.op, same) {
            (Op::FSgnj, true) => self.copy(d, x),
            (Op::FSgnjN, true) => self.asm.fp_xor(d, x, sign),
            (_, true) => self.asm.fp_and(d, x, abs),
            (Op::FSgnjX, false) => {
                self.asm.fp_and(t, y, sign);
                self.asm.fp_xor(d, x, t);
            }
            (op, false) => {
                match op {
                    Op::FSgnj => self.asm.fp_and(t, y, sign),
                    _ => self.asm.fp_andn(t, y, sign),
                }
                self.asm.fp_and(d, x, abs);
                self.asm.fp_or(d, d, t);
            }
        }
    }
}
