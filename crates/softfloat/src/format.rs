//! The binary interchange formats and the bit patterns they fix.

/// A binary interchange format of IEEE 754.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// binary16: 5 exponent bits, 10 fraction bits.
    F16,
    /// binary32: 8 exponent bits, 23 fraction bits.
    F32,
    /// binary64: 11 exponent bits, 52 fraction bits.
    F64,
}

impl Format {
    /// Every format, narrowest first.
    pub const ALL: [Format; 3] = [Format::F16, Format::F32, Format::F64];

    /// Width of the exponent field in bits.
    #[inline]
    pub const fn exp_bits(self) -> u32 {
        match self {
            Format::F16 => 5,
            Format::F32 => 8,
            Format::F64 => 11,
        }
    }

    /// Width of the fraction field in bits; the precision is one more.
    #[inline]
    pub const fn frac_bits(self) -> u32 {
        match self {
            Format::F16 => 10,
            Format::F32 => 23,
            Format::F64 => 52,
        }
    }

    /// Width of the format in bits.
    #[inline]
    pub const fn bits(self) -> u32 {
        1 + self.exp_bits() + self.frac_bits()
    }

    /// The bits the format occupies in a `u64`.
    #[inline]
    pub const fn mask(self) -> u64 {
        u64::MAX >> (64 - self.bits())
    }

    /// The sign bit, which is also negative zero.
    #[inline]
    pub const fn sign_bit(self) -> u64 {
        1 << (self.bits() - 1)
    }

    /// The fraction field.
    #[inline]
    pub const fn frac_mask(self) -> u64 {
        (1 << self.frac_bits()) - 1
    }

    /// The fraction bit that tells a quiet NaN from a signalling one.
    #[inline]
    pub const fn quiet_bit(self) -> u64 {
        1 << (self.frac_bits() - 1)
    }

    /// Positive infinity; also the exponent field.
    #[inline]
    pub const fn infinity(self) -> u64 {
        self.sign_bit() - (1 << self.frac_bits())
    }

    /// The largest positive finite number.
    #[inline]
    pub const fn max_finite(self) -> u64 {
        self.infinity() - 1
    }

    /// The canonical NaN: positive and quiet, with no other fraction bit set.
    #[inline]
    pub const fn canonical_nan(self) -> u64 {
        self.infinity() | self.quiet_bit()
    }

    /// The exponent bias, which is also the exponent of the largest finite numbers.
    #[inline]
    pub(crate) const fn bias(self) -> i32 {
        (1 << (self.exp_bits() - 1)) - 1
    }

    /// The exponent of the smallest normal number.
    #[inline]
    pub(crate) const fn min_exp(self) -> i32 {
        1 - self.bias()
    }

    /// Whether the sign bit of `a` is set.
    #[inline]
    pub const fn is_negative(self, a: u64) -> bool {
        a & self.sign_bit() != 0
    }

    /// Whether `a` is a NaN, quiet or signalling.
    #[inline]
    pub const fn is_nan(self, a: u64) -> bool {
        self.magnitude(a) > self.infinity()
    }

    /// Whether `a` is a signalling NaN.
    #[inline]
    pub const fn is_signaling(self, a: u64) -> bool {
        self.is_nan(a) && a & self.quiet_bit() == 0
    }

    /// `a` without its sign; orders the numbers of one sign.
    #[inline]
    pub(crate) const fn magnitude(self, a: u64) -> u64 {
        a & (self.sign_bit() - 1)
    }

    /// `magnitude` with the sign bit set when `negative`.
    #[inline]
    pub(crate) const fn with_sign(self, magnitude: u64, negative: bool) -> u64 {
        if negative { magnitude | self.sign_bit() } else { magnitude }
    }
}
