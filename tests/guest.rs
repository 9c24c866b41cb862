//! The programs of `tests/guest`, one test for each on each engine.

mod support;

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{LazyLock, Mutex};
use std::time::Duration;

use libtest_mimic::{Arguments, Failed, Trial};
use support::process;

const COMPILER: &str = "riscv64-linux-gnu-gcc";
const FLAGS: &str = "-O1 -static -pthread";
const ENGINES: [&str; 4] = ["interp", "baseline", "opt", "auto"];
/// What a program may take, on a machine that has much else to do.
const LIMIT: Duration = Duration::from_secs(300);

fn main() {
    let args = Arguments::from_args();
    let dir = support::tests("guest");
    let topics = support::files(&dir, "").into_iter().filter(|path| path.is_dir());
    let sources: Vec<PathBuf> = topics.flat_map(|topic| support::files(&topic, ".c")).collect();
    let trials =
        sources.iter().flat_map(|source| ENGINES.iter().map(|engine| trial(source, engine)));
    libtest_mimic::run(&args, trials.collect()).exit();
}

fn trial(source: &Path, engine: &'static str) -> Trial {
    let topic = source.parent().map(support::stem).unwrap_or_default();
    let name = format!("{topic}/{}", support::stem(source));
    let source = source.to_path_buf();
    Trial::test(name, move || check(&source, engine)).with_kind(engine)
}

fn check(source: &Path, engine: &str) -> Result<(), Failed> {
    let program = build(source)?;
    let home = support::scratch(&format!("guest-{engine}-{}", program_name(&program)));
    let options = std::fs::read_to_string(source.with_extension("options")).unwrap_or_default();
    let mut command = support::metic(engine);
    command.args(options.split_whitespace()).arg(&program).current_dir(&home);
    let outcome = process::run(&mut command, LIMIT)?;
    let _ = std::fs::remove_dir_all(&home);
    let expected = std::fs::read_to_string(source.with_extension("out"))?;
    if let Some(difference) = support::difference(&expected, &outcome.out()) {
        return Err(format!("stdout, {difference}; {}", outcome.describe()).into());
    }
    let status = std::fs::read_to_string(source.with_extension("status")).unwrap_or("0".into());
    if outcome.status() != status.trim().parse().ok() {
        return Err(format!("expected status {}: {}", status.trim(), outcome.describe()).into());
    }
    Ok(())
}

fn program_name(program: &Path) -> String {
    program.file_name().expect("a file").to_string_lossy().into_owned()
}

/// The flags that a first line `// flags: ...` asks for.
fn flags(source: &str) -> &str {
    let first = source.lines().next().unwrap_or_default();
    first.strip_prefix("// flags:").unwrap_or(FLAGS)
}

/// Builds a program unless that was done before; its name holds a hash of all that it is made of.
fn build(source: &Path) -> Result<PathBuf, Failed> {
    static BUILT: LazyLock<Mutex<HashMap<PathBuf, PathBuf>>> = LazyLock::new(Mutex::default);
    let mut built = BUILT.lock().unwrap_or_else(|e| e.into_inner());
    if let Some(program) = built.get(source) {
        return Ok(program.clone());
    }
    let text = std::fs::read_to_string(source)?;
    let mut hasher = DefaultHasher::new();
    (text.as_str(), headers(source)?, compiler_version()?).hash(&mut hasher);
    let name = format!("{}-{:016x}", support::stem(source), hasher.finish());
    let program = support::scratch("guest-tests").join(name);
    if !program.exists() {
        compile(source, flags(&text), &program)?;
    }
    built.insert(source.to_path_buf(), program.clone());
    Ok(program)
}

/// The text of every header that the source may include.
fn headers(source: &Path) -> Result<String, Failed> {
    let own = source.parent().expect("a folder");
    let mut all = support::files(&support::tests("guest"), ".h");
    all.extend(support::files(own, ".h"));
    Ok(all.iter().map(std::fs::read_to_string).collect::<Result<Vec<_>, _>>()?.concat())
}

fn compiler_version() -> Result<String, Failed> {
    static VERSION: LazyLock<Option<String>> = LazyLock::new(|| {
        let output = Command::new(COMPILER).arg("--version").output().ok()?;
        Some(String::from_utf8_lossy(&output.stdout).into_owned())
    });
    VERSION.clone().ok_or_else(|| format!("no {COMPILER}: {}", support::SET_UP).into())
}

fn compile(source: &Path, flags: &str, program: &Path) -> Result<(), Failed> {
    let part = program.with_extension(format!("part{}", std::process::id()));
    let mut command = Command::new(COMPILER);
    command.args(flags.split_whitespace()).arg("-I").arg(support::tests("guest"));
    let output = command.arg("-o").arg(&part).arg(source).output()?;
    if !output.status.success() {
        return Err(format!("{COMPILER}: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(std::fs::rename(&part, program)?)
}
