//! A program under qemu and on every engine.

use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use libtest_mimic::Failed;

use crate::program::Program;
use crate::support::process::{self, Outcome};
use crate::support::{self, elf};

/// The engines that are compared with qemu.
pub const ENGINES: &[&str] = &["interp", "baseline", "opt", "auto"];
const LIMIT: Duration = Duration::from_secs(60);

/// An engine that gives something else than qemu.
pub struct Difference {
    /// The engine.
    pub engine: &'static str,
    /// What it gave.
    pub got: Outcome,
    /// What qemu gave.
    pub expected: Outcome,
}

impl Difference {
    /// The first word of the output that differs, if there is one.
    pub fn first(&self) -> Option<usize> {
        let pairs = self.got.stdout.chunks(8).zip(self.expected.stdout.chunks(8));
        pairs.enumerate().find(|(_, (g, e))| g != e).map(|(i, _)| i)
    }
}

/// A file that goes away.
struct Temporary(PathBuf);

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn file(program: &Program) -> Result<Temporary, Failed> {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let name = format!("{}-{number}.elf", std::process::id());
    let path = support::scratch("differential").join(name);
    elf::write(&path, &program.elf())?;
    Ok(Temporary(path))
}

fn expected(program: &Program, file: &Temporary) -> Result<Outcome, Failed> {
    let expected = process::run(support::qemu()?.arg(&file.0), LIMIT)?;
    if expected.status() != Some(0) || expected.stdout.len() != program.output_len() {
        return Err(format!("qemu does not run it: {}", expected.describe()).into());
    }
    Ok(expected)
}

fn is_same(got: &Outcome, expected: &Outcome) -> bool {
    got.stdout == expected.stdout && got.status() == expected.status()
}

/// `auto` is to change from one engine to the other in the middle of the rounds.
fn metic(engine: &str) -> Command {
    let mut command = support::metic(engine);
    if engine == "auto" {
        command.args(["--warm", "8"]);
    }
    command
}

/// The first engine that differs from qemu.
pub fn differences(program: &Program) -> Result<Option<Difference>, Failed> {
    let file = file(program)?;
    let expected = expected(program, &file)?;
    for engine in ENGINES {
        let got = process::run(metic(engine).arg(&file.0), LIMIT)?;
        if !is_same(&got, &expected) {
            return Ok(Some(Difference { engine, got, expected }));
        }
    }
    Ok(None)
}

/// What differs on one engine; `None` also if qemu does not run the program any more.
pub fn difference_on(program: &Program, engine: &'static str) -> Option<Difference> {
    let file = file(program).ok()?;
    let expected = expected(program, &file).ok()?;
    let got = process::run(metic(engine).arg(&file.0), LIMIT).ok()?;
    (!is_same(&got, &expected)).then_some(Difference { engine, got, expected })
}
