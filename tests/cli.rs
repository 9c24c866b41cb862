//! The command line: what its commands print, and how they end.

#[path = "cli/profile.rs"]
mod profile;
#[path = "cli/refused.rs"]
mod refused;
#[path = "cli/regions.rs"]
mod regions;
mod support;
#[path = "cli/unread.rs"]
mod unread;

use std::process::Command;
use std::time::Duration;

use libtest_mimic::{Arguments, Failed, Trial};
use support::process::{self, Outcome};

const LIMIT: Duration = Duration::from_secs(120);

/// Words of the command line, words that stdout and stderr hold, status.
struct Case {
    words: &'static [&'static str],
    out: &'static [&'static str],
    err: &'static [&'static str],
    status: i32,
}

const INTEGER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/demo/bin/integer.elf");

static CASES: &[Case] = &[
    Case {
        words: &["--help"],
        out: &["Usage:", "run", "demo", "dump", "bench"],
        err: &[],
        status: 0,
    },
    Case { words: &["run", "--help"], out: &["--engine", "--strace"], err: &[], status: 0 },
    Case { words: &["--version"], out: &["metic 0."], err: &[], status: 0 },
    Case { words: &["run"], out: &[], err: &["Usage:", "PROGRAM"], status: 2 },
    Case { words: &[], out: &[], err: &["Usage:"], status: 2 },
    Case { words: &["run", "--engine", "steam", "x"], out: &[], err: &["steam"], status: 2 },
    Case { words: &["run", "--nonsense", "x"], out: &[], err: &["--nonsense"], status: 2 },
    Case { words: &["syscalls"], out: &["openat", "futex", "done"], err: &[], status: 0 },
    Case {
        words: &["dump", "--tier", "opt", "--bytes", "2000", INTEGER],
        out: &["== region", "poll", "-- host ("],
        err: &[],
        status: 0,
    },
    Case { words: &["dump", INTEGER], out: &["guest", "ir", "host"], err: &[], status: 0 },
    Case { words: &[INTEGER], out: &["integer d900b56d5d53413d"], err: &[], status: 0 },
    Case { words: &["run", INTEGER], out: &["integer d900b56d5d53413d"], err: &[], status: 0 },
    Case {
        words: &["run", "--engine", "baseline", "--stats", "--count", INTEGER],
        out: &["integer d900b56d5d53413d"],
        err: &["metic: statistics", "guest instructions executed"],
        status: 0,
    },
    Case {
        words: &["run", "--engine", "interp", "--strace", INTEGER],
        out: &["integer d900b56d5d53413d"],
        err: &["write(1", "exit"],
        status: 0,
    },
];

fn main() {
    let args = Arguments::from_args();
    let name = |case: &Case| {
        format!("metic {}", case.words.join(" "))
            .replace(support::ROOT, "")
            .replace(" /demo", " demo")
    };
    let mut trials: Vec<Trial> =
        CASES.iter().map(|case| Trial::test(name(case), || check(case))).collect();
    trials.push(Trial::test("metic demo --rounds 1", demo));
    trials.push(Trial::test("metic man DIR", man));
    trials.push(Trial::test("metic run --perf-map", profile::perf_map));
    trials.push(Trial::test("metic run --jitdump", profile::jitdump));
    trials.push(Trial::test("perf inject --jit takes the dump", profile::inject));
    trials.push(Trial::test("translations take at most 12 bytes a byte", memory));
    trials.push(Trial::test("metic run --stats tells where the time went", profile::times));
    trials.push(Trial::test("a region that its loop leaves is undone", regions::undone));
    trials.push(Trial::test("metic dump --hot", regions::counted));
    trials.push(Trial::test("metic run --isolate", isolate));
    trials.push(Trial::test("what can't be done", refused::refused));
    trials.push(Trial::test("settings that are empty", refused::empty_settings));
    trials.push(Trial::test("benches that are not built", refused::benches_that_are_not_built));
    trials.push(Trial::test("what nobody reads", unread::unread));
    trials.push(Trial::test("under a limit of address space the cache is smaller", limited));
    libtest_mimic::run(&args, trials).exit();
}

fn run(words: &[&str]) -> Result<Outcome, Failed> {
    process::run(Command::new(support::METIC).args(words), LIMIT)
}

fn check(case: &Case) -> Result<(), Failed> {
    let outcome = run(case.words)?;
    let (out, err) = (outcome.out(), outcome.err());
    let missing = |text: &str, words: &[&str]| {
        words.iter().find(|word| !text.contains(**word)).map(|word| word.to_string())
    };
    if let Some(word) = missing(&out, case.out) {
        return Err(format!("stdout lacks `{word}`: {out}; {}", outcome.describe()).into());
    }
    if let Some(word) = missing(&err, case.err) {
        return Err(format!("stderr lacks `{word}`: {err}").into());
    }
    if case.err.is_empty() && !err.is_empty() {
        return Err(format!("stderr: {err}").into());
    }
    match outcome.status() {
        Some(status) if status == case.status => Ok(()),
        _ => Err(format!("expected status {}: {}", case.status, outcome.describe()).into()),
    }
}

