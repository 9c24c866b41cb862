//! From IR to the allocator's input: which instructions there are, and what each asks for.

use guest::{SLOT_COUNT, Slot};
use ir::slots::Written;
use ir::{BlockCall, Exit, Inst, Make, Op, Target, Term, Unsupported, Value};

use crate::lower::Lower;
use crate::operands::{Asked, Mode, Role};
use crate::plan::{deferral, is_fp, jump_source};
use crate::regs::{self, NONE, RCX, Reg};

use super::ahead::Ahead;
use super::exit::To;
use super::rounds::Rounds;
use super::search::Searching;
use super::switch::Switch;

/// What an instruction does.
#[derive(Clone, Debug)]
pub enum Kind {
    /// The homes' values become known.
    Entry,
    /// An op of the IR.
    Op(Value),
    /// A guest register without a home is read.
    Load(u8),
    /// A constant is put in a register.
    Const(Value),
    /// What a guest register holds, made of what is there instead of it.
    Make(Make),
    /// To `then` if `cond` is not 0, else to `other`.
    Branch { cond: Value, then: usize, other: usize },
    /// To the block that a value leads to.
    Switch(Box<Switch>),
    /// Rounds of a loop, several at once, before it.
    Rounds(Box<Rounds>),
    /// Rounds of a loop are skipped, before it.
    Search(Box<Searching>),
    /// To a block with arguments.
    Jump { to: usize, args: Vec<Value> },
    /// Out of the region, values in place.
    Exit { exit: Exit, pure_return: bool, state: Vec<(Value, To)> },
}

/// An instruction as the allocator sees it.
#[derive(Clone, Debug)]
pub struct Step {
    pub kind: Kind,
    /// The guest instruction that it belongs to.
    pub pc: i64,
    pub asks: Vec<Asked>,
    /// For ops that may fault: the values of guest registers, constants included.
    pub shown: Option<Vec<Shown>>,
}

/// The value of a guest register, and what it is made of `value` by.
#[derive(Clone, Copy, Debug)]
pub struct Shown {
    pub slot: Slot,
    pub value: Value,
    pub make: Make,
}

/// A region's instructions.
#[derive(Default)]
pub struct Code {
    pub steps: Vec<Step>,
    /// The steps of each block.
    pub blocks: Vec<std::ops::Range<usize>>,
    /// The parameters of each block.
    pub params: Vec<Vec<Value>>,
    /// Whether each value is for floating-point registers; there are more than the region has.
    pub fp: Vec<bool>,
    /// Constants have no registers.
    pub constant: Vec<bool>,
    /// The value at the entry of each slot that is to be kept.
    pub entry: Vec<(Slot, Value)>,
    /// There are values in floating-point registers.
    pub float: bool,
    /// The home of each slot.
    pub homes: Vec<Reg>,
}

impl Code {
    /// A value of its own.
    pub fn fresh(&mut self, fp: bool) -> Value {
        self.fp.push(fp);
        self.constant.push(false);
        Value(self.fp.len() as u32 - 1)
    }
    /// Gives the blocks the numbers that `numbers` has for them.
    fn renumber(&mut self, numbers: &[usize]) {
        for step in &mut self.steps {
            match &mut step.kind {
                Kind::Jump { to, .. } => *to = numbers[*to],
                Kind::Branch { then, other, .. } => {
                    [then, other].into_iter().for_each(|way| *way = numbers[*way]);
                }
                Kind::Switch(switch) => switch.ways_mut().for_each(|way| *way = numbers[*way]),
                Kind::Entry
                | Kind::Op(_)
                | Kind::Load(_)
                | Kind::Const(_)
                | Kind::Make(_)
                | Kind::Rounds(_)
                | Kind::Search(_)
                | Kind::Exit { .. } => {}
            }
        }
    }
    /// The blocks that block `number` leads to.
    pub fn successors(&self, number: usize) -> Vec<usize> {
        match self.blocks[number].clone().last().map(|last| &self.steps[last].kind) {
            Some(Kind::Jump { to, .. }) => vec![*to],
            Some(Kind::Branch { then, other, .. }) => vec![*then, *other],
            Some(Kind::Switch(switch)) => switch.ways().collect(),
            _ => Vec::new(),
        }
    }
}

