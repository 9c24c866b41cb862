//! One pass over a block from its end to its start: how often each value is used, which
//! instructions are dead, which can wait until their one user, and which values should be made
//! in the home register of the slot that they are written to.

use guest::SLOT_COUNT;
use ir::slots::Written;
use ir::{Block, Effect, Exit, Inst, Make, Op, Region, Target, Term, Type, Unsupported, Value};

use crate::fuse::{Fused, fused, low, read, undone};
use crate::lower::is_whole;
use crate::nan_ops::{any_nan, is_name, makes_canonical};
use crate::regs::{self, NONE, Pins, Reg};

/// Where a value is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Loc {
    /// Nowhere: not made yet, or a constant.
    None,
    /// In a register.
    Reg(Reg),
    /// In the memory of a slot.
    Slot(u8),
    /// In a spill word.
    Spill(u16),
}

/// What is known about a value.
#[derive(Clone, Copy, Debug)]
pub struct Val {
    /// The value that this one is another name of, or itself.
    pub root: Value,
    /// Uses that are still to come.
    pub uses: u32,
    /// Where it is.
    pub loc: Loc,
    /// The home it should be made in, or [`NONE`].
    pub hint: Reg,
    /// A slot whose memory holds it, or [`NONE`]; true only if the slot says the same.
    pub slot: u8,
    /// Its spill word, or `u16::MAX`.
    pub spill: u16,
    /// Not to be compiled.
    pub dead: bool,
    /// To be compiled as part of its user.
    pub lazy: bool,
    /// Its NaN need not be the canonical one before somebody looks: its users give the same for
    /// every quiet NaN.
    pub raw: bool,
    /// Clears `fp_settled` first: it may raise exceptions that `fp_flags` does not hold.
    pub unsettles: bool,
    /// What it raises is overwritten before anybody can see it.
    pub quiet: bool,
    /// A comparison that clears `fp_settled` if it raised an exception.
    pub checked: bool,
    /// Somebody in the block can tell its NaNs apart.
    seen: bool,
    /// Made only where somebody looks, of its operand.
    pub deferred: bool,
    /// Others are made of it where somebody looks.
    source: bool,
    /// How often exits and faults show it.
    shown: u32,
    /// How many of its uses are to compare and go by what that says.
    conditions: u32,
    may_be_lazy: bool,
    /// The slot it will be written to, and in which stretch without faults.
    want: u8,
    want_epoch: u32,
}

impl Val {
    fn new(index: u32) -> Val {
        Val {
            root: Value(index),
            uses: 0,
            loc: Loc::None,
            hint: NONE,
            slot: NONE,
            spill: u16::MAX,
            dead: false,
            lazy: false,
            raw: false,
            unsettles: false,
            quiet: false,
            checked: false,
            seen: false,
            deferred: false,
            source: false,
            shown: 0,
            conditions: 0,
            may_be_lazy: false,
            want: NONE,
            want_epoch: 0,
        }
    }
}

/// True for floating-point values, which live in xmm registers.
pub fn is_fp(ty: Type) -> bool {
    matches!(ty, Type::F32 | Type::F64)
}

/// True if `to` is what the link register holds at the end of `blocks`, its lowest bit aside.
fn is_link(region: &Region, blocks: &[Block], link: u8, to: Value) -> bool {
    let last_set = |i: &&Inst| i.op == Op::Set && i.slot().0 == link;
    let ends = blocks.first().zip(blocks.last());
    let range = ends.map_or(0..0, |(first, last)| first.insts.start..last.insts.end);
    let insts = &region.insts[range.start as usize..range.end as usize];
    let raw = jump_source(region, to);
    match insts.iter().rev().find(last_set) {
        Some(set) => set.args[0] == raw,
        None => region.inst(raw).op == Op::Get && region.inst(raw).slot().0 == link,
    }
}

/// True if behind the last `insn` mark of `block` nothing but pure ops follows.
fn is_quiet_end(region: &Region, block: &Block) -> bool {
    let insts = block.insts.clone().rev().map(|i| region.insts[i as usize].op);
    insts.take_while(|&op| op != Op::Insn).all(Op::removable)
}

