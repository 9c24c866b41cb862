//! What generated code calls for ops that no instruction does.
#![allow(unsafe_code, reason = "called from generated code with a raw state")]

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use guest::access::{self, Faulted};
use guest::keys::{self, Kind};
use guest::{CpuState, offsets};
use ir::{FpEnv, Op, reserve};

use crate::thunks::{self, FAILED_WORD, OP_WORD, RESULT_WORD};

/// True once strict reservations are in use: generated code tests it before atomic accesses.
/// It has a page of its own, for generated code must be able to read it.
static STRICT: Page = Page(AtomicBool::new(false));

#[repr(align(4096))]
struct Page(AtomicBool);

/// Address of the byte that tells generated code about strict reservations.
pub fn strict_flag() -> u64 {
    let addr = &raw const STRICT as u64;
    let prot = libc::PROT_READ | libc::PROT_WRITE;
    keys::cover(addr, size_of::<Page>(), prot, Kind::Shown).expect("a page of our own");
    addr
}

/// Takes over what other engines did.
pub fn update_strict() {
    if reserve::strict_used() && !STRICT.0.load(Relaxed) {
        STRICT.0.store(true, Relaxed);
    }
}

/// A helper's cell among the working words of the state.
fn word(number: usize) -> usize {
    (thunks::cell_offset(number) - offsets::SCRATCH) / 8
}

/// Computes a pure or floating-point op on the cells.
pub extern "C" fn eval(state: *mut CpuState) {
    // SAFETY: generated code passes the state of its own thread, which nothing else uses
    // while the thread runs generated code.
    let state = unsafe { &mut *state };
    let (op, ty, aux, imm) = thunks::unpack(state.scratch[word(OP_WORD)]);
    let args = [0, 1, 2].map(|n| state.scratch[word(n)]);
    let mut env = FpEnv { round: state.fp_round as u8, flags: 0 };
    let result = ir::eval(op, ty, args, imm, aux, &mut env);
    state.fp_flags |= env.flags as u64;
    state.scratch[word(RESULT_WORD)] = result.expect("a function of its operands");
}

/// Performs an atomic access on the cells.
pub extern "C" fn atomic(state: *mut CpuState) {
    // SAFETY: as in `eval`.
    let state = unsafe { &mut *state };
    let (op, _, aux, imm) = thunks::unpack(state.scratch[word(OP_WORD)]);
    let args = [0, 1, 2].map(|n| state.scratch[word(n)]);
    let result = access(state, op, aux as u64, imm == 1, args);
    state.scratch[word(FAILED_WORD)] = result.is_err() as u64;
    state.scratch[word(RESULT_WORD)] = result.unwrap_or(0);
    update_strict();
}

fn access(
    state: &mut CpuState,
    op: Op,
    size: u64,
    exact: bool,
    [addr, b, c]: [u64; 3],
) -> Result<u64, Faulted> {
    match op {
        Op::LoadReserved if exact => reserve::exact_load(state, addr, size),
        Op::LoadReserved => reserve::strict_load(state, addr, size),
        Op::StoreConditional => reserve::store_conditional(state, addr, size, b),
        Op::Cas128 => cas128(state, addr).map(|()| 0),
        Op::Cas => {
            reserve::check_aligned(state, addr, size, true)?;
            reserve::guarded(addr, || reserve::cas(addr, size, b, c))
        }
        op => {
            reserve::check_aligned(state, addr, size, true)?;
            reserve::guarded(addr, || modify(op, addr, size, b))
        }
    }
}

/// Reads, modifies and writes until nobody came in between; gives the old value.
fn modify(op: Op, addr: u64, size: u64, operand: u64) -> Result<u64, Faulted> {
    let mut old = load(addr, size)?;
    loop {
        let new = ir::eval::combine(op, old, extend(size, operand));
        let seen = reserve::cas(addr, size, old, new)?;
        if seen == old {
            return Ok(old);
        }
        old = seen;
    }
}

fn load(addr: u64, size: u64) -> Result<u64, Faulted> {
    match size {
        1 => access::load_i8(addr),
        2 => access::load_i16(addr),
        4 => access::load_i32(addr),
        _ => access::load_u64(addr),
    }
}

fn extend(size: u64, value: u64) -> u64 {
    match size {
        1 => value as i8 as u64,
        2 => value as i16 as u64,
        4 => value as i32 as u64,
        _ => value,
    }
}

fn cas128(state: &mut CpuState, addr: u64) -> Result<(), Faulted> {
    const BYTES: u64 = 16;
    reserve::check_aligned(state, addr, BYTES, true)?;
    let [low, high, new_low, new_high] = [0, 1, 2, 3].map(|i| state.scratch[i]);
    let exchange = || access::cas_u128(addr, (low, high), (new_low, new_high));
    (state.scratch[0], state.scratch[1]) = reserve::guarded(addr, exchange)?;
    Ok(())
}
