//! The calls that are about the machine: riscv_hwprobe(2), riscv_flush_icache(2),
//! perf_event_open(2).

use memory::Errno;

use crate::abi::hwprobe::{self, Pair, WHICH_CPUS};
use crate::call::{Answer, Call, fail};
use crate::cpus;
use crate::mem;

const PAIR: u64 = size_of::<Pair>() as u64;

/// riscv_hwprobe(2). All processors are alike.
pub fn hwprobe(call: &mut Call<'_>) -> Answer {
    let [pairs, count, set_len, set, flags, _] = call.args;
    match flags as u32 as u64 {
        0 if (set_len, set) == (0, 0) => values(call, pairs, count),
        0 if !online_in(set_len, set)?.iter().any(|&b| b != 0) => fail(libc::EINVAL),
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

/// The guest's set of processors, as long as the kernel's are at most, without those that are
/// not online.
fn online_in(set_len: u64, set: u64) -> Result<Vec<u8>, Errno> {
    let online = cpus::online();
    let len = (set_len as usize).min(online.len());
    let given = mem::read_bytes(set, len)?;
    Ok(given.iter().zip(&online).map(|(a, b)| a & b).collect())
}

/// The processors of the set (all that are online if it is empty) that have what is asked for.
fn which_cpus(call: &mut Call<'_>, pairs: u64, count: u64, set_len: u64, set: u64) -> Answer {
    let online = cpus::online();
    let len = (set_len as usize).min(online.len());
    let mut found = online_in(set_len, set)?;
    if mem::read_bytes(set, len)?.iter().all(|&b| b == 0) {
        found.copy_from_slice(&online[..len]);
    }
    for n in 0..count {
        let at = pairs.wrapping_add(n * PAIR);
        let pair: Pair = mem::read(at)?;
        if hwprobe::value(pair.key).is_none() {
            call.write(at, &hwprobe::answer(pair))?;
        }
        if !hwprobe::matches(pair) {
            found.fill(0);
        }
    }
    mem::write_bytes(call.process(), set, &found)?;
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

/// perf_event_open(2). The host's counters count what the host's processor does, which is not
/// what the guest's would: of hardware there is none (`ENOENT`, as on a machine without a
/// counting unit). The kernel's own events count as they are. Samples would hold the
/// translator's addresses, so nothing is sampled (`EOPNOTSUPP`).
pub fn perf_event_open(call: &mut Call<'_>) -> Answer {
    const SOFTWARE: u32 = 1;
    const TRACEPOINT: u32 = 2;
    const SMALLEST: u32 = 64;
    let [head, _config, period]: [u64; 3] = mem::read(call.args[0])?;
    let (kind, size) = (head as u32, (head >> 32) as u32);
    match kind {
        // The kernel says what is wrong with it.
        _ if size != 0 && size < SMALLEST => call.pass(libc::SYS_perf_event_open),
        SOFTWARE | TRACEPOINT if period == 0 => call.pass(libc::SYS_perf_event_open),
        SOFTWARE | TRACEPOINT => fail(libc::EOPNOTSUPP),
        _ => fail(libc::ENOENT),
    }
}
