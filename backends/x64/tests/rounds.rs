//! Loops that are done several rounds at once do what the walker does, which runs them from the definition of
//! ops: wherever their arrays lie, whatever is in them, and wherever they end or fault.

mod support;

use guest::{CpuState, Slot};
use ir::Region;
use ir::testing::{Rng, random_state};
use support::Machine;
use support::loops::{self, Memory, PAGE, PAGES, Text};

const LOOPS: u64 = if cfg!(debug_assertions) { 3000 } else { 20_000 };

const STREAMS: [u32; 3] = [3, 4, 5];
const OFFSET: u32 = 6;
const COUNT: u32 = 12;
const LIMIT: u32 = 13;
const SUM: u32 = 14;

/// A loop over arrays whose addresses are in registers 3 to 5: loads, arithmetic, and a store to the first one.
fn random_loop(rng: &mut Rng) -> Region {
    let mut t = Text::at(0x1000);
    let loads = 1 + rng.below(2) as usize;
    let word = rng.below(2) == 0;
    let indexed = rng.below(3) == 0;
    for (n, stream) in STREAMS.iter().enumerate().take(loads) {
        t.insn();
        let mut at = t.value(&format!("get.i64 r{stream}"));
        if indexed && n == 1 {
            let offset = t.value(&format!("get.i64 r{OFFSET}"));
            at = t.value(&format!("add.i64 v{at}, v{offset}"));
            t.effect(&format!("set.i64 r{SUM}, v{at}"));
            t.insn();
        }
        let v = t.value(&format!("ldf64 v{at}"));
        t.effect(&format!("set.f64 r{}, v{v}", 40 + n));
    }
    let mut result = 40;
    for n in 0..1 + rng.below(3) {
        let op = ["fadd", "fsub", "fmul", "fdiv"][rng.below(4) as usize];
        t.insn();
        let other = [39, 40, 40 + loads as u64 - 1][rng.below(3) as usize];
        let [a, b] = [result, other].map(|slot| t.value(&format!("get.f64 r{slot}")));
        let v = t.value(&format!("{op}.f64.dyn v{a}, v{b}"));
        result = 42 + n;
        t.effect(&format!("set.f64 r{result}, v{v}"));
    }
    t.insn();
    let to = STREAMS[rng.below(3) as usize];
    let [at, v] = [format!("get.i64 r{to}"), format!("get.f64 r{result}")].map(|op| t.value(&op));
    t.effect(&format!("stf64 v{at}, v{v}"));
    STREAMS.iter().for_each(|&stream| _ = t.grow(stream, 8, false));
    let by = [1, 1, -1, 3][rng.below(4) as usize];
    let count = t.grow(COUNT, by, word);
    t.insn();
    let limit = t.value(&format!("get.i64 r{LIMIT}"));
    let again = t.value(&format!("ne.i64 v{count}, v{limit}"));
    let (body, end) = (&t.text, t.pc);
    let text = format!(
        "region 0x1000 bytes 0x1000..{end:#x} insns {} {{\nb0:\n  -> b1\nb1:\n{body}  if v{again} -> b1, jump {end:#x}\n}}",
        (end - 0x1000) / 4
    );
    let mut region = ir::parse(&text).expect("it parses");
    opt::run(opt::OPTIMISED, &mut region);
    region
}

/// Mostly ordinary numbers; some that are not.
fn number(rng: &mut Rng, odd: u64) -> u64 {
    match rng.below(odd) {
        0 => rng.corner(),
        1 => f64::NAN.to_bits() | rng.below(1 << 51),
        _ => ((rng.below(2000) as f64 - 1000.0) / 7.0).to_bits(),
    }
}

/// Registers for a run over `memory`, near its end if it is to fault.
fn registers(rng: &mut Rng, memory: &Memory, faults: bool) -> Box<CpuState> {
    let mut state = random_state(rng, memory.0);
    state.fp_round = rng.below(4);
    let end = memory.0 + PAGES * PAGE;
    let unit = [8, 8, 8, 1][rng.below(4) as usize];
    let at = |rng: &mut Rng| match (faults, rng.below(3)) {
        (true, 0) => end - 8 * rng.below(60),
        (_, 1) => memory.0 + 3 * PAGE / 2 + unit * rng.below(12),
        _ => memory.0 + PAGE / 2 + unit * rng.below(400),
    };
    STREAMS.iter().for_each(|&slot| state.set(Slot(slot as u8), at(rng)));
    state.set(Slot(OFFSET as u8), 8 * rng.below(8));
    state.set(Slot(COUNT as u8), rng.below(4));
    let (count, far) = (state.get(Slot(COUNT as u8)), 3 * rng.below(40));
    let limit = [count + far, rng.below(70), count.wrapping_sub(far)][rng.below(3) as usize];
    state.set(Slot(LIMIT as u8), limit);
    for slot in 39..46 {
        state.set(Slot(slot), number(rng, 12));
    }
    state
}

/// Runs `region` both ways; true if it faults in several rounds at once.
fn compare(machine: &mut Machine, memory: &Memory, seed: u64, region: &Region, host: u64) -> bool {
    let mut rng = Rng::new(seed);
    let odd = [3, 40, 4000][rng.below(3) as usize];
    let words: Vec<u64> = (0..PAGES * PAGE / 8).map(|_| number(&mut rng, odd)).collect();
    let faults = rng.below(2) == 0;
    let mut state = registers(&mut rng, memory, faults);
    state.poll = ((rng.below(8) == 0) as u32).into();
    loops::compare((machine, host), (memory, &words), region, state, seed)
}

#[test]
fn rounds_at_once_do_what_rounds_in_turn_do() {
    let (wide, faults) = loops::all(LOOPS, "ymm", random_loop, compare);
    assert!(wide > LOOPS / 3, "only {wide} were done so");
    assert!(faults > LOOPS / 8, "only {faults} faulted");
}
