//! Conversions between formats and to and from integers (FCVT).

use crate::arith::nan_result;
use crate::pack::{Rounded, round_pack, round_shift, shift_right_sticky};
use crate::unpack::{Exact, Finite, Value, unpack};
use crate::{Env, Flags, Format, Round};

/// An integer type of the FCVT instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Int {
    /// `w`: 32 bits, signed.
    I32,
    /// `wu`: 32 bits, unsigned.
    U32,
    /// `l`: 64 bits, signed.
    I64,
    /// `lu`: 64 bits, unsigned.
    U64,
}

impl Int {
    /// Every type, in the order of the instructions' `rs2` field.
    pub const ALL: [Int; 4] = [Int::I32, Int::U32, Int::I64, Int::U64];

    /// The value in the low bits of `register`.
    #[inline]
    const fn read(self, register: u64) -> i128 {
        match self {
            Int::I32 => register as i32 as i128,
            Int::U32 => register as u32 as i128,
            Int::I64 => register as i64 as i128,
            Int::U64 => register as i128,
        }
    }

    /// The register that holds `value`: 32-bit results are sign-extended, unsigned ones too.
    #[inline]
    const fn write(self, value: i128) -> u64 {
        match self {
            Int::I32 | Int::U32 => value as i32 as u64,
            Int::I64 | Int::U64 => value as u64,
        }
    }

    #[inline]
    const fn min(self) -> i128 {
        match self {
            Int::I32 => i32::MIN as i128,
            Int::I64 => i64::MIN as i128,
            Int::U32 | Int::U64 => 0,
        }
    }

    #[inline]
    const fn max(self) -> i128 {
        match self {
            Int::I32 => i32::MAX as i128,
            Int::U32 => u32::MAX as i128,
            Int::I64 => i64::MAX as i128,
            Int::U64 => u64::MAX as i128,
        }
    }
}

/// `a` as an integer, as the 64-bit register value FCVT writes.
///
/// Out of range it saturates and raises NV alone; a NaN converts as +∞ does. 32-bit results are
/// sign-extended, the unsigned ones too.
#[inline]
pub fn to_int(f: Format, a: u64, to: Int, env: &mut Env) -> u64 {
    let (value, inexact) = match unpack(f, a) {
        Value::Nan | Value::Infinite { negative: false } => (i128::MAX, false),
        Value::Infinite { negative: true } => (i128::MIN, false),
        Value::Zero { .. } => (0, false),
        Value::Finite(x) => integer(x, env.round),
    };
    let saturated = value.clamp(to.min(), to.max());
    if saturated != value {
        env.flags.raise(Flags::NV);
    } else if inexact {
        env.flags.raise(Flags::NX);
    }
    to.write(saturated)
}

/// `x` rounded to an integer, and whether that lost anything; beyond 2^117, an extreme `i128`.
#[inline]
fn integer(x: Finite, round: Round) -> (i128, bool) {
    let (magnitude, inexact) = if x.exp > 64 {
        (i128::MAX, false)
    } else if x.exp >= 0 {
        ((x.sig as i128) << x.exp, false)
    } else {
        let rounded = round_fraction(x, round);
        (rounded.sig as i128, rounded.inexact)
    };
    (if x.negative { -magnitude } else { magnitude }, inexact)
}

/// The magnitude of `x`, whose exponent is negative, rounded to an integer.
#[inline]
pub(crate) fn round_fraction(x: Finite, round: Round) -> Rounded {
    // A significand has at most 53 bits: shifted by 56 or more, it is below one half.
    let shift = x.exp.unsigned_abs().min(56);
    let sig = shift_right_sticky(x.sig, x.exp.unsigned_abs() - shift);
    round_shift(x.negative, sig, shift, round)
}

/// The integer in `register`, of type `from`, in the format `f`. Bits above the type's are ignored.
#[inline]
pub fn from_int(f: Format, register: u64, from: Int, env: &mut Env) -> u64 {
    let value = from.read(register);
    if value == 0 {
        return 0;
    }
    let exact = Exact { negative: value < 0, exp: 0, sig: value.unsigned_abs() };
    round_pack(f, exact, env)
}

/// `a` of the format `from` in the format `to`.
#[inline]
pub fn convert(from: Format, to: Format, a: u64, env: &mut Env) -> u64 {
    match unpack(from, a) {
        Value::Nan => {
            nan_result(from, [a], &mut env.flags);
            to.canonical_nan()
        }
        Value::Infinite { negative } => to.with_sign(to.infinity(), negative),
        Value::Zero { negative } => to.with_sign(0, negative),
        Value::Finite(x) => round_pack(to, x.exact(), env),
    }
}
