//! Regions of several blocks do what the walker does, which runs them from the definition of ops.

mod support;

use guest::{CpuState, GuestAddr, Slot, access};
use ir::testing::{Rng, STACK, random_region, random_state, walk};
use ir::traits::thunk;
use ir::{Builder, CompiledCode, Exit, Leave, Op, Place, Region, Round, Type};
use support::faults::{self, FAULTED, RESUME};
use support::{Machine, listing};

const REGIONS: u64 = if cfg!(debug_assertions) { 4000 } else { 20_000 };

#[repr(align(64))]
struct Memory([u8; 4096]);

/// What can be seen of a run.
#[derive(Debug, PartialEq)]
struct Seen {
    leave: Leave,
    pc: u64,
    slots: Vec<u64>,
    flags: u64,
    memory: Vec<u8>,
}

fn seen(leave: Leave, state: &CpuState, memory: &Memory) -> Seen {
    let slots = state.slots[1..64].to_vec();
    Seen { leave, pc: state.pc, slots, flags: state.fp_flags, memory: memory.0.to_vec() }
}

fn fill(memory: &mut Memory, seed: u64) {
    memory.0.iter_mut().enumerate().for_each(|(i, b)| *b = (i as u64 * seed) as u8);
}

/// A computed jump to an address that is not known leaves, whatever the exit was.
fn plain(leave: Leave) -> Leave {
    if leave == Leave::Jump { Leave::Indirect } else { leave }
}

fn compare(machine: &mut Machine, memory: &mut Memory, seed: u64, region: &Region) -> bool {
    machine.reset();
    let host = machine.add_region(region);
    host.inspect(|&host| agree(machine, memory, seed, (region, host))).is_some()
}

/// Runs `region`, compiled at `host`, and has the walker run it.
fn agree(machine: &mut Machine, memory: &mut Memory, seed: u64, (region, host): (&Region, u64)) {
    let mut rng = Rng::new(seed);
    for round in 0..3 {
        let mut state = random_state(&mut rng, memory.0.as_ptr() as u64);
        state.fp_round &= 3;
        machine.state.slots = state.slots;
        machine.state.fp_round = state.fp_round;
        machine.state.fp_flags = 0;
        machine.state.call_sp = machine.state.call_base;
        fill(memory, seed);
        let leave = walk(region, &mut state);
        let want = seen(plain(leave), &state, memory);
        fill(memory, seed);
        let leave = machine.run(host);
        let found = seen(plain(leave), &machine.state, memory);
        if found != want {
            eprintln!("{region}\n{}", listing(&machine.code.bytes));
            for (i, (f, w)) in found.slots.iter().zip(&want.slots).enumerate() {
                if f != w {
                    eprintln!("r{}: is {f:#x}, should be {w:#x}", i + 1);
                }
            }
        }
        assert_eq!(found, want, "seed {seed} round {round}");
    }
}

#[test]
fn random_regions_run_as_the_walker_runs_them() {
    let mut machine = Machine::new();
    let mut memory = Box::new(Memory([0; 4096]));
    assert_eq!(STACK.0, 2);
    let mut compiled = 0;
    for seed in 0..REGIONS {
        let mut region = random_region(&mut Rng::new(seed));
        opt::run(opt::OPTIMISED, &mut region);
        compiled += compare(&mut machine, &mut memory, seed, &region) as u64;
    }
    assert!(compiled > REGIONS / 4, "only {compiled} were compiled");
}

#[test]
fn regions_with_registers_in_their_homes_run_as_the_walker_runs_them() {
    let mut machine = Machine::new();
    let mut memory = Box::new(Memory([0; 4096]));
    let mut compiled = 0;
    for seed in 0..REGIONS {
        let mut region = random_region(&mut Rng::new(seed));
        opt::run(opt::BASELINE, &mut region);
        machine.reset();
        if region.blocks.len() > 1
            && let Some(host) = machine.add_blocks(&region)
        {
            agree(&mut machine, &mut memory, seed, (&region, host));
            compiled += 1;
        }
    }
    assert!(compiled > REGIONS / 8, "only {compiled} were compiled");
}

