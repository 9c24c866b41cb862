//! How far it is to the limit.

use super::emit::Emit;
use super::{Bound, Order, Other};
use crate::asm::{Alu, Cc, Mem, Shift, Size, Unary};
use crate::regs::Reg;

impl Emit<'_, '_> {
    /// How many bytes of each array are looked at before the limit, in the last temporary; leaves if none.
    pub fn bound(&mut self, out: &mut Vec<u32>) {
        let Some(bound) = self.search.bound else { return };
        let (t, left) = (self.ints[0], self.ints[2]);
        let wide = !bound.word;
        let param = self.reg(bound.param);
        self.lower.asm.lea(wide, t, Mem::base(param, bound.first as i32));
        self.limit(&bound, left, out);
        if bound.word {
            self.lower.asm.sign_extend(Size::B4, true, t, t);
        }
        let ends = match bound.order {
            Order::Differ => None,
            Order::Signed => Some(if bound.step > 0 { Cc::Ge } else { Cc::Le }),
            Order::Unsigned => Some(if bound.step > 0 { Cc::Ae } else { Cc::Be }),
        };
        if let Some(cc) = ends {
            self.lower.asm.alu(Alu::Cmp, true, t, left);
            out.push(self.lower.asm.jcc(cc));
        }
        self.lower.asm.alu(Alu::Sub, wide, left, t);
        if bound.step < 0 {
            self.lower.asm.unary(Unary::Neg, wide, left);
        }
        self.whole_bytes(bound.step, wide, left);
        self.lower.asm.test(true, left, left);
        out.push(self.lower.asm.jcc(Cc::E));
    }

    fn limit(&mut self, bound: &Bound, to: Reg, out: &mut Vec<u32>) {
        let limit = match bound.limit {
            Other::Const(bits) => return self.lower.asm.mov_imm(to, bits),
            Other::Value(value) => self.reg(value),
        };
        if !bound.word {
            return self.lower.asm.mov(true, to, limit);
        }
        self.lower.asm.sign_extend(Size::B4, true, to, limit);
        if bound.wide {
            self.lower.asm.alu(Alu::Cmp, true, to, limit);
            out.push(self.lower.asm.jcc(Cc::Ne));
        }
    }

    /// From the distance to a limit to whole rounds' bytes.
    fn whole_bytes(&mut self, step: i64, wide: bool, reg: Reg) {
        let (step, stride) = (step.unsigned_abs().ilog2() as u8, self.shift());
        if step == stride {
            return self.lower.asm.alu_imm(Alu::And, true, reg, -(1 << stride));
        }
        for (shift, count, wide) in [(Shift::Shr, step, wide), (Shift::Shl, stride, true)] {
            if count > 0 {
                self.lower.asm.shift(shift, wide, reg, count);
            }
        }
    }
}
