//! Compiled code does what the IR's definition says, op by op and in random regions.

mod support;

use guest::{CpuState, GuestAddr};
use ir::{Exit, Leave, Op, Region, Type};
use support::random::{Maker, Rng, functions};
use support::{Machine, listing, reference};

const TO: u64 = 0x1_2344;

/// Cases of each op with each type, and of mixed regions.
const CASES: usize = if cfg!(debug_assertions) { 400 } else { 1500 };

fn random_state(rng: &mut Rng, state: &mut CpuState) {
    for slot in 1..32 {
        state.slots[slot] = rng.int();
    }
    for slot in 32..64 {
        state.slots[slot] = rng.float_slot();
    }
    state.fp_round = rng.below(4) as u64;
    state.fp_flags = if rng.chance(90) { 0 } else { rng.next() & 31 };
}

fn copy(from: &CpuState, to: &mut CpuState) {
    to.slots = from.slots;
    to.fp_round = from.fp_round;
    to.fp_flags = from.fp_flags;
}

/// Runs a region both ways, several times, by each compiler.
fn check(machine: &mut Machine, rng: &mut Rng, region: &Region, times: usize) {
    machine.reset();
    let host = machine.add(region);
    check_code(machine, rng, region, times, host);
    machine.reset();
    let mut optimised = region.clone();
    opt::run(opt::OPTIMISED, &mut optimised);
    if let Some(host) = machine.add_region(&optimised) {
        check_code(machine, rng, region, times, host);
    }
}

fn check_code(machine: &mut Machine, rng: &mut Rng, region: &Region, times: usize, host: u64) {
    let mut expected = CpuState::new();
    for _ in 0..times {
        random_state(rng, &mut machine.state);
        let before = machine.state.slots;
        copy(&machine.state, &mut expected);
        let to = reference::run_chain(region, &mut expected);
        assert_eq!(machine.run(host), Leave::Jump);
        let bad: Vec<_> =
            (1..64).filter(|&s| machine.state.slots[s] != expected.slots[s]).collect();
        let flags = (machine.state.fp_flags, expected.fp_flags);
        if !bad.is_empty() || flags.0 != flags.1 {
            region.insts.iter().enumerate().for_each(|(i, inst)| eprintln!("v{i} = {inst:?}"));
            eprintln!("{}", listing(&machine.code.bytes));
            for s in bad {
                let (got, want) = (machine.state.slots[s], expected.slots[s]);
                eprintln!("slot {s}: was {:#x}, is {got:#x}, should be {want:#x}", before[s]);
            }
            let used = region.insts.iter().filter(|i| i.op == Op::Get).map(|i| i.slot());
            used.for_each(|s| eprintln!("{s:?} = {:#x}", before[s.0 as usize]));
            panic!("round {}, flags (is, should be) {flags:?}", expected.fp_round);
        }
        assert_eq!(machine.state.pc, to.0);
    }
}

fn end(maker: Maker) {
    maker.b.exit(Exit::Jump { to: GuestAddr(TO) });
}

#[test]
fn single_ops_do_what_eval_says() {
    let mut machine = Machine::new();
    for (op, ty) in functions() {
        let mut rng = Rng(op as u64 * 31 + ty as u64);
        for _ in 0..CASES {
            let mut region = Region::default();
            let mut inner = Rng(rng.next());
            let mut maker = Maker::new(&mut inner, &mut region, 0x1000);
            maker.step(op, ty);
            end(maker);
            check(&mut machine, &mut rng, &region, 4);
        }
    }
}

fn mixed(seed: u64, cases: usize, ops: &[(Op, Type)], max: usize) {
    let mut machine = Machine::new();
    let mut rng = Rng(seed);
    for _ in 0..cases {
        let mut region = Region::default();
        let mut inner = Rng(rng.next());
        let mut maker = Maker::new(&mut inner, &mut region, 0x1000);
        for i in 0..1 + maker.rng.below(max) {
            maker.b.insn(GuestAddr(0x1004 + 4 * i as u64), 4);
            if maker.rng.chance(20) {
                maker.idiom();
            } else {
                let (op, ty) = maker.rng.pick(ops);
                maker.step(op, ty);
            }
        }
        end(maker);
        check(&mut machine, &mut rng, &region, 3);
    }
}

#[test]
fn mixed_integer_regions_do_what_eval_says() {
    let ints: Vec<_> = functions()
        .into_iter()
        .filter(|(op, ty)| ty.is_int() && op.effect() == ir::Effect::Pure)
        .collect();
    mixed(1, CASES * 20, &ints, 30);
}

#[test]
fn mixed_regions_do_what_eval_says() {
    mixed(2, CASES * 20, &functions(), 30);
}

/// Leaves for a place of its own if two values compare so.
fn leave(maker: &mut Maker, number: usize) {
    let op = maker.rng.pick(&[Op::Eq, Op::Ne, Op::LtS, Op::LtU, Op::GeS, Op::GeU]);
    let (a, b) = (maker.value(Type::I64), maker.value(Type::I64));
    let cond = if maker.rng.chance(80) { maker.b.bin(op, Type::I64, a, b) } else { a };
    maker.b.leave_if(cond, Exit::Jump { to: GuestAddr(TO + 16 * number as u64) });
}

/// Whatever a way out sees is in place there, and what comes behind it finds values where they were.
#[test]
fn chains_of_blocks_do_what_eval_says_wherever_they_are_left() {
    let (mut machine, mut rng) = (Machine::new(), Rng(3));
    let ops = functions();
    for _ in 0..CASES * 20 {
        let mut region = Region::default();
        let mut inner = Rng(rng.next());
        let mut maker = Maker::new(&mut inner, &mut region, 0x1000);
        for number in 0..2 + maker.rng.below(40) {
            maker.b.insn(GuestAddr(0x1004 + 4 * number as u64), 4);
            match maker.rng.below(4) {
                0 => leave(&mut maker, number),
                1 => maker.idiom(),
                _ => {
                    let (op, ty) = maker.rng.pick(&ops);
                    maker.step(op, ty);
                }
            }
        }
        end(maker);
        assert!(region.is_chain());
        machine.reset();
        let host = machine.add(&region);
        check_code(&mut machine, &mut rng, &region, 4, host);
    }
}
