//! The meaning of every pure and floating-point op, once.
//!
//! Values are `u64`. `I32` results are zero-extended and `F16`/`F32` results have zeros above
//! their bits; the upper bits of such operands are ignored. Engines are tested against this
//! module, constant folding and the interpreter's rare ops call it.

mod aes;
mod atomic;
mod bits;
mod fp;
mod int;
#[cfg(test)]
mod tests;

pub use atomic::combine;

use crate::{Op, Type};

/// The floating-point environment that an op may read and accrue flags in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct FpEnv {
    /// Dynamic rounding mode, RISC-V's coding.
    pub round: u8,
    /// Accrued exceptions, in RISC-V's bit order (NX 1, UF 2, OF 4, DZ 8, NV 16).
    pub flags: u8,
}

/// The value of `op` on `args`; `None` for ops that are not functions of their operands
/// (memory, guest state, structure) and for own types the op does not have.
///
/// Unused operands may hold anything.
pub fn eval(op: Op, ty: Type, args: [u64; 3], imm: i64, aux: u16, env: &mut FpEnv) -> Option<u64> {
    use Op::*;
    let [a, b, c] = args;
    match op {
        Const => Some(int::canonical(ty, imm as u64)),

        Add | Sub | Mul | And | Or | Xor | AndNot | Shl | Shr | Sar | RotL | RotR | DivS | DivU
        | RemS | RemU | MinS | MaxS | MinU | MaxU => int::binary(op, ty, a, b),
        MulHS | MulHU | MulHSU => int::high(op, a, b),
        Eq | Ne | LtS | LtU | GeS | GeU => int::compare(op, ty, a, b),
        Select => Some(int::canonical(ty, if a != 0 { b } else { c })),
        Clz | Ctz | Popcnt | Bswap | Sext8 | Sext16 | Zext8 | Zext16 => int::unary(op, ty, a),
        Sext32 => Some(a as i32 as u64),
        Zext32 | Trunc => Some(a as u32 as u64),

        BRev8 => Some(bits::brev8(a)),
        OrcB => Some(bits::orcb(a)),
        ClMul => Some(bits::clmul(a, b) as u64),
        ClMulH => Some((bits::clmul(a, b) >> 64) as u64),
        ClMulR => Some((bits::clmul(a, b) >> 63) as u64),
        XPerm4 => Some(bits::xperm4(a, b)),
        XPerm8 => Some(bits::xperm8(a, b)),

        AesEs => Some(aes::encrypt_final(a, b)),
        AesEsm => Some(aes::encrypt_middle(a, b)),
        AesDs => Some(aes::decrypt_final(a, b)),
        AesDsm => Some(aes::decrypt_middle(a, b)),
        AesIm => Some(aes::inverse_mix(a)),
        AesKs1 => Some(aes::key_step1(a, imm)),
        AesKs2 => Some(aes::key_step2(a, b)),

        FAdd | FSub | FMul | FDiv | FSqrt | FMAdd | FMSub | FNMSub | FNMAdd | FMin | FMax
        | FMinM | FMaxM | FSgnj | FSgnjN | FSgnjX | FEq | FLt | FLe | FLtQ | FLeQ | FClass
        | FRound | FRoundNx | FToI32 | FToU32 | FToI64 | FToU64 | FCvtMod | FFromI32 | FFromU32
        | FFromI64 | FFromU64 | FToF16 | FToF32 | FToF64 => fp::eval(op, ty, args, aux, env),
        Bits | FromBits => fp::raw(ty, a),
        Box => fp::boxed(ty, a),
        Unbox => fp::unboxed(ty, a),

        Param | Insn | Get | Set | Ld8U | Ld8S | Ld16U | Ld16S | Ld32U | Ld32S | Ld64 | LdF32
        | LdF64 | St8 | St16 | St32 | St64 | StF32 | StF64 | AmoSwap | AmoAdd | AmoAnd | AmoOr
        | AmoXor | AmoMinS | AmoMaxS | AmoMinU | AmoMaxU | Cas | Cas128 | SetScratch
        | GetScratch | LoadReserved | StoreConditional | Unreserve | Fence | Prefetch | Pause
        | Clock | Poll | FpFlagsGet | FpFlagsSet | FpRoundGet | FpRoundSet => None,
    }
}
