//! Integer arithmetic, logic and shifts.

use ir::{Inst, Op, Type, Value};

use crate::alloc::Src;
use crate::asm::{Alu, Mem, Shift, Size, Unary};
use crate::fuse::{Fused, fused};
use crate::lower::Lower;
use crate::regs::{RBP, RCX, Reg};

/// True for 64-bit operations.
pub fn wide(inst: &Inst) -> bool {
    inst.ty == Type::I64
}

impl Lower<'_> {
    /// Writes an operand to a register.
    pub fn set(&mut self, w: bool, dst: Reg, src: Src) {
        match src {
            Src::Imm(imm) if w => self.asm.mov_imm(dst, imm as i64),
            Src::Imm(imm) => self.asm.mov_imm(dst, imm as u32 as i64),
            Src::Reg(reg) if reg == dst => {}
            Src::Reg(_) | Src::Mem(_) => self.asm.mov(w, dst, src.rm()),
        }
    }

    /// `dst = dst op src`.
    pub fn alu(&mut self, alu: Alu, w: bool, dst: Reg, src: Src) {
        match src {
            Src::Imm(imm) => self.asm.alu_imm(alu, w, dst, imm),
            Src::Reg(_) | Src::Mem(_) => self.asm.alu(alu, w, dst, src.rm()),
        }
    }

    /// The operands with a constant, if there is one, last.
    fn const_last(&self, inst: &Inst) -> (Value, Value) {
        let [a, b, _] = inst.args;
        if self.constant(a).is_some() { (b, a) } else { (a, b) }
    }

    /// Fetches two operands whose use ends here.
    pub fn pair(&mut self, a: Value, b: Value, ty: Type) -> (Src, Src) {
        let x = self.src(a, ty);
        let y = self.src(b, ty);
        self.kill(a);
        self.kill(b);
        (x, y)
    }

    /// Commutative operations.
    pub fn two_address(&mut self, v: Value, inst: &Inst, alu: Alu) {
        let (a, b) = self.const_last(inst);
        let (a, b) = self.pair(a, b, inst.ty);
        let d = self.def(v, a.reg());
        self.commute(alu, wide(inst), d, a, b);
    }

    /// `d = a op b`, commutative.
    fn commute(&mut self, alu: Alu, w: bool, d: Reg, a: Src, b: Src) {
        if b == Src::Reg(d) {
            return self.alu(alu, w, d, a);
        }
        self.set(w, d, a);
        self.alu(alu, w, d, b);
    }

    pub fn add(&mut self, v: Value, inst: &Inst) {
        let [a, b, _] = inst.args;
        for (x, y) in [(a, b), (b, a)] {
            if self.plan.vals[x.index()].lazy {
                return self.add_scaled(v, x, y);
            }
        }
        let (a, b) = self.const_last(inst);
        let (a, b) = self.pair(a, b, inst.ty);
        let d = self.def(v, a.reg());
        self.add_to(wide(inst), d, a, b);
    }

    /// `d = a + b`.
    fn add_to(&mut self, w: bool, d: Reg, a: Src, b: Src) {
        match (a, b) {
            (Src::Reg(x), Src::Imm(0)) => self.set(w, d, Src::Reg(x)),
            (Src::Reg(x), Src::Imm(i)) if x != d => self.asm.lea(w, d, Mem::base(x, i)),
            (Src::Reg(x), Src::Reg(y)) if x != d && y != d => {
                let (base, index) = if x & 7 == RBP { (y, x) } else { (x, y) };
                self.asm.lea(w, d, Mem::indexed(base, index, 0, 0));
            }
            _ => self.commute(Alu::Add, w, d, a, b),
        }
    }

    /// `(x << 1, 2 or 3) + b`, the shift not yet computed.
    fn add_scaled(&mut self, v: Value, shl: Value, b: Value) {
        let (index, scale) = self.scaled(shl);
        let base = self.reg(b);
        self.kill(b);
        let d = self.def(v, Some(base));
        self.asm.lea(true, d, Mem::indexed(base, index, scale, 0));
    }

    pub fn sub(&mut self, v: Value, inst: &Inst) {
        let w = wide(inst);
        let (a, b) = self.pair(inst.args[0], inst.args[1], inst.ty);
        let d = self.def(v, a.reg());
        match (a, b) {
            (_, Src::Imm(i)) if i != i32::MIN && a.reg().is_some() => {
                self.add_to(w, d, a, Src::Imm(-i));
            }
            (Src::Imm(0), _) => {
                self.set(w, d, b);
                self.asm.unary(Unary::Neg, w, d);
            }
            // With a, too, in d, the difference is 0 either way.
            (_, Src::Reg(y)) if y == d && a != Src::Reg(d) => {
                self.asm.unary(Unary::Neg, w, d);
                self.alu(Alu::Add, w, d, a);
            }
            _ => {
                self.set(w, d, a);
                self.alu(Alu::Sub, w, d, b);
            }
        }
    }

    pub fn and(&mut self, v: Value, inst: &Inst) {
        let [a, b] = [0, 1].map(|at| self.plan.read(self.region, inst, at));
        let inst = &Inst { args: [a, b, Value::NONE], ..*inst };
        let (a, b) = self.const_last(inst);
        let extended = match self.constant(b) {
            Some(0xff) => Size::B1,
            Some(0xffff) => Size::B2,
            Some(0xffff_ffff) => Size::B4,
            _ => return self.and_any(v, inst, a, b),
        };
        let x = self.src(a, inst.ty);
        self.kill(a);
        self.kill(b);
        let d = self.def(v, x.reg());
        self.extend_zero(extended, d, x);
    }

    fn and_any(&mut self, v: Value, inst: &Inst, a: Value, b: Value) {
        let (x, y) = self.pair(a, b, inst.ty);
        let d = self.def(v, x.reg());
        // A mask without a sign clears the upper half, as 32-bit operations do.
        let narrow = matches!(y, Src::Imm(mask) if mask >= 0);
        self.commute(Alu::And, wide(inst) && !narrow, d, x, y);
    }

    pub fn xor(&mut self, v: Value, inst: &Inst) {
        let (a, b) = self.const_last(inst);
        if self.constant(b) != Some(-1) {
            return self.two_address(v, inst, Alu::Xor);
        }
        let (x, _) = self.pair(a, b, inst.ty);
        let d = self.def(v, x.reg());
        self.set(wide(inst), d, x);
        self.asm.unary(Unary::Not, wide(inst), d);
    }

    pub fn and_not(&mut self, v: Value, inst: &Inst) {
        let [a, b, _] = inst.args;
        let keep = self.rm(a);
        let not = self.reg(b);
        self.kill(a);
        self.kill(b);
        let d = self.def(v, keep.reg());
        self.asm.andn(wide(inst), d, not, keep.rm());
    }

    pub fn shift(&mut self, v: Value, inst: &Inst, shift: Shift) {
        let (a, b) = (self.plan.read(self.region, inst, 0), inst.args[1]);
        let w = wide(inst);
        let Some(count) = self.constant(b) else { return self.shift_by(v, inst, shift) };
        let count = count as u8 & if w { 63 } else { 31 };
        let x = self.rm(a);
        self.kill(a);
        self.kill(b);
        let d = self.def(v, x.reg());
        match (shift, x) {
            (Shift::Shl, Src::Reg(r)) if count == 1 && r != d && r & 7 != RBP => {
                self.asm.lea(w, d, Mem::indexed(r, r, 0, 0));
            }
            _ => {
                self.set(w, d, x);
                if count != 0 {
                    self.asm.shift(shift, w, d, count);
                }
            }
        }
    }

    fn shift_by(&mut self, v: Value, inst: &Inst, shift: Shift) {
        let [a, b, _] = inst.args;
        let count = self.reg(b);
        let x = self.rm(a);
        self.kill(a);
        self.kill(b);
        let d = self.def(v, x.reg());
        self.asm.shiftx(shift, wide(inst), d, x.rm(), count);
    }

    pub fn rotate(&mut self, v: Value, inst: &Inst, shift: Shift) {
        let [a, b, _] = inst.args;
        let w = wide(inst);
        let bits = if w { 64 } else { 32 };
        if let Some(count) = self.constant(b) {
            let left = shift == Shift::Rol;
            let count = if left { bits - (count & (bits - 1)) } else { count };
            let x = self.rm(a);
            self.kill(a);
            self.kill(b);
            let d = self.def(v, x.reg());
            return self.asm.rorx(w, d, x.rm(), (count & (bits - 1)) as u8);
        }
        self.bring_to(b, RCX);
        let x = self.rm(a);
        self.kill(a);
        let d = self.def(v, x.reg());
        self.set(w, d, x);
        self.asm.shift_cl(shift, w, d);
    }

    /// An op that may be one instruction with others.
    pub fn fusible(&mut self, v: Value, inst: &Inst) {
        match (fused(self.region, inst), inst.op) {
            (Some(fused), _) => self.fused(v, fused),
            (None, Op::Or) => self.two_address(v, inst, Alu::Or),
            (None, Op::Shr) => self.shift(v, inst, Shift::Shr),
            (None, _) => self.shift(v, inst, Shift::Sar),
        }
    }

    /// Several ops in one.
    pub fn fused(&mut self, v: Value, fused: Fused) {
        let of = self.plan.fused_operand(self.region, fused);
        let x = self.rm(of);
        self.kill(of);
        let d = self.def(v, x.reg());
        match fused {
            Fused::Rotate { left, w, extend, .. } => {
                let width = if w { 64 } else { 32 };
                self.asm.rorx(w, d, x.rm(), width - left);
                if extend {
                    self.asm.sign_extend(Size::B4, true, d, d);
                }
            }
            Fused::Extend { size, signed: true, .. } => {
                self.asm.sign_extend(size, true, d, x.rm());
            }
            Fused::Extend { size, .. } => self.asm.zero_extend(size, d, x.rm()),
        }
    }

    /// `d` = the low bytes of `x`, zero-extended.
    pub fn extend_zero(&mut self, size: Size, d: Reg, x: Src) {
        match (size, x) {
            (_, Src::Imm(imm)) => {
                let mask = match size {
                    Size::B1 => 0xff,
                    Size::B2 => 0xffff,
                    Size::B4 | Size::B8 => 0xffff_ffff,
                };
                self.asm.mov_imm(d, imm as i64 & mask);
            }
            _ => self.asm.zero_extend(size, d, x.rm()),
        }
    }

    pub fn zero_extend(&mut self, v: Value, inst: &Inst, size: Size) {
        let x = self.src(inst.args[0], Type::I32);
        self.kill(inst.args[0]);
        let d = self.def(v, x.reg());
        self.extend_zero(size, d, x);
    }

    pub fn sign_extend(&mut self, v: Value, inst: &Inst, size: Size) {
        let w = wide(inst) || inst.op == Op::Sext32;
        let x = self.rm(inst.args[0]);
        self.kill(inst.args[0]);
        let d = self.def(v, x.reg());
        self.asm.sign_extend(size, w, d, x.rm());
    }
}
