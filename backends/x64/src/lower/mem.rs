//! Loads and stores. A fault finds all earlier writes of registers done and no later one.

use ir::{Inst, Op, Type, Value};

use crate::alloc::Src;
use crate::asm::{Mem, Size};
use crate::lower::Lower;
use crate::regs::{RBP, Reg};

impl Lower<'_> {
    /// The operand at `base + disp`. The use of `base` is not over.
    fn address(&mut self, base: Value, disp: i64) -> Mem {
        if self.plan.vals[base.index()].lazy {
            return self.sum(base, disp);
        }
        match self.constant(base).map(|c| c.wrapping_add(disp)) {
            Some(sum) if sum == sum as i32 as i64 => Mem::absolute(sum as i32),
            _ => Mem::base(self.reg(base), disp as i32),
        }
    }

    /// The address is a sum not yet computed, of which one part may be shifted.
    fn sum(&mut self, sum: Value, disp: i64) -> Mem {
        let [a, b, _] = self.region.inst(sum).args;
        let (part, other) = if self.plan.vals[b.index()].lazy { (b, a) } else { (a, b) };
        let (index, scale) = self.scaled(part);
        let base = self.reg(other);
        self.kill(other);
        let swap = scale == 0 && index & 7 != RBP && base & 7 == RBP;
        let (base, index) = if swap { (index, base) } else { (base, index) };
        Mem::indexed(base, index, scale, disp as i32)
    }

    /// A part of a sum, whose use ends here: a register and by how many bits it is shifted.
    pub fn scaled(&mut self, part: Value) -> (Reg, u8) {
        if !self.plan.vals[part.index()].lazy {
            let reg = self.reg(part);
            self.kill(part);
            return (reg, 0);
        }
        let [of, count, _] = self.region.inst(part).args;
        let scale = self.constant(count).unwrap_or(0) as u8;
        let reg = self.reg(of);
        self.kill(of);
        self.kill(count);
        self.kill(part);
        (reg, scale)
    }

    pub fn load_int(&mut self, v: Value, inst: &Inst) {
        let base = inst.args[0];
        let mem = self.address(base, inst.imm);
        self.kill(base);
        let d = self.def(v, None);
        match inst.op {
            Op::Ld8U => self.asm.zero_extend(Size::B1, d, mem),
            Op::Ld16U => self.asm.zero_extend(Size::B2, d, mem),
            Op::Ld32U => self.asm.zero_extend(Size::B4, d, mem),
            Op::Ld8S => self.asm.sign_extend(Size::B1, true, d, mem),
            Op::Ld16S => self.asm.sign_extend(Size::B2, true, d, mem),
            Op::Ld32S => self.asm.sign_extend(Size::B4, true, d, mem),
            _ => self.asm.mov(true, d, mem),
        }
    }

    pub fn prefetch(&mut self, inst: &Inst) {
        let mem = self.address(inst.args[0], inst.imm);
        self.asm.prefetch(mem);
        self.kill(inst.args[0]);
    }

    pub fn load_fp(&mut self, v: Value, inst: &Inst, double: bool) {
        let base = inst.args[0];
        let mem = self.address(base, inst.imm);
        self.kill(base);
        let d = self.def(v, None);
        self.asm.fp_load(double, d, mem);
    }

    pub fn store_int(&mut self, inst: &Inst, size: Size) {
        let (base, value) = (inst.args[0], self.plan.read(self.region, inst, 1));
        let mem = self.address(base, inst.imm);
        let ty = if size == Size::B8 { Type::I64 } else { Type::I32 };
        match self.imm_or_reg(value, ty) {
            Src::Imm(imm) => self.asm.store_imm(size, mem, imm),
            Src::Reg(reg) => self.asm.store(size, mem, reg),
            Src::Mem(_) => unreachable!("not asked for"),
        }
        self.kill(base);
        self.kill(value);
    }

    pub fn store_fp(&mut self, inst: &Inst, double: bool) {
        let [base, value, _] = inst.args;
        let mem = self.address(base, inst.imm);
        let reg = self.reg(value);
        self.asm.fp_store(double, mem, reg);
        self.kill(base);
        self.kill(value);
    }
}
