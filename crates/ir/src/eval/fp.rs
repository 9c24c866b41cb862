//! Floating point: softfloat with RISC-V's rules.

use softfloat::{Env, Flags, Format, Int, Round};

use super::FpEnv;
use crate::{Op, Type};

fn format(ty: Type) -> Option<Format> {
    match ty {
        Type::F16 => Some(Format::F16),
        Type::F32 => Some(Format::F32),
        Type::F64 => Some(Format::F64),
        Type::I32 | Type::I64 => None,
    }
}

/// The mode in `aux`, or the dynamic one; reserved modes round to nearest.
fn rounding(aux: u16, dynamic: u8) -> Round {
    let bits = if aux == crate::Round::Dyn as u16 { dynamic } else { aux as u8 };
    Round::from_bits(bits).unwrap_or(Round::Rne)
}

/// Every op that computes on numbers.
pub(super) fn eval(op: Op, ty: Type, args: [u64; 3], aux: u16, env: &mut FpEnv) -> Option<u64> {
    // The conversion modulo 2^32 has one source format, whatever type it carries.
    let ty = if op == Op::FCvtMod { Type::F64 } else { ty };
    let mut soft = Env::new(rounding(aux, env.round));
    let result = compute(op, format(ty)?, args, &mut soft)?;
    env.flags |= soft.flags.0;
    Some(result)
}

fn compute(op: Op, f: Format, [a, b, c]: [u64; 3], env: &mut Env) -> Option<u64> {
    let minus = |x: u64| x ^ f.sign_bit();
    Some(match op {
        Op::FAdd => softfloat::add(f, a, b, env),
        Op::FSub => softfloat::sub(f, a, b, env),
        Op::FMul => softfloat::mul(f, a, b, env),
        Op::FDiv => softfloat::div(f, a, b, env),
        Op::FSqrt => softfloat::sqrt(f, a, env),
        // The sign of an operand turns around; that of a NaN does not matter.
        Op::FMAdd => softfloat::fma(f, a, b, c, env),
        Op::FMSub => softfloat::fma(f, a, b, minus(c), env),
        Op::FNMSub => softfloat::fma(f, minus(a), b, c, env),
        Op::FNMAdd => softfloat::fma(f, minus(a), b, minus(c), env),
        Op::FRound => softfloat::round_to_int(f, a, env),
        Op::FRoundNx => softfloat::round_to_int_exact(f, a, env),
        Op::FToI32 => softfloat::to_int(f, a, Int::I32, env),
        Op::FToU32 => softfloat::to_int(f, a, Int::U32, env),
        Op::FToI64 => softfloat::to_int(f, a, Int::I64, env),
        Op::FToU64 => softfloat::to_int(f, a, Int::U64, env),
        Op::FFromI32 => softfloat::from_int(f, a, Int::I32, env),
        Op::FFromU32 => softfloat::from_int(f, a, Int::U32, env),
        Op::FFromI64 => softfloat::from_int(f, a, Int::I64, env),
        Op::FFromU64 => softfloat::from_int(f, a, Int::U64, env),
        Op::FToF16 => softfloat::convert(f, Format::F16, a, env),
        Op::FToF32 => softfloat::convert(f, Format::F32, a, env),
        Op::FToF64 => softfloat::convert(f, Format::F64, a, env),
        _ => return without_rounding(op, f, a, b, &mut env.flags),
    })
}

fn without_rounding(op: Op, f: Format, a: u64, b: u64, flags: &mut Flags) -> Option<u64> {
    Some(match op {
        Op::FMin => softfloat::min(f, a, b, flags),
        Op::FMax => softfloat::max(f, a, b, flags),
        Op::FMinM => softfloat::minm(f, a, b, flags),
        Op::FMaxM => softfloat::maxm(f, a, b, flags),
        Op::FSgnj => softfloat::sgnj(f, a, b),
        Op::FSgnjN => softfloat::sgnjn(f, a, b),
        Op::FSgnjX => softfloat::sgnjx(f, a, b),
        Op::FEq => softfloat::eq(f, a, b, flags) as u64,
        Op::FLt => softfloat::lt(f, a, b, flags) as u64,
        Op::FLe => softfloat::le(f, a, b, flags) as u64,
        Op::FLtQ => softfloat::ltq(f, a, b, flags) as u64,
        Op::FLeQ => softfloat::leq(f, a, b, flags) as u64,
        Op::FClass => softfloat::classify(f, a),
        Op::FCvtMod => softfloat::fcvtmod_w_d(a, flags),
        _ => return None,
    })
}

/// The bits of a number, zeros above.
pub(super) fn raw(ty: Type, a: u64) -> Option<u64> {
    Some(a & format(ty)?.mask())
}

/// A number as a 64-bit register holds it: ones above.
pub(super) fn boxed(ty: Type, a: u64) -> Option<u64> {
    Some(a | !format(ty)?.mask())
}

/// The number in a 64-bit register; the canonical NaN if there are no ones above it.
pub(super) fn unboxed(ty: Type, a: u64) -> Option<u64> {
    let f = format(ty)?;
    Some(if a | f.mask() == u64::MAX { a & f.mask() } else { f.canonical_nan() })
}