/// What building works in.
pub(super) struct Build<'a, 'b> {
    pub lower: &'a mut Lower<'b>,
    pub code: Code,
    pub entry: [Value; SLOT_COUNT],
    pub written: Written,
    pub pc: i64,
    /// What was written at the start of each block.
    pub starts: &'a [Written],
    /// What is done before loops, by the block of their head.
    pub ahead: Vec<Option<Ahead>>,
    /// The block being built.
    pub number: usize,
    /// Blocks that a switch has taken the place of.
    gone: Vec<bool>,
}

/// Builds all blocks.
pub fn build<'a>(lower: &'a mut Lower<'_>, starts: &'a [Written]) -> Result<Code, Unsupported> {
    let region = lower.region;
    let mut code = Code::default();
    code.fp.extend(region.insts.iter().map(|i| i.result().is_some_and(is_fp)));
    code.constant.extend(region.insts.iter().map(|i| i.op == Op::Const));
    code.homes.extend((0..SLOT_COUNT as u8).map(|slot| lower.pins.home(slot)));
    let (entry, written) = ([Value::NONE; SLOT_COUNT], Written::default());
    let ahead = (0..region.blocks.len()).map(|block| Ahead::find(region, block)).collect();
    let gone = vec![false; region.blocks.len()];
    let pc = region.entry.0 as i64;
    let mut build = Build { lower, code, entry, written, pc, starts, ahead, number: 0, gone };
    build.enter();
    let mut numbers = Vec::new();
    for (number, block) in region.blocks.iter().enumerate() {
        numbers.push(build.code.blocks.len());
        if build.gone[number] {
            continue;
        }
        build.number = number;
        build.written = starts[number].clone();
        let first = if number == 0 { 0 } else { build.code.steps.len() };
        let params = block.insts.clone().map(Value);
        let params = params.take_while(|&v| region.inst(v).op == Op::Param);
        build.code.params.push(params.collect());
        for i in block.insts.clone() {
            build.inst(Value(i), number == 0)?;
        }
        build.term(&block.term);
        build.code.blocks.push(first..build.code.steps.len());
    }
    build.code.renumber(&numbers);
    Ok(build.code)
}

impl Build<'_, '_> {
    pub(super) fn root(&self, value: Value) -> Value {
        self.lower.root(value)
    }

    pub(super) fn step(&mut self, kind: Kind, asks: Vec<Asked>) {
        self.code.steps.push(Step { kind, pc: self.pc, asks, shown: None });
    }

    /// The values at the entry: homes are registers that hold them, other slots are loaded
    /// where they are read.
    fn enter(&mut self) {
        let region = self.lower.region;
        let first = region.blocks[0].insts.clone();
        let mut set = 0u128;
        for i in first {
            let inst = region.inst(Value(i));
            let slot = inst.slot().0 as usize;
            match inst.op {
                Op::Set => set |= 1 << slot,
                Op::Get if set >> slot & 1 == 0 && self.entry[slot] == Value::NONE => {
                    self.entry[slot] = Value(i);
                }
                _ => {}
            }
        }
        self.code.float = self.code.fp.contains(&true);
        let mut asks = Vec::new();
        for slot in self.lower.pins.slots() {
            let home = self.lower.pins.home(slot.0);
            let fp = regs::is_fp(home);
            if fp && !self.code.float {
                continue;
            }
            if self.entry[slot.0 as usize] == Value::NONE {
                self.entry[slot.0 as usize] = self.code.fresh(fp);
            }
            let value = self.entry[slot.0 as usize];
            self.code.entry.push((*slot, value));
            asks.push(Asked::fixed(Role::Def, value, home));
        }
        self.step(Kind::Entry, asks);
    }

