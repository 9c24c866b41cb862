//! A guest's core as a debugger for the guest reads it.

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use libtest_mimic::{Arguments, Failed, Trial};
use support::process;

const LIMIT: Duration = Duration::from_secs(120);
const COMPILER: &str = "riscv64-linux-gnu-gcc";
const DEBUGGER: &str = "gdb-multiarch";

/// Dies three calls deep, with two more threads, one of which runs.
const PROGRAM: &str = r#"
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>
volatile double half = 0.5; volatile long turns; volatile int *nowhere = (int *)0x18;
static void *spin(void *p) { for (;;) turns++; return p; }
static void *wait_here(void *p) { for (;;) pause(); return p; }
__attribute__((noinline)) int inner(int depth) { return *nowhere + depth; }
__attribute__((noinline)) int outer(int depth) { return inner(depth + 1) + 1; }
int main(void)
{
    struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};
    pthread_t t;
    setrlimit(RLIMIT_CORE, &all);
    pthread_create(&t, 0, spin, 0);
    pthread_create(&t, 0, wait_here, 0);
    usleep(100000);
    return outer(41);
}
"#;

fn main() {
    let args = Arguments::from_args();
    let trials = ["interp", "baseline", "auto"].map(|engine| {
        Trial::test("a core is readable by gdb", move || check(engine)).with_kind(engine)
    });
    libtest_mimic::run(&args, trials.into()).exit();
}

fn check(engine: &str) -> Result<(), Failed> {
    let pattern = std::fs::read_to_string("/proc/sys/kernel/core_pattern")?;
    let with_pid = std::fs::read_to_string("/proc/sys/kernel/core_uses_pid")?;
    if (pattern.trim(), with_pid.trim()) != ("core", "0") {
        // Where the machine wants cores elsewhere, there is none to look at.
        eprintln!("core_pattern is {}: not checked", pattern.trim());
        return Ok(());
    }
    let home = support::scratch(&format!("coredump-{engine}"));
    let program = build(&home)?;
    let _ = std::fs::remove_file(home.join("core"));
    let outcome = process::run(support::metic(engine).arg(&program).current_dir(&home), LIMIT)?;
    if outcome.signal() != Some(libc::SIGSEGV) || !outcome.err().is_empty() {
        return Err(outcome.describe().into());
    }
    let said = debug(&home, &program)?;
    for expected in [
        "Program terminated with signal SIGSEGV",
        "in inner (depth=",
        "in outer (depth=",
        "=41) at",
        "=42) at",
        "in main ()",
        "wait_here",
        "spin",
        "$1 = 0.5",
        "(void *) 0x18",
    ] {
        if !said.contains(expected) {
            return Err(format!("gdb does not say `{expected}`:\n{said}").into());
        }
    }
    std::fs::remove_dir_all(&home)?;
    Ok(())
}

fn build(home: &Path) -> Result<PathBuf, Failed> {
    let (source, program) = (home.join("dies.c"), home.join("dies"));
    std::fs::write(&source, PROGRAM)?;
    let mut command = Command::new(COMPILER);
    command.args(["-g", "-O1", "-fno-optimize-sibling-calls", "-static", "-pthread", "-o"]);
    let output = command.arg(&program).arg(&source).output();
    let output = output.map_err(|e| format!("{COMPILER}: {e}: {}", support::SET_UP))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    Ok(program)
}

fn debug(home: &Path, program: &Path) -> Result<String, Failed> {
    let mut command = Command::new(DEBUGGER);
    command.args(["-nx", "-batch", "-ex", "thread apply all bt", "-ex", "p half"]);
    command.args(["-ex", "p $_siginfo._sifields._sigfault.si_addr", "-ex", "info threads"]);
    let output = command.arg(program).arg(home.join("core")).output();
    let output = output.map_err(|e| format!("{DEBUGGER}: {e}: {}", support::SET_UP))?;
    Ok([output.stdout, output.stderr].map(|b| String::from_utf8_lossy(&b).into_owned()).concat())
}
