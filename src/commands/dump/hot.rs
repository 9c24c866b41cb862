//! `metic dump --hot`: the regions in which a program executes most.

use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use anyhow::bail;
use runtime::{HotRegion, Options, Placed, Process};

use super::listing;
use crate::launch::{self, Launch};
use crate::output::{grouped, note};
use crate::symbols::Symbols;

/// How many regions are shown, and of which process: not of those that it forks.
static SHOWN: AtomicU64 = AtomicU64::new(0);
static PROCESS: AtomicU32 = AtomicU32::new(0);

/// Runs the program to its end; gives control back only if it could not be started.
pub fn run(mut launch: Launch, args: &[OsString], shown: u64) -> anyhow::Result<ExitCode> {
    SHOWN.store(shown, Ordering::Relaxed);
    PROCESS.store(std::process::id(), Ordering::Relaxed);
    launch.args = args.to_vec();
    launch.options = Options { counts_regions: true, ..Options::default() };
    launch.at_exit = Some(print);
    let Err(error) = launch::run(launch);
    bail!(error)
}

/// Prints the hottest regions.
fn print(process: &Process, _status: i32) {
    if PROCESS.load(Ordering::Relaxed) != std::process::id() {
        return;
    }
    let (regions, mut symbols) = (process.take_hot_regions(), Symbols::default());
    let all: u64 = regions.iter().map(HotRegion::executed).sum();
    let shown = regions.len().min(SHOWN.load(Ordering::Relaxed) as usize);
    note!("metic: {} guest instructions executed in {} regions\n", grouped(all), regions.len());
    for hot in &regions[..shown] {
        let placed = Placed { host: 0..0, guest: hot.region.entry, region: true };
        let share = 100.0 * hot.executed() as f64 / all.max(1) as f64;
        note!(
            "== {} at {}: {} guest instructions executed, {share:.1} % of them\n{}",
            symbols.title(&placed),
            hot.region.entry,
            grouped(hot.executed()),
            listing::hot_region(process, hot)
        );
    }
}
