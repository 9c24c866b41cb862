//! Rules about single instructions.

use guest::SLOT_COUNT;

use super::{Broken, Place, Rule, ensure};
use crate::{Arg, Effect, Inst, Op, Region, Round, Type, Value};

pub(super) fn check(region: &Region, value: Value) -> Result<(), Broken> {
    let inst = region.inst(value);
    let at = Place::Inst(value);
    ensure(own_type(inst.op, inst.ty), Rule::OwnType, at)?;
    ensure(aux(inst), Rule::Aux, at)?;
    ensure(imm(inst), Rule::Imm, at)?;
    let rest = &inst.args[inst.op.args().len()..];
    ensure(rest.iter().all(|&arg| arg == Value::NONE), Rule::Operands, at)?;
    for (&arg, &want) in inst.operands().iter().zip(inst.op.args()) {
        let found = region.insts.get(arg.index()).and_then(Inst::result);
        ensure(found.is_some(), Rule::Operands, at)?;
        ensure(found == Some(argument(want, inst.ty)), Rule::OperandType, at)?;
    }
    Ok(())
}

fn argument(arg: Arg, own: Type) -> Type {
    match arg {
        Arg::Own => own,
        Arg::I64 => Type::I64,
        Arg::I32 => Type::I32,
        Arg::F64 => Type::F64,
        Arg::F32 => Type::F32,
    }
}

/// True if `op` exists for `ty`; ops without an own type in their signature may carry any.
fn own_type(op: Op, ty: Type) -> bool {
    use Op::*;
    match op {
        Param | Const | Get | Set | Select => true,
        Add | Sub | Mul | And | Or | Xor | AndNot | Shl | Shr | Sar | RotL | RotR | DivS | DivU
        | RemS | RemU | MinS | MaxS | MinU | MaxU | Eq | Ne | LtS | LtU | GeS | GeU | Clz | Ctz
        | Popcnt | Bswap | Sext8 | Sext16 | Zext8 | Zext16 => ty.is_int(),
        FAdd | FSub | FMul | FDiv | FSqrt | FMAdd | FMSub | FNMSub | FNMAdd | FMin | FMax
        | FMinM | FMaxM | FSgnj | FSgnjN | FSgnjX | FEq | FLt | FLe | FLtQ | FLeQ | FClass
        | FRound | FRoundNx | FToI32 | FToU32 | FToI64 | FToU64 | FFromI32 | FFromU32
        | FFromI64 | FFromU64 | FToF16 | FToF32 | FToF64 | Bits | FromBits | Box | Unbox => {
            !ty.is_int()
        }
        MulHS | MulHU | MulHSU | BRev8 | OrcB | Sext32 | Zext32 | Trunc | ClMul | ClMulH
        | ClMulR | XPerm4 | XPerm8 | AesEs | AesEsm | AesDs | AesDsm | AesIm | AesKs1 | AesKs2
        | Insn | Ld8U | Ld8S | Ld16U | Ld16S | Ld32U | Ld32S | Ld64 | LdF32 | LdF64 | St8
        | St16 | St32 | St64 | StF32 | StF64 | AmoSwap | AmoAdd | AmoAnd | AmoOr | AmoXor
        | AmoMinS | AmoMaxS | AmoMinU | AmoMaxU | Cas | Cas128 | SetScratch | GetScratch
        | LoadReserved | StoreConditional | Unreserve | Fence | Prefetch | Pause | Clock | Poll
        | FCvtMod | FpFlagsGet | FpFlagsSet | FpRoundGet | FpRoundSet => true,
    }
}

fn aux(inst: &Inst) -> bool {
    let aux = inst.aux;
    match inst.op {
        Op::Insn => aux != 0 && aux <= 16,
        Op::Get | Op::Set => (aux as usize) < SLOT_COUNT,
        Op::SetScratch | Op::GetScratch => aux < 8,
        Op::Cas128 => aux == 0 || aux == 16,
        op if op.effect() == Effect::Atomic => matches!(aux, 1 | 2 | 4 | 8),
        op if op.effect() == Effect::Fp => Round::from_bits(aux).is_some(),
        _ => aux == 0,
    }
}

fn imm(inst: &Inst) -> bool {
    let imm = inst.imm;
    match inst.op {
        Op::Insn => true,
        Op::Const => match inst.ty {
            Type::I64 | Type::F64 => true,
            Type::I32 | Type::F32 => imm == imm as i32 as i64 || imm == imm as u32 as i64,
            Type::F16 => imm == imm as i16 as i64 || imm == imm as u16 as i64,
        },
        Op::AesKs1 => (0..=10).contains(&imm),
        Op::LoadReserved | Op::StoreConditional | Op::Fence => imm == 0 || imm == 1,
        op if op.has_displacement() => imm == imm as i32 as i64,
        _ => imm == 0,
    }
}
