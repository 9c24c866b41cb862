//! What tells where time went: statistics, and names of translated code for perf(1).

use std::path::{Path, PathBuf};
use std::process::Command;

use libtest_mimic::Failed;

use super::{INTEGER, LIMIT, run};
use crate::support::{self, process};

/// Functions of the guest's C library are named, by the library's own table; what another process of the same number left
/// is not among it.
pub fn perf_map() -> Result<(), Failed> {
    let root = support::cached("root-riscv64")?;
    let line = format!(
        "echo $$; map=/tmp/perf-$$.map; echo 0 1 stale >$map; touch -d '1 day ago' $map; exec {} run --perf-map -L {root} {root}/usr/bin/true",
        support::METIC,
        root = root.display()
    );
    let outcome = process::run(Command::new("sh").args(["-c", &line]), LIMIT)?;
    let path = format!("/tmp/perf-{}.map", outcome.out().trim());
    let map = std::fs::read_to_string(&path).map_err(|e| format!("{path}: {e}"))?;
    std::fs::remove_file(&path)?;
    let has = |name| map.lines().any(|line| line.split(' ').nth(2) == Some(name));
    match has("__libc_start_main") && !has("stale") {
        true => Ok(()),
        false => Err(format!("no __libc_start_main, or `stale`, in:\n{map}").into()),
    }
}

/// Of each engine, whether it makes ready to interpret, interprets, compiles blocks and runs them, compiles regions. Before a
/// region is made its loop may be interpreted.
const TIMES: [(&str, [Option<bool>; 5]); 4] = [
    ("interp", [Some(true), Some(true), Some(false), Some(false), Some(false)]),
    ("baseline", [Some(false), Some(false), Some(true), Some(true), Some(false)]),
    ("auto", [None, None, Some(true), Some(true), Some(true)]),
    ("opt", [None, None, Some(true), Some(true), Some(true)]),
];

pub fn times() -> Result<(), Failed> {
    for (engine, expected) in TIMES {
        let outcome = run(&["run", "--engine", engine, "--stats", INTEGER])?;
        let err = outcome.err();
        let row = |name: &str| {
            let value = err.lines().find_map(|line| line.trim().strip_prefix(name));
            let digits = value.map(|value| value.trim().replace(',', ""));
            digits.and_then(|digits| digits.parse::<u64>().ok())
        };
        // Without a sample all time in translated code counts for blocks.
        let native = row("microseconds in compiled blocks").zip(row("microseconds in regions"));
        let found = [
            row("microseconds spent on making them ready"),
            row("microseconds in the interpreter"),
            row("microseconds spent on compiling blocks"),
            native.map(|(blocks, regions)| blocks + regions),
            row("microseconds spent on regions"),
        ];
        let fits = |(time, expected): (&Option<u64>, &Option<bool>)| {
            time.is_some_and(|time| expected.is_none_or(|expected| expected == (time > 0)))
        };
        if !found.iter().zip(&expected).all(fits) {
            return Err(format!("{engine}: {found:?}: {}", outcome.describe()).into());
        }
    }
    Ok(())
}

