//! The slowest and simplest engine.

use std::sync::atomic::Ordering;

use guest::access::{self, Faulted};
use guest::{CpuState, GuestAddr, Reservation};

use crate::{Block, Exit, FpEnv, Inst, Leave, Op, Region, Target, Term, Value, eval, reserve};

/// Runs `region` once, instruction by instruction; the oracle of the engines.
pub fn walk(region: &Region, state: &mut CpuState) -> Leave {
    let mut values = vec![0; region.insts.len()];
    let mut block = &region.blocks[0];
    loop {
        for i in block.insts.clone() {
            let inst = region.inst(Value(i));
            let args = inst.args.map(|v| values.get(v.index()).copied().unwrap_or(0));
            match step(inst, args, values[i as usize], state) {
                Ok(value) => values[i as usize] = value,
                Err(Faulted) => {
                    state.pc = guest_pc(region, block, i);
                    return Leave::Fault;
                }
            }
        }
        let target = match &block.term {
            Term::Go(target) => target,
            Term::If { cond, then, other } => {
                if values[cond.index()] != 0 {
                    then
                } else {
                    other
                }
            }
        };
        match target {
            Target::Block(call) => {
                block = &region.blocks[call.block.0 as usize];
                let args: Vec<u64> = call.args.iter().map(|arg| values[arg.index()]).collect();
                let first = block.insts.start as usize;
                values[first..first + args.len()].copy_from_slice(&args);
            }
            Target::Exit(exit) => return leave(*exit, &values, state),
        }
    }
}

fn guest_pc(region: &Region, block: &Block, at: u32) -> u64 {
    let mut before = (block.insts.start..at).rev().map(|i| region.inst(Value(i)));
    before.find(|inst| inst.op == Op::Insn).map_or(region.entry.0, |inst| inst.imm as u64)
}

fn step(inst: &Inst, args: [u64; 3], old: u64, state: &mut CpuState) -> Result<u64, Faulted> {
    let [a, b, c] = args;
    let at = a.wrapping_add_signed(inst.imm);
    let size = inst.aux as u64;
    match inst.op {
        Op::Param => return Ok(old),
        Op::Get => return Ok(state.get(inst.slot())),
        Op::Set => state.set(inst.slot(), a),
        Op::Ld8U => return access::load_u8(at),
        Op::Ld8S => return access::load_i8(at),
        Op::Ld16U => return access::load_u16(at),
        Op::Ld16S => return access::load_i16(at),
        Op::Ld32U | Op::LdF32 => return access::load_u32(at),
        Op::Ld32S => return access::load_i32(at),
        Op::Ld64 | Op::LdF64 => return access::load_u64(at),
        Op::St8 => access::store_u8(at, b)?,
        Op::St16 => access::store_u16(at, b)?,
        Op::St32 | Op::StF32 => access::store_u32(at, b)?,
        Op::St64 | Op::StF64 => access::store_u64(at, b)?,
        Op::LoadReserved if inst.imm == 1 => return reserve::exact_load(state, a, size),
        Op::LoadReserved => return reserve::strict_load(state, a, size),
        Op::StoreConditional => return reserve::store_conditional(state, a, size, b),
        Op::Unreserve => state.reservation.addr = Reservation::NONE,
        Op::Cas => {
            reserve::check_aligned(state, a, size, true)?;
            return reserve::guarded(a, || reserve::cas(a, size, b, c));
        }
        op if op.may_fault() => return reserve::guarded(a, || modify(op, size, a, b, state)),
        Op::SetScratch => state.scratch[inst.aux as usize & 7] = a,
        Op::GetScratch => return Ok(state.scratch[inst.aux as usize & 7]),
        Op::Poll => return Ok(state.poll.load(Ordering::Relaxed) as u64),
        Op::FpFlagsGet => return Ok(state.fp_flags),
        Op::FpFlagsSet => state.fp_flags = a,
        Op::FpRoundGet => return Ok(state.fp_round),
        Op::FpRoundSet => state.fp_round = a,
        _ => {
            let mut env = FpEnv { round: state.fp_round as u8, flags: 0 };
            let value = eval(inst.op, inst.ty, args, inst.imm, inst.aux, &mut env);
            state.fp_flags |= env.flags as u64;
            return Ok(value.unwrap_or(0));
        }
    }
    Ok(0)
}

/// A read-modify-write, not atomic: tests have one thread.
fn modify(op: Op, size: u64, a: u64, b: u64, state: &mut CpuState) -> Result<u64, Faulted> {
    reserve::check_aligned(state, a, if op == Op::Cas128 { 16 } else { size }, true)?;
    let extend = |x: u64| x.cast_signed() << (64 - 8 * size) >> (64 - 8 * size);
    if op == Op::Cas128 {
        let s = &mut state.scratch;
        (s[0], s[1]) = access::cas_u128(a, (s[0], s[1]), (s[2], s[3]))?;
        return Ok(0);
    }
    let mut bytes = [0; 8];
    access::copy_in(a, &mut bytes[..size as usize])?;
    let (old, b) = (extend(u64::from_le_bytes(bytes)), extend(b));
    let unsigned = |x: i64| x as u64;
    let new = match op {
        Op::AmoAdd => old.wrapping_add(b),
        Op::AmoAnd => old & b,
        Op::AmoOr => old | b,
        Op::AmoXor => old ^ b,
        Op::AmoMinS => old.min(b),
        Op::AmoMaxS => old.max(b),
        Op::AmoMinU => unsigned(old).min(unsigned(b)) as i64,
        Op::AmoMaxU => unsigned(old).max(unsigned(b)) as i64,
        _ => b,
    };
    access::copy_out(a, &new.to_le_bytes()[..size as usize])?;
    Ok(old as u64)
}

fn leave(exit: Exit, values: &[u64], state: &mut CpuState) -> Leave {
    let value = |v: Value| GuestAddr(values[v.index()]);
    let (next, leave) = match exit {
        Exit::Jump { to } | Exit::Call { to, .. } => (to, Leave::Jump),
        Exit::Indirect { to } | Exit::CallIndirect { to, .. } | Exit::Return { to } => {
            (value(to), Leave::Indirect)
        }
        Exit::Syscall { next } => (next, Leave::Syscall),
        Exit::Trap { cause, pc } => {
            state.exit_value = cause.code();
            (pc, Leave::Trap)
        }
        Exit::Yield { next, fence: false } => (next, Leave::Yield),
        Exit::Yield { next, fence: true } => (next, Leave::Fence),
    };
    state.pc = next.0;
    leave
}
