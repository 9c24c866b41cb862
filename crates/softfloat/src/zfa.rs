//! The additional instructions of Zfa.

use crate::arith::nan_result;
use crate::compare::{greater, lesser, order_key, unordered_quiet};
use crate::convert::round_fraction;
use crate::pack::round_pack;
use crate::unpack::{Exact, Finite, Value, unpack};
use crate::{Env, Flags, Format, Int, Round, to_int};

/// FMINM: IEEE 754-2019 `minimum`. -0 is below +0, and a NaN wins over a number.
#[inline]
pub fn minm(f: Format, a: u64, b: u64, flags: &mut Flags) -> u64 {
    if unordered_quiet(f, a, b, flags) {
        return f.canonical_nan();
    }
    lesser(f, a, b)
}

/// FMAXM: IEEE 754-2019 `maximum`. -0 is below +0, and a NaN wins over a number.
#[inline]
pub fn maxm(f: Format, a: u64, b: u64, flags: &mut Flags) -> u64 {
    if unordered_quiet(f, a, b, flags) {
        return f.canonical_nan();
    }
    greater(f, a, b)
}

/// FLTQ: `a < b`; NV for signalling NaNs only.
#[inline]
pub fn ltq(f: Format, a: u64, b: u64, flags: &mut Flags) -> bool {
    !unordered_quiet(f, a, b, flags) && order_key(f, a) < order_key(f, b)
}

/// FLEQ: `a <= b`; NV for signalling NaNs only.
#[inline]
pub fn leq(f: Format, a: u64, b: u64, flags: &mut Flags) -> bool {
    !unordered_quiet(f, a, b, flags) && order_key(f, a) <= order_key(f, b)
}

/// FROUND: `a` rounded to an integer of its own format, without NX.
#[inline]
pub fn round_to_int(f: Format, a: u64, env: &mut Env) -> u64 {
    let inexact = Flags(env.flags.0 & Flags::NX.0);
    let result = round_to_int_exact(f, a, env);
    env.flags = Flags(env.flags.0 & !Flags::NX.0) | inexact;
    result
}

/// FROUNDNX: `a` rounded to an integer of its own format, with NX if that changed it.
#[inline]
pub fn round_to_int_exact(f: Format, a: u64, env: &mut Env) -> u64 {
    match unpack(f, a) {
        Value::Nan => nan_result(f, [a], &mut env.flags),
        Value::Finite(x) if x.exp < 0 => round_finite(f, x, env),
        Value::Infinite { .. } | Value::Zero { .. } | Value::Finite(_) => a & f.mask(),
    }
}

#[inline]
fn round_finite(f: Format, x: Finite, env: &mut Env) -> u64 {
    let rounded = round_fraction(x, env.round);
    if rounded.inexact {
        env.flags.raise(Flags::NX);
    }
    if rounded.sig == 0 {
        return f.with_sign(0, x.negative);
    }
    let exact = Exact { negative: x.negative, exp: 0, sig: rounded.sig as u128 };
    round_pack(f, exact, env)
}

/// FCVTMOD.W.D: the binary64 `a` truncated, modulo 2^32, sign-extended from 32 bits.
///
/// The flags are those of FCVT.W.D with truncation; infinities and NaNs give 0.
#[inline]
pub fn fcvtmod_w_d(a: u64, flags: &mut Flags) -> u64 {
    let mut env = Env::new(Round::Rtz);
    to_int(Format::F64, a, Int::I32, &mut env);
    flags.raise(env.flags);
    let Value::Finite(x) = unpack(Format::F64, a) else {
        return 0;
    };
    let magnitude = match x.exp {
        32.. => 0,
        0..32 => (x.sig as u32) << x.exp,
        -63..0 => (x.sig >> -x.exp) as u32,
        _ => 0,
    };
    let value = if x.negative { magnitude.wrapping_neg() } else { magnitude };
    value as i32 as u64
}
