//! Bit counts, byte orders, carry-less products and AES.

use ir::{Inst, Op, Value};

use crate::asm::{Aes, Bit, Unary};
use crate::lower::Lower;
use crate::lower::int::wide;
use crate::regs::Reg;

impl Lower<'_> {
    pub fn bit_count(&mut self, v: Value, inst: &Inst, bit: Bit) {
        let x = self.rm(inst.args[0]);
        self.kill(inst.args[0]);
        let d = self.def(v, x.reg());
        self.asm.bits(bit, wide(inst), d, x.rm());
    }

    pub fn bswap(&mut self, v: Value, inst: &Inst) {
        let x = self.rm(inst.args[0]);
        self.kill(inst.args[0]);
        let d = self.def(v, x.reg());
        self.set(wide(inst), d, x);
        self.asm.bswap(wide(inst), d);
    }

    /// Bytes that are not equal to zero.
    pub fn orc_b(&mut self, v: Value, inst: &Inst) {
        let x = self.rm(inst.args[0]);
        self.kill(inst.args[0]);
        let (t, zero) = (self.fp_temp(), self.fp_temp());
        let d = self.def(v, x.reg());
        self.asm.int_to_fp(true, t, x.rm());
        self.asm.fp_xor(zero, zero, zero);
        self.asm.equal_bytes(t, t, zero);
        self.asm.fp_to_bits(true, d, t);
        self.asm.unary(Unary::Not, true, d);
    }

    /// The two operands in vector registers that nothing else uses.
    fn both_to_fp(&mut self, inst: &Inst) -> (Reg, Reg) {
        let [a, b, _] = inst.args;
        let (x, y) = (self.rm(a), self.rm(b));
        self.kill(a);
        self.kill(b);
        let (t, u) = (self.fp_temp(), self.fp_temp());
        self.asm.int_to_fp(true, t, x.rm());
        self.asm.int_to_fp(true, u, y.rm());
        (t, u)
    }

    pub fn clmul(&mut self, v: Value, inst: &Inst) {
        if !self.crypto {
            return self.call_eval(v, inst);
        }
        let (t, u) = self.both_to_fp(inst);
        self.asm.clmul(t, t, u);
        let low = if inst.op == Op::ClMulR { Some(self.int_temp()) } else { None };
        let d = self.def(v, None);
        match inst.op {
            Op::ClMul => self.asm.fp_to_bits(true, d, t),
            _ => self.asm.fp_high(d, t),
        }
        if let Some(low) = low {
            self.asm.fp_to_bits(true, low, t);
            self.asm.shld(d, low, 1);
        }
    }

    /// A step of AES on the state whose halves are the operands; gives the lower half.
    pub fn aes(&mut self, v: Value, inst: &Inst, step: Aes) {
        if !self.crypto {
            return self.call_eval(v, inst);
        }
        let (t, u) = self.both_to_fp(inst);
        self.asm.fp_join(t, t, u);
        self.asm.fp_xor(u, u, u);
        self.asm.aes(step, t, t, u);
        let d = self.def(v, None);
        self.asm.fp_to_bits(true, d, t);
    }

    pub fn aes_inverse_mix(&mut self, v: Value, inst: &Inst) {
        if !self.crypto {
            return self.call_eval(v, inst);
        }
        let x = self.rm(inst.args[0]);
        self.kill(inst.args[0]);
        let t = self.fp_temp();
        self.asm.int_to_fp(true, t, x.rm());
        self.asm.aes_inverse_mix(t, t);
        let d = self.def(v, None);
        self.asm.fp_to_bits(true, d, t);
    }
}
