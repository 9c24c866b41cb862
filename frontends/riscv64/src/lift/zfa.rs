//! Zfa: additional floating-point instructions.

use ir::{Op, Type};

use super::lifts;
use crate::lifter::{D, Float};

lifts! {
    fli[T: Float](l, o)      => { let v = l.b.iconst(T::TYPE, literal(T::TYPE, o.rs1)); l.set_f::<T>(o.rd, v) };
    fminm[T: Float](l, o)    => l.float2::<T>(o, Op::FMinM);
    fmaxm[T: Float](l, o)    => l.float2::<T>(o, Op::FMaxM);
    fround[T: Float](l, o)   => l.float1::<T>(o, Op::FRound);
    froundnx[T: Float](l, o) => l.float1::<T>(o, Op::FRoundNx);
    fltq[T: Float](l, o)     => l.float_compare::<T>(o, Op::FLtQ);
    fleq[T: Float](l, o)     => l.float_compare::<T>(o, Op::FLeQ);
    fcvtmod_w_d(l, o)        => l.float_to_int::<D>(o, Op::FCvtMod);
}

/// What `fli` loads, by number. Number 1 is the format's least normal number, 31 its NaN.
pub const LITERALS: [f64; 32] = [
    -1.0,
    f64::MIN_POSITIVE,
    1.0 / 65536.0,
    1.0 / 32768.0,
    1.0 / 256.0,
    1.0 / 128.0,
    0.0625,
    0.125,
    0.25,
    0.3125,
    0.375,
    0.4375,
    0.5,
    0.625,
    0.75,
    0.875,
    1.0,
    1.25,
    1.5,
    1.75,
    2.0,
    2.5,
    3.0,
    4.0,
    8.0,
    16.0,
    128.0,
    256.0,
    32768.0,
    65536.0,
    f64::INFINITY,
    f64::NAN,
];

/// The bits of literal `n` in a format.
fn literal(ty: Type, n: u8) -> i64 {
    let value = LITERALS[n as usize & 31];
    match (ty, n) {
        (Type::F16, 1) => 0x0400,
        (Type::F16, 31) => 0x7e00,
        (Type::F16, _) => half_bits(value),
        (Type::F32, 1) => f32::MIN_POSITIVE.to_bits() as i64,
        (Type::F32, 31) => 0x7fc0_0000,
        (Type::F32, _) => (value as f32).to_bits() as i64,
        (_, 31) => 0x7ff8_0000_0000_0000,
        (_, _) => value.to_bits() as i64,
    }
}

/// A literal in half precision: its few fraction bits always fit; 2^16 becomes infinity.
fn half_bits(value: f64) -> i64 {
    let bits = value.to_bits() as i64;
    let (sign, exponent, fraction) =
        (bits >> 48 & 0x8000, (bits >> 52 & 0x7ff) - 1023, bits >> 42 & 0x3ff);
    match exponent {
        16.. => sign | 0x7c00,
        -14.. => sign | (exponent + 15) << 10 | fraction,
        _ => sign | (0x400 | fraction) >> (-14 - exponent),
    }
}