/// What a computed jump to `to` looks at: the jump table's entries see to it that lowest bits are clear.
pub fn jump_source(region: &Region, to: Value) -> Value {
    let inst = region.inst(to);
    let cleared = inst.op == Op::And && region.as_const(inst.args[1]) == Some(-2);
    if cleared { inst.args[0] } else { to }
}

/// What somebody who looks at `value` can make it of, and how: such ops need not be done before.
pub fn deferral(region: &Region, value: Value) -> Option<(Value, Make)> {
    let inst = region.inst(value);
    let (of, make) = match inst.op {
        Op::Box if inst.ty == Type::F32 => (inst.args[0], Make::Box),
        Op::Sext32 => (inst.args[0], Make::Sext32),
        Op::Shl | Op::Shr | Op::And if inst.ty == Type::I64 => match shifted(region, inst)? {
            (of, make @ Make::Shifted(32.., _)) => (low(region, of), make),
            other => other,
        },
        _ => return None,
    };
    let mut whole = of;
    while make == Make::Sext32 && region.inst(whole).op == Op::Trunc {
        whole = region.inst(whole).args[0];
    }
    (region.inst(whole).op != Op::Const).then_some((of, make))
}

/// `x << a`, `x >> b`, `x << a >> b`, or the low bits of `x`.
fn shifted(region: &Region, inst: &Inst) -> Option<(Value, Make)> {
    let [of, by, _] = inst.args;
    let by = region.as_const(by)?;
    let count = (by & 63) as u8;
    let inner = region.inst(of);
    let left = match inner.op {
        Op::Shl if inner.ty == Type::I64 => region.as_const(inner.args[1]),
        _ => None,
    };
    match (inst.op, left) {
        (Op::Shl, _) => Some((of, Make::Shifted(count, 0))),
        (Op::Shr, Some(left)) => Some((inner.args[0], Make::Shifted((left & 63) as u8, count))),
        (Op::Shr, None) => Some((of, Make::Shifted(0, count))),
        _ if by > 0 && by & by.wrapping_add(1) == 0 => {
            let above = by.leading_zeros() as u8;
            Some((of, Make::Shifted(above, above)))
        }
        _ => None,
    }
}

/// True if `inst` can tell the NaNs of its operands apart; `seen`: somebody can tell those that it gives.
fn tells_nans(inst: &Inst, seen: bool) -> bool {
    if is_name(inst) { seen } else { !any_nan(inst.op) }
}

/// A stretch in which a home holds nothing that can be seen; its slot's next write ends it.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    /// The first instruction in it.
    pub from: u32,
    /// The slot.
    pub slot: u8,
}

/// What the pass keeps between blocks, for reuse.
pub struct Plan {
    pub vals: Vec<Val>,
    /// The last one comes first.
    pub windows: Vec<Window>,
    /// Slots with a home that will be written before anybody can see them.
    open: u128,
    /// The stretch without faults in which each slot is written again.
    later: [u32; SLOT_COUNT],
    pending: [Value; SLOT_COUNT],
    epoch: u32,
    /// The block ends with a return to the link register.
    pub pure_return: bool,
    /// Behind the last `insn` mark nothing but pure ops follows.
    pub quiet_end: bool,
    /// There is floating-point arithmetic.
    pub float: bool,
    /// A region that clears `fp_settled` where it is entered.
    pub unsettled: bool,
    /// All blocks are planned together.
    whole: bool,
    /// An op that cannot be compiled in a single block.
    refused: Option<Op>,
}

impl Default for Plan {
    fn default() -> Plan {
        Plan {
            vals: Vec::new(),
            windows: Vec::new(),
            open: 0,
            later: [0; SLOT_COUNT],
            pending: [Value::NONE; SLOT_COUNT],
            epoch: 0,
            pure_return: false,
            quiet_end: false,
            float: false,
            unsettled: false,
            whole: false,
            refused: None,
        }
    }
}

impl Plan {
    /// Forgets everything, and makes room for `region`'s values.
    pub fn reset(&mut self, region: &Region) {
        (self.whole, self.float, self.unsettled) = (false, false, false);
        self.vals.clear();
        self.vals.extend((0..region.insts.len() as u32).map(Val::new));
        if self.epoch > u32::MAX / 2 {
            self.epoch = 0;
            self.later = [0; SLOT_COUNT];
        }
    }

