//! The meaning of read-modify-write ops.

use crate::Op;

/// What memory holds after `op`, from what it held and the operand, both sign-extended from the
/// access's size: that keeps the order of unsigned ones, too.
///
/// # Panics
/// If `op` is no `amo`.
pub fn combine(op: Op, old: u64, operand: u64) -> u64 {
    match op {
        Op::AmoSwap => operand,
        Op::AmoAdd => old.wrapping_add(operand),
        Op::AmoAnd => old & operand,
        Op::AmoOr => old | operand,
        Op::AmoXor => old ^ operand,
        Op::AmoMinS => (old as i64).min(operand as i64) as u64,
        Op::AmoMaxS => (old as i64).max(operand as i64) as u64,
        Op::AmoMinU => old.min(operand),
        Op::AmoMaxU => old.max(operand),
        other => unreachable!("{other:?} is no atomic access"),
    }
}
