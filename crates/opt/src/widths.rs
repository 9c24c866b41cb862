//! What is known about the upper bits of a value.

use ir::{Op, Region, Value};

/// True if all bits of the 64-bit `value` from bit `width` on are 0.
pub(crate) fn zero_above(region: &Region, value: Value, width: u32) -> bool {
    let inst = region.inst(value);
    let bits = match inst.op {
        Op::Eq | Op::Ne | Op::LtS | Op::LtU | Op::GeS | Op::GeU => 1,
        Op::FEq | Op::FLt | Op::FLe | Op::FLtQ | Op::FLeQ | Op::StoreConditional => 1,
        Op::Ld8U | Op::Zext8 => 8,
        Op::Ld16U | Op::Zext16 => 16,
        Op::Ld32U | Op::Zext32 => 32,
        Op::Const => 64 - inst.imm.leading_zeros(),
        Op::And => {
            let mask = region.as_const(inst.args[1]).unwrap_or(-1);
            64 - mask.leading_zeros()
        }
        Op::Shr => {
            let count = region.as_const(inst.args[1]).unwrap_or(0);
            64 - (count as u32 & 63)
        }
        _ => 64,
    };
    bits <= width
}

/// True if the 64-bit `value` is the sign extension of its low 32 bits.
pub(crate) fn sign_extended_32(region: &Region, value: Value) -> bool {
    let inst = region.inst(value);
    let extended = match inst.op {
        Op::Ld8S | Op::Ld16S | Op::Ld32S | Op::Sext32 | Op::Sext8 | Op::Sext16 => true,
        Op::FToI32 | Op::FToU32 | Op::FCvtMod => true,
        Op::Const => inst.imm == inst.imm as i32 as i64,
        Op::Sar => region.as_const(inst.args[1]).is_some_and(|count| count & 63 >= 32),
        op if op.effect() == ir::Effect::Atomic => inst.aux <= 4,
        _ => false,
    };
    extended || zero_above(region, value, 31)
}
