//! Damaged programs: metic says in one line what is wrong, or runs them; it never dies itself.

mod support;

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use libtest_mimic::{Arguments, Failed, Trial};
use support::process::{self, Outcome};
use support::rng::Rng;
use support::{asm, elf};

const PROGRAMS: &[&str] = &["integer", "fp", "memory", "threads"];
/// Mutations of each program.
const MUTATIONS: usize = 1250;
const LIMIT: Duration = Duration::from_secs(5);

static REFUSED: AtomicUsize = AtomicUsize::new(0);
static RAN: AtomicUsize = AtomicUsize::new(0);
static ENDLESS: AtomicUsize = AtomicUsize::new(0);

fn main() {
    let args = Arguments::from_args();
    let mut trials: Vec<Trial> = Vec::new();
    for (seed, name) in (1..).zip(PROGRAMS) {
        trials.push(Trial::test(format!("mutations of {name}"), move || mutations(name, seed)));
    }
    trials.extend(MESSAGES.iter().map(|case| Trial::test(case.0, || message(case))));
    let conclusion = libtest_mimic::run(&args, trials);
    let count = |n: &AtomicUsize| n.load(Ordering::Relaxed);
    let (refused, ran, endless) = (count(&REFUSED), count(&RAN), count(&ENDLESS));
    println!("{refused} refused, {ran} ran, {endless} ran without end");
    conclusion.exit();
}

fn number(bytes: &[u8], at: usize, len: usize) -> u64 {
    bytes[at..at + len].iter().rev().fold(0, |n, &b| n << 8 | b as u64)
}

/// A demo whose first instructions leave: what is mutated is how it is loaded.
fn program(name: &str) -> Result<Vec<u8>, Failed> {
    let mut bytes = std::fs::read(Path::new(support::ROOT).join(format!("demo/bin/{name}.elf")))?;
    let (entry, headers) = (number(&bytes, 24, 8), header_table(&bytes));
    let segment = headers.step_by(56).find(|&at| {
        let (addr, len) = (number(&bytes, at + 16, 8), number(&bytes, at + 32, 8));
        number(&bytes, at, 4) == 1 && (addr..addr + len).contains(&entry)
    });
    let at = segment.ok_or("no segment holds the entry")?;
    let place = (entry - number(&bytes, at + 16, 8) + number(&bytes, at + 8, 8)) as usize;
    let mut code = asm::Code::default();
    code.exit(0);
    bytes[place..place + code.bytes.len()].copy_from_slice(&code.bytes);
    Ok(bytes)
}

/// Where the program headers lie.
fn header_table(bytes: &[u8]) -> Range<usize> {
    let start = number(bytes, 32, 8) as usize;
    start..start + number(bytes, 56, 2) as usize * 56
}

fn mutate(bytes: &mut Vec<u8>, rng: &mut Rng) {
    let table = header_table(bytes);
    let header = |rng: &mut Rng| match rng.below(3) {
        0 => rng.below(64),
        _ => table.start + rng.below(table.len()),
    };
    match rng.below(10) {
        0 => bytes.truncate(rng.below(table.end + 16)),
        1 => bytes.truncate(rng.below(bytes.len())),
        2 => {
            // A whole field of 8 bytes becomes something special.
            let at = table.start + rng.below(table.len() / 8) * 8;
            let value = *rng.pick(&[0, 1, u64::MAX, 1 << 63, 1 << 47, (1 << 47) - 4096, 0x1001]);
            bytes[at..at + 8].copy_from_slice(&value.to_le_bytes());
        }
        3 => {
            let at = header(rng);
            bytes[at] = rng.bits() as u8;
        }
        n => {
            for _ in 0..1 + n % 4 {
                let at = header(rng);
                bytes[at] ^= 1 << rng.below(8);
            }
        }
    }
}

