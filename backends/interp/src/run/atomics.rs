//! Atomic operations, as compare-and-exchange loops.

use guest::CpuState;
use guest::access::{self, Faulted};
use ir::{Op, reserve};

use crate::code::scratch_word;

/// Performs `op` of `size` bytes at address `args[0]`; `words` are the words of the frame.
pub(super) fn run(
    op: Op,
    size: u64,
    [addr, b, c]: [u64; 3],
    state: &mut CpuState,
    words: *mut u64,
) -> Result<u64, Faulted> {
    match op {
        Op::LoadReserved if c == 1 => return reserve::exact_load(state, addr, size),
        Op::LoadReserved => return reserve::strict_load(state, addr, size),
        Op::StoreConditional => return reserve::store_conditional(state, addr, size, b),
        Op::Cas128 => {
            reserve::check_aligned(state, addr, 16, true)?;
            return reserve::guarded(addr, || exchange_pair(addr, words)).map(|()| 0);
        }
        _ => reserve::check_aligned(state, addr, size, true)?,
    }
    reserve::guarded(addr, || match op {
        Op::Cas => reserve::cas(addr, size, b, c),
        _ => modify(addr, size, |old| ir::eval::combine(op, old, sign_extend(size, b))),
    })
}

fn sign_extend(size: u64, x: u64) -> u64 {
    match size {
        1 => x as i8 as u64,
        2 => x as i16 as u64,
        4 => x as i32 as u64,
        _ => x,
    }
}

fn modify(addr: u64, size: u64, new: impl Fn(u64) -> u64) -> Result<u64, Faulted> {
    let mut old = match size {
        1 => access::load_i8(addr)?,
        2 => access::load_i16(addr)?,
        4 => access::load_i32(addr)?,
        _ => access::load_u64(addr)?,
    };
    loop {
        let seen = reserve::cas(addr, size, old, new(old))?;
        if seen == old {
            return Ok(old);
        }
        old = seen;
    }
}

fn exchange_pair(addr: u64, words: *mut u64) -> Result<(), Faulted> {
    // SAFETY: the first scratch words are in every frame.
    let pair = unsafe { &mut *words.add(scratch_word(0) as usize).cast::<[u64; 4]>() };
    let old = access::cas_u128(addr, (pair[0], pair[1]), (pair[2], pair[3]))?;
    (pair[0], pair[1]) = old;
    Ok(())
}
