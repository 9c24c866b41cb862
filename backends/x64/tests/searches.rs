//! Loops of which rounds are skipped that surely go on do what the walker does, which runs them from the definition of
//! ops: whatever they look for, wherever their arrays lie, and wherever they end or fault.

mod support;

use std::fmt::Write;

use guest::{CpuState, Slot};
use ir::Region;
use ir::testing::{Rng, random_state};
use ir::traits::thunk;
use support::Machine;
use support::faults::{self, RESUME};
use support::loops::{self, Memory, PAGE, PAGES, Text};

const LOOPS: u64 = if cfg!(debug_assertions) { 3000 } else { 20_000 };

const STREAMS: [u32; 2] = [3, 4];
const OFFSET: u32 = 6;
const COUNT: u32 = 12;
const LIMIT: u32 = 13;
const FIXED: u32 = 14;
const MASK: u32 = 15;
/// What was loaded from each array.
const SHOWN: [u32; 2] = [7, 20];
const WORK: u32 = 9;
const PLACE: u32 = 16;

/// What a loop is like.
struct Shape {
    load: &'static str,
    size: u64,
    arrays: usize,
    /// Elements that a round takes from each array.
    elements: u64,
    /// A round begins with what the round before has loaded last.
    rotated: bool,
    /// The addresses of the second array are sums.
    indexed: bool,
}

impl Shape {
    fn random(rng: &mut Rng) -> Shape {
        let loads =
            [("ld8u", 1), ("ld8s", 1), ("ld16u", 2), ("ld16s", 2), ("ld32u", 4), ("ld32s", 4)];
        let (load, size) = match rng.below(3) {
            0 => loads[0],
            1 => ("ld64", 8),
            _ => loads[rng.below(6) as usize],
        };
        let elements = [1, 1, 1, 2, 4][rng.below(5) as usize];
        let arrays = 1 + rng.below(2) as usize;
        let rotated = rng.below(3) == 0;
        Shape { load, size, arrays, elements, rotated, indexed: rng.below(3) == 0 }
    }
    fn stride(&self) -> u64 {
        self.size * self.elements
    }
}

/// A loop being written.
struct Loop<'a> {
    t: Text,
    block: u32,
    rng: &'a mut Rng,
    shape: Shape,
}

