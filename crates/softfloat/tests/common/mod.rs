//! Operands worth testing with: special values, random bits, and what lies between.

use softfloat::Format;

/// SplitMix64.
pub struct Rng(pub u64);

impl Rng {
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    pub fn below(&mut self, n: u64) -> u64 {
        self.bits() % n
    }

    /// A number of the format `f`: one in four is special, one in four has random bits, and the
    /// others pair an exponent near a border with a fraction of few runs of bits.
    pub fn operand(&mut self, f: Format) -> u64 {
        match self.below(8) {
            0 | 1 => {
                let all = specials(f);
                all[self.below(all.len() as u64) as usize]
            }
            2 | 3 => self.bits() & f.mask(),
            4 => self.assemble(f, true, false),
            5 => self.assemble(f, false, true),
            _ => self.assemble(f, true, true),
        }
    }

    fn assemble(&mut self, f: Format, border: bool, runs: bool) -> u64 {
        let exponents = 1 << f.exp_bits();
        let bias = exponents / 2 - 1;
        let near = self.below(2 * u64::from(f.frac_bits()) + 8);
        let exponent = match self.below(5) {
            _ if !border => self.bits(),
            0 => near % 4,
            1 => near,
            2 => exponents - 2 - near % 4,
            3 => bias + near,
            _ => bias + exponents - near,
        } % exponents;
        let fraction = if runs { self.runs() } else { self.bits() } & f.frac_mask();
        let sign = self.bits() & f.sign_bit();
        sign | exponent << f.frac_bits() | fraction
    }

    /// Up to four runs of equal bits, or a run and a few bits flipped.
    fn runs(&mut self) -> u64 {
        let cut = |rng: &mut Rng| u64::MAX >> rng.below(64);
        match self.below(4) {
            0 => cut(self),
            1 => !cut(self),
            2 => cut(self) ^ cut(self) ^ cut(self),
            _ => cut(self) ^ 1 << self.below(64),
        }
    }

    /// An integer with any number of significant bits, or near a power of two.
    pub fn integer(&mut self) -> u64 {
        let value = match self.below(3) {
            0 => self.bits() >> self.below(64),
            1 => (1u64 << self.below(64)).wrapping_add(self.below(5)).wrapping_sub(2),
            _ => self.runs(),
        };
        if self.bits() & 1 == 0 { value } else { value.wrapping_neg() }
    }
}

/// Zeros, subnormals, borders of every kind, infinities and NaNs, of both signs.
pub fn specials(f: Format) -> Vec<u64> {
    let ulp = 1 << f.frac_bits();
    let one = (f.infinity() / 2) & !f.frac_mask();
    let positive = [
        0,
        1,
        2,
        3,
        f.frac_mask() / 2,
        f.frac_mask() - 1,
        f.frac_mask(),
        ulp,
        ulp + 1,
        2 * ulp - 1,
        2 * ulp,
        3 * ulp,
        one - ulp,
        one - 1,
        one,
        one + 1,
        one + ulp / 2,
        one + ulp - 1,
        one + ulp,
        one + ulp + ulp / 4,
        one + ulp * u64::from(f.frac_bits()) - 1,
        one + ulp * u64::from(f.frac_bits()) + 1,
        f.max_finite() - ulp,
        f.max_finite() & !f.frac_mask(),
        f.max_finite() - 1,
        f.max_finite(),
        f.infinity(),
        f.infinity() + 1,
        f.canonical_nan() - 1,
        f.canonical_nan(),
        f.canonical_nan() + 1,
        f.sign_bit() - 1,
    ];
    positive.into_iter().flat_map(|a| [a, a | f.sign_bit()]).collect()
}

/// `n` cases with optimisation, a small part of them without.
pub const fn cases(n: u64) -> u64 {
    if cfg!(debug_assertions) { n / 32 } else { n }
}