/// Two pages, the second one out of reach; gives the start of the second one.
fn border() -> u64 {
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    let prot = libc::PROT_READ | libc::PROT_WRITE;
    // SAFETY: a fresh mapping.
    let at = unsafe { libc::mmap(std::ptr::null_mut(), 8192, prot, flags, -1, 0) } as u64;
    // SAFETY: its second half.
    unsafe { libc::mprotect((at + 4096) as *mut _, 4096, libc::PROT_NONE) };
    at + 4096
}

/// Puts guest registers back that are elsewhere at the fault at `host`.
fn recover(code: &CompiledCode, host: u32, state: &mut CpuState) {
    let next = code.recover.partition_point(|r| r.host <= host);
    let Some(found) = next.checked_sub(1).map(|i| code.recover[i]) else { return };
    for &(slot, place) in &code.places[found.first as usize..(found.first + found.count) as usize] {
        let value = match place {
            Place::Word(n, make) => make.apply(state.scratch[n as usize]),
            Place::Const(bits) => bits as u64,
        };
        state.set(slot, value);
    }
}

fn page(border: u64) -> Vec<u8> {
    let mut bytes = vec![0; 4096];
    access::copy_in(border - 4096, &mut bytes).expect("the first page is ours");
    bytes
}

/// Runs `region` up to a fault both ways; false if there was none.
fn fault(machine: &mut Machine, border: u64, seed: u64, region: &Region) -> bool {
    machine.reset();
    let Some(host) = machine.add_region(region) else { return false };
    let bytes: Vec<u8> = (0..4096u64).map(|i| (i * seed) as u8).collect();
    let mut state = random_state(&mut Rng::new(seed), border - 8 * (1 + seed % 8));
    state.fp_round &= 3;
    machine.state.slots = state.slots;
    machine.state.fp_round = state.fp_round;
    machine.state.fp_flags = 0;
    machine.state.call_sp = machine.state.call_base;
    access::copy_out(border - 4096, &bytes).expect("the first page is ours");
    if walk(region, &mut state) != Leave::Fault {
        return false;
    }
    let want = page(border);
    access::copy_out(border - 4096, &bytes).expect("the first page is ours");
    RESUME.set(machine.thunk(thunk::FAULT));
    assert_eq!(machine.run(host), Leave::Fault);
    let at = (FAULTED.get() - host) as u32;
    recover(&machine.code, at, &mut machine.state);
    let marks = &machine.code.pc_map;
    let mark = marks[marks.partition_point(|m| m.host <= at) - 1];
    assert_eq!(region.entry.offset(mark.guest as i64).0, state.pc, "seed {seed}");
    let slots = (1..64).filter(|&s| machine.state.slots[s] != state.slots[s]);
    let bad: Vec<_> = slots
        .map(|s| format!("r{s} {:#x} {:#x}", machine.state.slots[s], state.slots[s]))
        .collect();
    let show = || format!("seed {seed} at {at:#x}\n{region}\n{}", listing(&machine.code.bytes));
    assert!(bad.is_empty(), "{bad:?} (is, should be) {}", show());
    assert_eq!(machine.state.fp_flags, state.fp_flags, "seed {seed}");
    assert_eq!(page(border), want, "seed {seed}");
    true
}

#[test]
fn faults_find_every_register_as_the_walker_does() {
    faults::catch();
    let mut machine = Machine::new();
    let border = border();
    let mut faults = 0;
    for seed in 0..REGIONS {
        let mut region = random_region(&mut Rng::new(seed));
        opt::run(opt::OPTIMISED, &mut region);
        faults += fault(&mut machine, border, seed, &region) as u64;
    }
    assert!(faults > REGIONS / 16, "only {faults} faulted");
}

/// More values than there are registers, each of them seen by faults.
fn crowded(rng: &mut Rng) -> Region {
    let mut region = Region::default();
    let mut b = Builder::new(&mut region, GuestAddr(0x10000));
    let slot = |n: u64| Slot(3 + n as u8);
    for at in 0..40 {
        b.insn(GuestAddr(0x10000 + 4 * at), 4);
        let [x, y] = [0; 2].map(|_| b.get(Type::I64, slot(rng.below(22))));
        let memory = b.get(Type::I64, STACK);
        let sum = b.bin(Op::Add, Type::I64, x, y);
        let value = match rng.below(4) {
            0 => b.load(Op::Ld64, memory, 8 * rng.below(16) as i32),
            _ => sum,
        };
        b.set(slot(rng.below(22)), value);
    }
    b.exit(Exit::Jump { to: GuestAddr(0x20000) });
    region
}

