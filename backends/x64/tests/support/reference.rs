//! What a region of one block, or of a chain of blocks, does to the registers, by the IR's own definition.

use std::ops::Range;

use guest::{CpuState, GuestAddr};
use ir::{Exit, FpEnv, Op, Region, Target, Term, Type};

/// Runs the instructions of `region` on `state`; memory is not touched.
pub fn run(region: &Region, state: &mut CpuState) -> Vec<u64> {
    let mut values = vec![0; region.insts.len()];
    run_insts(region, 0..region.insts.len(), &mut values, state);
    values
}

/// Runs a chain of blocks ([`Region::is_chain`]); gives the address that it jumps to.
pub fn run_chain(region: &Region, state: &mut CpuState) -> GuestAddr {
    let mut values = vec![0; region.insts.len()];
    for block in &region.blocks {
        run_insts(region, block.insts.start as usize..block.insts.end as usize, &mut values, state);
        match &block.term {
            Term::If { cond, then: Target::Exit(Exit::Jump { to }), .. }
                if values[cond.index()] != 0 =>
            {
                return *to;
            }
            Term::Go(Target::Exit(Exit::Jump { to })) => return *to,
            _ => {}
        }
    }
    panic!("a chain ends with a jump: {region}")
}

fn run_insts(region: &Region, range: Range<usize>, values: &mut [u64], state: &mut CpuState) {
    let mut env = FpEnv { round: state.fp_round as u8, flags: state.fp_flags as u8 };
    for i in range {
        let inst = &region.insts[i];
        let mut args = [0; 3];
        for (arg, value) in args.iter_mut().zip(inst.operands()) {
            *arg = values[value.index()];
        }
        values[i] = match inst.op {
            Op::Insn => 0,
            Op::Get => state.get(inst.slot()),
            Op::Set => {
                state.set(inst.slot(), args[0]);
                0
            }
            Op::FpFlagsGet => env.flags as u64,
            Op::FpFlagsSet => {
                env.flags = args[0] as u8 & 31;
                0
            }
            op => ir::eval(op, inst.ty, args, inst.imm, inst.aux, &mut env)
                .unwrap_or_else(|| panic!("{op:?} is no function")),
        };
        if inst.result() == Some(Type::I32) {
            values[i] = values[i] as u32 as u64;
        }
    }
    state.fp_flags = env.flags as u64;
}
