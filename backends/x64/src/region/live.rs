//! Which values are needed behind each instruction. A value that a fault shows is needed up to
//! there, so the last instruction that may show it uses it; that use wants no register.

use ir::Value;

use crate::operands::{Asked, Role};

use super::build::{Code, Kind, Shown, Step};

/// A set of values.
#[derive(Clone, PartialEq, Eq)]
struct Set(Vec<u64>);

impl Set {
    fn new(len: usize) -> Set {
        Set(vec![0; len.div_ceil(64)])
    }
    fn has(&self, value: Value) -> bool {
        self.0[value.index() / 64] >> (value.index() % 64) & 1 != 0
    }
    fn add(&mut self, value: Value) {
        self.0[value.index() / 64] |= 1 << (value.index() % 64);
    }
    fn remove(&mut self, value: Value) {
        self.0[value.index() / 64] &= !(1 << (value.index() % 64));
    }
    fn join(&mut self, other: &Set) {
        self.0.iter_mut().zip(&other.0).for_each(|(a, b)| *a |= b);
    }
}

/// What counts as a use.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Needs {
    /// What instructions ask for.
    Asked,
    /// That, and what faults show.
    Shown,
}

/// Decides which results take the register of an operand, and adds uses for what faults show.
pub fn extend(code: &mut Code) {
    backwards(code, Needs::Shown, |step, live, _| share(step, live));
    // In a loop no fault is the last one to show a value; so only what is asked for counts.
    backwards(code, Needs::Asked, show);
}

/// Calls `visit` for each instruction, the last one first, with what is needed behind it.
fn backwards(code: &mut Code, needs: Needs, visit: impl Fn(&mut Step, &Set, &Values)) {
    let mut starts = fixpoint(code, needs);
    for number in (0..code.blocks.len()).rev() {
        let mut live = behind(code, number, &starts);
        let values = Values { constant: &code.constant, fp: &code.fp };
        for i in code.blocks[number].clone().rev() {
            let step = &mut code.steps[i];
            visit(step, &live, &values);
            before(step, needs, values.constant, &mut live);
        }
        code.params[number].iter().for_each(|&param| live.remove(param));
        starts[number] = live;
    }
}

/// What is known about each value.
struct Values<'a> {
    constant: &'a [bool],
    fp: &'a [bool],
}

/// What is needed at the start of each block.
fn fixpoint(code: &Code, needs: Needs) -> Vec<Set> {
    let mut starts = vec![Set::new(code.fp.len()); code.blocks.len()];
    let mut changed = true;
    while changed {
        changed = false;
        for number in (0..code.blocks.len()).rev() {
            let mut live = behind(code, number, &starts);
            let steps = code.blocks[number].clone().rev();
            steps.for_each(|i| before(&code.steps[i], needs, &code.constant, &mut live));
            code.params[number].iter().for_each(|&param| live.remove(param));
            changed |= starts[number] != live;
            starts[number] = live;
        }
    }
    starts
}

fn behind(code: &Code, number: usize, starts: &[Set]) -> Set {
    let mut live = Set::new(code.fp.len());
    code.successors(number).into_iter().for_each(|next| live.join(&starts[next]));
    live
}

/// Steps back over one instruction.
fn before(step: &Step, needs: Needs, constant: &[bool], live: &mut Set) {
    for asked in &step.asks {
        if asked.role == Role::Def {
            live.remove(asked.value);
        }
    }
    for asked in &step.asks {
        if asked.role == Role::Use {
            live.add(asked.value);
        }
    }
    if let Kind::Jump { args, .. } = &step.kind {
        args.iter().for_each(|&arg| live.add(arg));
    }
    for &Shown { value, .. } in step.shown.iter().flatten() {
        if needs == Needs::Shown && !constant[value.index()] {
            live.add(value);
        }
    }
}

/// Keeps what a fault shows up to here.
fn show(step: &mut Step, live: &Set, values: &Values) {
    for &Shown { value, .. } in step.shown.iter().flatten() {
        let asked = |a: &Asked| a.role == Role::Use && a.value == value;
        if !values.constant[value.index()] && !live.has(value) && !step.asks.iter().any(asked) {
            step.asks.push(Asked::shown(value, values.fp[value.index()]));
        }
    }
}

/// A result takes the register of the operand that it is best made in, if that ends here.
fn share(step: &mut Step, live: &Set) {
    if matches!(step.kind, Kind::Rounds(_)) {
        return;
    }
    let Some(def) = step.asks.iter().position(|a| a.role == Role::Def) else { return };
    let Some(like) = step.asks[def].like else { return };
    let operand = step.asks[like as usize];
    if live.has(operand.value) {
        step.asks[def].like = None;
    } else {
        step.asks[like as usize].any = false;
        step.asks[def].apart = false;
    }
}
