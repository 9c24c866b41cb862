//! F, D and Zfh. A function's `T` is its format.

use ir::{Op, Type, Value};

use super::lifts;
use crate::fields::Operands;
use crate::lifter::{D, Float, H, Lifter, S};

lifts! {
    flw(l, o) => { let v = l.float_load(o, Op::LdF32); l.set_f::<S>(o.rd, v) };
    fld(l, o) => { let v = l.float_load(o, Op::LdF64); l.set_f::<D>(o.rd, v) };
    flh(l, o) => {
        let bits = l.float_load(o, Op::Ld16U);
        let v = l.b.un(Op::FromBits, Type::F16, bits);
        l.set_f::<H>(o.rd, v)
    };
    // Stores write raw bits, boxed or not.
    fsd(l, o) => { let (base, v) = (l.x(o.rs1), l.f_raw(o.rs2)); l.b.store(Op::StF64, base, v, o.imm) };
    fsw(l, o) => {
        let base = l.x(o.rs1);
        match l.boxed::<S>(o.rs2) {
            Some(v) => l.b.store(Op::StF32, base, v, o.imm),
            None => { let v = l.raw_bits(o.rs2); l.b.store(Op::St32, base, v, o.imm) }
        }
    };
    fsh(l, o) => { let (base, v) = (l.x(o.rs1), l.half_bits(o.rs2)); l.b.store(Op::St16, base, v, o.imm) };

    fadd[T: Float](l, o)  => l.float2::<T>(o, Op::FAdd);
    fsub[T: Float](l, o)  => l.float2::<T>(o, Op::FSub);
    fmul[T: Float](l, o)  => l.float2::<T>(o, Op::FMul);
    fdiv[T: Float](l, o)  => l.float2::<T>(o, Op::FDiv);
    fsqrt[T: Float](l, o) => l.float1::<T>(o, Op::FSqrt);
    fmadd[T: Float](l, o)  => l.float3::<T>(o, Op::FMAdd);
    fmsub[T: Float](l, o)  => l.float3::<T>(o, Op::FMSub);
    fnmsub[T: Float](l, o) => l.float3::<T>(o, Op::FNMSub);
    fnmadd[T: Float](l, o) => l.float3::<T>(o, Op::FNMAdd);
    fmin[T: Float](l, o) => l.float2::<T>(o, Op::FMin);
    fmax[T: Float](l, o) => l.float2::<T>(o, Op::FMax);
    fsgnj[T: Float](l, o)  => if o.rs1 == o.rs2 { l.float_move::<T>(o) } else { l.float2::<T>(o, Op::FSgnj) };
    fsgnjn[T: Float](l, o) => l.float2::<T>(o, Op::FSgnjN);
    fsgnjx[T: Float](l, o) => l.float2::<T>(o, Op::FSgnjX);
    feq[T: Float](l, o) => l.float_compare::<T>(o, Op::FEq);
    flt[T: Float](l, o) => l.float_compare::<T>(o, Op::FLt);
    fle[T: Float](l, o) => l.float_compare::<T>(o, Op::FLe);
    fclass[T: Float](l, o) => l.float_to_int::<T>(o, Op::FClass);

    fcvt_w[T: Float](l, o)  => l.float_to_int::<T>(o, Op::FToI32);
    fcvt_wu[T: Float](l, o) => l.float_to_int::<T>(o, Op::FToU32);
    fcvt_l[T: Float](l, o)  => l.float_to_int::<T>(o, Op::FToI64);
    fcvt_lu[T: Float](l, o) => l.float_to_int::<T>(o, Op::FToU64);
    fcvt_from_w[T: Float](l, o)  => l.int_to_float::<T>(o, Op::FFromI32);
    fcvt_from_wu[T: Float](l, o) => l.int_to_float::<T>(o, Op::FFromU32);
    fcvt_from_l[T: Float](l, o)  => l.int_to_float::<T>(o, Op::FFromI64);
    fcvt_from_lu[T: Float](l, o) => l.int_to_float::<T>(o, Op::FFromU64);
    fcvt[To: Float, From: Float](l, o) => {
        let a = l.f::<From>(o.rs1);
        let v = l.b.fp(narrowing::<To>(), From::TYPE, Lifter::round(o.mode), &[a]);
        l.set_f::<To>(o.rd, v)
    };

    // Moves of raw bits: what lies above the format does not matter.
    fmv_x_d(l, o) => l.alu_with(o, |l| l.raw_bits(o.rs1));
    fmv_x_w(l, o) => l.alu_w_with(o, |l| { let bits = l.single_bits(o.rs1); l.b.un(Op::Trunc, Type::I32, bits) });
    fmv_x_h(l, o) => l.alu_with(o, |l| { let bits = l.half_bits(o.rs1); l.un(Op::Sext16, bits) });
    fmv_d_x(l, o) => l.float_from_bits::<D>(o);
    fmv_w_x(l, o) => l.float_from_bits::<S>(o);
    fmv_h_x(l, o) => l.float_from_bits::<H>(o);
}

