//! getrusage(2), and what wait4(2) says of a child: the most memory that was resident, without the translator's.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::call::{Answer, Call};
use crate::host::sys;
use crate::proc::resident;

/// Where `ru_maxrss` is, in words: behind two times of two words each.
const MAX_RESIDENT: usize = 4;
const WORDS: usize = size_of::<libc::rusage>() / 8;
/// KiB of the translator's that are resident in a short program.
const JUST_STARTED: u64 = 5 << 10;

/// What a call says of what was used.
pub type Usage = [u64; WORDS];

/// Nothing used.
pub const UNUSED: Usage = [0; WORDS];

/// getrusage(2).
pub fn getrusage(call: &mut Call<'_>) -> Answer {
    let who = call.int(0);
    let mut usage = UNUSED;
    sys(libc::SYS_getrusage, [who as u64, usage.as_mut_ptr() as u64])?;
    if who == libc::RUSAGE_CHILDREN {
        childs(call, &mut usage);
    } else {
        let Resident { own, guest } = resident_lately(call);
        // The kernel counts the whole in steps of many pages; what is there now is known exactly.
        usage[MAX_RESIDENT] = usage[MAX_RESIDENT].saturating_sub(own).max(guest);
    }
    call.write(call.args[1], &usage)?;
    Ok(0)
}

/// Takes the translator's memory out of what the host says of children that have ended.
///
/// What a child's translator had can't be told any more, so this is an estimate, some MiB off: a copy of this process had what this
/// one has, a child that never had as much was started anew by execve(2). The kernel's own figure is some hundred KiB off: each
/// processor keeps up to 32 pages or more to itself before it adds them, so of a small child little may be left.
pub fn childs(call: &mut Call<'_>, usage: &mut Usage) {
    let all = usage[MAX_RESIDENT];
    let own = resident_lately(call).own;
    let share = if all > own { own } else { JUST_STARTED.min(all / 2) };
    usage[MAX_RESIDENT] = all - share;
}

/// KiB that are resident.
struct Resident {
    /// The translator's.
    own: u64,
    guest: u64,
}

/// What is resident, as it was lately.
fn resident_lately(call: &mut Call<'_>) -> Resident {
    /// Milliseconds for which a look at all mappings is good.
    const LATELY: u64 = 100;
    static WHEN: AtomicU64 = AtomicU64::new(0);
    static OWN: AtomicU64 = AtomicU64::new(0);
    static GUEST: AtomicU64 = AtomicU64::new(0);
    let now = milliseconds();
    if now.saturating_sub(WHEN.load(Ordering::Relaxed)) >= LATELY {
        let (host, guest) = resident(&call.process().memory.regions());
        OWN.store(host.saturating_sub(guest) >> 10, Ordering::Relaxed);
        GUEST.store(guest >> 10, Ordering::Relaxed);
        WHEN.store(now, Ordering::Relaxed);
    }
    Resident { own: OWN.load(Ordering::Relaxed), guest: GUEST.load(Ordering::Relaxed) }
}

fn milliseconds() -> u64 {
    let mut time = [0u64; 2];
    let clock = libc::CLOCK_MONOTONIC_COARSE as u64;
    let _ = sys(libc::SYS_clock_gettime, [clock, time.as_mut_ptr() as u64]);
    // Never 0, which is before any look.
    time[0] * 1000 + time[1] / 1_000_000 + 1000
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_layout_is_the_kernels() {
        assert_eq!(std::mem::offset_of!(libc::rusage, ru_maxrss), super::MAX_RESIDENT * 8);
        assert_eq!(super::WORDS * 8, 144);
    }
}
