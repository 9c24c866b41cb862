//! Regions of several blocks do what the walker does, which runs them from the definition of ops.

mod support;

use guest::CpuState;
use ir::testing::{Rng, STACK, random_region, random_state, walk};
use ir::{Leave, Region};
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
    let Some(host) = machine.add_region(region) else { return false };
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
    true
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
