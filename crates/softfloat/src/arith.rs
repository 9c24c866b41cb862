//! Computational operations: FADD, FSUB, FMUL, FDIV, FSQRT and FMADD.

use crate::pack::{round_pack, shift_right_sticky_wide};
use crate::unpack::{Exact, Finite, Value, unpack};
use crate::{Env, Flags, Format, Round};

/// `a + b`.
#[inline]
pub fn add(f: Format, a: u64, b: u64, env: &mut Env) -> u64 {
    add_values(f, [a, b], unpack(f, a), unpack(f, b), env)
}

/// `a - b`.
#[inline]
pub fn sub(f: Format, a: u64, b: u64, env: &mut Env) -> u64 {
    add_values(f, [a, b], unpack(f, a), unpack(f, b).negate_if(true), env)
}

/// `a × b`.
#[inline]
pub fn mul(f: Format, a: u64, b: u64, env: &mut Env) -> u64 {
    let (x, y) = (unpack(f, a), unpack(f, b));
    let negative = x.negative() ^ y.negative();
    match (x, y) {
        (Value::Nan, _) | (_, Value::Nan) => nan_result(f, [a, b], &mut env.flags),
        (Value::Infinite { .. }, Value::Zero { .. })
        | (Value::Zero { .. }, Value::Infinite { .. }) => invalid(f, &mut env.flags),
        (Value::Infinite { .. }, _) | (_, Value::Infinite { .. }) => {
            f.with_sign(f.infinity(), negative)
        }
        (Value::Zero { .. }, _) | (_, Value::Zero { .. }) => f.with_sign(0, negative),
        (Value::Finite(x), Value::Finite(y)) => round_pack(f, product(x, y), env),
    }
}

/// `a ÷ b`.
#[inline]
pub fn div(f: Format, a: u64, b: u64, env: &mut Env) -> u64 {
    let (x, y) = (unpack(f, a), unpack(f, b));
    let negative = x.negative() ^ y.negative();
    match (x, y) {
        (Value::Nan, _) | (_, Value::Nan) => nan_result(f, [a, b], &mut env.flags),
        (Value::Infinite { .. }, Value::Infinite { .. })
        | (Value::Zero { .. }, Value::Zero { .. }) => invalid(f, &mut env.flags),
        (Value::Infinite { .. }, _) => f.with_sign(f.infinity(), negative),
        (Value::Zero { .. }, _) | (_, Value::Infinite { .. }) => f.with_sign(0, negative),
        (Value::Finite(_), Value::Zero { .. }) => {
            env.flags.raise(Flags::DZ);
            f.with_sign(f.infinity(), negative)
        }
        (Value::Finite(x), Value::Finite(y)) => round_pack(f, quotient(x, y), env),
    }
}

/// The square root of `a`.
#[inline]
pub fn sqrt(f: Format, a: u64, env: &mut Env) -> u64 {
    match unpack(f, a) {
        Value::Nan => nan_result(f, [a], &mut env.flags),
        Value::Zero { negative } => f.with_sign(0, negative),
        Value::Infinite { negative: false } => f.infinity(),
        Value::Finite(x) if !x.negative => round_pack(f, root(x), env),
        Value::Infinite { .. } | Value::Finite(_) => invalid(f, &mut env.flags),
    }
}

/// `a × b + c`, rounded once.
///
/// ∞ × 0 is invalid even when `c` is a quiet NaN. The other forms of the instruction negate
/// operands: FMSUB `c`, FNMSUB `a`, FNMADD both.
#[inline]
pub fn fma(f: Format, a: u64, b: u64, c: u64, env: &mut Env) -> u64 {
    let (x, y, z) = (unpack(f, a), unpack(f, b), unpack(f, c));
    let negative = x.negative() ^ y.negative();
    match (x, y) {
        (Value::Nan, _) | (_, Value::Nan) => nan_result(f, [a, b, c], &mut env.flags),
        (Value::Infinite { .. }, Value::Zero { .. })
        | (Value::Zero { .. }, Value::Infinite { .. }) => invalid(f, &mut env.flags),
        (Value::Infinite { .. }, _) | (_, Value::Infinite { .. }) => {
            add_values(f, [c], Value::Infinite { negative }, z, env)
        }
        (Value::Zero { .. }, _) | (_, Value::Zero { .. }) => {
            add_values(f, [c], Value::Zero { negative }, z, env)
        }
        (Value::Finite(x), Value::Finite(y)) => add_to_product(f, product(x, y), c, z, env),
    }
}