    /// Plans blocks that are a chain ([`Region::is_chain`]), or one block.
    pub fn blocks(
        &mut self,
        region: &Region,
        blocks: &[Block],
        pins: &Pins,
    ) -> Result<(), Unsupported> {
        self.windows.clear();
        self.open = 0;
        self.refused = None;
        let Some((last, before)) = blocks.split_last() else { return Ok(()) };
        self.pure_return = matches!(last.term, Term::Go(Target::Exit(Exit::Return { to }))
            if is_link(region, blocks, pins.link, to));
        self.quiet_end = is_quiet_end(region, last);
        self.block(region, last, pins);
        for block in before.iter().rev() {
            // Whoever is at the exit sees all registers.
            self.close_all(block.insts.end);
            self.block(region, block, pins);
        }
        self.close_all(blocks[0].insts.start);
        self.refused.map_or(Ok(()), |op| Err(Unsupported(op)))
    }

    fn block(&mut self, region: &Region, block: &Block, pins: &Pins) {
        self.epoch += 1;
        self.term(region, &block.term);
        let insts = &region.insts[block.insts.start as usize..block.insts.end as usize];
        for (i, inst) in block.insts.clone().zip(insts).rev() {
            self.inst(region, Value(i), inst, pins);
        }
    }

    /// Plans all blocks of a region together. `starts`: what was written when each block starts.
    pub fn region(&mut self, region: &Region, starts: &[Written]) {
        self.whole = true;
        for (block, start) in region.blocks.iter().zip(starts) {
            self.count_shown(region, block, start.clone());
        }
        for block in region.blocks.iter().rev() {
            self.region_term(region, block);
            for i in block.insts.clone().rev() {
                self.region_inst(region, Value(i));
            }
        }
    }

    /// Counts what exits and faults show of what was written.
    fn count_shown(&mut self, region: &Region, block: &Block, mut written: Written) {
        let mut show = |written: &Written| {
            written.iter().for_each(|(_, value)| self.vals[value.index()].shown += 1);
        };
        for i in block.insts.clone() {
            if region.inst(Value(i)).op.may_fault() {
                show(&written);
            }
            written.step(region, Value(i));
        }
        if let Term::Go(Target::Exit(_)) = block.term {
            show(&written);
        }
    }

    fn region_term(&mut self, region: &Region, block: &Block) {
        match &block.term {
            Term::If { cond, .. } => {
                self.count(*cond);
                if block.insts.contains(&cond.0) {
                    self.offer_condition(region, *cond);
                }
            }
            Term::Go(Target::Block(call)) => call.args.iter().for_each(|&arg| self.count(arg)),
            Term::Go(Target::Exit(
                Exit::Indirect { to } | Exit::CallIndirect { to, .. } | Exit::Return { to },
            )) => self.count(jump_source(region, *to)),
            Term::Go(Target::Exit(
                Exit::Jump { .. }
                | Exit::Call { .. }
                | Exit::Syscall { .. }
                | Exit::Trap { .. }
                | Exit::Yield { .. },
            )) => {}
        }
    }

    fn region_inst(&mut self, region: &Region, v: Value) {
        let inst = region.inst(v);
        if matches!(inst.op, Op::Insn | Op::Const | Op::Set | Op::Param) {
            return;
        }
        let val = &mut self.vals[v.index()];
        let only_shown = val.uses == 0 && val.shown > 0;
        if only_shown
            && !val.source
            && let Some((of, _)) = deferral(region, v)
        {
            val.deferred = true;
            let shown = val.shown;
            let of = &mut self.vals[of.index()];
            of.shown += shown;
            of.source = true;
            return;
        }
        val.uses += val.shown;
        val.dead = val.uses == 0 && inst.op.removable();
        if !val.dead {
            val.lazy = val.may_be_lazy && (val.uses == 1 || val.uses == val.conditions);
            self.operands(region, v, inst, false);
        }
    }

