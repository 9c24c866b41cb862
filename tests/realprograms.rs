//! The cases of `tests/realprograms` inside the riscv64 root, one test for each on each engine.

mod support;

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use libtest_mimic::{Arguments, Failed, Trial};
use support::process;

/// Twice as many as there are processors only makes the limits tight.
const AT_ONCE: usize = 2;
const LIMIT: Duration = Duration::from_secs(240);
const ENGINES: &[&str] = &["auto", "baseline"];
/// What the interpreter does in a few seconds.
const LIGHT: &[&str] =
    &["01", "02", "03", "05", "06", "08", "10", "13", "14", "35", "41", "44", "47"];

fn main() {
    let mut args = Arguments::from_args();
    args.test_threads.get_or_insert(AT_ONCE);
    let cases = support::files(&support::tests("realprograms"), ".sh");
    let trials = cases.iter().flat_map(|case| engines(case).map(|engine| trial(case, engine)));
    libtest_mimic::run(&args, trials.collect()).exit();
}

fn engines(case: &Path) -> impl Iterator<Item = &'static str> + use<> {
    let light = LIGHT.iter().any(|number| support::stem(case).starts_with(number));
    ENGINES.iter().copied().chain(light.then_some("interp"))
}

fn trial(case: &Path, engine: &'static str) -> Trial {
    let (name, case) = (support::stem(case), case.to_path_buf());
    Trial::test(name, move || check(&case, engine)).with_kind(engine)
}

fn check(case: &Path, engine: &str) -> Result<(), Failed> {
    let root = support::cached("root-riscv64")?;
    if std::fs::metadata("/proc/self")?.uid() != 0 {
        return Err("needs root, for a namespace of its own".into());
    }
    let launcher = launcher()?;
    let mut command = process::fresh(&support::tests("realprograms/in-root"));
    command.arg(root).arg(case).arg(launcher).args(["run", "--engine", engine]);
    let outcome = process::run(command.stdin(Stdio::null()), LIMIT)?;
    let parts = [
        ("out", outcome.out()),
        ("err", outcome.err()),
        ("status", outcome.status().map_or("hung\n".into(), |s| format!("{s}\n"))),
    ];
    let differences = parts.iter().filter_map(|(part, actual)| differs(case, part, actual));
    let differences: Vec<String> = differences.collect();
    if differences.is_empty() { Ok(()) } else { Err(differences.join("\n").into()) }
}

/// The program under test, where it can be bound into a root.
fn launcher() -> Result<PathBuf, Failed> {
    Ok(PathBuf::from(support::METIC).canonicalize()?)
}

fn differs(case: &Path, part: &str, actual: &str) -> Option<String> {
    let name = format!("realprograms/expected/{}.{part}", support::stem(case));
    let expected = std::fs::read(support::tests(&name)).unwrap_or_default();
    let expected = String::from_utf8_lossy(&expected);
    support::difference(&expected, actual).map(|d| format!("{part}: {d}"))
}
