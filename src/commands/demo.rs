//! `metic demo`: the built-in guest programs on every engine, compared.

use std::io::{Read, Write};
use std::os::fd::AsRawFd;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use clap::Args;
use comfy_table::{CellAlignment, Table, presets};

use crate::output::{note, out};
use crate::registry;

/// `metic demo`.
#[derive(Args)]
pub struct DemoArgs {
    /// Only programs whose name contains this
    #[arg(value_name = "NAME")]
    filter: Option<String>,
    /// Runs of each program on each engine; the fastest counts
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
}

/// The programs: freestanding riscv64 executables, sources in `demo/`.
static PROGRAMS: &[(&str, &[u8])] = &[
    ("integer", include_bytes!("../../demo/bin/integer.elf")),
    ("recursion", include_bytes!("../../demo/bin/recursion.elf")),
    ("indirect", include_bytes!("../../demo/bin/indirect.elf")),
    ("fp", include_bytes!("../../demo/bin/fp.elf")),
    ("memory", include_bytes!("../../demo/bin/memory.elf")),
    ("threads", include_bytes!("../../demo/bin/threads.elf")),
];

struct Outcome {
    stdout: String,
    stderr: String,
    wall: Duration,
}

/// One line of the table: per engine the time of the fastest run.
struct Row {
    name: &'static str,
    insns: u64,
    output: String,
    times: Vec<Duration>,
}

/// Runs the demo.
pub fn run(args: &DemoArgs) -> anyhow::Result<ExitCode> {
    let chosen: Vec<_> = PROGRAMS.iter().filter(|(name, _)| wanted(args, name)).collect();
    ensure!(!chosen.is_empty(), "no built-in program has that name; there are: {}", names());
    out!("{} guest programs for {}, run by each engine:\n\n", chosen.len(), guest_name())?;
    let mut rows = Vec::new();
    for (name, elf) in chosen {
        note!("\r{name:<12}");
        rows.push(measure(name, elf, args.rounds).with_context(|| format!("demo `{name}`"))?);
    }
    note!("\r{:<12}\r", "");
    out!("{}\n", table(&rows))?;
    out!("Every engine printed the same for every program:\n")?;
    for row in rows {
        out!("  {}\n", row.output.trim_end())?;
    }
    Ok(ExitCode::SUCCESS)
}

fn wanted(args: &DemoArgs, name: &str) -> bool {
    args.filter.as_ref().is_none_or(|f| name.contains(f.as_str()))
}

fn names() -> String {
    PROGRAMS.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
}

fn guest_name() -> &'static str {
    registry::GUESTS[0].isa.name
}

fn measure(name: &'static str, elf: &[u8], rounds: u32) -> anyhow::Result<Row> {
    let counted = run_once(elf, &["--engine", "auto", "--stats", "--count"])?;
    let insns = guest_insns(&counted.stderr)?;
    let mut times = Vec::new();
    for (engine, ..) in registry::ENGINES {
        let mut best = Duration::MAX;
        for _ in 0..rounds {
            let outcome = run_once(elf, &["--engine", engine])?;
            if outcome.stdout != counted.stdout {
                bail!("engine {engine} printed {:?}, auto {:?}", outcome.stdout, counted.stdout);
            }
            best = best.min(outcome.wall);
        }
        times.push(best);
    }
    Ok(Row { name, insns, output: counted.stdout, times })
}

/// Runs `elf` in a metic of its own.
fn run_once(elf: &[u8], options: &[&str]) -> anyhow::Result<Outcome> {
    let file = program_file(elf)?;
    let start = Instant::now();
    let mut child = Command::new("/proc/self/exe")
        .arg("run")
        .args(options)
        .arg(format!("/proc/{}/fd/{}", std::process::id(), file.as_raw_fd()))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("cannot start metic")?;
    let (mut stdout, mut stderr) = (String::new(), String::new());
    child.stdout.take().context("no stdout")?.read_to_string(&mut stdout)?;
    child.stderr.take().context("no stderr")?.read_to_string(&mut stderr)?;
    let status = child.wait()?;
    let wall = start.elapsed();
    ensure!(status.success(), "ended with {status}: {}", stderr.trim_end());
    Ok(Outcome { stdout, stderr, wall })
}

/// The program as a file that `run` can open.
fn program_file(elf: &[u8]) -> anyhow::Result<std::fs::File> {
    use nix::sys::memfd::{MFdFlags, memfd_create};
    let fd = memfd_create(c"metic-demo", MFdFlags::MFD_CLOEXEC).context("cannot make a file")?;
    let mut file = std::fs::File::from(fd);
    file.write_all(elf)?;
    Ok(file)
}

/// The count of guest instructions in the statistics of a run.
fn guest_insns(stats: &str) -> anyhow::Result<u64> {
    let line = stats.lines().find_map(|l| l.trim().strip_prefix("guest instructions executed"));
    let number = line.context("no instruction count in --stats")?.trim().replace(',', "");
    number.parse().with_context(|| format!("bad instruction count `{number}`"))
}

fn table(rows: &[Row]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_BORDERS_ONLY);
    let mut header = vec!["program".to_string(), "M insns".to_string()];
    for (engine, ..) in registry::ENGINES {
        header.push(format!("{engine} ms"));
        header.push("M insns/s".to_string());
    }
    header.push("baseline/interp".to_string());
    table.set_header(header);
    rows.iter().for_each(|row| {
        table.add_row(cells(row));
    });
    table.column_iter_mut().skip(1).for_each(|c| c.set_cell_alignment(CellAlignment::Right));
    table
}

fn cells(row: &Row) -> Vec<String> {
    let mut cells = vec![row.name.to_string(), format!("{:.1}", row.insns as f64 / 1e6)];
    for time in &row.times {
        cells.push(format!("{:.1}", time.as_secs_f64() * 1e3));
        cells.push(format!("{:.0}", row.insns as f64 / 1e6 / time.as_secs_f64()));
    }
    let speedup = row.times[0].as_secs_f64() / row.times[1].as_secs_f64();
    cells.push(format!("{speedup:.1}x"));
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_count_out_of_the_statistics() {
        let stats = "metic: statistics\n  guest instructions executed   30,123,456\n";
        assert_eq!(guest_insns(stats).unwrap(), 30_123_456);
        assert!(guest_insns("nothing").is_err());
    }
}
