//! The text tests of `tests/filetests`: instructions with register cases on every engine, and
//! loops whose IR and host code are written down.

#[path = "filetests/case.rs"]
mod case;
#[path = "filetests/golden.rs"]
mod golden;
#[path = "filetests/machine.rs"]
mod machine;
#[path = "filetests/reference.rs"]
mod reference;
mod support;

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use case::Case;
use libtest_mimic::{Arguments, Failed, Trial};
use machine::ENGINES;

const LIMIT: Duration = Duration::from_secs(60);
/// Set for the process that runs a file's cases on the engine it names.
const CHILD: &str = "METIC_FILETEST_ENGINE";

fn main() {
    if let Ok(engine) = std::env::var(CHILD) {
        let file = std::env::args().nth(1).expect("a file");
        return machine::run_all(&engine, &cases(Path::new(&file)).expect("read before"));
    }
    let args = Arguments::from_args();
    let dir = support::tests("filetests");
    let mut trials: Vec<Trial> = Vec::new();
    for file in support::files(&dir, ".txt") {
        trials.push(Trial::test(support::stem(&file), move || check(&file)));
    }
    for file in support::files(&dir.join("ir"), ".txt") {
        let name = format!("ir/{}", support::stem(&file));
        trials.push(Trial::test(name, move || golden::check(&file)));
    }
    libtest_mimic::run(&args, trials).exit();
}

fn cases(file: &Path) -> Result<Vec<Case>, String> {
    let text = std::fs::read_to_string(file).map_err(|e| e.to_string())?;
    let lines = text.lines().enumerate().filter(|(_, l)| case::is_case(l));
    lines.map(|(n, line)| Case::parse(line).map_err(|e| format!("line {}: {e}", n + 1))).collect()
}

/// Runs a file on every engine and on the reference.
fn check(file: &Path) -> Result<(), Failed> {
    let cases = cases(file)?;
    let mut wrong = Vec::new();
    let mut results = Vec::new();
    for engine in ENGINES {
        results.push((*engine, on_engine(file, engine, cases.len())?));
    }
    let agreed = results[0].1.clone();
    let mut judged = reference::run(&cases, &agreed)?;
    judged.iter_mut().zip(&agreed).for_each(|(r, a)| {
        if r.is_empty() {
            r.clone_from(a)
        }
    });
    results.push(("qemu", judged));
    for (i, case) in cases.iter().enumerate() {
        wrong.extend(disagreement(i, case, &results));
        if !support::bless() {
            wrong.extend(surprise(case, &agreed[i]));
        }
    }
    if support::bless() && wrong.is_empty() {
        bless(file, &cases, &agreed)?;
    }
    let more = wrong.len().saturating_sub(20);
    wrong.truncate(20);
    match (wrong.is_empty(), more) {
        (true, _) => Ok(()),
        (_, 0) => Err(wrong.join("\n").into()),
        _ => Err(format!("{}\nand {more} more", wrong.join("\n")).into()),
    }
}

fn disagreement(i: usize, case: &Case, results: &[(&str, Vec<String>)]) -> Option<String> {
    let first = &results[0].1[i];
    let same = results.iter().all(|(_, r)| r[i] == *first);
    let each = results.iter().map(|(engine, r)| format!("\n  {engine:<8} {}", r[i]));
    (!same).then(|| format!("{} |{}: {}", case.listing(), case.inputs, each.collect::<String>()))
}

fn surprise(case: &Case, actual: &str) -> Option<String> {
    let listing = case.listing();
    if listing != case.assembly {
        return Some(format!("{}: is {listing}", case.assembly));
    }
    let differs = actual != case.results;
    differs.then(|| {
        let inputs = &case.inputs;
        format!("{listing} |{inputs}:\n  expected {}\n  got      {actual}", case.results)
    })
}

/// What each case of the file gives on `engine`, from a process of its own.
fn on_engine(file: &Path, engine: &str, count: usize) -> Result<Vec<String>, Failed> {
    let mut command = Command::new(std::env::current_exe()?);
    let outcome = support::process::run(command.arg(file).env(CHILD, engine), LIMIT)?;
    let out = outcome.out();
    let lines: Vec<String> = out.lines().map(str::to_string).collect();
    if lines.len() != count {
        let end = outcome.describe();
        return Err(format!("{engine}: case {} of {count}: {end}", lines.len() + 1).into());
    }
    Ok(lines)
}

/// Writes the results into the file, and the assembly of the words.
fn bless(file: &Path, cases: &[Case], results: &[String]) -> Result<(), Failed> {
    let text = std::fs::read_to_string(file)?;
    let mut done = cases.iter().zip(results);
    let mut out = String::new();
    for line in text.lines() {
        match case::is_case(line).then(|| done.next()).flatten() {
            Some((case, result)) => out.push_str(&case.line(result)),
            None => out.push_str(line),
        }
        out.push('\n');
    }
    Ok(std::fs::write(file, out)?)
}
