//! Which ops make NaNs that the guest would not, and which can tell.

use ir::{Effect, Inst, Op, Type};

use crate::plan::is_fp;

/// True for another name of a value.
pub fn is_name(inst: &Inst) -> bool {
    matches!(inst.op, Op::Box | Op::Unbox) && inst.ty == Type::F64
}

/// True for ops whose host instructions may give other NaNs than the canonical one, no matter
/// what.
pub fn makes_canonical(inst: &Inst) -> bool {
    if inst.op.effect() != Effect::Fp {
        return false;
    }
    use Op::{FAdd, FDiv, FMul, FRound, FRoundNx, FSqrt, FSub, FToF32, FToF64};
    let sums = matches!(inst.op, FAdd | FSub | FMul | FDiv | FSqrt);
    let others = matches!(inst.op, FRound | FRoundNx | FToF32 | FToF64);
    (sums || others) && is_fp(inst.ty)
}

/// True for ops that give the same for every quiet NaN.
pub fn any_nan(op: Op) -> bool {
    if op.effect() != Effect::Fp {
        return false;
    }
    let sums = matches!(op, Op::FAdd | Op::FSub | Op::FMul | Op::FDiv | Op::FSqrt);
    let products = matches!(op, Op::FMAdd | Op::FMSub | Op::FNMSub | Op::FNMAdd);
    let orders = matches!(op, Op::FEq | Op::FLt | Op::FLe | Op::FLtQ | Op::FLeQ);
    let least = matches!(op, Op::FMin | Op::FMax | Op::FMinM | Op::FMaxM);
    let ints = matches!(op, Op::FToI32 | Op::FToU32 | Op::FToI64 | Op::FToU64);
    let formats = matches!(op, Op::FToF32 | Op::FToF64 | Op::FRound | Op::FRoundNx);
    sums || products || orders || least || ints || formats
}
