//! The table of ops: one row each. The row makes the enum, the textual name, the signature
//! and the effect; the verifier, the printer, the parser and `eval` read it.
//!
//! "Own" is the type that the instruction carries (`add.i32`). What a pure op computes is
//! defined once, in `eval`.

/// What an operand must be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Arg {
    /// The instruction's own type.
    Own,
    /// A 64-bit integer, truth value or address.
    I64,
    /// A 32-bit integer.
    I32,
    /// A binary64 or the raw bits of a floating-point register.
    F64,
    /// A binary32.
    F32,
}

/// What an op gives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Res {
    /// No value.
    None,
    /// A value of the instruction's own type.
    Own,
    /// A 64-bit integer.
    I64,
    /// A 32-bit integer.
    I32,
    /// A binary16.
    F16,
    /// A binary32.
    F32,
    /// A binary64.
    F64,
}

/// What an op does besides giving its value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Effect {
    /// Nothing: a function of its operands.
    Pure,
    /// Accrues floating-point flags, and may read the dynamic rounding mode.
    Fp,
    /// Reads guest state.
    Read,
    /// Writes guest state.
    Write,
    /// Loads from guest memory; may fault.
    Load,
    /// Stores to guest memory; may fault.
    Store,
    /// Loads and stores atomically; may fault.
    Atomic,
    /// Orders memory accesses, reads a clock, or marks a place: stays where it is.
    Fixed,
}