#[test]
fn values_that_have_no_register_are_found_at_faults() {
    faults::catch();
    let (mut machine, mut memory, border) = (Machine::new(), Box::new(Memory([0; 4096])), border());
    let (mut faults, mut folded) = (0, 0);
    for seed in 0..400 {
        let mut region = crowded(&mut Rng::new(seed));
        opt::run(opt::OPTIMISED, &mut region);
        assert!(compare(&mut machine, &mut memory, seed, &region), "seed {seed}");
        folded += listing(&machine.code.bytes).lines().filter(|line| reads_spilled(line)).count();
        faults += fault(&mut machine, border, seed, &region) as u64;
    }
    assert!(faults > 100, "only {faults} faulted");
    assert!(folded > 800, "only {folded} operands were read where they are");
}

/// True for arithmetic with a spill word.
fn reads_spilled(line: &str) -> bool {
    let arithmetic = ["add ", "sub ", "and ", "or ", "xor ", "imul ", "cmp "];
    arithmetic.iter().any(|op| line.contains(op)) && line.contains("[rbp+1")
}

/// Flags raised, read, a comparison, and the flags put back.
fn quiet_comparison(op: Op, x: u64, y: u64) -> Region {
    let mut region = Region::default();
    let mut b = Builder::new(&mut region, GuestAddr(0x10000));
    b.insn(GuestAddr(0x10000), 4);
    let (x, y) = (b.iconst(Type::F64, x as i64), b.iconst(Type::F64, y as i64));
    let memory = b.get(Type::I64, STACK);
    let third = b.load(Op::LdF64, memory, 0);
    let raised = b.fp(Op::FDiv, Type::F64, Round::Dyn, &[third, x]);
    b.set(Slot(40), raised);
    let flags = b.push(Op::FpFlagsGet, Type::I64, 0, &[], 0);
    let less = b.push(op, Type::F64, 0, &[x, y], 0);
    b.set(Slot(10), less);
    let flags = b.bin_imm(Op::And, Type::I64, flags, 0x1f);
    b.push(Op::FpFlagsSet, Type::I64, 0, &[flags], 0);
    b.exit(Exit::Jump { to: GuestAddr(0x20000) });
    region
}

#[test]
fn a_comparison_whose_flags_are_undone_leaves_none() {
    let (mut machine, mut memory) = (Machine::new(), Box::new(Memory([0; 4096])));
    let (one, zero) = (1f64.to_bits(), 0);
    let (quiet, signalling) = (f64::NAN.to_bits(), 0x7ff0_0000_0000_0001);
    let values = [one, zero, f64::INFINITY.to_bits(), quiet, signalling];
    for op in [Op::FLt, Op::FLe, Op::FEq, Op::FLtQ, Op::FLeQ] {
        for (x, y) in values.iter().flat_map(|&x| values.map(|y| (x, y))) {
            let region = quiet_comparison(op, x, y);
            assert!(compare(&mut machine, &mut memory, 3, &region), "{op:?} {x:#x} {y:#x}");
        }
    }
}

#[test]
fn choices_by_one_condition_compare_each() {
    let mut region = Region::default();
    let mut b = Builder::new(&mut region, GuestAddr(0x10000));
    b.insn(GuestAddr(0x10000), 4);
    let [x, y] = [Slot(10), Slot(11)].map(|slot| b.get(Type::I64, slot));
    let less = b.bin(Op::LtS, Type::I64, x, y);
    for (slot, (yes, no)) in [(12, (x, y)), (13, (y, x))] {
        let chosen = b.push(Op::Select, Type::I64, 0, &[less, yes, no], 0);
        b.set(Slot(slot), chosen);
    }
    b.exit(Exit::Jump { to: GuestAddr(0x20000) });
    let (mut machine, mut memory) = (Machine::new(), Box::new(Memory([0; 4096])));
    (0..16).for_each(|seed| assert!(compare(&mut machine, &mut memory, seed, &region)));
    let text = listing(&machine.code.bytes);
    let count = |word: &str| text.lines().filter(|line| line.contains(word)).count();
    assert_eq!((count("cmp "), count("cmov"), count("set")), (2, 2, 0), "{text}");
}

