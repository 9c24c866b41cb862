//! Zba, Zbb, Zbc and Zbs.

use ir::{Op, Type, Value};

use super::lifts;
use crate::fields::Operands;
use crate::lifter::Lifter;

lifts! {
    // Zba.
    sh1add(l, o)    => l.alu_with(o, |l| { let a = l.x(o.rs1); l.shift_add(a, 1, o.rs2) });
    sh2add(l, o)    => l.alu_with(o, |l| { let a = l.x(o.rs1); l.shift_add(a, 2, o.rs2) });
    sh3add(l, o)    => l.alu_with(o, |l| { let a = l.x(o.rs1); l.shift_add(a, 3, o.rs2) });
    add_uw(l, o)    => l.alu_with(o, |l| { let a = l.zext_w(o.rs1); l.shift_add(a, 0, o.rs2) });
    sh1add_uw(l, o) => l.alu_with(o, |l| { let a = l.zext_w(o.rs1); l.shift_add(a, 1, o.rs2) });
    sh2add_uw(l, o) => l.alu_with(o, |l| { let a = l.zext_w(o.rs1); l.shift_add(a, 2, o.rs2) });
    sh3add_uw(l, o) => l.alu_with(o, |l| { let a = l.zext_w(o.rs1); l.shift_add(a, 3, o.rs2) });
    slli_uw(l, o)   => l.alu_with(o, |l| { let a = l.zext_w(o.rs1); l.op_imm(Op::Shl, a, o.imm as i64) });

    // Zbb.
    andn(l, o)   => l.alu(o, Op::AndNot);
    orn(l, o)    => l.alu_with(o, |l| { let (a, b) = (l.x(o.rs1), l.not(o.rs2)); l.op(Op::Or, a, b) });
    xnor(l, o)   => l.alu_with(o, |l| { let (a, b) = (l.x(o.rs1), l.not(o.rs2)); l.op(Op::Xor, a, b) });
    clz(l, o)    => l.alu_un(o, Op::Clz);
    ctz(l, o)    => l.alu_un(o, Op::Ctz);
    cpop(l, o)   => l.alu_un(o, Op::Popcnt);
    clzw(l, o)   => l.alu_un_w(o, Op::Clz);
    ctzw(l, o)   => l.alu_un_w(o, Op::Ctz);
    cpopw(l, o)  => l.alu_un_w(o, Op::Popcnt);
    sext_b(l, o) => l.alu_un(o, Op::Sext8);
    sext_h(l, o) => l.alu_un(o, Op::Sext16);
    zext_h(l, o) => l.alu_un(o, Op::Zext16);
    min(l, o)    => l.alu(o, Op::MinS);
    minu(l, o)   => l.alu(o, Op::MinU);
    max(l, o)    => l.alu(o, Op::MaxS);
    maxu(l, o)   => l.alu(o, Op::MaxU);
    rol(l, o)    => l.alu(o, Op::RotL);
    ror(l, o)    => l.alu(o, Op::RotR);
    rori(l, o)   => l.alu_imm(o, Op::RotR);
    rolw(l, o)   => l.alu_w(o, Op::RotL);
    rorw(l, o)   => l.alu_w(o, Op::RotR);
    roriw(l, o)  => l.alu_w_imm(o, Op::RotR);
    orc_b(l, o)  => l.alu_un(o, Op::OrcB);
    rev8(l, o)   => l.alu_un(o, Op::Bswap);

    // Zbc.
    clmul(l, o)  => l.alu(o, Op::ClMul);
    clmulh(l, o) => l.alu(o, Op::ClMulH);
    clmulr(l, o) => l.alu(o, Op::ClMulR);

    // Zbs.
    bclr(l, o)  => l.bit_op(o, Op::AndNot);
    binv(l, o)  => l.bit_op(o, Op::Xor);
    bset(l, o)  => l.bit_op(o, Op::Or);
    bext(l, o)  => l.alu_with(o, |l| { let (a, n) = (l.x(o.rs1), l.x(o.rs2)); l.extract_bit(a, n) });
    bclri(l, o) => l.alu_with(o, |l| { let a = l.x(o.rs1); l.op_imm(Op::And, a, !(1 << o.imm)) });
    binvi(l, o) => l.alu_with(o, |l| { let a = l.x(o.rs1); l.op_imm(Op::Xor, a, 1 << o.imm) });
    bseti(l, o) => l.alu_with(o, |l| { let a = l.x(o.rs1); l.op_imm(Op::Or, a, 1 << o.imm) });
    bexti(l, o) => l.alu_with(o, |l| { let (a, n) = (l.x(o.rs1), l.imm(o.imm as i64)); l.extract_bit(a, n) });
}

impl Lifter<'_> {
    /// The low half of `x<r>`, zero-extended.
    pub fn zext_w(&mut self, r: u8) -> Value {
        let low = self.w(r);
        match self.b.as_const(low) {
            Some(bits) => self.imm(bits as u32 as i64),
            None => self.b.un(Op::Zext32, Type::I64, low),
        }
    }
    fn not(&mut self, r: u8) -> Value {
        let a = self.x(r);
        self.op_imm(Op::Xor, a, -1)
    }
    fn shift_add(&mut self, a: Value, shift: i64, r: u8) -> Value {
        let scaled = self.op_imm(Op::Shl, a, shift);
        let b = self.x(r);
        self.op(Op::Add, b, scaled)
    }
    /// rd = rs1 op (1 << rs2).
    fn bit_op(&mut self, o: Operands, op: Op) {
        self.alu_with(o, |l| {
            let (one, n) = (l.imm(1), l.x(o.rs2));
            let bit = l.op(Op::Shl, one, n);
            let a = l.x(o.rs1);
            l.op(op, a, bit)
        });
    }
    fn extract_bit(&mut self, a: Value, n: Value) -> Value {
        let shifted = self.op(Op::Shr, a, n);
        self.op_imm(Op::And, shifted, 1)
    }
    /// rd = op of the low half of rs1.
    fn alu_un_w(&mut self, o: Operands, op: Op) {
        self.alu_w_with(o, |l| {
            let a = l.w(o.rs1);
            l.b.un(op, Type::I32, a)
        });
    }
}
