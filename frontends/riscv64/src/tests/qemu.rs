//! What each instruction computes, against qemu: registers and flags in, registers and flags out.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use guest::{CpuState, GuestAddr};
use ir::{Frontend, LiftLimits, Region};

use super::{Random, rows, word};
use crate::decode::Decoded;
use crate::fields::{Format, Operands};
use crate::table::Row;
use crate::{Riscv64, regs};

const CASES_A_ROW: usize = 60;
/// Words of state: `fcsr`, x1 to x31, f0 to f31, and memory.
const WORDS: usize = 128;
/// Where memory starts in the state.
const MEMORY: usize = 64;
/// The driver's own registers: cases do not use them, but for [`BASE`] as an address.
const RESERVED: std::ops::Range<u8> = 28..32;
/// Holds the address of the state's memory.
const BASE: u8 = 29;

type State = [u64; WORDS];

/// A state in memory, aligned for the widest atomic access.
#[repr(align(16))]
struct Aligned(State);

/// One instruction with the state it starts from.
struct Case {
    word: u32,
    len: usize,
    state: State,
}

/// Rows that only compute: their results are all in registers and flags.
fn computes(row: &Row) -> bool {
    use Format::*;
    match row.format {
        R | I | Shamt5 | Shamt6 | Unary | Round4 | MopR | MopRr | F4m | F3m | F3 | F2m | F2k
        | FCmp | FToX | FToXm | XToF | XToFm | XToFk | Literal => true,
        CAddi4spn | CNop | CAddi | CLi | CAddi16sp | CShift | CAndi | CArith | CUnary | CNot
        | CZextB | CSlli | CMv | CAdd => true,
        Upper | CLui => row.name != "auipc",
        _ => matches!(row.name, "csrrs" | "csrrc" | "csrrw"),
    }
}

/// Rows that access memory at rs1, a short way off; compressed ones have the same lifts.
fn accesses(row: &Row) -> bool {
    use Format::*;
    let wide = matches!(row.format, Load | Store | FLoad | FStore | Amo | Lr);
    wide && row.exists() && row.name != "jalr"
}

fn cases() -> Vec<Case> {
    let mut random = Random::new();
    let mut cases = Vec::new();
    for row in rows().filter(|row| computes(row) || accesses(row)) {
        for _ in 0..CASES_A_ROW {
            let word = (0..1000).map(|_| random_word(&mut random, row)).find(|&w| usable(row, w));
            let word = word.unwrap_or_else(|| panic!("no case for {row:?}"));
            let len = row.width as usize / 8;
            cases.push(Case { word, len, state: random_state(&mut random) });
        }
    }
    cases
}

/// A word of the row. CSRs are the floating-point ones; accesses have the base register and no
/// negative or large displacement.
fn random_word(random: &mut Random, row: &Row) -> u32 {
    let word = random.fill(row);
    if accesses(row) {
        let word = word & (row.mask | 0x0fff_ffff);
        return word & !(31 << 15) | (BASE as u32) << 15;
    }
    if row.format == Format::Csr { word & 0xf_ffff | (1 + random.next() % 3) << 20 } else { word }
}

fn usable(row: &Row, bits: u32) -> bool {
    let Decoded::Insn(insn) = word(bits) else { return false };
    let Operands { rd, rs1, rs2, rs3, .. } = insn.operands;
    let free = |r: &u8| !RESERVED.contains(r);
    insn.row.is(row) && [rd, rs2, rs3].iter().all(free) && (accesses(row) || free(&rs1))
}

fn random_state(random: &mut Random) -> State {
    let mut state = [0; WORDS];
    for (i, value) in state.iter_mut().enumerate() {
        *value = if !(32..MEMORY).contains(&i) { random_int(random) } else { random_float(random) };
    }
    state[0] = ((random.next() % 5) << 5) as u64;
    state
}

fn random_int(random: &mut Random) -> u64 {
    let wide = (random.next() as u64) << 32 | random.next() as u64;
    match random.next() % 6 {
        0 => wide,
        1 => wide as i32 as u64,
        2 => wide as u32 as u64,
        3 => wide as i8 as u64,
        4 => 1 << (wide % 64),
        _ => {
            [0, u64::MAX, 1 << 63, i64::MAX as u64, 0x8000_0000, i32::MIN as u64][wide as usize % 6]
        }
    }
}

fn random_float(random: &mut Random) -> u64 {
    let wide = (random.next() as u64) << 32 | random.next() as u64;
    let small = (wide % 2001) as i64 - 1000;
    let single = 0xffff_ffff_0000_0000;
    let half = 0xffff_ffff_ffff_0000;
    match random.next() % 9 {
        0 => wide,
        1 => single | wide,
        2 => half | wide,
        3 => (small as f64 / 8.0).to_bits(),
        4 => single | (small as f32 / 8.0).to_bits() as u64,
        5 => half | 0x3c00 ^ wide & 0x8fff,
        6 => [0, 1 << 63, 0x7ff0 << 48, 0xfff0 << 48, 0x7ff8 << 48, 0x7ff4 << 48, 1]
            [wide as usize % 7],
        7 => {
            single
                | [0, 1 << 31, 0x7f80_0000, 0xff80_0000, 0x7fc0_0000, 0x7fa0_0000, 1]
                    [wide as usize % 7]
        }
        _ => half | [0, 1 << 15, 0x7c00, 0xfc00, 0x7e00, 0x7d00, 1][wide as usize % 7],
    }
}