impl Loop<'_> {
    /// Leaves if `cond` holds; sometimes comes back after a detour.
    fn leave_if(&mut self, cond: u32) {
        let (next, pc) = (self.block + 1, self.t.pc);
        if self.rng.below(8) == 0 {
            let (aside, next) = (next, next + 1);
            writeln!(self.t.text, "  if v{cond} -> b{aside}, b{next}\nb{aside}:")
                .expect("a string");
            self.t.grow(WORK, 1, false);
            writeln!(self.t.text, "  -> b{next}\nb{next}:").expect("a string");
            self.block = next;
            return;
        }
        writeln!(self.t.text, "  if v{cond} -> jump {:#x}, b{next}\nb{next}:", pc + 0x8000)
            .expect("a string");
        self.block = next;
    }

    /// Compares what was loaded last.
    fn look(&mut self, last: bool) {
        let shape = &self.shape;
        let [a, b] = SHOWN.map(|slot| format!("get.i64 r{slot}"));
        let both = shape.arrays == 2 && !(last && shape.rotated);
        self.t.insn();
        let x = self.t.value(&a);
        if shape.size == 8 && self.rng.below(2) == 0 {
            return self.zero_byte(x);
        }
        let narrow = shape.size < 8 && self.rng.below(2) == 0;
        let (ty, x) =
            if narrow { ("i32", self.t.value(&format!("trunc v{x}"))) } else { ("i64", x) };
        if !both || self.rng.below(2) == 0 {
            let other = match self.rng.below(3) {
                0 if !narrow => self.t.value(&format!("get.i64 r{FIXED}")),
                1 => self.t.value(&format!("const.{ty} 0x41")),
                _ => self.t.value(&format!("const.{ty} 0x0")),
            };
            let cond = self.t.value(&format!("eq.{ty} v{x}, v{other}"));
            self.leave_if(cond);
        }
        if both {
            self.t.insn();
            let mut y = self.t.value(&b);
            if narrow {
                y = self.t.value(&format!("trunc v{y}"));
            }
            let cond = self.t.value(&format!("ne.{ty} v{x}, v{y}"));
            self.leave_if(cond);
        }
    }

    /// Leaves if a byte of `x` may be zero.
    fn zero_byte(&mut self, x: u32) {
        let [ones, mask] = [FIXED, MASK].map(|slot| self.t.value(&format!("get.i64 r{slot}")));
        let less = self.t.value(&format!("add.i64 v{x}, v{ones}"));
        let all = self.t.value("const.i64 -1");
        let inverse = self.t.value(&format!("xor.i64 v{x}, v{all}"));
        self.t.effect(&format!("set.i64 r{WORK}, v{inverse}"));
        let both = self.t.value(&format!("and.i64 v{less}, v{inverse}"));
        let found = self.t.value(&format!("and.i64 v{both}, v{mask}"));
        let zero = self.t.value("const.i64 0");
        let cond = self.t.value(&format!("ne.i64 v{found}, v{zero}"));
        self.leave_if(cond);
    }

    fn load(&mut self, n: usize, element: u64) {
        let Shape { load, size, indexed, rotated, .. } = self.shape;
        self.t.insn();
        let mut at = self.t.value(&format!("get.i64 r{}", STREAMS[n]));
        if indexed && n == 1 {
            let offset = self.t.value(&format!("get.i64 r{OFFSET}"));
            at = self.t.value(&format!("add.i64 v{at}, v{offset}"));
        }
        if self.rng.below(5) == 0 {
            self.t.effect(&format!("set.i64 r{PLACE}, v{at}"));
            self.t.insn();
        }
        let disp = size * (element + rotated as u64);
        let v = self.t.value(&format!("{load} v{at} + {disp}"));
        self.t.effect(&format!("set.i64 r{}, v{v}", SHOWN[n]));
    }

    /// Leaves at a limit, or never.
    fn bound(&mut self) {
        let word = self.rng.below(3) == 0;
        let by = [1, 1, -1, 4][self.rng.below(4) as usize];
        let count = self.t.grow(COUNT, by, word);
        self.t.insn();
        let limit = self.t.value(&format!("get.i64 r{LIMIT}"));
        let cond = match (self.rng.below(4), by > 0) {
            (0, _) => return,
            (1, true) => format!("ges.i64 v{count}, v{limit}"),
            (1, false) => format!("ges.i64 v{limit}, v{count}"),
            (2, true) => format!("geu.i64 v{count}, v{limit}"),
            (2, false) => format!("geu.i64 v{limit}, v{count}"),
            _ => format!("eq.i64 v{count}, v{limit}"),
        };
        let cond = self.t.value(&cond);
        self.leave_if(cond);
    }

    fn round(&mut self) {
        if self.shape.rotated {
            self.look(false);
        }
        for element in 0..self.shape.elements {
            (0..self.shape.arrays).for_each(|n| self.load(n, element));
            self.look(element + 1 == self.shape.elements);
        }
        let stride = self.shape.stride() as i64;
        STREAMS.iter().for_each(|&stream| _ = self.t.grow(stream, stride, false));
        self.bound();
    }
}

