//! The same cases under qemu, as one guest program that runs them one after the other.

use std::time::Duration;

use libtest_mimic::Failed;

use crate::case::{CELLS, CODE, Case, DATA, DATA_LEN, SLOT, State, code_at};
use crate::support::asm::{self, Code};
use crate::support::elf::{self, RW, RX, Segment};
use crate::support::{self, process};

/// The program's own page: pointers to the record in and out, then the registers found.
const OWN: u64 = 0x5800_0000;
const INPUT: u64 = 0x5900_0000;
const OUTPUT: u64 = 0x5a00_0000;

// A record: the slot's address, fcsr, x0-x31, f0-f31, the memory.
const FCSR: i32 = 8;
const X: i32 = 16;
const F: i32 = X + 256;
const MEMORY: i32 = F + 256;
const RECORD: i32 = MEMORY + 8 * CELLS as i32;

/// The register that the program itself needs: cases with `t6` are left out, and so are those
/// that trap.
const OWN_REG: u32 = 31;

fn is_fit(case: &Case, result: &str) -> bool {
    let ends = ["ecall=", "illegal=", "breakpoint=", "fetch=", "fault="];
    // Linux lets programs clean and flush caches, qemu does not.
    let listing = case.listing();
    let unknown = ["t6", "cbo.inval", "cbo.clean", "cbo.flush"];
    let ended = |text: &str| ends.iter().any(|end| text.contains(end));
    !unknown.iter().any(|word| listing.contains(word)) && !ended(result) && !ended(&case.results)
}

/// What each case gives; empty for those that qemu is not asked about.
pub fn run(cases: &[Case], results: &[String]) -> Result<Vec<String>, Failed> {
    let chosen: Vec<usize> = (0..cases.len()).filter(|&i| is_fit(&cases[i], &results[i])).collect();
    let befores: Result<Vec<State>, String> = chosen.iter().map(|&i| cases[i].before(i)).collect();
    let befores = befores?;
    let name = format!("reference-{}-{:?}.elf", std::process::id(), std::thread::current().id());
    let path = support::scratch("filetests").join(name);
    elf::write(&path, &program(cases, &chosen, &befores))?;
    let outcome = process::run(support::qemu()?.arg(&path), Duration::from_secs(60))?;
    let _ = std::fs::remove_file(&path);
    if outcome.stdout.len() != chosen.len() * RECORD as usize {
        return Err(format!("qemu: {}", outcome.describe()).into());
    }
    let mut all = vec![String::new(); cases.len()];
    for ((record, &i), before) in outcome.stdout.chunks(RECORD as usize).zip(&chosen).zip(&befores)
    {
        all[i] = state(record, before).results(before, i, "");
    }
    Ok(all)
}

fn record(state: &State, slot: usize) -> Vec<u8> {
    let words = [code_at(slot), state.frm << 5 | state.fflags];
    let all = words.iter().chain(&state.x).chain(&state.f).chain(&state.cells);
    all.flat_map(|w| w.to_le_bytes()).collect()
}

fn state(record: &[u8], before: &State) -> State {
    let word = |at: i32, i: usize| {
        u64::from_le_bytes(record[at as usize + i * 8..][..8].try_into().expect("8 bytes"))
    };
    let fcsr = word(FCSR, 0);
    let int = |i: usize| if matches!(i, 0 | 31) { before.x[i] } else { word(X, i) };
    State {
        x: std::array::from_fn(int),
        f: std::array::from_fn(|i| word(F, i)),
        fflags: fcsr & 31,
        frm: fcsr >> 5,
        cells: std::array::from_fn(|i| word(MEMORY, i)),
    }
}

fn program(cases: &[Case], chosen: &[usize], befores: &[State]) -> Vec<u8> {
    let mut code = Code { bytes: vec![0; cases.len() * SLOT as usize] };
    let entry = CODE + code.bytes.len() as u64;
    let behind = driver(&mut code, chosen.len());
    for &i in chosen {
        let at = i * SLOT as usize;
        let mut slot = Code { bytes: cases[i].code() };
        slot.word(asm::jal(OWN_REG, behind as i32 - (at + slot.bytes.len()) as i32));
        code.bytes[at..at + slot.bytes.len()].copy_from_slice(&slot.bytes);
    }
    let records: Vec<u8> =
        chosen.iter().zip(befores).flat_map(|(&i, before)| record(before, i)).collect();
    let size = records.len() as u64;
    let own: Vec<u8> = [INPUT, OUTPUT].iter().flat_map(|p| p.to_le_bytes()).collect();
    let segment = |addr, bytes, size, flags| Segment { addr, bytes, size, flags };
    let segments = [
        segment(CODE, code.bytes, 0, RX),
        segment(DATA, Vec::new(), DATA_LEN, RW),
        segment(OWN, own, 4096, RW),
        segment(INPUT, records, 0, RW),
        segment(OUTPUT, Vec::new(), size, RW),
    ];
    elf::executable(entry, &segments)
}

/// The loop over the records. Gives the offset that a case goes on at.
fn driver(code: &mut Code, count: usize) -> usize {
    use asm::{addi, csrrs, csrrw, fld, fsd, jalr, ld, sd};
    let again = code.bytes.len();
    code.number(5, OWN);
    code.word(ld(6, 0, 5));
    code.number(7, INPUT + count as u64 * RECORD as u64);
    let exit = code.bytes.len();
    code.word(0); // Patched: to the end when all is done.
    code.number(7, DATA);
    for cell in (0..CELLS as i32).map(|i| i * 8) {
        code.words(&[ld(8, MEMORY + cell, 6), sd(8, cell, 7)]);
    }
    code.words(&[ld(8, FCSR, 6), csrrw(0, asm::FCSR, 8)]);
    (0..32).for_each(|i| code.word(fld(i as u32, F + i * 8, 6)));
    code.word(addi(OWN_REG, 6, 0));
    (1..31).for_each(|i| code.word(ld(i as u32, X + i * 8, OWN_REG)));
    code.words(&[ld(OWN_REG, 0, OWN_REG), jalr(0, 0, OWN_REG)]);

    let behind = code.bytes.len();
    code.word(asm::lui(OWN_REG, OWN as i32));
    (1..31).for_each(|i| code.word(sd(i as u32, X + i * 8, OWN_REG)));
    (0..32).for_each(|i| code.word(fsd(i as u32, F + i * 8, OWN_REG)));
    code.words(&[ld(6, 0, OWN_REG), ld(7, 8, OWN_REG)]);
    code.words(&[csrrs(8, asm::FCSR, 0), sd(8, FCSR, 7)]);
    for at in (X..MEMORY).step_by(8) {
        code.words(&[ld(8, at, OWN_REG), sd(8, at, 7)]);
    }
    code.number(9, DATA);
    for cell in (0..CELLS as i32).map(|i| i * 8) {
        code.words(&[ld(8, cell, 9), sd(8, MEMORY + cell, 7)]);
    }
    code.words(&[addi(6, 6, RECORD), sd(6, 0, OWN_REG), addi(7, 7, RECORD), sd(7, 8, OWN_REG)]);
    let back = again as i32 - code.bytes.len() as i32;
    code.word(asm::jal(0, back));

    let over = (code.bytes.len() - exit) as i32;
    code.bytes[exit..exit + 4].copy_from_slice(&asm::branch(0, 6, 7, over).to_le_bytes());
    code.write_all(1, OUTPUT, count as u64 * RECORD as u64);
    code.exit(0);
    behind
}