/// The state after the instruction, by the definition of its IR.
fn walked(case: &Case) -> State {
    let mut region = Region::default();
    let code = &case.word.to_le_bytes()[..case.len];
    Riscv64::new().lift(GuestAddr(0x1000), code, LiftLimits::of(1), &mut region);
    let mut after = Box::new(Aligned(case.state));
    let mut cpu = CpuState::new();
    (cpu.fp_round, cpu.fp_flags) = (case.state[0] >> 5, case.state[0] & 31);
    cpu.slots[..MEMORY].copy_from_slice(&case.state[..MEMORY]);
    cpu.set(regs::x(BASE), after.0[MEMORY..].as_mut_ptr() as u64);
    ir::testing::walk(&region, &mut cpu);
    assert_eq!(cpu.get(regs::x(0)), case.state[0], "x0 is written:\n{region}");
    // The instruction has written memory behind the compiler's back.
    let Aligned(mut after) = *std::hint::black_box(after);
    after[..MEMORY].copy_from_slice(&cpu.slots[..MEMORY]);
    after[0] = cpu.fp_round << 5 | cpu.fp_flags;
    after
}

/// The states after the instructions, by qemu. The driver loads a state, jumps to the
/// instruction, and stores the state behind the one it loaded.
fn emulated(cases: &[Case]) -> Vec<State> {
    let dir = std::env::temp_dir().join(format!("metic-riscv64-{}", std::process::id()));
    std::fs::create_dir_all(&dir).expect("writable");
    std::fs::write(dir.join("driver.s"), driver(cases)).expect("writable");
    let states: Vec<u8> = cases.iter().flat_map(|c| c.state).flat_map(u64::to_le_bytes).collect();
    std::fs::write(dir.join("states"), states).expect("writable");
    let build = ["-march=rv64gc", "-nostdlib", "-static", "-o", "driver", "driver.s"];
    run(Command::new("riscv64-linux-gnu-gcc").args(build).current_dir(&dir));
    let output =
        run(Command::new(qemu()).args(["-cpu", "max", "./driver"]).current_dir(&dir)).stdout;
    std::fs::remove_dir_all(&dir).expect("it is ours");
    assert_eq!(output.len(), cases.len() * WORDS * 8);
    output
        .chunks(WORDS * 8)
        .map(|state| {
            let mut words =
                state.chunks(8).map(|w| u64::from_le_bytes(w.try_into().expect("8 bytes")));
            std::array::from_fn(|_| words.next().expect("64 words"))
        })
        .collect()
}

fn qemu() -> PathBuf {
    let home = || Path::new(&std::env::var_os("HOME").unwrap_or_default()).join(".cache/metic");
    let cache = std::env::var_os("METIC_CACHE").map_or_else(home, PathBuf::from);
    cache.join("qemu/usr/bin/qemu-riscv64")
}

fn run(command: &mut Command) -> Output {
    let output =
        command.output().unwrap_or_else(|e| panic!("{command:?}: {e}; tests/setup installs it"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

fn driver(cases: &[Case]) -> String {
    let transfer = |x: &str, f: &str| -> String {
        let ints = (1..29).map(|r| format!("{x} x{r}, 8*{r}(x31)\n"));
        ints.chain((0..32).map(|r| format!("{f} f{r}, 256+8*{r}(x31)\n"))).collect()
    };
    let stubs: String = cases
        .iter()
        .map(|case| match case.len {
            2 => format!(".half {:#x}\nnop\nc.j back\n", case.word)
                .replace("c.j back", ".half 1\nj back"),
            _ => format!(".word {:#x}\n.half 1, 1\nj back\n", case.word),
        })
        .collect();
    let (load, save) = (transfer("ld", "fld"), transfer("sd", "fsd"));
    format!(
        ".option norelax\n.option norvc\n.globl _start\n_start:\nla x31, states\nla x30, stubs\n\
         again:\nld x1, 0(x31)\nfscsr x1\n{load}addi x29, x31, 512\njr x30\n\
         back:\n{save}frcsr x1\nsd x1, 0(x31)\naddi x31, x31, 1024\naddi x30, x30, 12\n\
         la x1, end\nbltu x31, x1, again\n\
         la x5, states\nwrite: li x10, 1\nmv x11, x5\nli x12, 1024\nli x17, 64\necall\n\
         addi x5, x5, 1024\nla x1, end\nbltu x5, x1, write\n\
         li x10, 0\nli x17, 93\necall\n\
         stubs:\n{stubs}.data\n.balign 16\nstates: .incbin \"states\"\nend:\n"
    )
}

/// What differs, for a person to read.
fn difference(case: &Case, ours: &State, theirs: &State) -> Option<String> {
    let own = |i: &usize| (RESERVED.start as usize..RESERVED.end as usize).contains(i);
    let i = (0..WORDS).filter(|i| !own(i)).find(|&i| ours[i] != theirs[i])?;
    let text = crate::disasm::listing(&case.word.to_le_bytes()[..case.len]).text;
    let (a, b, before) = (ours[i], theirs[i], case.state[i]);
    Some(format!("{text}: word {i} was {before:#x}, is {a:#x}, qemu has {b:#x}"))
}

#[test]
fn instructions_do_what_qemu_does() {
    let cases = cases();
    let wrong: Vec<_> = cases
        .iter()
        .zip(emulated(&cases))
        .filter_map(|(case, theirs)| difference(case, &walked(case), &theirs))
        .collect();
    let shown = &wrong[..wrong.len().min(40)];
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), shown.join("\n"));
}
