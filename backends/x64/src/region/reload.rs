//! Spilled values that one instruction reads need no register: it takes them from memory.
//!
//! The allocator gives a spilled value a register at each instruction that asks for one, and loads it just before. Where the
//! instruction can read memory, and nothing else reads that register, the load goes. To tell the allocator that such an operand
//! may be in memory would be less work, but it spills what no use needs in a register before it looks for one
//! (docs/adr/0014).

use std::ops::Range;

use regalloc2::{Allocation, Edit, Inst, ProgPoint};

use crate::operands::{Asked, Role};
use crate::regs::NONE;

use super::allocate::{Places, reg_of};
use super::build::{Code, Step};

/// A set of host registers.
type Regs = u32;

/// Lets instructions read spilled values where they are.
pub fn fold(code: &Code, places: &mut Places) {
    let starts = fixpoint(code, places);
    let mut gone = vec![false; places.output.edits.len()];
    for number in 0..code.blocks.len() {
        let live = behind(code, number, &starts);
        walk_back(code, places, number, live, |places, i, live, loads| {
            read_memory(code, places, i, live, loads, &mut gone);
        });
    }
    let mut gone = gone.into_iter();
    places.output.edits.retain(|_| !gone.next().is_some_and(|gone| gone));
}

/// Goes through block `number` from its end, behind which `live` is read, and gives what is read at its start. `see` is given each
/// instruction, what is read behind it, and the moves before it.
fn walk_back(
    code: &Code,
    places: &mut Places,
    number: usize,
    mut live: Regs,
    mut see: impl FnMut(&mut Places, usize, Regs, Range<usize>),
) -> Regs {
    let block = code.blocks[number].clone();
    let mut edits = edits_before(places, block.end);
    for i in block.clone().rev() {
        let first = first_edit(places, block.start, i, edits);
        see(places, i, live, first..edits);
        step_back(code, places, i, &mut live);
        (first..edits).rev().for_each(|at| move_back(&places.output.edits[at].1, &mut live));
        edits = first;
    }
    live
}

/// How many moves come before instruction `i`.
fn edits_before(places: &Places, i: usize) -> usize {
    places.output.edits.partition_point(|(at, _)| *at < ProgPoint::before(Inst::new(i)))
}

/// The first of the moves between the instruction before `i` and `i`, of which `end` is the end.
fn first_edit(places: &Places, block: usize, i: usize, end: usize) -> usize {
    let from = if i == block {
        ProgPoint::before(Inst::new(i))
    } else {
        ProgPoint::after(Inst::new(i - 1))
    };
    let mut first = end;
    while first > 0 && places.output.edits[first - 1].0 >= from {
        first -= 1;
    }
    first
}

/// The registers that are read behind block `number`.
fn behind(code: &Code, number: usize, starts: &[Regs]) -> Regs {
    code.successors(number).into_iter().fold(0, |live, next| live | starts[next])
}

/// The registers that are read at the start of each block, before they are written.
fn fixpoint(code: &Code, places: &mut Places) -> Vec<Regs> {
    let mut starts = vec![0; code.blocks.len()];
    let mut changed = true;
    while changed {
        changed = false;
        for number in (0..code.blocks.len()).rev() {
            let live = behind(code, number, &starts);
            let live = walk_back(code, places, number, live, |_, _, _, _| ());
            changed |= starts[number] != live;
            starts[number] = live;
        }
    }
    starts
}

fn bit(allocation: Allocation) -> Regs {
    allocation.as_reg().map_or(0, |preg| 1 << reg_of(preg))
}

fn step_back(code: &Code, places: &Places, i: usize, live: &mut Regs) {
    let asks = code.steps[i].asks.iter().zip(places.answers(i));
    let (read, written): (Vec<_>, Vec<_>) = asks.partition(|(asked, _)| asked.role == Role::Use);
    written.iter().for_each(|&(_, &place)| *live &= !bit(place));
    read.iter().for_each(|&(_, &place)| *live |= bit(place));
}

fn move_back(edit: &Edit, live: &mut Regs) {
    let Edit::Move { from, to } = *edit;
    *live = *live & !bit(to) | bit(from);
}

/// Lets step `i` read an operand from where one of the moves `range` before it loads it. `live`: what is read behind it.
fn read_memory(
    code: &Code,
    places: &mut Places,
    i: usize,
    live: Regs,
    range: Range<usize>,
    gone: &mut [bool],
) {
    let step = &code.steps[i];
    let answers = places.answers(i);
    let in_memory = answers.iter().any(|place| place.is_stack());
    if range.is_empty() || step.shown.is_some() || in_memory {
        return;
    }
    let free = |n: usize| step.asks[n].foldable && ends(step, answers, n, live);
    for n in (0..step.asks.len()).filter(|&n| free(n)) {
        let load = range.clone().rev().find(|&at| touches(&places.output.edits[at].1, answers[n]));
        if let Some(at) = load
            && let Some(word) = load_of(&places.output.edits[at].1, answers[n])
            && !range
                .clone()
                .skip_while(|&later| later <= at)
                .any(|later| touches(&places.output.edits[later].1, word))
            && !shown_behind(places, &step.asks[n], i)
        {
            gone[at] = true;
            let first = places.output.inst_alloc_offsets[i] as usize;
            places.output.allocs[first + n] = word;
            return;
        }
    }
}

/// True if the register of operand `n` is not read by anything else from here on.
fn ends(step: &Step, answers: &[Allocation], n: usize, live: Regs) -> bool {
    let written = |m: usize| step.asks[m].role != Role::Use && answers[m] == answers[n];
    let read = |m: usize| m != n && step.asks[m].role == Role::Use && answers[m] == answers[n];
    let all = 0..step.asks.len();
    let alone =
        step.asks[n].role == Role::Use && step.asks[n].fixed == NONE && !all.clone().any(read);
    alone && !all.clone().any(written) && live & bit(answers[n]) == 0
}

fn touches(edit: &Edit, place: Allocation) -> bool {
    let Edit::Move { from, to } = *edit;
    from == place || to == place
}

/// The spill word that `edit` loads to `to`.
fn load_of(edit: &Edit, place: Allocation) -> Option<Allocation> {
    let Edit::Move { from, to } = *edit;
    (to == place && from.is_stack()).then_some(from)
}

/// True if faults behind step `i` find the value in the register that it is in there.
fn shown_behind(places: &Places, asked: &Asked, i: usize) -> bool {
    let after = ProgPoint::before(Inst::new(i + 1));
    let here = ProgPoint::before(Inst::new(i));
    let all = &places.output.debug_locations;
    let begun = all.partition_point(|&(label, from, ..)| (label, from) <= (asked.value.0, here));
    let own = all[..begun].iter().rev().take_while(|&&(label, ..)| label == asked.value.0);
    own.filter(|&&(.., place)| place.is_reg()).any(|&(_, _, end, _)| end > after)
}