/// Calls `$go!` with the whole table.
#[macro_export]
macro_rules! for_each_op {
    ($go:ident) => {
        $go! {
            // Structure. `insn` marks where a guest instruction starts: imm = its address,
            // aux = its length. `get`/`set`: aux = the slot. `const`: imm = the bits.
            (Param, "param", [], Own, Pure, "parameter of its block"),
            (Const, "const", [], Own, Pure, "imm"),
            (Insn, "insn", [], None, Fixed, "a guest instruction starts here"),
            (Get, "get", [], Own, Read, "value of a guest register slot"),
            (Set, "set", [Own], None, Write, "writes a guest register slot"),

            // Integers. Shift and rotate counts are taken modulo the width.
            (Add, "add", [Own, Own], Own, Pure, "a + b"),
            (Sub, "sub", [Own, Own], Own, Pure, "a - b"),
            (Mul, "mul", [Own, Own], Own, Pure, "low half of a * b"),
            (And, "and", [Own, Own], Own, Pure, "a & b"),
            (Or, "or", [Own, Own], Own, Pure, "a | b"),
            (Xor, "xor", [Own, Own], Own, Pure, "a ^ b"),
            (AndNot, "andn", [Own, Own], Own, Pure, "a & !b"),
            (Shl, "shl", [Own, Own], Own, Pure, "a << b"),
            (Shr, "shr", [Own, Own], Own, Pure, "a >> b, zeros come in"),
            (Sar, "sar", [Own, Own], Own, Pure, "a >> b, sign comes in"),
            (RotL, "rotl", [Own, Own], Own, Pure, "rotates left"),
            (RotR, "rotr", [Own, Own], Own, Pure, "rotates right"),
            (MulHS, "mulhs", [I64, I64], I64, Pure, "high half, signed * signed"),
            (MulHU, "mulhu", [I64, I64], I64, Pure, "high half, unsigned * unsigned"),
            (MulHSU, "mulhsu", [I64, I64], I64, Pure, "high half, signed a * unsigned b"),
            (DivS, "divs", [Own, Own], Own, Pure, "a / b; /0 gives -1; MIN / -1 gives MIN"),
            (DivU, "divu", [Own, Own], Own, Pure, "a / b unsigned; /0 gives all ones"),
            (RemS, "rems", [Own, Own], Own, Pure, "a % b; %0 gives a; MIN % -1 gives 0"),
            (RemU, "remu", [Own, Own], Own, Pure, "a % b unsigned; %0 gives a"),
            (MinS, "mins", [Own, Own], Own, Pure, "signed minimum"),
            (MaxS, "maxs", [Own, Own], Own, Pure, "signed maximum"),
            (MinU, "minu", [Own, Own], Own, Pure, "unsigned minimum"),
            (MaxU, "maxu", [Own, Own], Own, Pure, "unsigned maximum"),
            (Eq, "eq", [Own, Own], I64, Pure, "1 if a == b, else 0"),
            (Ne, "ne", [Own, Own], I64, Pure, "1 if a != b"),
            (LtS, "lts", [Own, Own], I64, Pure, "1 if a < b, signed"),
            (LtU, "ltu", [Own, Own], I64, Pure, "1 if a < b, unsigned"),
            (GeS, "ges", [Own, Own], I64, Pure, "1 if a >= b, signed"),
            (GeU, "geu", [Own, Own], I64, Pure, "1 if a >= b, unsigned"),
            (Select, "select", [I64, Own, Own], Own, Pure, "b if a != 0, else c"),
            (Clz, "clz", [Own], Own, Pure, "leading zeros; the width for 0"),
            (Ctz, "ctz", [Own], Own, Pure, "trailing zeros; the width for 0"),
            (Popcnt, "popcnt", [Own], Own, Pure, "ones"),
            (Bswap, "bswap", [Own], Own, Pure, "reverses the bytes"),
            (BRev8, "brev8", [I64], I64, Pure, "reverses the bits of each byte"),
            (OrcB, "orcb", [I64], I64, Pure, "0xff for each non-zero byte, else 0"),
            (Sext8, "sext8", [Own], Own, Pure, "sign-extends the low byte"),
            (Sext16, "sext16", [Own], Own, Pure, "sign-extends the low 16 bits"),
            (Zext8, "zext8", [Own], Own, Pure, "zero-extends the low byte"),
            (Zext16, "zext16", [Own], Own, Pure, "zero-extends the low 16 bits"),
            (Sext32, "sext32", [I32], I64, Pure, "sign-extends"),
            (Zext32, "zext32", [I32], I64, Pure, "zero-extends"),
            (Trunc, "trunc", [I64], I32, Pure, "low 32 bits"),
            (ClMul, "clmul", [I64, I64], I64, Pure, "carry-less product, low half"),
            (ClMulH, "clmulh", [I64, I64], I64, Pure, "carry-less product, high half"),
            (ClMulR, "clmulr", [I64, I64], I64, Pure, "carry-less product, bits 126 to 63"),
            (XPerm4, "xperm4", [I64, I64], I64, Pure, "nibbles of a looked up by nibbles of b"),
            (XPerm8, "xperm8", [I64, I64], I64, Pure, "bytes of a looked up by bytes of b"),
            // AES round steps on half a state, as the RISC-V scalar cryptography manual has them.
            (AesEs, "aes.es", [I64, I64], I64, Pure, "final encryption round"),
            (AesEsm, "aes.esm", [I64, I64], I64, Pure, "middle encryption round"),
            (AesDs, "aes.ds", [I64, I64], I64, Pure, "final decryption round"),
            (AesDsm, "aes.dsm", [I64, I64], I64, Pure, "middle decryption round"),
            (AesIm, "aes.im", [I64], I64, Pure, "inverse MixColumns"),
            (AesKs1, "aes.ks1", [I64], I64, Pure, "key schedule step 1; imm = round number"),
            (AesKs2, "aes.ks2", [I64, I64], I64, Pure, "key schedule step 2"),

            // Memory. Address = a + imm (imm fits 32 bits). Accesses may be misaligned.
            (Ld8U, "ld8u", [I64], I64, Load, "loads a byte, zero-extended"),
            (Ld8S, "ld8s", [I64], I64, Load, "loads a byte, sign-extended"),
            (Ld16U, "ld16u", [I64], I64, Load, "loads 16 bits, zero-extended"),
            (Ld16S, "ld16s", [I64], I64, Load, "loads 16 bits, sign-extended"),
            (Ld32U, "ld32u", [I64], I64, Load, "loads 32 bits, zero-extended"),
            (Ld32S, "ld32s", [I64], I64, Load, "loads 32 bits, sign-extended"),
            (Ld64, "ld64", [I64], I64, Load, "loads 64 bits"),
            (LdF32, "ldf32", [I64], F32, Load, "loads a binary32"),
            (LdF64, "ldf64", [I64], F64, Load, "loads 64 raw bits for a float register"),
            (St8, "st8", [I64, I64], None, Store, "stores the low byte of b"),
            (St16, "st16", [I64, I64], None, Store, "stores the low 16 bits of b"),
            (St32, "st32", [I64, I64], None, Store, "stores the low 32 bits of b"),
            (St64, "st64", [I64, I64], None, Store, "stores b"),
            (StF32, "stf32", [I64, F32], None, Store, "stores a binary32"),
            (StF64, "stf64", [I64, F64], None, Store, "stores 64 raw bits"),
            // Atomics. aux = bytes (1, 2, 4, 8); give the old value sign-extended; all are
            // sequentially consistent; a misaligned address faults (FaultKind::Misaligned).
            (AmoSwap, "amo.swap", [I64, I64], I64, Atomic, "exchanges"),
            (AmoAdd, "amo.add", [I64, I64], I64, Atomic, "fetch and add"),
            (AmoAnd, "amo.and", [I64, I64], I64, Atomic, "fetch and and"),
            (AmoOr, "amo.or", [I64, I64], I64, Atomic, "fetch and or"),
            (AmoXor, "amo.xor", [I64, I64], I64, Atomic, "fetch and xor"),
            (AmoMinS, "amo.mins", [I64, I64], I64, Atomic, "fetch and signed minimum"),
            (AmoMaxS, "amo.maxs", [I64, I64], I64, Atomic, "fetch and signed maximum"),
            (AmoMinU, "amo.minu", [I64, I64], I64, Atomic, "fetch and unsigned minimum"),
            (AmoMaxU, "amo.maxu", [I64, I64], I64, Atomic, "fetch and unsigned maximum"),
            (Cas, "cas", [I64, I64, I64], I64, Atomic, "stores c at a if it holds b; gives what it held"),
            // 128 bits: reads expected low/high and new low/high from scratch words 0 to 3
            // (written by `setscratch`), leaves the old value in scratch words 0 and 1.
            (Cas128, "cas128", [I64], None, Atomic, "compares and exchanges 16 aligned bytes"),
            (SetScratch, "setscratch", [I64], None, Write, "writes scratch word aux"),
            (GetScratch, "getscratch", [], I64, Read, "reads scratch word aux"),
            // imm = 1: no memory access can come before the paired conditional store, so that
            // comparing the value is exact; 0: the reservation must be strict.
            (LoadReserved, "lr", [I64], I64, Atomic, "loads (aux bytes) and reserves"),
            (StoreConditional, "sc", [I64, I64], I64, Atomic, "stores if still reserved: 0, else 1"),
            (Unreserve, "unreserve", [], None, Fixed, "ends the thread's reservation"),
            (Fence, "fence", [], None, Fixed, "imm = 1: orders earlier stores before later loads; 0: all else"),
            (Prefetch, "prefetch", [I64], None, Fixed, "a hint: a + imm will soon be accessed; never faults"),
            (Pause, "pause", [], None, Fixed, "a spin loop's hint"),
            (Clock, "clock", [], I64, Fixed, "a counter that never goes back"),
            (Poll, "poll", [], I64, Fixed, "not 0 if the thread is asked to leave"),

            // Floating point. aux = Round. NaN results are canonical.
            (FAdd, "fadd", [Own, Own], Own, Fp, "a + b"),
            (FSub, "fsub", [Own, Own], Own, Fp, "a - b"),
            (FMul, "fmul", [Own, Own], Own, Fp, "a * b"),
            (FDiv, "fdiv", [Own, Own], Own, Fp, "a / b"),
            (FSqrt, "fsqrt", [Own], Own, Fp, "square root"),
            (FMAdd, "fmadd", [Own, Own, Own], Own, Fp, "a * b + c, rounded once"),
            (FMSub, "fmsub", [Own, Own, Own], Own, Fp, "a * b - c"),
            (FNMSub, "fnmsub", [Own, Own, Own], Own, Fp, "-(a * b) + c"),
            (FNMAdd, "fnmadd", [Own, Own, Own], Own, Fp, "-(a * b) - c"),
            (FMin, "fmin", [Own, Own], Own, Fp, "minimumNumber; -0 < +0"),
            (FMax, "fmax", [Own, Own], Own, Fp, "maximumNumber"),
            (FMinM, "fminm", [Own, Own], Own, Fp, "minimum; NaN if either is"),
            (FMaxM, "fmaxm", [Own, Own], Own, Fp, "maximum; NaN if either is"),
            (FSgnj, "fsgnj", [Own, Own], Own, Pure, "a with the sign of b"),
            (FSgnjN, "fsgnjn", [Own, Own], Own, Pure, "a with the opposite sign of b"),
            (FSgnjX, "fsgnjx", [Own, Own], Own, Pure, "a with the signs multiplied"),
            (FEq, "feq", [Own, Own], I64, Fp, "1 if a == b; quiet"),
            (FLt, "flt", [Own, Own], I64, Fp, "1 if a < b; signals on NaN"),
            (FLe, "fle", [Own, Own], I64, Fp, "1 if a <= b; signals on NaN"),
            (FLtQ, "fltq", [Own, Own], I64, Fp, "1 if a < b; quiet"),
            (FLeQ, "fleq", [Own, Own], I64, Fp, "1 if a <= b; quiet"),
            (FClass, "fclass", [Own], I64, Pure, "RISC-V's class mask"),
            (FRound, "fround", [Own], Own, Fp, "to an integral value; never inexact"),
            (FRoundNx, "froundnx", [Own], Own, Fp, "to an integral value"),
            // To integers saturate; NaN gives the largest; 32-bit results are sign-extended.
            (FToI32, "fto.i32", [Own], I64, Fp, "to a signed 32-bit integer"),
            (FToU32, "fto.u32", [Own], I64, Fp, "to an unsigned 32-bit integer"),
            (FToI64, "fto.i64", [Own], I64, Fp, "to a signed 64-bit integer"),
            (FToU64, "fto.u64", [Own], I64, Fp, "to an unsigned 64-bit integer"),
            (FCvtMod, "fcvtmod", [F64], I64, Fp, "to 32 bits modulo 2^32, towards zero"),
            // From integers; the 32-bit forms take the low half of their operand.
            (FFromI32, "ffrom.i32", [I64], Own, Fp, "from a signed 32-bit integer"),
            (FFromU32, "ffrom.u32", [I64], Own, Fp, "from an unsigned 32-bit integer"),
            (FFromI64, "ffrom.i64", [I64], Own, Fp, "from a signed 64-bit integer"),
            (FFromU64, "ffrom.u64", [I64], Own, Fp, "from an unsigned 64-bit integer"),
            // Between formats: the own type is the source's.
            (FToF16, "fto.f16", [Own], F16, Fp, "to binary16"),
            (FToF32, "fto.f32", [Own], F32, Fp, "to binary32"),
            (FToF64, "fto.f64", [Own], F64, Fp, "to binary64"),
            // Raw bits: the own type is the floating-point one.
            (Bits, "bits", [Own], I64, Pure, "raw bits, zero-extended"),
            (FromBits, "frombits", [I64], Own, Pure, "from raw bits (the low ones)"),
            (Box, "box", [Own], F64, Pure, "NaN-boxes a binary16 or binary32 for a register"),
            (Unbox, "unbox", [F64], Own, Pure, "unboxes; the canonical NaN if not boxed"),
            (FpFlagsGet, "fpflags.get", [], I64, Read, "accrued exceptions"),
            (FpFlagsSet, "fpflags.set", [I64], None, Write, "sets the accrued exceptions"),
            // After `fpround.set` the block must end with Exit::Yield.
            (FpRoundGet, "fpround.get", [], I64, Read, "dynamic rounding mode"),
            (FpRoundSet, "fpround.set", [I64], None, Write, "sets the dynamic rounding mode"),
        }
    };
}

