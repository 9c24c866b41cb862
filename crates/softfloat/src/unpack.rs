//! From raw bits to a value that no longer depends on its format.

use crate::Format;

/// What an operand is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Value {
    /// A NaN; whether it is quiet is asked of the raw bits.
    Nan,
    Infinite {
        negative: bool,
    },
    Zero {
        negative: bool,
    },
    Finite(Finite),
}

/// A finite number other than zero: ±`sig` × 2^`exp`, with `sig` at most 53 bits long.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Finite {
    pub negative: bool,
    pub exp: i32,
    pub sig: u64,
}

/// A real number: ±`sig` × 2^`exp`.
///
/// When the lowest bit of `sig` is set it may be *sticky*: it then stands for a number strictly
/// between the two even neighbours of `sig`. Such a `sig` is at least 62 bits long, so the sticky
/// bit lies below every bit that rounding looks at by itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Exact {
    pub negative: bool,
    pub exp: i32,
    pub sig: u128,
}

#[inline]
pub(crate) fn unpack(f: Format, a: u64) -> Value {
    let negative = f.is_negative(a);
    let frac = a & f.frac_mask();
    let field = (f.magnitude(a) >> f.frac_bits()) as i32;
    let lsb_exp = f.min_exp() - f.frac_bits() as i32;
    if f.magnitude(a) > f.infinity() {
        Value::Nan
    } else if f.magnitude(a) == f.infinity() {
        Value::Infinite { negative }
    } else if f.magnitude(a) == 0 {
        Value::Zero { negative }
    } else if field == 0 {
        Value::Finite(Finite { negative, exp: lsb_exp, sig: frac })
    } else {
        Value::Finite(Finite { negative, exp: lsb_exp + field - 1, sig: frac | 1 << f.frac_bits() })
    }
}

impl Value {
    /// The sign; that of a NaN means nothing.
    #[inline]
    pub fn negative(self) -> bool {
        match self {
            Value::Nan => false,
            Value::Infinite { negative } | Value::Zero { negative } => negative,
            Value::Finite(x) => x.negative,
        }
    }

    /// The value with its sign flipped if `flip`.
    #[inline]
    pub fn negate_if(self, flip: bool) -> Value {
        match self {
            Value::Nan => Value::Nan,
            Value::Infinite { negative } => Value::Infinite { negative: negative ^ flip },
            Value::Zero { negative } => Value::Zero { negative: negative ^ flip },
            Value::Finite(x) => Value::Finite(Finite { negative: x.negative ^ flip, ..x }),
        }
    }
}

impl Finite {
    /// The same number with bit 63 of the significand set.
    #[inline]
    pub fn normalized(self) -> Finite {
        let shift = self.sig.leading_zeros();
        Finite { exp: self.exp - shift as i32, sig: self.sig << shift, ..self }
    }

    #[inline]
    pub fn exact(self) -> Exact {
        Exact { negative: self.negative, exp: self.exp, sig: self.sig as u128 }
    }
}
