//! What a region of one block does to the registers, by the IR's own definition.

use guest::CpuState;
use ir::{FpEnv, Op, Region, Type};

/// Runs the instructions of `region` on `state`; memory is not touched.
pub fn run(region: &Region, state: &mut CpuState) -> Vec<u64> {
    let mut values = vec![0; region.insts.len()];
    let mut env = FpEnv { round: state.fp_round as u8, flags: state.fp_flags as u8 };
    for (i, inst) in region.insts.iter().enumerate() {
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
    values
}
