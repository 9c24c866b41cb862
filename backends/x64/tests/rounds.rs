//! Loops that are done several rounds at once do what the walker does, which runs them from the definition of
//! ops: wherever their arrays lie, whatever is in them, and wherever they end or fault.

mod support;

use std::fmt::Write;

use guest::{CpuState, Slot, access};
use ir::testing::{Rng, random_state, walk};
use ir::traits::thunk;
use ir::{Leave, Place, Region};
use support::faults::{self, FAULTED, RESUME};
use support::{Machine, listing};

const LOOPS: u64 = if cfg!(debug_assertions) { 3000 } else { 20_000 };
const PAGE: u64 = 4096;
const PAGES: u64 = 4;

/// Text of a region, an instruction of the guest a line.
struct Text {
    text: String,
    next: u32,
    pc: u64,
}

impl Text {
    fn value(&mut self, op: &str) -> u32 {
        writeln!(self.text, "  v{} = {op}", self.next).expect("it is a string");
        self.next += 1;
        self.next - 1
    }
    fn effect(&mut self, op: &str) {
        writeln!(self.text, "  {op}").expect("it is a string");
        self.next += 1;
    }
    fn insn(&mut self) {
        let pc = self.pc;
        self.effect(&format!("insn {pc:#x} 4"));
        self.pc += 4;
    }
    /// A slot grows, as a value of 32 bits if it is a `word`.
    fn grow(&mut self, slot: u32, by: i64, word: bool) -> u32 {
        self.insn();
        let mut x = self.value(&format!("get.i64 r{slot}"));
        let ty = if word { "i32" } else { "i64" };
        if word {
            x = self.value(&format!("trunc v{x}"));
        }
        let by = self.value(&format!("const.{ty} {by}"));
        x = self.value(&format!("add.{ty} v{x}, v{by}"));
        if word {
            x = self.value(&format!("sext32 v{x}"));
        }
        self.effect(&format!("set.i64 r{slot}, v{x}"));
        x
    }
}

const STREAMS: [u32; 3] = [3, 4, 5];
const OFFSET: u32 = 6;
const COUNT: u32 = 12;
const LIMIT: u32 = 13;
const SUM: u32 = 14;

/// A loop over arrays whose addresses are in registers 3 to 5: loads, arithmetic, and a store to the first one.
fn random_loop(rng: &mut Rng) -> Region {
    let mut t = Text { text: String::new(), next: 0, pc: 0x1000 };
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

/// Four pages with nothing behind them.
struct Memory(u64);

impl Memory {
    fn new() -> Memory {
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
        let prot = libc::PROT_READ | libc::PROT_WRITE;
        let len = ((PAGES + 1) * PAGE) as usize;
        // SAFETY: a fresh mapping.
        let at = unsafe { libc::mmap(std::ptr::null_mut(), len, prot, flags, -1, 0) } as u64;
        // SAFETY: its last page.
        unsafe { libc::mprotect((at + PAGES * PAGE) as *mut _, PAGE as usize, libc::PROT_NONE) };
        Memory(at)
    }
    fn fill(&self, words: &[u64]) {
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        access::copy_out(self.0, &bytes).expect("the pages are ours");
    }
    fn bytes(&self) -> Vec<u8> {
        let mut bytes = vec![0; (PAGES * PAGE) as usize];
        access::copy_in(self.0, &mut bytes).expect("the pages are ours");
        bytes
    }
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

/// Puts guest registers back that are elsewhere at the fault of code at `host`.
fn recover(machine: &mut Machine, region: &Region, host: u64) {
    let (code, state) = (&machine.code, &mut machine.state);
    let at = (FAULTED.get() - host) as u32;
    let found = code.recover.partition_point(|r| r.host <= at).checked_sub(1);
    let places = found.map_or(0..0, |i| {
        let found = code.recover[i];
        found.first as usize..(found.first + found.count) as usize
    });
    for &(slot, place) in &code.places[places] {
        let value = match place {
            Place::Word(n, make) => make.apply(state.scratch[n as usize]),
            Place::Const(bits) => bits as u64,
        };
        state.set(slot, value);
    }
    let mark = code.pc_map[code.pc_map.partition_point(|m| m.host <= at) - 1];
    state.pc = region.entry.offset(mark.guest as i64).0;
}

/// True if the latest fault of code at `host` was in several rounds at once.
fn was_wide(machine: &Machine, host: u64) -> bool {
    let at = (FAULTED.get() - host) as usize;
    let text = listing(&machine.code.bytes[at..]);
    text.lines().next().is_some_and(|insn| insn.contains("ymm") || insn.contains("lock"))
}

/// Runs `region` both ways; true if it faults in several rounds at once.
fn compare(machine: &mut Machine, memory: &Memory, seed: u64, region: &Region, host: u64) -> bool {
    let mut rng = Rng::new(seed);
    let odd = [3, 40, 4000][rng.below(3) as usize];
    let words: Vec<u64> = (0..PAGES * PAGE / 8).map(|_| number(&mut rng, odd)).collect();
    let faults = rng.below(2) == 0;
    let mut state = registers(&mut rng, memory, faults);
    machine.state.slots = state.slots;
    (machine.state.fp_round, machine.state.fp_flags) = (state.fp_round, 0);
    machine.state.call_sp = machine.state.call_base;
    let asked = (rng.below(8) == 0) as u32;
    (state.poll, machine.state.poll) = (asked.into(), asked.into());
    memory.fill(&words);
    let want = walk(region, &mut state);
    let bytes = memory.bytes();
    memory.fill(&words);
    let mut found = machine.run(host);
    assert_eq!(found == Leave::Fault, want == Leave::Fault, "seed {seed}");
    let fault = want == Leave::Fault;
    let wide = fault && was_wide(machine, host);
    if fault {
        recover(machine, region, host);
        // What several rounds do at once faults at the head, whatever part of them it is.
        if wide {
            assert_eq!(machine.state.pc, region.entry.0, "seed {seed}");
            found = walk(region, &mut machine.state);
        }
    }
    assert_eq!((found, machine.state.pc), (want, state.pc), "seed {seed}");
    let show = || format!("seed {seed}\n{region}\n{}", listing(&machine.code.bytes));
    let slots = (1..64).filter(|&s| machine.state.slots[s] != state.slots[s]);
    let bad: Vec<_> = slots
        .map(|s| format!("r{s} {:#x} {:#x}", machine.state.slots[s], state.slots[s]))
        .collect();
    assert!(bad.is_empty(), "{bad:?} (is, should be) {}", show());
    assert_eq!(machine.state.fp_flags, state.fp_flags, "{}", show());
    assert!(memory.bytes() == bytes, "{}", show());
    wide
}

#[test]
fn rounds_at_once_do_what_rounds_in_turn_do() {
    faults::catch();
    let (mut machine, memory) = (Machine::new(), Memory::new());
    RESUME.set(machine.thunk(thunk::FAULT));
    let (mut wide, mut faults) = (0, 0);
    for seed in 0..LOOPS {
        let region = random_loop(&mut Rng::new(seed));
        machine.reset();
        let host = machine.add_region(&region).expect("there is nothing special in it");
        wide += listing(&machine.code.bytes).contains("ymm") as u64;
        for run in 0..4 {
            faults += compare(&mut machine, &memory, 4 * seed + run, &region, host) as u64;
        }
    }
    assert!(wide > LOOPS / 3, "only {wide} were done so");
    assert!(faults > LOOPS / 8, "only {faults} faulted");
}
