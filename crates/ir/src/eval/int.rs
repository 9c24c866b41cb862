//! Integer arithmetic of 32 and 64 bits.

use crate::{Op, Type};

/// `x` as a value of type `ty` is kept: zeros above its width.
pub(super) fn canonical(ty: Type, x: u64) -> u64 {
    match ty {
        Type::I64 | Type::F64 => x,
        Type::I32 | Type::F32 => x as u32 as u64,
        Type::F16 => x as u16 as u64,
    }
}

/// The 32-bit or the 64-bit form of a function, as `$ty` says; other types have none.
macro_rules! by_width {
    ($ty:expr, $narrow:expr, $wide:expr) => {
        match $ty {
            Type::I32 => Some($narrow as u32 as u64),
            Type::I64 => Some($wide as u64),
            Type::F16 | Type::F32 | Type::F64 => None,
        }
    };
}

macro_rules! binary_of_width {
    ($name:ident, $unsigned:ty, $signed:ty) => {
        fn $name(op: Op, a: $unsigned, b: $unsigned) -> Option<$unsigned> {
            let (sa, sb) = (a as $signed, b as $signed);
            Some(match op {
                Op::Add => a.wrapping_add(b),
                Op::Sub => a.wrapping_sub(b),
                Op::Mul => a.wrapping_mul(b),
                Op::And => a & b,
                Op::Or => a | b,
                Op::Xor => a ^ b,
                Op::AndNot => a & !b,
                Op::Shl => a.wrapping_shl(b as u32),
                Op::Shr => a.wrapping_shr(b as u32),
                Op::Sar => sa.wrapping_shr(b as u32) as $unsigned,
                Op::RotL => a.rotate_left(b as u32 % <$unsigned>::BITS),
                Op::RotR => a.rotate_right(b as u32 % <$unsigned>::BITS),
                Op::DivS => match sb {
                    0 => <$unsigned>::MAX,
                    _ => sa.wrapping_div(sb) as $unsigned,
                },
                Op::DivU => a.checked_div(b).unwrap_or(<$unsigned>::MAX),
                Op::RemS => match sb {
                    0 => a,
                    _ => sa.wrapping_rem(sb) as $unsigned,
                },
                Op::RemU => a.checked_rem(b).unwrap_or(a),
                Op::MinS => sa.min(sb) as $unsigned,
                Op::MaxS => sa.max(sb) as $unsigned,
                Op::MinU => a.min(b),
                Op::MaxU => a.max(b),
                _ => return None,
            })
        }
    };
}
binary_of_width!(binary32, u32, i32);
binary_of_width!(binary64, u64, i64);

/// Ops on two operands of the own type that give the own type.
pub(super) fn binary(op: Op, ty: Type, a: u64, b: u64) -> Option<u64> {
    by_width!(ty, binary32(op, a as u32, b as u32)?, binary64(op, a, b)?)
}

/// High halves of 64-bit products.
pub(super) fn high(op: Op, a: u64, b: u64) -> Option<u64> {
    let signed = |x: u64| x as i64 as i128;
    let product = match op {
        Op::MulHS => signed(a).wrapping_mul(signed(b)),
        Op::MulHU => (a as u128).wrapping_mul(b as u128) as i128,
        Op::MulHSU => signed(a).wrapping_mul(b as i128),
        _ => return None,
    };
    Some((product >> 64) as u64)
}

/// Comparisons, 1 or 0.
pub(super) fn compare(op: Op, ty: Type, a: u64, b: u64) -> Option<u64> {
    let (a, b) = match ty {
        Type::I32 => (a as i32 as i64, b as i32 as i64),
        Type::I64 => (a as i64, b as i64),
        Type::F16 | Type::F32 | Type::F64 => return None,
    };
    // Sign extension keeps the unsigned order, too.
    let (ua, ub) = (a as u64, b as u64);
    let holds = match op {
        Op::Eq => a == b,
        Op::Ne => a != b,
        Op::LtS => a < b,
        Op::LtU => ua < ub,
        Op::GeS => a >= b,
        Op::GeU => ua >= ub,
        _ => return None,
    };
    Some(holds as u64)
}

/// Ops on one operand of the own type that give the own type.
pub(super) fn unary(op: Op, ty: Type, a: u64) -> Option<u64> {
    let n = a as u32;
    match op {
        Op::Clz => by_width!(ty, n.leading_zeros(), a.leading_zeros()),
        Op::Ctz => by_width!(ty, n.trailing_zeros(), a.trailing_zeros()),
        Op::Popcnt => by_width!(ty, n.count_ones(), a.count_ones()),
        Op::Bswap => by_width!(ty, n.swap_bytes(), a.swap_bytes()),
        Op::Sext8 => by_width!(ty, a as i8, a as i8 as i64),
        Op::Sext16 => by_width!(ty, a as i16, a as i16 as i64),
        Op::Zext8 => by_width!(ty, a as u8, a as u8),
        Op::Zext16 => by_width!(ty, a as u16, a as u16),
        _ => None,
    }
}
