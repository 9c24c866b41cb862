//! The floating-point environment: rounding mode and accrued exception flags.

use std::ops::{BitOr, BitOrAssign};

/// A rounding mode, numbered as in the `rm` field and the `frm` CSR.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
#[repr(u8)]
pub enum Round {
    /// To nearest, ties to even.
    #[default]
    Rne = 0,
    /// Towards zero.
    Rtz = 1,
    /// Down, towards negative infinity.
    Rdn = 2,
    /// Up, towards positive infinity.
    Rup = 3,
    /// To nearest, ties to maximum magnitude.
    Rmm = 4,
}

impl Round {
    /// Every mode, in the order of its number.
    pub const ALL: [Round; 5] = [Round::Rne, Round::Rtz, Round::Rdn, Round::Rup, Round::Rmm];

    /// The mode numbered `bits`; `None` for the reserved 5 and 6, for 7 (dynamic), and above.
    #[inline]
    pub const fn from_bits(bits: u8) -> Option<Round> {
        match bits {
            0 => Some(Round::Rne),
            1 => Some(Round::Rtz),
            2 => Some(Round::Rdn),
            3 => Some(Round::Rup),
            4 => Some(Round::Rmm),
            _ => None,
        }
    }
}

/// A set of exception flags, laid out as in the `fflags` CSR.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Flags(pub u8);

impl Flags {
    /// No flag.
    pub const NONE: Flags = Flags(0);
    /// Inexact.
    pub const NX: Flags = Flags(1);
    /// Underflow.
    pub const UF: Flags = Flags(2);
    /// Overflow.
    pub const OF: Flags = Flags(4);
    /// Divide by zero.
    pub const DZ: Flags = Flags(8);
    /// Invalid operation.
    pub const NV: Flags = Flags(16);

    /// Adds `flags` to the set.
    #[inline]
    pub fn raise(&mut self, flags: Flags) {
        self.0 |= flags.0;
    }

    /// Whether every flag of `flags` is in the set.
    #[inline]
    pub const fn contains(self, flags: Flags) -> bool {
        self.0 & flags.0 == flags.0
    }
}

impl BitOr for Flags {
    type Output = Flags;
    fn bitor(self, other: Flags) -> Flags {
        Flags(self.0 | other.0)
    }
}

impl BitOrAssign for Flags {
    fn bitor_assign(&mut self, other: Flags) {
        self.raise(other);
    }
}

/// What an operation rounds by and the flags it adds to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Env {
    /// The rounding mode of every operation.
    pub round: Round,
    /// The flags raised so far.
    pub flags: Flags,
}

impl Env {
    /// An environment that rounds by `round`, with no flag raised.
    #[inline]
    pub const fn new(round: Round) -> Env {
        Env { round, flags: Flags::NONE }
    }
}
