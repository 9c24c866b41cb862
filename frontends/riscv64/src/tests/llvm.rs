//! Comparison with LLVM's disassembler: what is accepted, and the text.

use std::collections::HashSet;
use std::io::Write as _;
use std::process::{Command, Stdio};

use super::differences::{Difference, OPCODE, csr_by_number, defined_illegal, fence_fields};
use super::{Random, rows, word};
use crate::decode::Decoded;
use crate::disasm;

const LLVM_MC: &str = "/usr/bin/llvm-mc-22";
const FEATURES: &str = "-mattr=+m,+a,+f,+d,+c,+zicsr,+zifencei,+zicntr,+zihpm,+zba,+zbb,+zbc,+zbs,\
    +zicond,+zfa,+zfh,+zcb,+zcmop,+zimop,+zawrs,+zacas,+zabha,+zihintpause,+zihintntl,+zicbom,\
    +zicbop,+zicboz,+zbkb,+zbkc,+zbkx,+zkne,+zknd,+zknh";

const DIFFERENCES: &[Difference] = &[
    Difference {
        why: "the manual has fences ignore the fields that LLVM wants to be 0",
        explains: fence_fields,
    },
    Difference {
        why: "CSRs that user programs can't read are listed by number",
        explains: csr_by_number,
    },
    Difference {
        why: "privileged instructions are illegal in user programs",
        explains: |word, ours, theirs| {
            let name = theirs.and_then(|text| text.split(' ').next());
            let privileged = [
                "mret",
                "sret",
                "mnret",
                "wfi",
                "sfence.vma",
                "sfence.w.inval",
                "sfence.inval.ir",
                "sinval.vma",
                "dret",
            ];
            word & OPCODE == 0x73 && ours.is_none() && name.is_some_and(|n| privileged.contains(&n))
        },
    },
    Difference {
        why: "the all-zero word is defined to be illegal; LLVM has a name for it",
        explains: defined_illegal,
    },
    Difference {
        why: "aes64ks1i's rounds above 10 are reserved",
        explains: |word, ours, theirs| {
            word >> 20 & 15 > 10
                && ours.is_none()
                && theirs.is_some_and(|t| t.starts_with("aes64ks1i "))
        },
    },
    Difference {
        why: "the host calls of the vDSO are our own",
        explains: |word, ours, theirs| word & OPCODE == 0x0b && ours.is_some() && theirs.is_none(),
    },
];

/// What LLVM prints for each word; `None` where it finds no instruction.
fn llvm(words: &[u32]) -> Vec<Option<String>> {
    let mut child = Command::new(LLVM_MC)
        .args(["-disassemble", "-triple=riscv64", "-M", "no-aliases", FEATURES])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|e| panic!("{LLVM_MC}: {e}; tests/setup installs it"));
    let mut stdin = child.stdin.take().expect("it was asked for");
    let input: String = words.iter().map(|&word| bytes(word)).collect();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().expect("llvm-mc runs");
    writer.join().expect("no panic").expect("llvm-mc reads all its input");

    let rejected = rejected_lines(&String::from_utf8_lossy(&output.stderr));
    let listing = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut texts = listing.lines().map(|l| l.split_whitespace().collect::<Vec<_>>().join(" "));
    let answers = (1..=words.len())
        .map(|line| if rejected.contains(&line) { None } else { texts.next() })
        .collect();
    assert_eq!(texts.next(), None, "more lines than words");
    answers
}

/// A word as llvm-mc reads it: one block of bytes, which fails or succeeds as a whole.
fn bytes(word: u32) -> String {
    let len = if word & 3 == 3 { 4 } else { 2 };
    let bytes: Vec<_> = word.to_le_bytes()[..len].iter().map(|b| format!("{b:#04x}")).collect();
    format!("[{}]\n", bytes.join(" "))
}

/// Line numbers in `<stdin>:12:2: warning: invalid instruction encoding`.
fn rejected_lines(errors: &str) -> HashSet<usize> {
    errors
        .lines()
        .filter(|line| line.contains("warning: invalid instruction encoding"))
        .filter_map(|line| line.split(':').nth(1)?.parse().ok())
        .collect()
}

fn ours(bits: u32) -> Option<String> {
    match word(bits) {
        Decoded::Insn(insn) => Some(disasm::text(&insn)),
        Decoded::Illegal(_) | Decoded::Missing => None,
    }
}

/// Fails with the first differences that nothing explains.
fn compare(words: &[u32]) {
    let unexplained: Vec<_> = words
        .iter()
        .zip(llvm(words))
        .map(|(&word, theirs)| (word, ours(word), theirs))
        .filter(|(word, ours, theirs)| ours != theirs && !explained(*word, ours, theirs))
        .map(|(word, ours, theirs)| format!("{word:#010x}: {ours:?}, LLVM has {theirs:?}"))
        .collect();
    let shown = &unexplained[..unexplained.len().min(60)];
    assert!(
        unexplained.is_empty(),
        "{} of {}:\n{}",
        unexplained.len(),
        words.len(),
        shown.join("\n")
    );
}

fn explained(word: u32, ours: &Option<String>, theirs: &Option<String>) -> bool {
    DIFFERENCES.iter().any(|d| (d.explains)(word, ours.as_deref(), theirs.as_deref()))
}

#[test]
fn all_16_bit_words_read_as_llvm_reads_them() {
    let words: Vec<u32> = (0..=0xffff).filter(|word| word & 3 != 3).collect();
    compare(&words);
}

#[test]
fn words_of_every_row_read_as_llvm_reads_them() {
    let mut random = Random::new();
    let words: Vec<u32> = rows()
        .filter(|row| row.width == 32)
        .flat_map(|row| (0..300).map(|_| random.fill(row)).collect::<Vec<_>>())
        .collect();
    compare(&words);
}

#[test]
fn all_opcodes_and_functions_read_as_llvm_reads_them() {
    let mut random = Random::new();
    let selected = |n: u32| (n & 0x7f) << 25 | (n >> 7 & 7) << 12 | (n >> 10) << 2 | 3;
    let words: Vec<u32> =
        (0..1 << 17).map(|n| selected(n & 0x7fff) | random.next() & 0x01ff_8f80).collect();
    compare(&words);
}
