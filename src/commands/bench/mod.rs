//! `metic bench`: programs timed natively, under qemu-user and on each engine.
//!
//! ```text
//!   list.txt -> words -> list::Row ─┐
//!                                   ├─ rounds ── measure (wait4) ──> results ──> report, chart
//!   options ───────────> Runner ────┘
//! ```

mod chart;
mod list;
mod measure;
mod progress;
mod report;
mod results;
mod rounds;
mod runners;
mod stats;
mod wait4;
mod words;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, bail, ensure};

use crate::output::{note, out};
use crate::registry;

use list::{Row, Variables};
use progress::Progress;
use results::Results;
use rounds::Plan;
use runners::Runner;

/// `metic bench`.
#[derive(clap::Args)]
#[command(after_help = "What benches/list.txt names is made by benches/build, benches/data and \
                        `tests/setup --bench`.")]
pub struct BenchArgs {
    /// The list of programs
    #[arg(long, value_name = "FILE", default_value = "benches/list.txt")]
    list: PathBuf,
    /// Runs of each program by each runner
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Engines to measure, separated by commas; may be empty
    #[arg(long, value_name = "ENGINES", default_value = "baseline,auto", value_delimiter = ',')]
    engines: Vec<String>,
    /// qemu-riscv64, if not the one of the cache or of PATH
    #[arg(long, value_name = "PATH", conflicts_with = "no_qemu")]
    qemu: Option<PathBuf>,
    /// Leave out qemu
    #[arg(long)]
    no_qemu: bool,
    /// Kill a run after this many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 120, value_parser = clap::value_parser!(u64).range(1..))]
    limit: u64,
    /// Write all figures to this file
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write a chart to this file
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Only programs whose name or class is this; `*` and `?` stand for any text and any character
    #[arg(value_name = "NAME")]
    names: Vec<String>,
}

/// Measures, and prints the tables. The exit status is 1 if a run failed or printed something else
/// than it should have.
pub fn run(args: &BenchArgs) -> anyhow::Result<ExitCode> {
    let cache = cache_dir()?;
    let rows = rows(args, &cache)?;
    let plan = plan(args, &cache)?;
    args.json.iter().chain(&args.svg).try_for_each(|file| try_file(file))?;
    ensure_made(&rows, &cache)?;
    let results = measure_all(&plan, &rows);
    out!("{}", report::tables(&results))?;
    write_files(args, &results)?;
    let errors = results.errors();
    errors.iter().for_each(|error| note!("metic bench: {error}\n"));
    Ok(ExitCode::from(u8::from(!errors.is_empty())))
}

fn rows(args: &BenchArgs, cache: &Path) -> anyhow::Result<Vec<Row>> {
    let rows = list::read(&args.list, variables(&args.list, cache)?)?;
    ensure!(!rows.is_empty(), "no program in {}", args.list.display());
    list::select(rows, &args.names)
}

/// `$METIC_CACHE`, else `~/.cache/metic`; absolute.
fn cache_dir() -> anyhow::Result<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let dir = match set("METIC_CACHE") {
        Some(cache) => PathBuf::from(cache),
        None => {
            let home = set("HOME").context("neither METIC_CACHE nor HOME is set")?;
            Path::new(&home).join(".cache/metic")
        }
    };
    std::path::absolute(&dir).with_context(|| dir.display().to_string())
}

/// Folders of the cache that a list may name: as what, where, and made by what.
const FOLDERS: [(&str, &str, &str); 7] = [
    ("NATIVE", "bench/native", "benches/build"),
    ("GUEST", "bench/riscv64", "benches/build"),
    ("DATA", "bench/data", "benches/data"),
    ("ROOT", "root-riscv64", "tests/setup --bench"),
    ("NATIVE_ROOT", "root-amd64", "tests/setup --bench"),
    ("NODE", "node-riscv64", "tests/setup --bench"),
    ("NATIVE_NODE", "node-amd64", "tests/setup --bench"),
];

