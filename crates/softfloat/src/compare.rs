//! Comparisons, minimum and maximum, classification and sign injection.

use crate::{Flags, Format};

/// FEQ: `a == b`; NV for signalling NaNs only.
#[inline]
pub fn eq(f: Format, a: u64, b: u64, flags: &mut Flags) -> bool {
    !unordered_quiet(f, a, b, flags) && order_key(f, a) == order_key(f, b)
}

/// FLT: `a < b`; NV for any NaN.
#[inline]
pub fn lt(f: Format, a: u64, b: u64, flags: &mut Flags) -> bool {
    !unordered_signaling(f, a, b, flags) && order_key(f, a) < order_key(f, b)
}

/// FLE: `a <= b`; NV for any NaN.
#[inline]
pub fn le(f: Format, a: u64, b: u64, flags: &mut Flags) -> bool {
    !unordered_signaling(f, a, b, flags) && order_key(f, a) <= order_key(f, b)
}

/// FMIN: IEEE 754-2019 `minimumNumber`. -0 is below +0, and a number wins over a NaN.
#[inline]
pub fn min(f: Format, a: u64, b: u64, flags: &mut Flags) -> u64 {
    number_or(f, a, b, flags, lesser)
}

/// FMAX: IEEE 754-2019 `maximumNumber`. -0 is below +0, and a number wins over a NaN.
#[inline]
pub fn max(f: Format, a: u64, b: u64, flags: &mut Flags) -> u64 {
    number_or(f, a, b, flags, greater)
}

#[inline]
fn number_or(
    f: Format,
    a: u64,
    b: u64,
    flags: &mut Flags,
    pick: fn(Format, u64, u64) -> u64,
) -> u64 {
    unordered_quiet(f, a, b, flags);
    match (f.is_nan(a), f.is_nan(b)) {
        (true, true) => f.canonical_nan(),
        (true, false) => b & f.mask(),
        (false, true) => a & f.mask(),
        (false, false) => pick(f, a, b),
    }
}

/// The lesser of two numbers, with -0 below +0.
#[inline]
pub(crate) fn lesser(f: Format, a: u64, b: u64) -> u64 {
    (if total_key(f, a) <= total_key(f, b) { a } else { b }) & f.mask()
}

/// The greater of two numbers, with -0 below +0.
#[inline]
pub(crate) fn greater(f: Format, a: u64, b: u64) -> u64 {
    (if total_key(f, a) >= total_key(f, b) { a } else { b }) & f.mask()
}

/// Whether a NaN is among the operands; NV if a signalling one is.
#[inline]
pub(crate) fn unordered_quiet(f: Format, a: u64, b: u64, flags: &mut Flags) -> bool {
    if f.is_signaling(a) || f.is_signaling(b) {
        flags.raise(Flags::NV);
    }
    f.is_nan(a) || f.is_nan(b)
}

/// Whether a NaN is among the operands, and NV if so.
#[inline]
fn unordered_signaling(f: Format, a: u64, b: u64, flags: &mut Flags) -> bool {
    let unordered = f.is_nan(a) || f.is_nan(b);
    if unordered {
        flags.raise(Flags::NV);
    }
    unordered
}

/// An integer that orders numbers, with both zeros equal.
#[inline]
pub(crate) fn order_key(f: Format, a: u64) -> i64 {
    let magnitude = f.magnitude(a) as i64;
    if f.is_negative(a) { -magnitude } else { magnitude }
}

/// An integer that orders numbers, with -0 below +0.
#[inline]
fn total_key(f: Format, a: u64) -> i64 {
    let magnitude = f.magnitude(a) as i64;
    if f.is_negative(a) { !magnitude } else { magnitude }
}

/// FCLASS: the mask with the one bit of the class of `a`.
///
/// From bit 0: -∞, negative normal, negative subnormal, -0, +0, positive subnormal, positive
/// normal, +∞, signalling NaN, quiet NaN.
#[inline]
pub fn classify(f: Format, a: u64) -> u64 {
    let magnitude = f.magnitude(a);
    if f.is_nan(a) {
        return if f.is_signaling(a) { 1 << 8 } else { 1 << 9 };
    }
    // Distance from the middle of the mask.
    let size = if magnitude == f.infinity() {
        3
    } else if magnitude > f.frac_mask() {
        2
    } else if magnitude != 0 {
        1
    } else {
        0
    };
    if f.is_negative(a) { 1 << (3 - size) } else { 1 << (4 + size) }
}

/// FSGNJ: `a` with the sign of `b`.
#[inline]
pub fn sgnj(f: Format, a: u64, b: u64) -> u64 {
    f.magnitude(a) | b & f.sign_bit()
}

/// FSGNJN: `a` with the opposite of the sign of `b`.
#[inline]
pub fn sgnjn(f: Format, a: u64, b: u64) -> u64 {
    f.magnitude(a) | !b & f.sign_bit()
}

/// FSGNJX: `a`, negated if `b` is negative.
#[inline]
pub fn sgnjx(f: Format, a: u64, b: u64) -> u64 {
    a & f.mask() ^ b & f.sign_bit()
}
