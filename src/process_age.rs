//! How old this process is: files with its number in their names may be an earlier one's.

use std::time::Duration;

use nix::time::{ClockId, clock_gettime};

/// The time since it was made, rounded up to a tick; `None` if `/proc` does not tell.
pub fn age() -> Option<Duration> {
    const TICKS_PER_SECOND: u64 = 100;
    // proc_pid_stat(5): field 22, in ticks since boot. What comes behind the name in brackets begins with field 3.
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let field = stat.rsplit(')').next()?.split_whitespace().nth(19)?;
    let ticks: u64 = field.parse().ok()?;
    let started = Duration::from_millis(ticks * (1000 / TICKS_PER_SECOND));
    let now = Duration::from(clock_gettime(ClockId::CLOCK_BOOTTIME).ok()?);
    Some(now.saturating_sub(started))
}