    fn inst(&mut self, v: Value, first: bool) -> Result<(), Unsupported> {
        let inst = *self.lower.region.inst(v);
        let val = self.lower.plan.vals[v.index()];
        match inst.op {
            Op::Param | Op::Const => {}
            Op::Insn => self.pc = inst.imm,
            Op::Set => self.written.write(inst.slot(), self.root(inst.args[0])),
            _ if val.dead || val.lazy || val.deferred => {}
            Op::Get => return self.get(v, &inst, first),
            _ => self.op(v, &inst),
        }
        Ok(())
    }

    fn get(&mut self, v: Value, inst: &Inst, first: bool) -> Result<(), Unsupported> {
        let slot = inst.slot().0;
        let entry = self.entry[slot as usize];
        // The plan knows no values by the names of registers.
        if !first || entry == Value::NONE || self.written.get(inst.slot()).is_some() {
            return Err(Unsupported(Op::Get));
        } else if entry != v {
            self.lower.rename(v, entry);
        } else if self.lower.pins.home(slot) == NONE {
            self.step(Kind::Load(slot), vec![Asked::def(v, self.code.fp[v.index()])]);
        }
        Ok(())
    }

    /// Lowers an op to learn what it asks for.
    fn op(&mut self, v: Value, inst: &Inst) {
        let asks = self.lower.rehearse(|lower| lower.inst(v, inst));
        // Another name of a value is no instruction.
        if asks.is_empty() && self.root(v) != v {
            return;
        }
        self.step(Kind::Op(v), asks);
        if inst.op.may_fault() {
            let shown = self.shown();
            self.code.steps.last_mut().expect("just pushed").shown = Some(shown);
        }
    }

    /// What somebody sees who looks at the guest's registers.
    pub(super) fn shown(&self) -> Vec<Shown> {
        let unwritten = self.code.entry.iter().filter(|(s, _)| self.written.get(*s).is_none());
        let unwritten = unwritten.map(|&(slot, value)| Shown { slot, value, make: Make::Same });
        let written = self.written.iter().map(|(slot, value)| self.made(slot, value));
        unwritten.chain(written).filter(|&shown| !self.in_memory(shown)).collect()
    }

    /// What the value that `slot` holds is made of.
    fn made(&self, slot: Slot, value: Value) -> Shown {
        let value = self.root(value);
        let val = self.lower.plan.vals.get(value.index());
        if let Some(val) = val
            && val.deferred
            && let Some((of, make)) = deferral(self.lower.region, value)
        {
            return self.made_of(slot, self.root(of), make);
        }
        match val {
            Some(val) if val.raw => Shown { slot, value, make: Make::Canonical },
            _ => Shown { slot, value, make: Make::Same },
        }
    }

    /// The same of an op that is left out.
    fn made_of(&self, slot: Slot, value: Value, make: Make) -> Shown {
        let raw = self.lower.plan.vals.get(value.index()).is_some_and(|val| val.raw);
        let make = if make == Make::Box && raw { Make::BoxCanonical } else { make };
        Shown { slot, value, make }
    }

    /// True if the memory of the slot holds its value since the entry.
    fn in_memory(&self, Shown { slot, value, make }: Shown) -> bool {
        let kept = self.entry[slot.0 as usize] == value && make == Make::Same;
        kept && self.lower.pins.home(slot.0) == NONE
    }

    fn term(&mut self, term: &Term) {
        match term {
            Term::Go(Target::Block(call)) => self.jump(call),
            Term::Go(Target::Exit(exit)) => self.exit(*exit),
            Term::If { .. } if self.switch() => {}
            Term::If { cond, then, other } => {
                let number = |target: &Target| match target {
                    Target::Block(call) => call.block.0 as usize,
                    Target::Exit(_) => unreachable!("exits have blocks of their own"),
                };
                let (then, other) = (number(then), number(other));
                let asks = self.lower.rehearse(|lower| _ = lower.flags_for(*cond));
                self.step(Kind::Branch { cond: *cond, then, other }, asks);
            }
        }
    }

