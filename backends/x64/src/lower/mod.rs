//! From ops to instructions: one function an op or shape of ops, a file a chapter.

mod atomic;
mod bits;
mod cold;
mod compare;
mod computed;
mod exits;
mod fp;
mod fp_convert;
mod int;
mod mem;
mod mul_div;
mod slots;
mod system;

use guest::GuestAddr;
use ir::{
    Block, CompiledCode, Effect, ExitSite, Inst, Op, PcMapEntry, Region, Type, Unsupported, Value,
};

use crate::alloc::Alloc;
use crate::asm::{Aes, Asm, Bit, Shift, Size, Unary};
use crate::operands::Operands;
use crate::plan::{Plan, is_fp};
use crate::regs::{self, NONE, Pins};
use crate::settle;

use cold::Cold;
pub use computed::TABLE_MASK;
pub use fp::{Rounding, host_round, rounding};

/// What compiling works in, reused from region to region.
#[derive(Default)]
pub struct Scratch {
    plan: Plan,
    alloc: Alloc,
    operands: Operands,
    cold: Vec<Cold>,
    starts: Vec<u32>,
    edges: Vec<(u32, u32)>,
}

/// A region being compiled.
pub struct Lower<'a> {
    pub(crate) region: &'a Region,
    pub(crate) pins: &'a Pins,
    pub(crate) asm: Asm,
    pub(crate) plan: &'a mut Plan,
    pub(crate) alloc: &'a mut Alloc,
    pub(crate) operands: &'a mut Operands,
    pub(crate) cold: &'a mut Vec<Cold>,
    /// Where each block starts.
    pub(crate) starts: &'a mut Vec<u32>,
    /// Displacements that lead to blocks.
    pub(crate) edges: &'a mut Vec<(u32, u32)>,
    exits: Vec<ExitSite>,
    pc_map: Vec<PcMapEntry>,
    /// The guest instruction being compiled.
    pc: GuestAddr,
    crypto: bool,
    /// All stores so far come before all loads to come: a fence has nothing to do.
    pub(crate) ordered: bool,
}

/// Compiles `region` into `out`.
pub fn compile(
    region: &Region,
    pins: &Pins,
    crypto: bool,
    scratch: &mut Scratch,
    out: &mut CompiledCode,
) -> Result<(), Unsupported> {
    local(region)?;
    with(region, pins, crypto, scratch, out, |lower, _| {
        lower.run()?;
        if lower.alloc.exhausted { Err(Unsupported(Op::Get)) } else { Ok(()) }
    })
}