    /// What a slot's home holds can be seen up to `from`.
    fn close(&mut self, slot: u8, from: u32) {
        if self.open >> slot & 1 != 0 {
            self.open &= !(1 << slot);
            self.windows.push(Window { from, slot });
        }
    }
    fn close_all(&mut self, from: u32) {
        while self.open != 0 {
            self.close(self.open.trailing_zeros() as u8, from);
        }
    }

    /// The value that `inst` reads as its operand number `at`. In single blocks guest registers hold
    /// the wide one anyway.
    #[inline]
    pub fn read(&self, region: &Region, inst: &Inst, at: usize) -> Value {
        if self.whole { read(region, inst, at) } else { inst.args[at] }
    }

    /// The value that several ops in one read.
    pub fn fused_operand(&self, region: &Region, fused: Fused) -> Value {
        let value = fused.operand();
        if self.whole && fused.is_low() { low(region, value) } else { value }
    }

    fn count(&mut self, value: Value) {
        self.vals[value.index()].uses += 1;
    }

    fn term(&mut self, region: &Region, term: &Term) {
        let (cond, targets) = match term {
            Term::Go(target) => (None, [Some(target), None]),
            Term::If { cond, then, other } => (Some(*cond), [Some(then), Some(other)]),
        };
        if let Some(cond) = cond {
            self.count(cond);
            self.offer_condition(region, cond);
        }
        for target in targets.into_iter().flatten() {
            match target {
                Target::Exit(Exit::Indirect { to } | Exit::CallIndirect { to, .. }) => {
                    self.count(jump_source(region, *to));
                }
                Target::Exit(Exit::Return { to }) if !self.pure_return => {
                    self.count(jump_source(region, *to));
                }
                Target::Exit(
                    Exit::Return { .. }
                    | Exit::Jump { .. }
                    | Exit::Call { .. }
                    | Exit::Syscall { .. }
                    | Exit::Trap { .. }
                    | Exit::Yield { .. },
                )
                | Target::Block(_) => {}
            }
        }
    }

    /// `cond` is a condition that its user can compute by itself, if it is the only user, or in regions if all
    /// others can.
    fn offer_condition(&mut self, region: &Region, cond: Value) {
        let op = region.inst(cond).op;
        let compares = matches!(op, Op::Eq | Op::Ne | Op::LtS | Op::LtU | Op::GeS | Op::GeU);
        self.offer(cond, compares || op == Op::Poll);
        if self.whole && compares {
            let val = &mut self.vals[cond.index()];
            val.conditions += 1;
            val.may_be_lazy = val.conditions == val.uses;
        }
    }

    /// `value` is an addend that the addition can shift by itself, if it is the only user.
    fn offer_scaled(&mut self, region: &Region, value: Value) {
        let inst = region.inst(value);
        let count = region.as_const(inst.args[1]);
        self.offer(value, inst.ty == Type::I64 && matches!(count, Some(1..=3)));
    }

    /// `value` is a sum that the access to it can compute by itself, if it is the only user.
    fn offer_address(&mut self, region: &Region, value: Value) {
        let inst = region.inst(value);
        let sum = inst.op == Op::Add && inst.ty == Type::I64;
        let variable = |v: Value| region.as_const(v).is_none();
        self.offer(value, sum && inst.operands().iter().all(|&v| variable(v)));
    }

    fn offer(&mut self, value: Value, fits: bool) {
        let val = &mut self.vals[value.index()];
        val.may_be_lazy = fits && val.uses == 1;
    }

    fn inst(&mut self, region: &Region, v: Value, inst: &Inst, pins: &Pins) {
        // What has no operands aside, nearly all is computed.
        if inst.args[0] == Value::NONE {
            match inst.op {
                Op::Insn | Op::Const => {}
                Op::Get if is_whole(inst, pins) => self.get(v, inst),
                Op::Get | Op::Param | Op::Poll => self.refused = Some(inst.op),
                _ => self.compute(region, v, inst, pins),
            }
        } else if inst.op != Op::Set {
            self.compute(region, v, inst, pins);
        } else if is_whole(inst, pins) {
            self.set(v, inst, pins);
        } else {
            self.refused = Some(inst.op);
        }
    }

