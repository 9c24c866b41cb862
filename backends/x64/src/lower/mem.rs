//! Loads and stores. A fault finds all earlier writes of registers done and no later one.

use ir::{Inst, Op, Type, Value};

use crate::alloc::Src;
use crate::asm::{Mem, Size};
use crate::lower::Lower;

impl Lower<'_> {
    /// The operand at `base + disp`. The use of `base` is not over.
    fn address(&mut self, base: Value, disp: i64) -> Mem {
        match self.constant(base).map(|c| c.wrapping_add(disp)) {
            Some(sum) if sum == sum as i32 as i64 => Mem::absolute(sum as i32),
            _ => Mem::base(self.reg(base), disp as i32),
        }
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

    pub fn load_fp(&mut self, v: Value, inst: &Inst, double: bool) {
        let base = inst.args[0];
        let mem = self.address(base, inst.imm);
        self.kill(base);
        let d = self.def(v, None);
        self.asm.fp_load(double, d, mem);
    }

    pub fn store_int(&mut self, inst: &Inst, size: Size) {
        let [base, value, _] = inst.args;
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