/// Lets `work` fill `out` (cleared first).
pub fn with<R>(
    region: &Region,
    pins: &Pins,
    crypto: bool,
    scratch: &mut Scratch,
    out: &mut CompiledCode,
    work: impl FnOnce(&mut Lower<'_>, &mut CompiledCode) -> R,
) -> R {
    out.clear();
    scratch.cold.clear();
    scratch.starts.clear();
    scratch.edges.clear();
    let mut lower = Lower {
        region,
        pins,
        asm: Asm::reuse(std::mem::take(&mut out.bytes), std::mem::take(&mut out.relocs)),
        plan: &mut scratch.plan,
        alloc: &mut scratch.alloc,
        operands: &mut scratch.operands,
        cold: &mut scratch.cold,
        starts: &mut scratch.starts,
        edges: &mut scratch.edges,
        exits: std::mem::take(&mut out.exits),
        pc_map: std::mem::take(&mut out.pc_map),
        pc: region.entry,
        crypto,
        ordered: false,
    };
    lower.operands.reset();
    let done = work(&mut lower, out);
    (out.bytes, out.relocs) = lower.asm.finish();
    (out.exits, out.pc_map) = (lower.exits, lower.pc_map);
    done
}

/// True if `inst`, which reads or writes a guest register, does so with 64 bits of the kind of its slot.
pub fn is_whole(inst: &Inst, pins: &Pins) -> bool {
    let home = pins.home(inst.slot().0);
    let word = matches!(inst.ty, Type::I64 | Type::F64);
    word && (home == NONE || regs::is_fp(home) == is_fp(inst.ty))
}

/// Values stay within their block, or chain of blocks.
fn local(region: &Region) -> Result<(), Unsupported> {
    if region.blocks.len() == 1 || region.is_chain() {
        return Ok(());
    }
    for block in &region.blocks {
        for i in block.insts.clone() {
            let inst = &region.insts[i as usize];
            let here = |&v: &Value| block.insts.contains(&v.0) || region.as_const(v).is_some();
            if !inst.operands().iter().all(here) {
                return Err(Unsupported(inst.op));
            }
        }
    }
    Ok(())
}

impl Lower<'_> {
    fn run(&mut self) -> Result<(), Unsupported> {
        self.plan.reset(self.region);
        let region = self.region;
        if region.is_chain() {
            self.blocks(&region.blocks)?;
        } else {
            for block in &region.blocks {
                self.blocks(std::slice::from_ref(block))?;
            }
        }
        self.emit_cold();
        self.bind_edges();
        Ok(())
    }

    /// Compiles blocks that are a chain, or one block.
    fn blocks(&mut self, blocks: &[Block]) -> Result<(), Unsupported> {
        self.plan.blocks(self.region, blocks, self.pins)?;
        if self.plan.float {
            blocks.iter().for_each(|block| settle::mark(self.region, block, self.plan));
        }
        self.alloc.reset();
        self.ordered = false;
        self.asm.target();
        for block in blocks {
            self.starts.push(self.asm.pos());
            self.block(block);
        }
        Ok(())
    }

    /// Lets jumps between blocks lead where these start.
    pub fn bind_edges(&mut self) {
        for i in 0..self.edges.len() {
            let (field, block) = self.edges[i];
            self.asm.bind(field, self.starts[block as usize]);
        }
    }

    fn block(&mut self, block: &Block) {
        let region = self.region;
        for i in block.insts.clone() {
            self.open_windows(i);
            let (val, inst) = (&self.plan.vals[i as usize], &region.insts[i as usize]);
            match inst.op {
                Op::Const => {}
                Op::Insn => self.mark(inst.imm),
                _ if val.dead || val.lazy => {}
                _ => {
                    self.unlock();
                    self.inst(Value(i), inst);
                }
            }
        }
        self.unlock();
        self.term(&block.term);
    }

    /// Homes whose windows begin at instruction `i` become temporaries.
    fn open_windows(&mut self, i: u32) {
        while let Some(window) = self.plan.windows.last()
            && window.from <= i
        {
            self.alloc.spare |= 1 << self.pins.home(window.slot);
            self.plan.windows.pop();
        }
    }

    /// A guest instruction starts.
    pub fn mark(&mut self, pc: i64) {
        self.pc = GuestAddr(pc as u64);
        let guest = pc.wrapping_sub(self.region.entry.0 as i64) as i32;
        self.pc_map.push(PcMapEntry { host: self.asm.pos(), guest });
    }

    pub fn inst(&mut self, v: Value, inst: &Inst) {
        let effect = inst.op.effect();
        if effect == Effect::Fp && self.plan.vals[v.index()].unsettles {
            self.unsettle();
        }
        if matches!(effect, Effect::Store | Effect::Atomic) {
            self.order(inst);
        }
        match inst.op {
            Op::Param | Op::Const => {}
            Op::Insn => self.mark(inst.imm),
            Op::Get => self.get(v, inst.slot().0),
            Op::Set => self.set_slot(inst.args[0], inst.slot().0),

            Op::Add => self.add(v, inst),
            Op::Sub => self.sub(v, inst),
            Op::And => self.and(v, inst),
            Op::Or | Op::Shr | Op::Sar => self.fusible(v, inst),
            Op::Xor => self.xor(v, inst),
            Op::AndNot => self.and_not(v, inst),
            Op::Shl => self.shift(v, inst, Shift::Shl),
            Op::RotL => self.rotate(v, inst, Shift::Rol),
            Op::RotR => self.rotate(v, inst, Shift::Ror),
            Op::Mul => self.mul(v, inst),
            Op::MulHS => self.mul_high(v, inst, Unary::Imul),
            Op::MulHU => self.mul_high(v, inst, Unary::Mul),
            Op::MulHSU => self.mul_high_mixed(v, inst),
            Op::DivS | Op::DivU | Op::RemS | Op::RemU => self.divide(v, inst),
            Op::MinS | Op::MaxS | Op::MinU | Op::MaxU => self.min_max(v, inst),
            Op::Eq | Op::Ne | Op::LtS | Op::LtU | Op::GeS | Op::GeU => self.compare(v),
            Op::Select => self.select(v, inst),
            Op::Clz => self.bit_count(v, inst, Bit::Lzcnt),
            Op::Ctz => self.bit_count(v, inst, Bit::Tzcnt),
            Op::Popcnt => self.bit_count(v, inst, Bit::Popcnt),
            Op::Bswap => self.bswap(v, inst),
            Op::OrcB => self.orc_b(v, inst),
            Op::Sext8 => self.sign_extend(v, inst, Size::B1),
            Op::Sext16 => self.sign_extend(v, inst, Size::B2),
            Op::Sext32 => self.sign_extend(v, inst, Size::B4),
            Op::Zext8 => self.zero_extend(v, inst, Size::B1),
            Op::Zext16 => self.zero_extend(v, inst, Size::B2),
            Op::Zext32 => self.zero_extend(v, inst, Size::B4),
            Op::Trunc => self.rename(v, inst.args[0]),
            Op::ClMul | Op::ClMulH | Op::ClMulR => self.clmul(v, inst),
            Op::AesEs => self.aes(v, inst, Aes::EncryptLast),
            Op::AesEsm => self.aes(v, inst, Aes::Encrypt),
            Op::AesDs => self.aes(v, inst, Aes::DecryptLast),
            Op::AesDsm => self.aes(v, inst, Aes::Decrypt),
            Op::AesIm => self.aes_inverse_mix(v, inst),
            Op::BRev8 | Op::XPerm4 | Op::XPerm8 | Op::AesKs1 | Op::AesKs2 => {
                self.call_eval(v, inst)
            }

            Op::Ld8U | Op::Ld16U | Op::Ld32U | Op::Ld8S | Op::Ld16S | Op::Ld32S | Op::Ld64 => {
                self.load_int(v, inst);
            }
            Op::LdF32 => self.load_fp(v, inst, false),
            Op::LdF64 => self.load_fp(v, inst, true),
            Op::St8 => self.store_int(inst, Size::B1),
            Op::St16 => self.store_int(inst, Size::B2),
            Op::St32 => self.store_int(inst, Size::B4),
            Op::St64 => self.store_int(inst, Size::B8),
            Op::StF32 => self.store_fp(inst, false),
            Op::StF64 => self.store_fp(inst, true),

            Op::AmoSwap => self.amo_swap(v, inst),
            Op::AmoAdd => self.amo_add(v, inst),
            Op::AmoAnd | Op::AmoOr | Op::AmoXor => self.amo_logic(v, inst),
            Op::AmoMinS | Op::AmoMaxS | Op::AmoMinU | Op::AmoMaxU => self.amo_min_max(v, inst),
            Op::Cas => self.cas(v, inst),
            Op::Cas128 => self.cas128(v, inst),
            Op::LoadReserved => self.load_reserved(v, inst),
            Op::StoreConditional => self.store_conditional(v, inst),
            Op::Unreserve => self.unreserve(),

            Op::SetScratch => self.set_scratch(inst),
            Op::GetScratch => self.get_scratch(v, inst),
            Op::Fence => self.fence(inst),
            Op::Prefetch => self.prefetch(inst),
            Op::Pause => self.asm.pause(),
            Op::Clock => self.clock(v),
            Op::Poll => self.poll_field(v),
            Op::FpFlagsGet => self.fp_flags_get(v),
            Op::FpFlagsSet => self.fp_flags_set(v, inst),
            Op::FpRoundGet => self.fp_round_get(v),
            Op::FpRoundSet => self.fp_round_set(inst),

            op if inst.ty == Type::F16 || op == Op::FToF16 => self.fp_half(v, inst),
            Op::FAdd | Op::FSub | Op::FMul | Op::FDiv => self.fp_binary(v, inst),
            Op::FSqrt => self.fp_sqrt(v, inst),
            Op::FMAdd | Op::FMSub | Op::FNMSub | Op::FNMAdd => self.fp_fused(v, inst),
            Op::FMin | Op::FMax | Op::FMinM | Op::FMaxM => self.fp_min_max(v, inst),
            Op::FSgnj => self.fp_sign(v, inst),
            Op::FSgnjN => self.fp_sign(v, inst),
            Op::FSgnjX => self.fp_sign(v, inst),
            Op::FEq | Op::FLt | Op::FLe | Op::FLtQ | Op::FLeQ => self.fp_compare(v, inst),
            Op::FRound | Op::FRoundNx => self.fp_round(v, inst),
            Op::FToI32 | Op::FToU32 | Op::FToI64 | Op::FToU64 => self.fp_to_int(v, inst),
            Op::FFromI32 | Op::FFromU32 | Op::FFromI64 | Op::FFromU64 => self.fp_from_int(v, inst),
            Op::FToF32 => self.fp_format(v, inst, false),
            Op::FToF64 => self.fp_format(v, inst, true),
            Op::FClass | Op::FCvtMod | Op::FToF16 => self.call_eval(v, inst),
            Op::Bits => self.fp_bits(v, inst),
            Op::FromBits => self.fp_from_bits(v, inst),
            Op::Box => self.fp_box(v, inst),
            Op::Unbox => self.fp_unbox(v, inst),
        }
    }

    /// `value` is another name of `of`.
    pub fn rename(&mut self, value: Value, of: Value) {
        let root = self.root(of);
        self.val(value).root = root;
    }
}