macro_rules! make_ops {
    ($(($name:ident, $text:literal, [$($arg:ident),*], $res:ident, $effect:ident, $doc:literal),)*) => {
        /// An operation; see the table for signatures.
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
        #[repr(u8)]
        pub enum Op { $(#[doc = $doc] $name),* }

        impl Op {
            /// Every op, in the table's order.
            pub const ALL: &'static [Op] = &[$(Op::$name),*];

            /// Name in the textual form.
            #[inline]
            pub const fn text(self) -> &'static str {
                const TEXT: &[&str] = &[$($text),*];
                TEXT[self as usize]
            }
            /// What the operands must be.
            #[inline]
            pub const fn args(self) -> &'static [Arg] {
                const ARGS: &[&[Arg]] = &[$(&[$(Arg::$arg),*]),*];
                ARGS[self as usize]
            }
            /// How many operands it has.
            #[inline]
            pub const fn arity(self) -> usize {
                const ARITY: &[u8] = &[$({
                    const ARGS: &[Arg] = &[$(Arg::$arg),*];
                    ARGS.len() as u8
                }),*];
                ARITY[self as usize] as usize
            }
            /// What it gives.
            #[inline]
            pub const fn res(self) -> Res {
                const RES: &[Res] = &[$(Res::$res),*];
                RES[self as usize]
            }
            /// What else it does.
            #[inline]
            pub const fn effect(self) -> Effect {
                const EFFECT: &[Effect] = &[$(Effect::$effect),*];
                EFFECT[self as usize]
            }
        }
    };
}
for_each_op!(make_ops);

impl Op {
    /// The comparison of integers that holds where this one does not.
    pub const fn opposite(self) -> Option<Op> {
        Some(match self {
            Op::Eq => Op::Ne,
            Op::Ne => Op::Eq,
            Op::LtS => Op::GeS,
            Op::GeS => Op::LtS,
            Op::LtU => Op::GeU,
            Op::GeU => Op::LtU,
            _ => return None,
        })
    }

    /// True if the op may fault on a guest address.
    #[inline]
    pub const fn may_fault(self) -> bool {
        matches!(self.effect(), Effect::Load | Effect::Store | Effect::Atomic)
    }
    /// True if `imm` is added to the address in the first operand.
    #[inline]
    pub const fn has_displacement(self) -> bool {
        matches!(self.effect(), Effect::Load | Effect::Store) || matches!(self, Op::Prefetch)
    }
    /// True if an unused result makes the op dead.
    #[inline]
    pub const fn removable(self) -> bool {
        matches!(self.effect(), Effect::Pure | Effect::Read)
    }
}