/// The op that converts to a format.
fn narrowing<To: Float>() -> Op {
    match To::TYPE {
        Type::F16 => Op::FToF16,
        Type::F32 => Op::FToF32,
        Type::F64 | Type::I32 | Type::I64 => Op::FToF64,
    }
}

impl Lifter<'_> {
    fn float_load(&mut self, o: Operands, op: Op) -> Value {
        let base = self.x(o.rs1);
        self.b.load(op, base, o.imm)
    }
    /// The 64 bits of `f<r>`.
    fn raw_bits(&mut self, r: u8) -> Value {
        let raw = self.f_raw(r);
        self.b.un(Op::Bits, Type::F64, raw)
    }
    /// The bits of `f<r>`, of which the low 32 count.
    fn single_bits(&mut self, r: u8) -> Value {
        match self.boxed::<S>(r) {
            Some(v) => self.b.un(Op::Bits, Type::F32, v),
            None => self.raw_bits(r),
        }
    }
    /// The bits of `f<r>`, of which the low 16 count.
    fn half_bits(&mut self, r: u8) -> Value {
        match self.boxed::<H>(r) {
            Some(v) => self.b.un(Op::Bits, Type::F16, v),
            None => self.raw_bits(r),
        }
    }
    fn float_from_bits<T: Float>(&mut self, o: Operands) {
        let bits = self.x(o.rs1);
        let v = self.b.un(Op::FromBits, T::TYPE, bits);
        self.set_f::<T>(o.rd, v);
    }
    fn float_move<T: Float>(&mut self, o: Operands) {
        let v = self.f::<T>(o.rs1);
        self.set_f::<T>(o.rd, v);
    }
    /// rd = op rs1.
    pub fn float1<T: Float>(&mut self, o: Operands, op: Op) {
        let a = self.f::<T>(o.rs1);
        let v = self.b.fp(op, T::TYPE, Lifter::round(o.mode), &[a]);
        self.set_f::<T>(o.rd, v);
    }
    /// rd = rs1 op rs2.
    pub fn float2<T: Float>(&mut self, o: Operands, op: Op) {
        let args = [self.f::<T>(o.rs1), self.f::<T>(o.rs2)];
        let v = self.b.fp(op, T::TYPE, Lifter::round(o.mode), &args);
        self.set_f::<T>(o.rd, v);
    }
    /// rd = op of rs1, rs2 and rs3.
    fn float3<T: Float>(&mut self, o: Operands, op: Op) {
        let args = [self.f::<T>(o.rs1), self.f::<T>(o.rs2), self.f::<T>(o.rs3)];
        let v = self.b.fp(op, T::TYPE, Lifter::round(o.mode), &args);
        self.set_f::<T>(o.rd, v);
    }
    /// rd = rs1 op rs2, a truth value. Flags accrue even if it goes to `x0`.
    pub fn float_compare<T: Float>(&mut self, o: Operands, op: Op) {
        let args = [self.f::<T>(o.rs1), self.f::<T>(o.rs2)];
        let v = self.b.fp(op, T::TYPE, Lifter::round(o.mode), &args);
        self.set_sext(o.rd, v);
    }
    /// rd = an integer made from rs1. Flags accrue even if it goes to `x0`.
    pub fn float_to_int<T: Float>(&mut self, o: Operands, op: Op) {
        let a = self.f::<T>(o.rs1);
        let v = self.b.fp(op, T::TYPE, Lifter::round(o.mode), &[a]);
        let wide = matches!(op, Op::FToI64 | Op::FToU64);
        if wide { self.set_x(o.rd, v) } else { self.set_sext(o.rd, v) }
    }
    /// rd = a number made from the integer rs1.
    fn int_to_float<T: Float>(&mut self, o: Operands, op: Op) {
        let a = self.x(o.rs1);
        let v = self.b.fp(op, T::TYPE, Lifter::round(o.mode), &[a]);
        self.set_f::<T>(o.rd, v);
    }
}