    /// Makes one step of this block's end and what only compares the same value with further constants; false if there
    /// is little of that.
    fn switch(&mut self) -> bool {
        let Some((switch, gone)) = Switch::find(self.lower, self.number) else { return false };
        gone.into_iter().for_each(|number| self.gone[number] = true);
        let asks = self.lower.rehearse(|lower| _ = switch.look(lower));
        self.step(Kind::Switch(Box::new(switch)), asks);
        true
    }

    fn jump(&mut self, call: &BlockCall) {
        let mut args: Vec<Value> = call.args.iter().map(|&arg| self.argument(arg)).collect();
        self.ahead(call.block.0 as usize, &mut args);
        self.step(Kind::Jump { to: call.block.0 as usize, args }, Vec::new());
    }

    /// An argument of a block, which has to be in a register.
    pub(super) fn argument(&mut self, arg: Value) -> Value {
        let arg = self.root(arg);
        if !self.code.constant[arg.index()] {
            return arg;
        }
        let fp = self.code.fp[arg.index()];
        let value = self.code.fresh(fp);
        self.step(Kind::Const(arg), vec![Asked::def(value, fp)]);
        value
    }

    /// Guest registers go where the convention has them.
    fn exit(&mut self, exit: Exit) {
        let mut state = Vec::new();
        for shown in self.shown() {
            let to = match self.lower.pins.home(shown.slot.0) {
                NONE => To::Slot(shown.slot.0),
                home => To::Reg(home),
            };
            state.push((self.make(shown), to));
        }
        let (to, pure_return) = match exit {
            Exit::Return { to } if self.is_link(to) => (None, true),
            Exit::Return { to } | Exit::Indirect { to } | Exit::CallIndirect { to, .. } => {
                (Some(self.root(jump_source(self.lower.region, to))), false)
            }
            Exit::Jump { .. }
            | Exit::Call { .. }
            | Exit::Syscall { .. }
            | Exit::Trap { .. }
            | Exit::Yield { .. } => (None, false),
        };
        state.extend(to.map(|to| (to, To::Reg(RCX))));
        let (fp, constant) = (&self.code.fp, &self.code.constant);
        let variable = state.iter().filter(|(v, _)| !constant[v.index()]);
        let asks = variable.map(|&(v, _)| Asked::shown(v, fp[v.index()])).collect();
        self.step(Kind::Exit { exit, pure_return, state }, asks);
    }

    /// What the guest sees of a value.
    fn make(&mut self, shown: Shown) -> Value {
        let Shown { value, make, .. } = shown;
        if make == Make::Same {
            return value;
        }
        let fp = self.code.fp[value.index()];
        let fixed = self.code.fresh(fp);
        let mut like = Asked::def(fixed, fp);
        like.like = Some(0);
        self.step(Kind::Make(make), vec![Asked::operand(value, fp), like]);
        fixed
    }

    /// True if `to` is what the link register holds, its lowest bit aside.
    fn is_link(&self, to: Value) -> bool {
        let region = self.lower.region;
        let link = Slot(self.lower.pins.link);
        let held = match self.written.get(link) {
            Some(value) => self.root(value),
            None => self.entry[link.0 as usize],
        };
        let to = self.root(to);
        let inst = region.inst(to);
        let masked = inst.op == Op::And && region.as_const(inst.args[1]) == Some(-2);
        to == held || masked && self.root(inst.args[0]) == held
    }
}

impl Lower<'_> {
    /// What `lowering` asks for; what it emits is thrown away.
    fn rehearse(&mut self, lowering: impl FnOnce(&mut Self)) -> Vec<Asked> {
        let (pos, relocs, cold) = (self.asm.pos(), self.asm.relocs.len(), self.cold.len());
        self.operands.collect();
        lowering(self);
        self.asm.rewind(pos);
        self.asm.relocs.truncate(relocs);
        self.cold.truncate(cold);
        self.operands.mode = Mode::Block;
        self.operands.list.clone()
    }
}
