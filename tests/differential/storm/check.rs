//! A storm under qemu and on every engine.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use libtest_mimic::Failed;

use super::{FAULTS, PAGE, Storm};
use crate::compare::ENGINES;
use crate::minimise;
use crate::program::DUMP;
use crate::support::process::{self, Outcome};
use crate::support::{self, elf};

const LIMIT: Duration = Duration::from_secs(120);
/// The count of the timer's signals, which is any.
const TAIL: usize = 8;

/// What all storms were made of.
#[derive(Default)]
pub struct Totals {
    /// Random instructions on each engine.
    pub executed: AtomicU64,
    /// Faults that a handler saw, on each engine.
    pub faults: AtomicU64,
    /// The timer's signals, on all engines.
    pub alarms: AtomicU64,
    /// Regions that `opt` compiled.
    pub regions: AtomicU64,
}

impl Totals {
    fn add(counter: &AtomicU64, n: u64) {
        counter.fetch_add(n, Ordering::Relaxed);
    }
    fn get(counter: &AtomicU64) -> u64 {
        counter.load(Ordering::Relaxed)
    }

    /// True if storms ran that never met a fault, a signal or a region.
    pub fn are_calm(&self) -> bool {
        let needed = [&self.faults, &self.alarms, &self.regions];
        Totals::get(&self.executed) > 0 && needed.iter().any(|counter| Totals::get(counter) == 0)
    }

    /// One line.
    pub fn text(&self) -> String {
        let [executed, faults, alarms, regions] =
            [&self.executed, &self.faults, &self.alarms, &self.regions].map(Totals::get);
        format!(
            "{executed} random guest instructions in loops on each engine, {faults} faults; \
             {alarms} signals of a timer, {regions} regions in all"
        )
    }
}

/// Compares all engines with qemu; the executable of one that differs is kept.
pub fn check(seed: u64, totals: &Totals) -> Result<(), Failed> {
    let storm = Storm::random(seed);
    let path = support::scratch("storm").join(format!("{}-{seed}.elf", std::process::id()));
    elf::write(&path, &storm.elf())?;
    let expected = complete(&storm, process::run(support::qemu()?.arg(&path), LIMIT)?, "qemu")?;
    for engine in ENGINES {
        let got = run(&storm, engine, &path, totals)?;
        if let Some(text) = difference(&storm, &got, &expected) {
            return Err(format!("{engine}: {text}; kept as {}", path.display()).into());
        }
    }
    std::fs::remove_file(&path)?;
    Totals::add(&totals.executed, storm.executed());
    let faults = (storm.dumps() * DUMP) + PAGE as usize / 2 + FAULTS as usize;
    Totals::add(&totals.faults, word(&expected, faults));
    Ok(())
}

fn run(storm: &Storm, engine: &str, path: &Path, totals: &Totals) -> Result<Vec<u8>, Failed> {
    let outcome = process::run(support::metic(engine).arg("--stats").arg(path), LIMIT)?;
    let err = outcome.err();
    let regions = err.lines().find_map(|line| line.trim().strip_prefix("regions compiled"));
    let regions = regions.and_then(|n| n.replace(',', "").trim().parse().ok()).unwrap_or(0);
    let bytes = complete(storm, outcome, engine)?;
    Totals::add(&totals.alarms, word(&bytes, bytes.len() - TAIL));
    if engine == "opt" {
        Totals::add(&totals.regions, regions);
    }
    Ok(bytes)
}

/// The output of a run that came to its end.
fn complete(storm: &Storm, outcome: Outcome, who: &str) -> Result<Vec<u8>, Failed> {
    let len = storm.dumps() * DUMP + PAGE as usize + TAIL;
    match outcome.status() {
        Some(0) if outcome.stdout.len() == len => Ok(outcome.stdout),
        _ => Err(format!("{who}: {}", outcome.describe()).into()),
    }
}

fn word(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().expect("8 bytes"))
}

/// What differs first.
fn difference(storm: &Storm, got: &[u8], expected: &[u8]) -> Option<String> {
    let differs = |at: &usize| word(got, *at) != word(expected, *at);
    let at = (0..got.len() - TAIL).step_by(8).find(differs)?;
    let (is, not) = (word(got, at), word(expected, at));
    let dumps = storm.dumps() * DUMP;
    let place = if at < dumps {
        let register = minimise::name(at % DUMP / 8);
        format!("{register} behind call {} of the functions", at / DUMP)
    } else {
        format!("the scratch memory at +{}", at - dumps)
    };
    Some(format!("{place} is {is:#x}, not {not:#x}"))
}