    fn get(&mut self, v: Value, inst: &Inst) {
        let slot = inst.slot().0;
        let val = &mut self.vals[v.index()];
        val.dead = val.uses == 0;
        if !val.dead {
            self.close(slot, v.0 + 1);
            self.later[slot as usize] = 0;
            self.pending[slot as usize] = Value::NONE;
        }
    }

    fn set(&mut self, v: Value, inst: &Inst, pins: &Pins) {
        let slot = inst.slot().0;
        if self.later[slot as usize] == self.epoch {
            self.vals[v.index()].dead = true;
            return;
        }
        self.later[slot as usize] = self.epoch;
        if pins.home(slot) != NONE {
            self.open |= 1 << slot;
        }
        let val = self.wish(inst.args[0], slot);
        val.uses += 1;
        val.seen = true;
    }

    /// `value` would best be made in the home of `slot`.
    fn wish(&mut self, value: Value, slot: u8) -> &mut Val {
        self.pending[slot as usize] = value;
        let val = &mut self.vals[value.index()];
        val.want = slot;
        val.want_epoch = self.epoch;
        val
    }

    fn compute(&mut self, region: &Region, v: Value, inst: &Inst, pins: &Pins) {
        self.float |= inst.op.effect() == Effect::Fp;
        let val = &mut self.vals[v.index()];
        if val.uses == 0 && inst.op.removable() {
            val.dead = true;
            return;
        }
        val.lazy = val.may_be_lazy && val.uses == 1;
        val.raw = makes_canonical(inst) && !val.seen;
        let (want, lazy, seen) = (val.want, val.lazy, val.seen);
        let wanted = want != NONE
            && val.want_epoch == self.epoch
            && self.pending[want as usize] == v
            && !lazy;
        let home = if wanted { pins.home(want) } else { NONE };
        let fits = home != NONE && inst.result().is_some_and(|t| is_fp(t) == regs::is_fp(home));
        if fits {
            val.hint = home;
        }
        if inst.op.may_fault() {
            self.epoch += 1;
            self.close_all(v.0 + 1);
        } else if fits {
            self.pass_on(region, inst, want, home);
        }
        self.operands(region, v, inst, tells_nans(inst, seen));
    }

    /// The first operand of a value that is made in a home is best made there, too.
    fn pass_on(&mut self, region: &Region, inst: &Inst, slot: u8, home: Reg) {
        let Some((&first, rest)) = inst.operands().split_first() else { return };
        let reads_home = |&arg: &Value| {
            let other = region.inst(arg);
            arg == first || other.op == Op::Get && other.slot().0 == slot
        };
        let ty = region.type_of(first);
        let same_file = ty.is_some_and(|t| is_fp(t) == regs::is_fp(home));
        if self.vals[first.index()].uses == 0 && same_file && !rest.iter().any(reads_home) {
            self.wish(first, slot);
        }
    }

    /// Counts what `inst` reads; `seen`: it can tell the NaNs of its operands apart.
    fn operands(&mut self, region: &Region, v: Value, inst: &Inst, seen: bool) {
        if inst.op == Op::Trunc {
            self.vals[inst.args[0].index()].uses += self.vals[v.index()].uses;
            return;
        }
        if let Some(fused) = fused(region, inst) {
            return self.count(self.fused_operand(region, fused));
        }
        for (at, arg) in inst.operands().iter().enumerate() {
            self.vals[arg.index()].seen |= seen;
            self.count(self.read(region, inst, at));
        }
        if inst.op.has_displacement() {
            self.offer_address(region, inst.args[0]);
        }
        match inst.op {
            Op::FpFlagsSet => {
                let compare = undone(region, v).map(|compare| region.inst(compare));
                compare.into_iter().flat_map(Inst::operands).for_each(|&arg| self.count(arg));
            }
            Op::Select => self.offer_condition(region, inst.args[0]),
            Op::Add if inst.ty == Type::I64 => {
                let [a, b, _] = inst.args;
                let shl = |v: Value| region.inst(v).op == Op::Shl;
                if region.as_const(a).is_none() && region.as_const(b).is_none() && a != b {
                    match (shl(a), shl(b)) {
                        (true, _) => self.offer_scaled(region, a),
                        (_, true) => self.offer_scaled(region, b),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
}