/// Runs a guest with a dump, by `before`; gives the number of the process and the dump, which goes.
fn dumped(before: &str, guest: &str) -> Result<(u32, Vec<u8>), Failed> {
    // The shell's number is that of what it executes.
    let line = format!("echo $$; exec {} run --jitdump --engine opt {guest}", support::METIC);
    let outcome =
        process::run(Command::new("sh").args(["-c", &format!("{before} sh -c '{line}'")]), LIMIT)?;
    let out = outcome.out();
    let pid = out.lines().find_map(|line| line.parse().ok());
    let pid: u32 = pid.ok_or_else(|| Failed::from(outcome.describe()))?;
    let path = dump_of(pid);
    let bytes = std::fs::read(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    Ok((pid, bytes))
}

fn dump_of(pid: u32) -> PathBuf {
    format!("/tmp/jit-{pid}.dump").into()
}

fn number(bytes: &[u8], at: usize, len: usize) -> u64 {
    let bytes = bytes.get(at..at + len).unwrap_or_default();
    bytes.iter().rev().fold(0, |number, byte| number << 8 | *byte as u64)
}

/// The names in a dump, after a look at all of its fields.
fn names(pid: u32, bytes: &[u8]) -> Result<Vec<String>, String> {
    let header = [(0, 4), (4, 4), (8, 4), (12, 4), (20, 4), (32, 8)];
    let found = header.map(|(at, len)| number(bytes, at, len));
    if found != [0x4a69_5444, 1, 40, 62, pid as u64, 0] {
        return Err(format!("header {found:x?}"));
    }
    let (mut at, mut time, mut names) = (40, number(bytes, 24, 8), Vec::new());
    while at < bytes.len() {
        let size = number(bytes, at + 4, 4) as usize;
        let record = bytes.get(at..at + size).filter(|_| size > 56).ok_or("a record is cut")?;
        let [kind, when, of] = [(0, 4), (8, 8), (16, 4)].map(|(at, len)| number(record, at, len));
        let [host, code, len, index] = [24, 32, 40, 48].map(|at| number(record, at, 8));
        let end = size.checked_sub(len as usize).filter(|end| record[end - 1] == 0);
        let name = end.and_then(|end| std::str::from_utf8(&record[56..end - 1]).ok());
        let right = kind == 0 && when >= time && of == pid as u64 && host == code && len > 0;
        if !right || index != names.len() as u64 + 1 {
            return Err(format!("record at {at}: {:x?}", &record[..56]));
        }
        names.push(name.ok_or("no name")?.to_owned());
        (at, time) = (at + size, when);
    }
    Ok(names)
}

pub fn jitdump() -> Result<(), Failed> {
    let root = support::cached("root-riscv64")?;
    let (pid, bytes) =
        dumped("", &format!("-L {root} {root}/usr/bin/true", root = root.display()))?;
    std::fs::remove_file(dump_of(pid))?;
    let names = names(pid, &bytes)?;
    // What runs once while a loop is looked at is interpreted, and has no code.
    let libc = ["__libc_early_init", "__libc_start_main", "_Exit"];
    match names.iter().any(|name| libc.contains(&&**name))
        && names.iter().any(|n| n.ends_with("[region]"))
    {
        true => Ok(()),
        false => Err(format!("no function of libc, or no region: {names:?}").into()),
    }
}

/// perf's own reader makes a file of each translation, if there is a perf that may record.
pub fn inject() -> Result<(), Failed> {
    let dir = support::scratch("inject");
    let perf = |words: &str| Command::new("sh").current_dir(&dir).args(["-c", words]).output();
    if !perf("perf record -q -k 1 -e cpu-clock -o try.data true")?.status.success() {
        return Ok(());
    }
    let data = dir.join("perf.data");
    let before = format!("perf record -q -k 1 -e cpu-clock -o {}", data.display());
    let (pid, bytes) = dumped(&before, INTEGER)?;
    let injected = perf("perf inject --jit -i perf.data -o perf.jit.data")?;
    let count = names(pid, &bytes)?.len();
    let made: Vec<PathBuf> =
        (1..=count).map(|i| format!("/tmp/jitted-{pid}-{i}.so").into()).collect();
    let missing = made.iter().filter(|path| !is_elf(path)).count();
    made.iter().for_each(|path| drop(std::fs::remove_file(path)));
    std::fs::remove_file(dump_of(pid))?;
    match missing {
        0 => Ok(()),
        n => Err(format!(
            "{n} of {count} files missing: {}",
            String::from_utf8_lossy(&injected.stderr)
        )
        .into()),
    }
}

fn is_elf(path: &Path) -> bool {
    std::fs::read(path).is_ok_and(|bytes| bytes.starts_with(b"\x7fELF"))
}
