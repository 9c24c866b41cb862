//! Random numbers that are the same everywhere, for ever: xorshift64*.

/// A generator.
#[derive(Clone, Debug)]
pub struct Rng(u64);

impl Rng {
    /// The generator of `seed`; nearby seeds give unrelated numbers.
    pub fn new(seed: u64) -> Rng {
        let mixed = (seed ^ 0x9e37_79b9_7f4a_7c15).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        Rng((mixed ^ mixed >> 31) | 1)
    }
    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }
    /// 32 random bits.
    pub fn word(&mut self) -> u32 {
        (self.bits() >> 32) as u32
    }
    /// A number below `n`.
    pub fn below(&mut self, n: usize) -> usize {
        ((self.bits() as u128 * n as u128) >> 64) as usize
    }
    /// True once in `n` times.
    pub fn once_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }
    /// One of `choices`.
    pub fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.below(choices.len())]
    }
    /// A value that tends to find mistakes: small numbers, borders, masks, floats, or anything.
    pub fn value(&mut self) -> u64 {
        let random = self.bits();
        match self.below(12) {
            0 => random & 0xf,
            1 => (random & 0xf).wrapping_neg(),
            2 => 1 << (random & 63),
            3 => (1u64 << (random & 63)).wrapping_sub(1),
            4 => !(1u64 << (random & 63)),
            5 => random as u32 as u64,
            6 => random as i32 as u64,
            7 | 8 => self.double(),
            9 => 0xffff_ffff_0000_0000 | self.single() as u64,
            10 => 0xffff_ffff_ffff_0000 | self.half() as u64,
            _ => random,
        }
    }
    /// A binary64: special, near another one's exponent, or anything.
    pub fn double(&mut self) -> u64 {
        let random = self.bits();
        let sign = random << 63;
        sign | match self.below(12) {
            0 => 0,
            1 => 1 + (random >> 60),
            2 => 0x000f_ffff_ffff_ffff,
            3 => 0x0010_0000_0000_0000 + (random >> 62),
            4 => 0x7fef_ffff_ffff_ffff,
            5 => 0x7ff0_0000_0000_0000,
            6 => 0x7ff8_0000_0000_0000 | random >> 40,
            7 => 0x7ff0_0000_0000_0000 | (random >> 13 | 1),
            8 => f64::to_bits((random >> 50) as f64 * 0.5),
            9 => f64::to_bits(f64::from((random >> 33) as u32) * 2.0),
            10 => f64::to_bits((random >> (random & 63)) as f64),
            _ => 0x3f00_0000_0000_0000 + (random >> 7 & 0x01ff_ffff_ffff_ffff),
        }
    }
    /// The same as binary32.
    pub fn single(&mut self) -> u32 {
        let random = self.word();
        let sign = random << 31;
        sign | match self.below(11) {
            0 => 0,
            1 => 1 + (random >> 29),
            2 => 0x007f_ffff,
            3 => 0x0080_0000 + (random >> 30),
            4 => 0x7f7f_ffff,
            5 => 0x7f80_0000,
            6 => 0x7fc0_0000 | random >> 20,
            7 => 0x7f80_0000 | (random >> 10 | 1),
            8 => f32::to_bits((random >> 20) as f32 * 0.5),
            9 => f32::to_bits((random >> (random & 31)) as f32),
            _ => 0x3c00_0000 + (random >> 5),
        }
    }
    /// The same as binary16.
    pub fn half(&mut self) -> u16 {
        let random = self.word() as u16;
        let sign = random << 15;
        sign | match self.below(9) {
            0 => 0,
            1 => 1 + (random >> 13),
            2 => 0x03ff,
            3 => 0x0400 + (random >> 14),
            4 => 0x7bff,
            5 => 0x7c00,
            6 => 0x7e00 | random >> 8,
            7 => 0x7c00 | (random >> 7 | 1),
            _ => 0x3000 + (random >> 4),
        }
    }
}