/// `product + z`, where `c` is the raw form of `z`.
#[inline]
fn add_to_product(f: Format, product: Exact, c: u64, z: Value, env: &mut Env) -> u64 {
    match z {
        Value::Nan => nan_result(f, [c], &mut env.flags),
        Value::Infinite { negative } => f.with_sign(f.infinity(), negative),
        Value::Zero { .. } => round_pack(f, product, env),
        Value::Finite(z) => round_sum(f, product, z.exact(), env),
    }
}

/// `x + y`; `raw` are the operands a NaN may have come from.
#[inline]
fn add_values<const N: usize>(f: Format, raw: [u64; N], x: Value, y: Value, env: &mut Env) -> u64 {
    match (x, y) {
        (Value::Nan, _) | (_, Value::Nan) => nan_result(f, raw, &mut env.flags),
        (Value::Infinite { negative: x }, Value::Infinite { negative: y }) if x != y => {
            invalid(f, &mut env.flags)
        }
        (Value::Infinite { negative }, _) | (_, Value::Infinite { negative }) => {
            f.with_sign(f.infinity(), negative)
        }
        (Value::Zero { negative: x }, Value::Zero { negative: y }) => {
            let negative = if x == y { x } else { zero_sum_sign(env.round) };
            f.with_sign(0, negative)
        }
        (Value::Finite(x), Value::Zero { .. }) | (Value::Zero { .. }, Value::Finite(x)) => {
            round_pack(f, x.exact(), env)
        }
        (Value::Finite(x), Value::Finite(y)) => round_sum(f, x.exact(), y.exact(), env),
    }
}

/// Whether the zero sum of two numbers of opposite sign is negative.
#[inline]
fn zero_sum_sign(round: Round) -> bool {
    round == Round::Rdn
}

#[inline]
fn round_sum(f: Format, x: Exact, y: Exact, env: &mut Env) -> u64 {
    let sum = sum(x, y);
    if sum.sig == 0 {
        return f.with_sign(0, zero_sum_sign(env.round));
    }
    round_pack(f, sum, env)
}

/// The sum of two numbers of at most 106 bits each; a zero has no meaningful sign.
///
/// Bits are lost to the sticky bit only if the exponents of the leading bits differ by 20 or
/// more, and then the difference is still over 120 bits long.
#[inline]
fn sum(x: Exact, y: Exact) -> Exact {
    let (x, y) = (with_headroom(x), with_headroom(y));
    let (big, small) = if (x.exp, x.sig) >= (y.exp, y.sig) { (x, y) } else { (y, x) };
    let aligned = shift_right_sticky_wide(small.sig, (big.exp - small.exp) as u32);
    let sig = if big.negative == small.negative { big.sig + aligned } else { big.sig - aligned };
    Exact { sig, ..big }
}

/// The same number with bit 126 as the leading bit of the significand.
#[inline]
fn with_headroom(x: Exact) -> Exact {
    let shift = x.sig.leading_zeros() - 1;
    Exact { exp: x.exp - shift as i32, sig: x.sig << shift, ..x }
}

#[inline]
fn product(x: Finite, y: Finite) -> Exact {
    Exact {
        negative: x.negative ^ y.negative,
        exp: x.exp + y.exp,
        sig: x.sig as u128 * y.sig as u128,
    }
}

/// The quotient to 63 bits or more, the last one sticky.
#[inline]
fn quotient(x: Finite, y: Finite) -> Exact {
    let (x, y) = (x.normalized(), y.normalized());
    let dividend = (x.sig as u128) << 63;
    let divisor = y.sig as u128;
    let quotient = dividend / divisor;
    let sticky = quotient * divisor != dividend;
    Exact {
        negative: x.negative ^ y.negative,
        exp: x.exp - y.exp - 63,
        sig: quotient | u128::from(sticky),
    }
}

/// The square root to 63 bits or more, the last one sticky.
#[inline]
fn root(x: Finite) -> Exact {
    let x = x.normalized();
    // Halving the exponent wants it even.
    let shift = 62 + (x.exp & 1) as u32;
    let radicand = (x.sig as u128) << shift;
    let root = radicand.isqrt();
    let sticky = root * root != radicand;
    Exact { negative: false, exp: (x.exp - shift as i32) / 2, sig: root | u128::from(sticky) }
}

/// The result of an operation with a NaN among its operands.
#[cold]
pub(crate) fn nan_result<const N: usize>(f: Format, raw: [u64; N], flags: &mut Flags) -> u64 {
    if raw.iter().any(|&a| f.is_signaling(a)) {
        flags.raise(Flags::NV);
    }
    f.canonical_nan()
}

/// The result of an invalid operation on numbers.
#[cold]
fn invalid(f: Format, flags: &mut Flags) -> u64 {
    flags.raise(Flags::NV);
    f.canonical_nan()
}
