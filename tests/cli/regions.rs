//! What becomes of regions that their loops leave, and how often what is in regions runs.

use libtest_mimic::Failed;

use super::run;
use crate::support::{self, asm, elf};

const START: u64 = 0x10000;
const ROUNDS: u64 = 40_000_000;

/// A loop whose first round is one of few instructions, and all others go through functions three deep.
fn rounds_outside() -> Vec<u8> {
    let (t0, s0, s1, s2, s3, ra) = (5, 8, 9, 18, 19, 1);
    let mut code = asm::Code::default();
    code.number(s0, ROUNDS);
    code.words(&[
        asm::addi(s1, 0, 0),
        // head:
        asm::addi(s0, s0, -1),
        asm::branch(0, s0, 0, 64),
        asm::branch(1, s1, 0, 12),
        asm::addi(s1, 0, 1),
        asm::jal(0, -16),
        asm::jal(ra, 8),
        asm::jal(0, -24),
        // The function, the one that it calls, and the one that this one calls:
        asm::addi(s2, ra, 0),
        asm::jal(ra, 12),
        asm::addi(ra, s2, 0),
        asm::jalr(0, 0, ra),
        asm::addi(s3, ra, 0),
        asm::jal(ra, 12),
        asm::addi(ra, s3, 0),
        asm::jalr(0, 0, ra),
        asm::addi(t0, t0, 1),
        asm::jalr(0, 0, ra),
    ]);
    code.exit(0);
    let size = code.bytes.len() as u64;
    let text = elf::Segment { addr: START, bytes: code.bytes, size, flags: elf::RX };
    elf::executable(START, &[text])
}

/// A loop of two instructions.
fn rounds_inside() -> Vec<u8> {
    let (t0, s0) = (5, 8);
    let mut code = asm::Code::default();
    code.number(s0, ROUNDS);
    code.words(&[asm::addi(t0, t0, 1), asm::addi(s0, s0, -1), asm::branch(1, s0, 0, -8)]);
    code.exit(0);
    let size = code.bytes.len() as u64;
    let text = elf::Segment { addr: START, bytes: code.bytes, size, flags: elf::RX };
    elf::executable(START, &[text])
}

/// The region of a loop has run all of its rounds but for those before it was made.
pub fn counted() -> Result<(), Failed> {
    let path = support::scratch("cli").join("rounds-inside.elf");
    elf::write(&path, &rounds_inside())?;
    let outcome = run(&["dump", "--hot=1", path.to_str().expect("UTF-8")])?;
    let err = outcome.err();
    let number = |word: &str| word.replace(',', "").parse::<u64>().ok();
    let counts = err.lines().skip_while(|line| !line.starts_with("-- guest")).skip(1);
    let counts = counts.take_while(|line| !line.starts_with("-- ir"));
    let counts: Vec<Option<u64>> =
        counts.map(|line| number(line.split_whitespace().next()?)).collect();
    let all = err.strip_prefix("metic: ").and_then(|text| number(text.split(' ').next()?));
    let most = |count: &Option<u64>| count.is_some_and(|n| n > ROUNDS / 2 && n <= ROUNDS);
    let sum = counts.iter().flatten().sum();
    match counts.len() == 3 && counts.iter().all(most) && all == Some(sum) {
        true if err.contains("100.0 %") && err.contains("-- host (") => Ok(()),
        _ => Err(format!("{counts:?}: {}", outcome.describe()).into()),
    }
}

/// Blocks take its place.
pub fn undone() -> Result<(), Failed> {
    let path = support::scratch("cli").join("rounds-outside.elf");
    elf::write(&path, &rounds_outside())?;
    let outcome = run(&["run", "--stats", path.to_str().expect("UTF-8")])?;
    let err = outcome.err();
    let row = |name: &str| {
        let value = err.lines().find_map(|line| line.trim().strip_prefix(name));
        value.and_then(|value| value.trim().parse::<u64>().ok())
    };
    let (compiled, undone) = (row("regions compiled"), row("regions undone"));
    // For longer blocks, before: it has little code.
    let found = (outcome.status(), compiled, undone, row("cache: times emptied"));
    match found {
        (Some(0), Some(1), Some(1), Some(1)) => Ok(()),
        _ => Err(format!("{found:?}: {}", outcome.describe()).into()),
    }
}