#[test]
fn what_is_read_in_its_low_half_is_not_extended() {
    let mut region = Region::default();
    let mut b = Builder::new(&mut region, GuestAddr(0x10000));
    b.insn(GuestAddr(0x10000), 4);
    let [x, y] = [Slot(10), Slot(11)].map(|slot| b.get(Type::I64, slot));
    let [low, by] = [x, y].map(|v| b.un(Op::Trunc, Type::I64, v));
    let sum = b.bin(Op::Add, Type::I32, low, by);
    let sum = b.un(Op::Sext32, Type::I64, sum);
    let masked = b.bin_imm(Op::And, Type::I64, sum, 0x7ff);
    let up = b.bin_imm(Op::Shl, Type::I64, sum, 32);
    let down = b.bin_imm(Op::Shr, Type::I64, up, 32);
    let product = b.bin(Op::Mul, Type::I64, masked, down);
    let only_seen = b.bin_imm(Op::And, Type::I64, sum, 0x1ff);
    for (slot, value) in [(12, masked), (13, down), (14, product), (15, only_seen)] {
        b.set(Slot(slot), value);
    }
    b.exit(Exit::Jump { to: GuestAddr(0x20000) });
    let (mut machine, mut memory) = (Machine::new(), Box::new(Memory([0; 4096])));
    (0..64).for_each(|seed| assert!(compare(&mut machine, &mut memory, seed, &region)));
    let text = listing(&machine.code.bytes);
    assert!(!text.contains("movsxd"), "{text}");
}

/// What leads by the value of register 10 to `jump 0x20000` and, 16 bytes further each, to those behind it, in the order of
/// `keys`, with the place in register 11; otherwise to `jump 0x50000`.
fn chain(keys: &[i64]) -> Region {
    let mut text = String::from("region 0x10000 bytes 0x10000..0x10004 insns 1 {\nb0:\n");
    text += "  insn 0x10000 4\n  v1 = get.i64 r10\n";
    let count = keys.len();
    for (n, key) in keys.iter().enumerate() {
        let (sign, size) = (if *key < 0 { "-" } else { "" }, key.unsigned_abs());
        let (value, cond) = (2 + 2 * n, 3 + 2 * n);
        let next = if n + 1 == count { "jump 0x50000".into() } else { format!("b{}", n + 1) };
        text += &if n == 0 { String::new() } else { format!("b{n}:\n") };
        text += &format!("  v{value} = const.i64 {sign}{size:#x}\n");
        text +=
            &format!("  v{cond} = eq.i64 v1, v{value}\n  if v{cond} -> b{}, {next}\n", count + n);
    }
    for n in 0..count {
        let (block, value, to) = (count + n, 2 + 2 * (count + n), 0x20000 + 16 * n);
        text += &format!("b{block}:\n  v{value} = const.i64 {n:#x}\n");
        text += &format!("  set.i64 r11, v{value}\n  -> jump {to:#x}\n");
    }
    ir::parse(&(text + "}")).expect("it parses")
}

#[test]
fn a_value_leads_where_a_long_chain_of_comparisons_says() {
    let mut machine = Machine::new();
    for (first, step) in
        [(0x10000i64, 6), (-60, 10), (0x1000, 4098), (i32::MIN as i64, 0x0801_0102)]
    {
        for count in [5usize, 12, 40] {
            let keys: Vec<i64> =
                (0..count as i64).map(|n| first + n * 7 % count as i64 * step).collect();
            if keys.iter().any(|&key| key != key as i32 as i64) {
                continue;
            }
            let mut region = chain(&keys);
            opt::run(opt::OPTIMISED, &mut region);
            machine.reset();
            let host = machine.add_region(&region).expect("it is compiled");
            assert_eq!(machine.code.tables > 0, count >= 12, "{count} keys");
            for at in keys
                .iter()
                .flat_map(|&key| [key - 1, key, key + 1, key + (1 << 32), key ^ i64::MIN])
            {
                machine.state.slots[10] = at as u64;
                machine.state.slots[11] = 99;
                let leave = machine.run(host);
                let case = keys.iter().position(|&key| key == at);
                let to = case.map_or(0x50000, |n| 0x20000 + 16 * n as u64);
                let wanted = (Leave::Jump, to, case.map_or(99, |n| n as u64));
                assert_eq!((leave, machine.state.pc, machine.state.slots[11]), wanted, "{at:#x}");
            }
        }
    }
}
