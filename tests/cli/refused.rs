//! What is asked for in vain: a line on stderr that names the thing and the cause, and the status.

use std::process::Command;

use libtest_mimic::Failed;

use super::{INTEGER, LIMIT, run};
use crate::support::{self, process};

const LIST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/list.txt");

/// Words of the command line, the first line on stderr, status.
type Case = (&'static [&'static str], &'static str, i32);

static CASES: &[Case] = &[
    (&["/nonexistent"], "metic: /nonexistent: No such file or directory", 127),
    (&["dump", "/nonexistent"], "metic: /nonexistent: No such file or directory", 2),
    (&["/"], "metic: /: a directory, not a program", 126),
    (&["/bin/true"], "metic: /bin/true: x86-64 executable, not riscv64", 126),
    (
        &["run", "-L", "/nonexistent", INTEGER],
        "metic: -L /nonexistent: No such file or directory (os error 2)",
        126,
    ),
    (
        &["run", "-L", "/dev/null", INTEGER],
        "metic: -L /dev/null: Not a directory (os error 20)",
        126,
    ),
    (&["run", "-E", "A", INTEGER], "error: invalid value 'A' for '--env <VAR=VALUE>': no `=`", 2),
    (
        &["run", "-E", "=a", INTEGER],
        "error: invalid value '=a' for '--env <VAR=VALUE>': no variable in front of `=`",
        2,
    ),
    (
        &["run", "--code-limit", "65535", INTEGER],
        "error: invalid value '65535' for '--code-limit <BYTES>': 65535 is not in 65536..18446744073709551615",
        2,
    ),
    (
        &["dump", "--bytes", "0", INTEGER],
        "error: invalid value '0' for '--bytes <BYTES>': 0 is not in 1..18446744073709551615",
        2,
    ),
    (
        &["bench", "--list", LIST, "--no-qemu", "--json", "/nonexistent/x", "int-bitcount"],
        "metic: cannot write /nonexistent/x: No such file or directory (os error 2)",
        2,
    ),
    (&["demo", "steam"], "metic: no built-in program has that name", 2),
];

/// Places that a program does not have, and what is wrong with them.
static PLACES: &[(&str, &str)] = &[
    ("0x10", "no code at 0x10"),
    ("0xffffffffffffffff", "no code at 0xffffffffffffffff"),
    ("nowhere", "no symbol `nowhere`"),
];

pub fn refused() -> Result<(), Failed> {
    CASES.iter().try_for_each(|&(words, said, status)| check(words, said, status))?;
    PLACES.iter().try_for_each(|(place, what)| {
        check(&["dump", INTEGER, place], &format!("metic: {INTEGER}: {what}"), 2)
    })
}

fn check(words: &[&str], said: &str, status: i32) -> Result<(), Failed> {
    let outcome = run(words)?;
    let err = outcome.err();
    let first = err.lines().next().unwrap_or_default();
    // What clap says of a command line goes on with its use.
    let lines = if said.starts_with("metic: ") { 1 } else { usize::MAX };
    if outcome.status() == Some(status) && first.starts_with(said) && err.lines().count() <= lines {
        return Ok(());
    }
    Err(format!("{words:?}: {}", outcome.describe()).into())
}

/// A setting that is empty, as shells leave it behind, is none.
pub fn empty_settings() -> Result<(), Failed> {
    let mut command = Command::new(support::METIC);
    for name in ["ENGINE", "WARM", "CODE_LIMIT", "SYSROOT", "ISOLATE", "STRACE", "STATS"] {
        command.env(format!("METIC_{name}"), "");
    }
    let outcome = process::run(command.args(["run", INTEGER]), LIMIT)?;
    if outcome.status() == Some(0) && outcome.err().is_empty() {
        return Ok(());
    }
    Err(outcome.describe().into())
}

/// Programs that were not built: said before any is timed, with who builds them.
pub fn benches_that_are_not_built() -> Result<(), Failed> {
    let mut command = Command::new(support::METIC);
    command.args(["bench", "--list", LIST, "--no-qemu", "int-bitcount"]);
    let outcome = process::run(command.env("METIC_CACHE", "/nonexistent"), LIMIT)?;
    let said = "metic: int-bitcount needs /nonexistent/bench/native: `benches/build` makes it\n";
    if outcome.status() == Some(2) && outcome.err() == said && outcome.out().is_empty() {
        return Ok(());
    }
    Err(outcome.describe().into())
}
