//! Comparisons, and what is done with the flags they leave.

use guest::offsets;
use ir::{Inst, Op, Value};

use crate::alloc::Src;
use crate::asm::{Alu, Cc, Mem, Size};
use crate::lower::Lower;
use crate::lower::int::wide;
use crate::regs::{self, Reg};

fn condition(op: Op) -> Option<Cc> {
    Some(match op {
        Op::Eq => Cc::E,
        Op::Ne => Cc::Ne,
        Op::LtS => Cc::L,
        Op::LtU => Cc::B,
        Op::GeS => Cc::Ge,
        Op::GeU => Cc::Ae,
        _ => return None,
    })
}

impl Lower<'_> {
    /// The operands of the comparison `v`, whose use ends here, with the condition that says
    /// it holds. The first one is a constant only if both are.
    fn operands_of(&mut self, v: Value) -> (bool, Cc, Src, Src) {
        let inst = *self.region.inst(v);
        let cc = condition(inst.op).expect("only comparisons are computed late");
        let [a, b, _] = inst.args;
        let swap = self.constant(a).is_some();
        let (a, b, cc) = if swap { (b, a, cc.swapped()) } else { (a, b, cc) };
        let (x, y) = self.pair(a, b, inst.ty);
        (wide(&inst), cc, x, y)
    }

    /// Compares; gives the condition with the operands as the instruction has them.
    fn cmp(&mut self, w: bool, cc: Cc, x: Src, y: Src) -> Cc {
        match (x, y) {
            (Src::Reg(x), Src::Imm(0)) if w && self.asm.is_tested(x) => {}
            (Src::Reg(x), Src::Imm(0)) => self.asm.test(w, x, x),
            (Src::Reg(x), _) => self.alu(Alu::Cmp, w, x, y),
            (Src::Mem(mem), Src::Imm(imm)) => self.asm.alu_imm(Alu::Cmp, w, mem, imm),
            (Src::Mem(mem), Src::Reg(y)) => {
                self.asm.alu(Alu::Cmp, w, y, mem);
                return cc.swapped();
            }
            (Src::Mem(_) | Src::Imm(_), _) => {
                let t = self.int_temp();
                self.set(w, t, x);
                self.alu(Alu::Cmp, w, t, y);
            }
        }
        cc
    }

    /// Sets the flags so that the condition returned holds if `cond` is not 0.
    pub fn flags_for(&mut self, cond: Value) -> Cc {
        if self.plan.vals[cond.index()].lazy && self.region.inst(cond).op == Op::Poll {
            let poll = Mem::state(regs::field(offsets::POLL));
            self.asm.alu_imm(Alu::Cmp, false, poll, 0);
            return Cc::Ne;
        }
        if self.plan.vals[cond.index()].lazy {
            self.kill(cond);
            let (w, cc, x, y) = self.operands_of(cond);
            return self.cmp(w, cc, x, y);
        }
        let x = self.rm(cond);
        self.kill(cond);
        match x {
            Src::Mem(mem) => self.asm.alu_imm(Alu::Cmp, true, mem, 0),
            Src::Reg(x) if self.asm.is_tested(x) => {}
            Src::Reg(x) => self.asm.test(true, x, x),
            Src::Imm(_) => unreachable!("constants come in registers here"),
        }
        Cc::Ne
    }

    /// A comparison as a value.
    pub fn compare(&mut self, v: Value) {
        let (w, cc, x, y) = self.operands_of(v);
        let d = self.def(v, None);
        let apart = x != Src::Reg(d) && y != Src::Reg(d);
        if apart {
            self.asm.set_imm(d, 0);
        }
        let cc = self.cmp(w, cc, x, y);
        self.asm.setcc(cc, d);
        if !apart {
            self.asm.zero_extend(Size::B1, d, d);
        }
    }

    pub fn select(&mut self, v: Value, inst: &Inst) {
        let [cond, yes, no] = inst.args;
        let cc = self.flags_for(cond);
        self.unlock();
        let w = inst.ty != ir::Type::I32;
        if crate::plan::is_fp(inst.ty) {
            return self.select_fp(v, cc, yes, no);
        }
        let x = self.rm(yes);
        let y = self.rm(no);
        self.kill(yes);
        self.kill(no);
        let d = self.def(v, y.reg());
        self.pick(w, cc, d, x, y);
    }

    /// `d = if cc { x } else { y }`.
    pub fn pick(&mut self, w: bool, cc: Cc, d: Reg, x: Src, y: Src) {
        if x == Src::Reg(d) {
            self.asm.cmov(cc.not(), w, d, y.rm());
        } else {
            self.set(w, d, y);
            self.asm.cmov(cc, w, d, x.rm());
        }
    }

    fn select_fp(&mut self, v: Value, cc: Cc, yes: Value, no: Value) {
        let x = self.reg(yes);
        let y = self.reg(no);
        self.kill(yes);
        self.kill(no);
        let d = self.def(v, Some(y));
        let (first, second, skip) = if x == d { (x, y, cc) } else { (y, x, cc.not()) };
        self.copy(d, first);
        let over = self.asm.jcc(skip);
        self.copy(d, second);
        self.asm.bind_here(over);
    }

    pub fn min_max(&mut self, v: Value, inst: &Inst) {
        let cc = match inst.op {
            Op::MinS => Cc::L,
            Op::MinU => Cc::B,
            Op::MaxS => Cc::G,
            _ => Cc::A,
        };
        let [a, b, _] = inst.args;
        let w = wide(inst);
        let x = self.reg(a);
        let y = self.rm(b);
        self.kill(a);
        self.kill(b);
        self.asm.alu(Alu::Cmp, w, x, y.rm());
        let d = self.def(v, Some(x));
        self.pick(w, cc, d, Src::Reg(x), y);
    }
}