fn random_loop(rng: &mut Rng) -> Region {
    let shape = Shape::random(rng);
    let t = Text::at(0x1000);
    let mut own = Loop { t, block: 1, rng, shape };
    own.round();
    let (body, end) = (&own.t.text, own.t.pc);
    let text = format!(
        "region 0x1000 bytes 0x1000..{end:#x} insns {} {{\nb0:\n  -> b1\nb1:\n{body}  -> b1\n}}",
        (end - 0x1000) / 4
    );
    let mut region = ir::parse(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    opt::run(opt::OPTIMISED, &mut region);
    region
}

/// Memory in which little differs.
fn words(rng: &mut Rng) -> Vec<u64> {
    let usual = [0x4242_4242_4242_4242, 0x6262_6262_6262_6262, u64::MAX][rng.below(3) as usize];
    let odd = [8, 60, 2000][rng.below(3) as usize];
    let word = |rng: &mut Rng| match rng.below(odd) {
        0 => usual ^ 0xff << (8 * rng.below(8)),
        1 => usual & !(0xff << (8 * rng.below(8))),
        2 => usual & !(0xff << (8 * rng.below(8))) | 0x41 << (8 * rng.below(8)),
        _ => usual,
    };
    (0..PAGES * PAGE / 8).map(|_| word(rng)).collect()
}

fn registers(rng: &mut Rng, memory: &Memory) -> Box<CpuState> {
    let mut state = random_state(rng, memory.0);
    let end = memory.0 + PAGES * PAGE;
    let unit = [8, 8, 1][rng.below(3) as usize];
    let at = |rng: &mut Rng| match rng.below(4) {
        0 => end - 8 * rng.below(60),
        1 => memory.0 + 3 * PAGE / 2 + unit * rng.below(12),
        _ => memory.0 + PAGE / 2 + unit * rng.below(1600),
    };
    STREAMS.iter().for_each(|&slot| state.set(Slot(slot as u8), at(rng)));
    state.set(Slot(OFFSET as u8), 8 * rng.below(8));
    let count = [rng.below(4), u64::MAX - 40, 0x7fff_fff0][rng.below(3) as usize];
    state.set(Slot(COUNT as u8), count);
    let most = [1 << 31, (1 << 32) - rng.below(400)][rng.below(2) as usize];
    let far = [rng.below(40), 5 * rng.below(400), most][rng.below(3) as usize];
    let limit = [count.wrapping_add(far), count.wrapping_sub(far), far][rng.below(3) as usize];
    state.set(Slot(LIMIT as u8), limit);
    let ones = [0xfefe_fefe_fefe_feff, 0x41, 0x142][rng.below(3) as usize];
    state.set(Slot(FIXED as u8), ones);
    state.set(Slot(MASK as u8), 0x8080_8080_8080_8080);
    let shown = [0x42, 0x62, 0x4242_4242_4242_4242][rng.below(3) as usize];
    SHOWN.iter().for_each(|&slot| state.set(Slot(slot as u8), shown));
    state
}

/// Runs `region` both ways; true if it faults while it looks at several rounds at once.
fn compare(machine: &mut Machine, memory: &Memory, seed: u64, region: &Region, host: u64) -> bool {
    let mut rng = Rng::new(seed);
    let words = words(&mut rng);
    let mut state = registers(&mut rng, memory);
    state.poll = ((rng.below(8) == 0) as u32).into();
    loops::compare((machine, host), (memory, &words), region, state, seed)
}

#[test]
fn skipped_rounds_leave_what_rounds_in_turn_leave() {
    let (wide, faults) = loops::all(LOOPS, "vpmovmskb", random_loop, compare);
    assert!(wide > LOOPS / 3, "only {wide} were done so");
    assert!(faults > LOOPS / 50, "only {faults} faulted");
}

/// A loop that is entered in front of where it polls: what the block there is given is not what the round before gave.
const TURNED: &str = "
region 0x1000 bytes 0x1000..0x1010 insns 4 {
b0:
  v0 = get.i64 r3
  v1 = get.i64 r7
  -> b1(v0, v1)
b1(v2: i64, v3: i64):
  set.i64 r3, v2
  set.i64 r7, v3
  insn 0x1000 4
  -> b2
b2:
  v7 = poll
  if v7 -> b6, b3
b3:
  insn 0x1004 4
  v9 = ld8u v2
  set.i64 r7, v9
  insn 0x1008 4
  v12 = const.i64 0x0
  v13 = eq.i64 v9, v12
  if v13 -> b5, b4
b4:
  v14 = const.i64 0x1
  v15 = add.i64 v2, v14
  -> b1(v15, v9)
b5:
  -> jump 0x9000
b6:
  -> yield 0x1000
}";

#[test]
fn a_loop_that_is_entered_in_front_of_its_poll_is_left_alone() {
    faults::catch();
    let (mut machine, memory) = (Machine::new(), Memory::new());
    RESUME.set(machine.thunk(thunk::FAULT));
    let region = ir::parse(TURNED).expect("it parses");
    let host = machine.add_region(&region).expect("there is nothing special in it");
    for seed in 0..100 {
        compare(&mut machine, &memory, seed, &region, host);
    }
}
