//! Regions of several blocks: values in SSA form get registers for the whole region.
//!
//! ```text
//! region -> plan (uses) -> build (what each op asks for) -> live (what faults show)
//!        -> allocate (regalloc2) -> reload (operands in memory)
//!        -> emit, by the lowering that blocks have, too
//! ```
//!
//! Guest registers are in their homes at the entry and at exits. In between a `set` is no instruction: it
//! names the value that the guest register has, which exits put in place and `recover` describes for faults.
//! Spilled values lie in `CpuState::scratch`; the host's stack stays the guest's call stack.

mod ahead;
mod allocate;
mod build;
mod emit;
mod exit;
mod find;
mod lanes;
mod live;
mod nans;
mod recover;
mod reload;
mod rounds;
mod search;
mod shape;
mod switch;

use ir::{CompiledCode, Effect, Inst, Op, Region, Type, Unsupported, slots};

use crate::lower::{self, Scratch};
use crate::regs::Pins;
use crate::settle;

/// Compiles `region`, which has the form that `Backend::compile_region` asks for, into `out`.
pub fn compile(
    region: &Region,
    pins: &Pins,
    crypto: bool,
    scratch: &mut Scratch,
    out: &mut CompiledCode,
) -> Result<(), Unsupported> {
    supported(region, pins)?;
    let starts = slots::at_starts(region).map_err(|_| Unsupported(Op::Get))?;
    lower::with(region, pins, crypto, scratch, out, |lower, out| {
        lower.plan.reset(region);
        lower.plan.region(region, &starts);
        nans::mark(region, lower.plan);
        settle::mark_region(region, lower.plan);
        let mut code = build::build(lower, &starts)?;
        live::extend(&mut code);
        let mut places = allocate::run(&code).ok_or(Unsupported(Op::Param))?;
        reload::fold(&code, &mut places);
        emit::emit(lower, &code, &places, out);
        out.align = emit::ALIGN;
        if lower.operands.broken { Err(Unsupported(Op::Param)) } else { Ok(()) }
    })
}

/// As many integer registers as there are: when so many of the guest's change from block to block, moves between registers and
/// spill words eat up what a region gains (docs/adr/0015).
const MOST_CHANGED: u32 = 14;
/// With so few blocks there are few such moves.
const FEW_BLOCKS: usize = 8;
/// With so many there are few beside what is done in the blocks, if they are long.
const SOME_BLOCKS: usize = 20;
/// Guest instructions of a block, on average, that is not long.
const SHORT_BLOCK: usize = 7;
/// Each access shows all of the guest's registers, should it fault. Where fewer than one in so many guest instructions is
/// one, most of what is changed need not be kept.
const INSNS_PER_ACCESS: usize = 10;

/// True if values of `region` would mostly be moved about. With floating-point arithmetic in it a region gains
/// all the same, since it leaves NaNs as they are.
pub fn is_crowded(region: &Region) -> bool {
    if region.insts.iter().any(|inst| inst.op.effect() == Effect::Fp) {
        return false;
    }
    let sets = region.insts.iter().filter(|inst| inst.op == Op::Set && inst.ty == Type::I64);
    let changed = sets.fold(0u128, |set, inst| set | 1 << inst.slot().0);
    let accesses = region.insts.iter().filter(|inst| inst.op.may_fault()).count();
    let (blocks, insns) = (region.blocks.len(), region.guest_insns as usize);
    let few = if insns > blocks * SHORT_BLOCK { SOME_BLOCKS } else { FEW_BLOCKS };
    changed.count_ones() >= MOST_CHANGED && blocks > few && accesses * INSNS_PER_ACCESS >= insns
}

/// What may be left to the blocks' own compiler.
fn supported(region: &Region, pins: &Pins) -> Result<(), Unsupported> {
    let bad = |inst: &Inst| match inst.op {
        Op::Get | Op::Set => !lower::is_whole(inst, pins),
        op => op.effect() == Effect::Atomic || op == Op::FpRoundSet,
    };
    match region.insts.iter().find(|inst| bad(inst)) {
        Some(inst) => Err(Unsupported(inst.op)),
        None => Ok(()),
    }
}