fn mutations(name: &str, seed: u64) -> Result<(), Failed> {
    let original = program(name)?;
    let dir = support::scratch("corrupt_elf");
    let path = dir.join(format!("{name}.elf"));
    let mut rng = Rng::new(seed);
    let mut wrong = Vec::new();
    for number in 0..MUTATIONS {
        let mut bytes = original.clone();
        mutate(&mut bytes, &mut rng);
        elf::write(&path, &bytes)?;
        let outcome = process::run(support::metic("auto").arg(&path), LIMIT)?;
        if let Err(why) = judge(&path, &outcome) {
            let kept = dir.join(format!("{name}-{number}.elf"));
            std::fs::rename(&path, &kept)?;
            wrong.push(format!("{}: {why}", kept.display()));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}

/// Refused with one line that names the file, or run, whatever became of it.
fn judge(path: &Path, outcome: &Outcome) -> Result<(), String> {
    let err = outcome.err();
    if ["panicked", "internal error"].iter().any(|word| err.contains(word)) {
        return Err(outcome.describe());
    }
    if outcome.ended.is_none() {
        ENDLESS.fetch_add(1, Ordering::Relaxed);
        return if loads(path)? { Ok(()) } else { Err("hangs before guest code runs".into()) };
    }
    if err.is_empty() {
        RAN.fetch_add(1, Ordering::Relaxed);
        return Ok(());
    }
    REFUSED.fetch_add(1, Ordering::Relaxed);
    let named = err.starts_with(&format!("metic: {}: ", path.display()));
    let refused = matches!(outcome.status(), Some(126 | 127));
    if named && refused && err.lines().count() == 1 { Ok(()) } else { Err(outcome.describe()) }
}

/// True if the program can be loaded and its first block shown: what hangs is the guest.
fn loads(path: &Path) -> Result<bool, String> {
    let mut command = std::process::Command::new(support::METIC);
    let outcome = process::run(command.arg("dump").arg(path), LIMIT);
    Ok(outcome.map_err(|e| format!("{e:?}"))?.ended.is_some())
}

/// Name of the test, what to write (or not), the message behind the path, the status.
type Message = (&'static str, Content, &'static str, i32);

enum Content {
    Missing,
    Directory,
    Bytes(fn() -> Vec<u8>),
}

fn valid() -> Vec<u8> {
    program("integer").expect("the demo is there")
}

/// A valid program with some bytes of its header changed.
fn with(at: usize, values: &[u8]) -> Vec<u8> {
    let mut bytes = valid();
    bytes[at..at + values.len()].copy_from_slice(values);
    bytes
}

static MESSAGES: &[Message] = &[
    ("missing file", Content::Missing, "No such file or directory", 127),
    ("directory", Content::Directory, "a directory, not a program", 126),
    ("empty file", Content::Bytes(Vec::new), "not an ELF executable", 126),
    ("text", Content::Bytes(|| b"hello\n".to_vec()), "not an ELF executable", 126),
    (
        "32-bit program",
        Content::Bytes(|| with(4, &[1])),
        "riscv32 32-bit executable, not riscv64",
        126,
    ),
    (
        "big-endian program",
        Content::Bytes(|| with(5, &[2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 243, 0, 0, 0, 1])),
        "riscv64 big-endian executable, not riscv64",
        126,
    ),
    ("x86-64 program", Content::Bytes(|| with(18, &[62])), "x86-64 executable, not riscv64", 126),
    ("object file", Content::Bytes(|| with(16, &[1])), "an object file, not linked", 126),
];

fn message(case: &Message) -> Result<(), Failed> {
    let (name, content, text, status) = case;
    let path = place(name, content)?;
    let outcome = process::run(support::metic("auto").arg(&path), LIMIT)?;
    let expected = format!("metic: {}: {text}\n", path.display());
    if outcome.err() != expected || outcome.status() != Some(*status) {
        let said = (outcome.err(), outcome.status());
        return Err(format!("expected {expected:?} and {status}, got {said:?}").into());
    }
    Ok(())
}

fn place(name: &str, content: &Content) -> Result<PathBuf, Failed> {
    let path = support::scratch("corrupt_elf").join(name.replace(' ', "-"));
    match content {
        Content::Missing => {}
        Content::Directory => std::fs::create_dir_all(&path)?,
        Content::Bytes(bytes) => elf::write(&path, &bytes())?,
    }
    Ok(path)
}