/// What a list may name: folders of the cache, and its own.
fn variables(list: &Path, cache: &Path) -> anyhow::Result<Variables> {
    let absolute = std::path::absolute(list).with_context(|| list.display().to_string())?;
    let here = absolute.parent().unwrap_or(Path::new("/")).to_path_buf();
    let variable = |(name, path): (&str, PathBuf)| {
        let text = path.to_str().with_context(|| format!("{} is not UTF-8", path.display()))?;
        Ok((name.to_string(), vec![text.to_string()]))
    };
    let folders = FOLDERS.into_iter().map(|(name, place, _)| (name, cache.join(place)));
    folders.chain([("HERE", here)]).map(variable).collect()
}

/// That the folders which `rows` name are there.
fn ensure_made(rows: &[Row], cache: &Path) -> anyhow::Result<()> {
    for (_, place, maker) in FOLDERS {
        let folder = cache.join(place);
        let needs = |row: &Row| {
            let mut words = row.native.words.iter().chain(&row.guest.words);
            words.any(|word| Path::new(word).starts_with(&folder))
        };
        if let Some(row) = rows.iter().find(|row| needs(row))
            && !folder.is_dir()
        {
            bail!("{} needs {}: `{maker}` makes it", row.name, folder.display());
        }
    }
    Ok(())
}

fn plan(args: &BenchArgs, cache: &Path) -> anyhow::Result<Plan> {
    let mut runners = vec![Runner::Native];
    runners.extend(qemu(args, cache)?.map(Runner::Qemu));
    for engine in args.engines.iter().filter(|name| !name.is_empty()) {
        let known: Vec<&str> = registry::ENGINES.iter().map(|row| row.0).collect();
        ensure!(
            known.contains(&engine.as_str()),
            "no engine is called `{engine}`; there are: {}",
            known.join(", ")
        );
        runners.push(Runner::Engine(engine.clone()));
    }
    Ok(Plan { runners, rounds: args.rounds, limit: Duration::from_secs(args.limit) })
}

/// The qemu that was asked for, or the one that is there.
fn qemu(args: &BenchArgs, cache: &Path) -> anyhow::Result<Option<PathBuf>> {
    if args.no_qemu {
        return Ok(None);
    }
    if let Some(path) = &args.qemu {
        if !path.is_file() {
            bail!("no qemu at {}", path.display());
        }
        return Ok(Some(std::path::absolute(path)?));
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let in_path = std::env::split_paths(&path).map(|dir| dir.join("qemu-riscv64"));
    let found = std::iter::once(cache.join("qemu/usr/bin/qemu-riscv64"))
        .chain(in_path)
        .find(|file| file.is_file());
    if found.is_none() {
        note!("metic bench: no qemu-riscv64 (see tests/setup): left out\n");
    }
    Ok(found)
}

fn measure_all(plan: &Plan, rows: &[Row]) -> Results {
    let runners = plan.runners.iter().map(|runner| runner.name().to_string()).collect();
    let mut results = Results { runners, outcomes: Vec::new() };
    let mut progress = Progress::new(rows.len(), plan.rounds);
    for row in rows {
        let outcome = rounds::measure(plan, row, &progress);
        progress.finished(&row.name, &report::summary(&results, &outcome));
        results.outcomes.push(outcome);
    }
    progress.clear();
    results
}

fn write_files(args: &BenchArgs, results: &Results) -> anyhow::Result<()> {
    if let Some(file) = &args.json {
        write(file, &format!("{:#}\n", report::json(results, args.rounds)))?;
    }
    if let Some(file) = &args.svg {
        write(file, &chart::svg(results))?;
    }
    Ok(())
}

/// Fails now if `file` can't be written: what it is for takes an hour.
fn try_file(file: &Path) -> anyhow::Result<()> {
    let opened = std::fs::OpenOptions::new().append(true).create(true).open(file);
    opened.map(drop).with_context(|| format!("cannot write {}", file.display()))
}

fn write(file: &Path, text: &str) -> anyhow::Result<()> {
    std::fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))
}