fn demo() -> Result<(), Failed> {
    let outcome = run(&["demo", "--rounds", "1"])?;
    let out = outcome.out();
    let programs = ["integer", "recursion", "indirect", "fp", "memory", "threads"];
    let engines = ["interp ms", "baseline ms", "auto ms"];
    let missing = programs.iter().chain(&engines).find(|word| !out.contains(**word));
    match (missing, outcome.status()) {
        (None, Some(0)) => Ok(()),
        (Some(word), _) => Err(format!("no {word} in:\n{out}{}", outcome.describe()).into()),
        (None, _) => Err(outcome.describe().into()),
    }
}

/// What compiled code takes up is bounded by the code that it is made from, even for a program that runs
/// most of it once.
fn memory() -> Result<(), Failed> {
    const MOST: f64 = 12.0;
    let root = support::cached("root-riscv64")?;
    for engine in ["baseline", "auto"] {
        let program = root.join("usr/bin/true");
        let (root, program) = (root.to_str().expect("UTF-8"), program.to_str().expect("UTF-8"));
        let outcome = run(&["run", "--engine", engine, "--stats", "-L", root, program])?;
        let err = outcome.err();
        let row = err.lines().find_map(|line| line.split_once("bytes per byte of guest code"));
        match row.and_then(|(_, number)| number.trim().parse::<f64>().ok()) {
            Some(ratio) if ratio > 1.0 && ratio <= MOST => {}
            found => return Err(format!("{engine}: {found:?}: {}", outcome.describe()).into()),
        }
    }
    Ok(())
}

/// With protection keys the program runs, without them it does not start, and a line says why.
fn isolate() -> Result<(), Failed> {
    let keys = std::fs::read_to_string("/proc/cpuinfo")?.contains(" ospke");
    for word in ["--isolate", "--isolate=write", "--isolate=read"] {
        let outcome = run(&["run", word, INTEGER])?;
        let line = "metic: --isolate: the processor and the kernel have no protection keys\n";
        let right = match keys {
            true => outcome.status() == Some(0) && outcome.err().is_empty(),
            false => outcome.status() == Some(126) && outcome.err() == line,
        };
        if !right {
            return Err(format!("{word}: {}; {}", outcome.err(), outcome.describe()).into());
        }
    }
    Ok(())
}

/// 328 MB are what the code cache takes where nobody counts.
fn limited() -> Result<(), Failed> {
    for engine in ["interp", "baseline", "opt"] {
        let line =
            format!("ulimit -v 120000; exec {} run --engine {engine} {INTEGER}", support::METIC);
        let outcome = process::run(Command::new("sh").args(["-c", &line]), LIMIT)?;
        if !outcome.out().contains("integer d900b56d5d53413d") {
            return Err(format!("{engine}: {}", outcome.describe()).into());
        }
    }
    Ok(())
}

/// Headings of `metic.1` and of `metic-run.1`, in their order.
const HEADINGS: [&str; 9] = [
    "NAME",
    "SYNOPSIS",
    "DESCRIPTION",
    "OPTIONS",
    "\"EXIT STATUS\"",
    "ENVIRONMENT",
    "FILES",
    "EXAMPLES",
    "\"SEE ALSO\"",
];

fn man() -> Result<(), Failed> {
    let dir = support::scratch("man").join("man1");
    let _ = std::fs::remove_dir_all(&dir);
    let outcome = run(&["man", dir.to_str().expect("UTF-8")])?;
    if outcome.status() != Some(0) {
        return Err(outcome.describe().into());
    }
    let page = |name: &str| {
        std::fs::read_to_string(dir.join(name)).map_err(|e| Failed::from(format!("{name}: {e}")))
    };
    let (metic, of_run) = (page("metic.1")?, page("metic-run.1")?);
    headings(&metic.replace(".SH SUBCOMMANDS\n", ""))?;
    headings(&of_run)?;
    for option in ["sysroot", "engine", "strace", "stats"] {
        if !of_run.contains(&format!("\\-\\-{option}\\fR")) {
            return Err(format!("metic-run.1 lacks --{option}").into());
        }
    }
    page("metic-binfmt-install.1")?;
    if !of_run.contains("METIC_ENGINE") {
        return Err("metic-run.1 lacks METIC_ENGINE".into());
    }
    let help = run(&["--help"])?.out();
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    for line in commands.take_while(|line| !line.is_empty()) {
        let name = line.split_whitespace().next().unwrap_or_default();
        if name != "help" {
            page(&format!("metic-{name}.1"))?;
        }
    }
    Ok(())
}

fn headings(page: &str) -> Result<(), Failed> {
    let found: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix(".SH ")).collect();
    if found == HEADINGS { Ok(()) } else { Err(format!("headings {found:?}").into()) }
}
