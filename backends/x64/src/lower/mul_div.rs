//! Multiplication and division.

use ir::{Inst, Op, Value};

use crate::alloc::Src;
use crate::asm::{Alu, Cc, Mem, Shift, Unary};
use crate::lower::Lower;
use crate::lower::cold::Cold;
use crate::lower::int::wide;
use crate::regs::{RAX, RDX, Reg};

impl Lower<'_> {
    pub fn mul(&mut self, v: Value, inst: &Inst) {
        let [a, b, _] = inst.args;
        let (a, b) = if self.constant(a).is_some() { (b, a) } else { (a, b) };
        let w = wide(inst);
        let y = self.src(b, inst.ty);
        let x = self.rm(a);
        self.kill(a);
        self.kill(b);
        let d = self.def(v, x.reg());
        match y {
            Src::Imm(imm) => self.asm.imul_imm(w, d, x.rm(), imm),
            Src::Reg(reg) if reg == d => self.asm.imul(w, d, x.rm()),
            Src::Reg(_) | Src::Mem(_) => {
                self.set(w, d, x);
                self.asm.imul(w, d, y.rm());
            }
        }
    }

    /// The high half of a product of two operands of one signedness.
    pub fn mul_high(&mut self, v: Value, inst: &Inst, unary: Unary) {
        let [a, b, _] = inst.args;
        self.bring_to(a, RAX);
        self.take(RDX);
        let y = self.rm(b);
        self.asm.unary(unary, true, y.rm());
        self.kill(b);
        self.claim(v, RDX);
    }

    /// Of a signed and an unsigned one: the unsigned product, less the second if the first is
    /// negative.
    pub fn mul_high_mixed(&mut self, v: Value, inst: &Inst) {
        let [a, b, _] = inst.args;
        self.bring_to(a, RAX);
        self.take(RDX);
        let y = self.reg(b);
        // The sign mask needs a register that the product leaves alone.
        self.asm.store(crate::asm::Size::B8, crate::thunks::cell(0), RAX);
        self.asm.unary(Unary::Mul, true, y);
        self.asm.mov(true, RAX, crate::thunks::cell(0));
        self.asm.shift(Shift::Sar, true, RAX, 63);
        self.asm.alu(Alu::And, true, RAX, y);
        self.asm.alu(Alu::Sub, true, RDX, RAX);
        self.kill(b);
        self.claim(v, RDX);
    }

    pub fn divide(&mut self, v: Value, inst: &Inst) {
        let [a, b, _] = inst.args;
        let w = wide(inst);
        let signed = matches!(inst.op, Op::DivS | Op::RemS);
        let rem = matches!(inst.op, Op::RemS | Op::RemU);
        let known = self.constant(b).map(|c| if w { c } else { c as i32 as i64 });
        self.bring_to(a, RAX);
        self.take(RDX);
        let y = self.reg(b);
        if !known.is_some_and(|c| c != 0 && c != -1) {
            let check = self.check_divisor(w, signed, y);
            self.divide_by(w, signed, y);
            let resume = self.asm.target();
            self.cold.push(Cold::Divide { check, resume, divisor: y, w, signed, rem });
        } else {
            self.divide_by(w, signed, y);
        }
        self.kill(b);
        self.claim(v, if rem { RDX } else { RAX });
    }

    /// Leaves the way if the divisor is 0 or, for signed ones, -1.
    fn check_divisor(&mut self, w: bool, signed: bool, divisor: Reg) -> u32 {
        if signed {
            self.asm.lea(w, RDX, Mem::base(divisor, 1));
            self.asm.alu_imm(Alu::Cmp, w, RDX, 1);
            self.asm.jcc(Cc::Be)
        } else {
            self.asm.test(w, divisor, divisor);
            self.asm.jcc(Cc::E)
        }
    }

    fn divide_by(&mut self, w: bool, signed: bool, divisor: Reg) {
        if signed {
            self.asm.sign_to_rdx(w);
            self.asm.unary(Unary::Idiv, w, divisor);
        } else {
            self.asm.alu(Alu::Xor, false, RDX, RDX);
            self.asm.unary(Unary::Div, w, divisor);
        }
    }

    /// Division by 0 or -1, the dividend in rax.
    pub fn emit_cold_divide(
        &mut self,
        resume: u32,
        divisor: Reg,
        w: bool,
        signed: bool,
        rem: bool,
    ) {
        self.asm.test(w, divisor, divisor);
        let zero = self.asm.jcc(Cc::E);
        if signed {
            match rem {
                true => self.asm.set_imm(RDX, 0),
                false => self.asm.unary(Unary::Neg, w, RAX),
            }
            let done = self.asm.jmp();
            self.asm.bind(done, resume);
        }
        self.asm.bind_here(zero);
        match rem {
            true => self.asm.mov(w, RDX, RAX),
            false => self.asm.mov_imm(RAX, -1),
        }
        let done = self.asm.jmp();
        self.asm.bind(done, resume);
    }
}
