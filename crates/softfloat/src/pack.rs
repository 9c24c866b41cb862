//! Rounding, the one place where a value becomes raw bits again.

use crate::unpack::Exact;
use crate::{Env, Flags, Format, Round};

/// A significand shifted right and rounded to an integer.
pub(crate) struct Rounded {
    pub sig: u64,
    pub inexact: bool,
}

/// `sig` × 2^-`shift` rounded to an integer, for a `shift` below 64.
#[inline]
pub(crate) fn round_shift(negative: bool, sig: u64, shift: u32, round: Round) -> Rounded {
    let whole = sig >> shift;
    let rest = sig & ((1 << shift) - 1);
    let half = (1 << shift) >> 1;
    let up = match round {
        Round::Rne => rest > half || (rest == half && rest != 0 && whole & 1 == 1),
        Round::Rtz => false,
        Round::Rdn => negative && rest != 0,
        Round::Rup => !negative && rest != 0,
        Round::Rmm => rest >= half && rest != 0,
    };
    Rounded { sig: whole + u64::from(up), inexact: rest != 0 }
}

/// `sig` shifted right, with every bit lost or-ed into the lowest one.
#[inline]
pub(crate) fn shift_right_sticky(sig: u64, shift: u32) -> u64 {
    if shift >= 64 {
        return u64::from(sig != 0);
    }
    sig >> shift | u64::from(sig & ((1 << shift) - 1) != 0)
}

/// [`shift_right_sticky`] for wide significands.
#[inline]
pub(crate) fn shift_right_sticky_wide(sig: u128, shift: u32) -> u128 {
    if shift >= 128 {
        return u128::from(sig != 0);
    }
    sig >> shift | u128::from(sig & ((1 << shift) - 1) != 0)
}

/// Rounds `x`, which is not zero, to the format `f`; raises NX, UF and OF.
#[inline]
pub(crate) fn round_pack(f: Format, x: Exact, env: &mut Env) -> u64 {
    let shift = x.sig.leading_zeros();
    let wide = x.sig << shift;
    let sig = (wide >> 64) as u64 | u64::from(wide as u64 != 0);
    // The exponent of the leading bit.
    let exp = x.exp + 127 - shift as i32;
    if exp > f.bias() {
        overflow(f, x.negative, env)
    } else if exp < f.min_exp() {
        pack_tiny(f, x.negative, exp, sig, env)
    } else {
        pack_normal(f, x.negative, exp, sig, env)
    }
}

/// Bits of a 64-bit significand beyond the precision of `f`.
#[inline]
const fn excess_bits(f: Format) -> u32 {
    63 - f.frac_bits()
}

#[inline]
fn pack_normal(f: Format, negative: bool, exp: i32, sig: u64, env: &mut Env) -> u64 {
    let rounded = round_shift(negative, sig, excess_bits(f), env.round);
    // The leading bit of the significand, and a carry out of it, add to the exponent field.
    let field = (exp - f.min_exp()) as u64;
    let magnitude = (field << f.frac_bits()) + rounded.sig;
    if magnitude >= f.infinity() {
        return overflow(f, negative, env);
    }
    if rounded.inexact {
        env.flags.raise(Flags::NX);
    }
    f.with_sign(magnitude, negative)
}

#[cold]
fn pack_tiny(f: Format, negative: bool, exp: i32, sig: u64, env: &mut Env) -> u64 {
    let excess = excess_bits(f);
    let below = (f.min_exp() - exp) as u32;
    let rounded = round_shift(negative, shift_right_sticky(sig, below), excess, env.round);
    if rounded.inexact {
        env.flags.raise(Flags::NX);
        // Tininess after rounding: the result as if the exponent had no lower bound.
        let unbounded = round_shift(negative, sig, excess, env.round);
        let carries = unbounded.sig >> f.frac_bits() > 1;
        if below > 1 || !carries {
            env.flags.raise(Flags::UF);
        }
    }
    f.with_sign(rounded.sig, negative)
}

#[cold]
fn overflow(f: Format, negative: bool, env: &mut Env) -> u64 {
    env.flags.raise(Flags::OF | Flags::NX);
    let to_infinity = match env.round {
        Round::Rne | Round::Rmm => true,
        Round::Rtz => false,
        Round::Rdn => negative,
        Round::Rup => !negative,
    };
    let magnitude = if to_infinity { f.infinity() } else { f.max_finite() };
    f.with_sign(magnitude, negative)
}
