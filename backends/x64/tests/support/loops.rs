//! Loops over arrays that are done several rounds at once: their text, their memory, and what a run of them has to leave.

use std::fmt::Write;
use std::sync::atomic::Ordering;

use guest::{CpuState, access};
use ir::testing::{Rng, walk};
use ir::traits::thunk;
use ir::{Leave, Place, Region};

use super::faults::{self, FAULTED, RESUME};
use super::{Machine, listing};

pub const PAGE: u64 = 4096;
pub const PAGES: u64 = 4;

/// Text of a region, an instruction of the guest a line.
pub struct Text {
    pub text: String,
    next: u32,
    pub pc: u64,
}

impl Text {
    /// No text yet, for code at `pc`.
    pub fn at(pc: u64) -> Text {
        Text { text: String::new(), next: 0, pc }
    }
    pub fn value(&mut self, op: &str) -> u32 {
        writeln!(self.text, "  v{} = {op}", self.next).expect("it is a string");
        self.next += 1;
        self.next - 1
    }
    pub fn effect(&mut self, op: &str) {
        writeln!(self.text, "  {op}").expect("it is a string");
        self.next += 1;
    }
    pub fn insn(&mut self) {
        let pc = self.pc;
        self.effect(&format!("insn {pc:#x} 4"));
        self.pc += 4;
    }
    /// A slot grows, as a value of 32 bits if it is a `word`.
    pub fn grow(&mut self, slot: u32, by: i64, word: bool) -> u32 {
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

/// Four pages with nothing behind them.
pub struct Memory(pub u64);

impl Memory {
    pub fn new() -> Memory {
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
        let prot = libc::PROT_READ | libc::PROT_WRITE;
        let len = ((PAGES + 1) * PAGE) as usize;
        // SAFETY: a fresh mapping.
        let at = unsafe { libc::mmap(std::ptr::null_mut(), len, prot, flags, -1, 0) } as u64;
        // SAFETY: its last page.
        unsafe { libc::mprotect((at + PAGES * PAGE) as *mut _, PAGE as usize, libc::PROT_NONE) };
        Memory(at)
    }
    pub fn fill(&self, words: &[u64]) {
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        access::copy_out(self.0, &bytes).expect("the pages are ours");
    }
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = vec![0; (PAGES * PAGE) as usize];
        access::copy_in(self.0, &mut bytes).expect("the pages are ours");
        bytes
    }
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

/// Runs `region`, which is at `host`, in `machine` and by the walker, from `state` and with `words` in `memory`; true if
/// it faults in several rounds at once.
pub fn compare(
    (machine, host): (&mut Machine, u64),
    (memory, words): (&Memory, &[u64]),
    region: &Region,
    mut state: Box<CpuState>,
    seed: u64,
) -> bool {
    machine.state.slots = state.slots;
    (machine.state.fp_round, machine.state.fp_flags) = (state.fp_round, 0);
    machine.state.call_sp = machine.state.call_base;
    machine.state.poll = state.poll.load(Ordering::Relaxed).into();
    memory.fill(words);
    let want = walk(region, &mut state);
    let bytes = memory.bytes();
    memory.fill(words);
    let mut found = machine.run(host);
    let wide = found == Leave::Fault && was_wide(machine, host);
    if found == Leave::Fault {
        recover(machine, region, host);
    }
    // What several rounds do at once faults at the head, whatever part of them it is, and whether or not one of them would.
    if wide {
        assert_eq!(machine.state.pc, region.entry.0, "seed {seed}");
        found = walk(region, &mut machine.state);
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

/// Runs `count` loops that `make` makes, each four times by `run`: by the machine, the memory, a seed, the region, and where it is.
/// Gives how many have `mark` in their code, and how many runs gave true.
pub fn all(
    count: u64,
    mark: &str,
    make: fn(&mut Rng) -> Region,
    run: fn(&mut Machine, &Memory, u64, &Region, u64) -> bool,
) -> (u64, u64) {
    faults::catch();
    let (mut machine, memory) = (Machine::new(), Memory::new());
    RESUME.set(machine.thunk(thunk::FAULT));
    let (mut marked, mut found) = (0, 0);
    for seed in 0..count {
        let region = make(&mut Rng::new(seed));
        machine.reset();
        let host = machine.add_region(&region).expect("there is nothing special in it");
        marked += listing(&machine.code.bytes).contains(mark) as u64;
        let runs =
            (4 * seed..4 * seed + 4).filter(|&s| run(&mut machine, &memory, s, &region, host));
        found += runs.count() as u64;
    }
    (marked, found)
}
