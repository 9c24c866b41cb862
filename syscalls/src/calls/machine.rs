//! The calls that only this machine has: riscv_hwprobe(2), riscv_flush_icache(2).

use crate::abi::hwprobe::{self, Pair, WHICH_CPUS};
use crate::call::{Answer, Call, fail};
use crate::mem;

const PAIR: u64 = size_of::<Pair>() as u64;

/// riscv_hwprobe(2). All processors are alike.
pub fn hwprobe(call: &mut Call<'_>) -> Answer {
    let [pairs, count, set_len, set, flags, _] = call.args;
    match flags {
        0 if set_len == 0 && set != 0 => fail(libc::EINVAL),
        0 => values(call, pairs, count),
        WHICH_CPUS if set_len == 0 || set == 0 => fail(libc::EINVAL),
        WHICH_CPUS => which_cpus(call, pairs, count, set_len, set),
        _ => fail(libc::EINVAL),
    }
}

fn values(call: &mut Call<'_>, pairs: u64, count: u64) -> Answer {
    for n in 0..count {
        let at = pairs.wrapping_add(n * PAIR);
        let pair: Pair = mem::read(at)?;
        call.write(at, &hwprobe::answer(pair))?;
    }
    Ok(0)
}

/// The processors of the set (all that are online if it is empty) that have what is asked for.
fn which_cpus(call: &mut Call<'_>, pairs: u64, count: u64, set_len: u64, set: u64) -> Answer {
    let mut cpus = mem::read_bytes(set, set_len.min(1024) as usize)?;
    if cpus.iter().all(|&b| b == 0) {
        let args = [0, cpus.len() as u64 & !7, cpus.as_mut_ptr() as u64];
        crate::host::sys(libc::SYS_sched_getaffinity, args)?;
    }
    for n in 0..count {
        let at = pairs.wrapping_add(n * PAIR);
        let pair: Pair = mem::read(at)?;
        if hwprobe::value(pair.key).is_none() {
            call.write(at, &hwprobe::answer(pair))?;
        }
        if !hwprobe::matches(pair) {
            cpus.fill(0);
        }
    }
    mem::write_bytes(call.process(), set, &cpus)?;
    Ok(0)
}

/// riscv_flush_icache(2): as `fence.i` on every processor. The range is a hint that Linux
/// ignores too; writes to pages with translations are noticed without it.
pub fn flush_icache(call: &mut Call<'_>) -> Answer {
    const LOCAL: u64 = 1;
    if call.args[2] & !LOCAL != 0 {
        return fail(libc::EINVAL);
    }
    call.process().fence();
    Ok(0)
}
