//! Single words: is each an instruction, or not, as qemu says?

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;
use std::time::Duration;

use guest::GuestAddr;
use ir::{Exit, Frontend, LiftLimits, Region, Target, Term, Trap};
use libtest_mimic::Failed;
use riscv64::Riscv64;

use crate::support::process::{self, Outcome};
use crate::support::rng::Rng;
use crate::support::table::ROWS;
use crate::support::{self};

const LIMIT: Duration = Duration::from_secs(120);
const RANDOM: usize = 150_000;

/// All words of 16 bits.
pub fn every_half() -> Result<(), Failed> {
    check("half", (0..=u16::MAX as u32).filter(|word| word & 3 != 3).collect())
}

/// Words of 32 bits: anything, and instructions with a few bits changed.
pub fn random(seed: u64) -> Result<(), Failed> {
    let mut rng = Rng::new(seed);
    let rows: Vec<_> = ROWS.iter().filter(|row| row.len == 4).collect();
    let mut words = BTreeSet::new();
    while words.len() < RANDOM {
        let mut word = rng.word() | 3;
        if !rng.once_in(4) {
            word = rng.pick(&rows).random(&mut rng);
            for _ in 0..rng.below(3) {
                word ^= 1 << (2 + rng.below(30));
            }
        }
        words.insert(word);
    }
    check("full", words.into_iter().collect())
}

fn check(name: &str, mut words: Vec<u32>) -> Result<(), Failed> {
    words.retain(|&word| goes_on(word));
    let path = support::scratch("differential").join(format!("{name}-{}", std::process::id()));
    std::fs::write(&path, words.iter().flat_map(|w| w.to_le_bytes()).collect::<Vec<u8>>())?;
    let program = program()?;
    let result = compare(&words, |command| process::run(command.arg(&program).arg(&path), LIMIT));
    let _ = std::fs::remove_file(&path);
    result
}

fn compare(
    words: &[u32],
    run: impl Fn(&mut Command) -> Result<Outcome, Failed>,
) -> Result<(), Failed> {
    let expected = run(&mut support::qemu()?)?;
    if expected.stdout.len() != words.len() {
        return Err(format!("qemu: {}", expected.describe()).into());
    }
    let mut wrong = Vec::new();
    for engine in ["interp", "baseline"] {
        let got = run(&mut support::metic(engine))?;
        if got.stdout.len() != words.len() {
            wrong.push(format!("{engine}: {}", got.describe()));
            continue;
        }
        let each = words.iter().zip(got.stdout.iter().zip(&expected.stdout));
        let differing = each.filter(|(_, (g, e))| g != e);
        wrong.extend(differing.map(|(&word, (g, e))| {
            let text = Riscv64::new().disassemble(GuestAddr(0), &word.to_le_bytes()).text;
            format!("{engine}: {word:08x} {text}: signal {g}, under qemu {e}")
        }));
    }
    let count = wrong.len();
    wrong.truncate(60);
    if count == 0 { Ok(()) } else { Err(format!("{count} differ\n{}", wrong.join("\n")).into()) }
}

/// False for jumps, calls, breakpoints and what qemu is no judge of. Accesses stay in the memory that all registers
/// point to.
fn goes_on(word: u32) -> bool {
    const PC: GuestAddr = GuestAddr(0x10000);
    let mut region = Region::default();
    let code = [word.to_le_bytes(), [1, 0, 1, 0]].concat();
    Riscv64::new().lift(PC, &code, LiftLimits::of(1), &mut region);
    let len = if word & 3 == 3 { 4 } else { 2 };
    // Linux lets programs clean and flush caches, qemu does not.
    const CACHE: [&str; 3] = ["cbo.inval", "cbo.clean", "cbo.flush"];
    let listing = Riscv64::new().disassemble(PC, &code);
    // Without vectors qemu still has loads and stores of whole vector registers.
    let vector_access = matches!(word & 0x7f, 0x07 | 0x27) && matches!(word >> 12 & 7, 0 | 5..=7);
    // Whether a store-conditional that fails faults, and which counters there are, is anybody's
    // choice.
    let choice = listing.text.starts_with("sc.") && matches!(word >> 15 & 31, 0 | 31)
        || listing.text.contains(", hpmcounter");
    if choice || vector_access || CACHE.iter().any(|name| listing.text.starts_with(name)) {
        return false;
    }
    region.blocks.iter().all(|block| match &block.term {
        Term::Go(Target::Exit(exit)) => match exit {
            Exit::Jump { to } => *to == PC.offset(len),
            Exit::Yield { .. } => true,
            Exit::Trap { cause, .. } => *cause == Trap::Illegal,
            Exit::Call { .. }
            | Exit::Indirect { .. }
            | Exit::CallIndirect { .. }
            | Exit::Return { .. }
            | Exit::Syscall { .. } => false,
        },
        Term::Go(Target::Block(_)) => true,
        Term::If { .. } => false,
    })
}

/// Builds `words.c`.
fn program() -> Result<PathBuf, Failed> {
    static BUILT: LazyLock<Result<PathBuf, String>> = LazyLock::new(|| {
        let source = support::tests("differential/words.c");
        let program = support::scratch("differential").join("words");
        let mut command = Command::new("riscv64-linux-gnu-gcc");
        command.args(["-O1", "-static", "-no-pie", "-o"]).arg(&program).arg(&source);
        let output = command.output().map_err(|e| format!("{e}: {}", support::SET_UP))?;
        let said = || String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.success() { Ok(program) } else { Err(said()) }
    });
    Ok(BUILT.clone()?)
}
