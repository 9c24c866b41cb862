//! Types of values.

/// The type of an SSA value.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
#[repr(u8)]
pub enum Type {
    /// 32-bit integer; the upper half of its host register is undefined.
    I32,
    /// 64-bit integer, also truth values (0 or 1) and addresses.
    I64,
    /// binary16, raw bits in the low 16 bits of an integer register, upper bits undefined.
    F16,
    /// binary32.
    F32,
    /// binary64, and the raw 64 bits of a floating-point register.
    F64,
}

impl Type {
    /// Every type.
    pub const ALL: [Type; 5] = [Type::I32, Type::I64, Type::F16, Type::F32, Type::F64];

    /// Name in the textual form.
    pub const fn name(self) -> &'static str {
        match self {
            Type::I32 => "i32",
            Type::I64 => "i64",
            Type::F16 => "f16",
            Type::F32 => "f32",
            Type::F64 => "f64",
        }
    }
    /// Width in bits.
    pub const fn bits(self) -> u32 {
        match self {
            Type::F16 => 16,
            Type::I32 | Type::F32 => 32,
            Type::I64 | Type::F64 => 64,
        }
    }
    /// True for integers.
    pub const fn is_int(self) -> bool {
        matches!(self, Type::I32 | Type::I64)
    }
}

/// The width of a memory access that an op carries in `Inst::aux`, in bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum MemSize {
    /// One byte.
    B1 = 1,
    /// Two bytes.
    B2 = 2,
    /// Four bytes.
    B4 = 4,
    /// Eight bytes.
    B8 = 8,
}

/// The rounding mode that a floating-point op carries in `Inst::aux`; RISC-V's coding.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Round {
    /// To nearest, ties to even.
    Rne = 0,
    /// Towards zero.
    Rtz = 1,
    /// Down.
    Rdn = 2,
    /// Up.
    Rup = 3,
    /// To nearest, ties away from zero.
    Rmm = 4,
    /// As `CpuState::fp_round` says.
    Dyn = 7,
}

impl Round {
    /// From `Inst::aux`; codes without a meaning give `None`.
    pub const fn from_bits(bits: u16) -> Option<Round> {
        match bits {
            0 => Some(Round::Rne),
            1 => Some(Round::Rtz),
            2 => Some(Round::Rdn),
            3 => Some(Round::Rup),
            4 => Some(Round::Rmm),
            7 => Some(Round::Dyn),
            _ => None,
        }
    }
}
