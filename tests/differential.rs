//! Random guest code on every engine, compared with qemu byte for byte.
//!
//! `METIC_DIFF_INSNS` is how many guest instructions are executed in all (default 2 million),
//! `METIC_DIFF_SEED` where the seeds start. A difference is reduced to the instructions that make it.

#[path = "differential/bytes.rs"]
mod bytes;
#[path = "differential/compare.rs"]
mod compare;
#[path = "differential/generate.rs"]
mod generate;
#[path = "differential/minimise.rs"]
mod minimise;
#[path = "differential/program.rs"]
mod program;
#[path = "differential/storm/mod.rs"]
mod storm;
mod support;
#[path = "differential/words.rs"]
mod words;

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use libtest_mimic::{Arguments, Failed, Trial};

/// Guest instructions executed so far on each engine, as random code is counted: loops and
/// skipped instructions count once.
static EXECUTED: AtomicU64 = AtomicU64::new(0);

/// Loops under faults, signals and changes of their code.
static STORMS: LazyLock<storm::Totals> = LazyLock::new(storm::Totals::default);

fn main() {
    let args = Arguments::from_args();
    let wanted = support::setting("METIC_DIFF_INSNS", 2_000_000);
    let first = support::setting("METIC_DIFF_SEED", 1);
    let programs = wanted.div_ceil(program::EXECUTED).max(1);
    let seeds = first..first + programs;
    let mut trials: Vec<Trial> =
        seeds.map(|seed| Trial::test(format!("seed {seed}"), move || check(seed))).collect();
    let wanted = support::setting("METIC_STORM_INSNS", 3_000_000);
    let storms = first..first + wanted.div_ceil(storm::EXECUTED).max(1);
    trials.extend(
        storms
            .map(|seed| Trial::test(format!("storm {seed}"), move || storm::check(seed, &STORMS))),
    );
    trials.push(Trial::test("every 16-bit word", words::every_half));
    trials.push(Trial::test("random 32-bit words", move || words::random(first)));
    let conclusion = libtest_mimic::run(&args, trials);
    println!("{} random guest instructions on each engine", EXECUTED.load(Ordering::Relaxed));
    println!("{}", STORMS.text());
    if STORMS.are_calm() {
        println!("storms without faults, signals or regions show nothing");
        std::process::exit(1);
    }
    conclusion.exit();
}

fn check(seed: u64) -> Result<(), Failed> {
    let program = program::Program::random(seed);
    let found = compare::differences(&program)?;
    EXECUTED.fetch_add(program.executed(), Ordering::Relaxed);
    match found {
        None => Ok(()),
        Some(difference) => Err(minimise::report(program, difference)?.into()),
    }
}
