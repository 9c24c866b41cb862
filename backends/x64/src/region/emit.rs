//! The last step: code, by the lowering of blocks, with the allocator's answers.

use ir::{CompiledCode, Make, Value};
use regalloc2::{Allocation, Edit, InstOrEdit};

use crate::alloc::{FIRST_SPILL, slot_mem, spill_mem};
use crate::asm::{Cc, Mem, Shift, Size};
use crate::lower::Lower;
use crate::operands::Mode;
use crate::regs::{NONE, Reg};
use crate::thunks;

use super::allocate::{Places, reg_of};
use super::build::{Code, Kind, Step};
use super::exit::{self, From, To};
use super::switch::Switch;
use super::{recover, rounds, search};

/// Loop heads start at a multiple of this.
pub const ALIGN: u32 = 16;

struct Emit<'a, 'b> {
    lower: &'a mut Lower<'b>,
    code: &'a Code,
    places: &'a Places,
    out: &'a mut CompiledCode,
    /// Where control goes that is sent to a block: blocks without code are passed over.
    heads: Vec<usize>,
    last_pc: Option<i64>,
    /// The block being emitted.
    current: usize,
    /// The tables that code looks into, with what leads to them.
    tables: Vec<(u32, &'a Switch)>,
}

/// Emits the region.
pub fn emit(lower: &mut Lower<'_>, code: &Code, places: &Places, out: &mut CompiledCode) {
    if places.output.num_spillslots + FIRST_SPILL as usize > guest::SCRATCH_LEN {
        lower.operands.broken = true;
        return;
    }
    let heads = (0..code.blocks.len()).map(|b| head(code, places, b)).collect();
    let mut emit =
        Emit { lower, code, places, out, heads, last_pc: None, current: 0, tables: Vec::new() };
    emit.blocks();
    emit.lower.operands.mode = Mode::Block;
    emit.lower.emit_cold();
    emit.lower.bind_edges();
    emit.tables();
}

/// The block whose code runs when `block` is gone to.
fn head(code: &Code, places: &Places, mut block: usize) -> usize {
    for _ in 0..code.blocks.len() {
        let mut parts = places.block(block);
        let Some(InstOrEdit::Inst(only)) = parts.next() else { break };
        let Kind::Jump { to, .. } = code.steps[only.index()].kind else { break };
        if parts.next().is_some() {
            break;
        }
        block = to;
    }
    block
}

fn place(allocation: Allocation) -> (Reg, Mem) {
    match (allocation.as_reg(), allocation.as_stack()) {
        (Some(preg), _) => (reg_of(preg), Mem::state(0)),
        (None, Some(spill)) => (NONE, spill_mem(FIRST_SPILL + spill.index() as u16)),
        (None, None) => (NONE, Mem::state(0)),
    }
}

impl<'a> Emit<'a, '_> {
    fn blocks(&mut self) {
        let count = self.code.blocks.len();
        let own: Vec<usize> = (0..count).filter(|&b| b == 0 || self.heads[b] == b).collect();
        let mut looped = vec![false; count];
        for block in 0..count {
            let back = self.code.successors(block).into_iter().filter(|&to| to <= block);
            back.for_each(|to| looped[self.heads[to]] = true);
        }
        self.lower.starts.resize(count, 0);
        for (i, &block) in own.iter().enumerate() {
            if looped[block] {
                self.lower.asm.align(ALIGN);
            }
            self.lower.starts[block] = self.lower.asm.target();
            self.last_pc = None;
            self.lower.ordered = false;
            self.current = block;
            self.block(block, own.get(i + 1).copied());
        }
    }

    fn block(&mut self, block: usize, next: Option<usize>) {
        let places = self.places;
        for part in places.block(block) {
            match part {
                InstOrEdit::Edit(Edit::Move { from, to }) => self.transfer(*from, *to),
                InstOrEdit::Inst(inst) => self.step(inst.index(), next),
            }
        }
    }

    /// A move between registers and spill words; never from memory to memory.
    fn transfer(&mut self, from: Allocation, to: Allocation) {
        match (place(from), place(to)) {
            ((NONE, _), (NONE, _)) => self.lower.operands.broken = true,
            ((NONE, mem), (dst, _)) => self.lower.load(dst, mem),
            ((src, _), (NONE, mem)) => self.lower.save(mem, src),
            ((src, _), (dst, _)) => self.lower.copy(dst, src),
        }
    }

    fn step(&mut self, i: usize, next: Option<usize>) {
        let code = self.code;
        let step = &code.steps[i];
        let answers = self.places.answers(i).iter().zip(&step.asks);
        self.lower.operands.answer(answers.map(|(&allocation, &asked)| {
            let (reg, mem) = place(allocation);
            asked.at(reg, mem)
        }));
        if self.last_pc != Some(step.pc) {
            self.last_pc = Some(step.pc);
            self.lower.mark(step.pc);
        }
        if !recover::describe(self.lower, code, self.places, i, self.out) {
            self.lower.operands.broken = true;
        }
        self.kind(step, next);
    }

    fn kind(&mut self, step: &'a Step, next: Option<usize>) {
        let region = self.lower.region;
        match step.kind {
            Kind::Entry if self.lower.plan.unsettled => self.lower.unsettle(),
            Kind::Entry => {}
            Kind::Op(v) => self.lower.inst(v, region.inst(v)),
            Kind::Load(slot) => self.lower.load(self.first(), slot_mem(slot)),
            Kind::Const(value) => self.lower.fill_const(self.first(), value),
            Kind::Make(make) => self.make(make),
            Kind::Rounds(ref rounds) => rounds::emit(self.lower, rounds),
            Kind::Search(ref searching) => search::emit(self.lower, searching),
            Kind::Branch { cond, then, other } => self.branch(cond, then, other, next),
            Kind::Switch(ref switch) => self.switch(switch),
            Kind::Jump { to, .. } => self.go(self.heads[to], next),
            Kind::Exit { exit, pure_return, ref state } => {
                self.put_in_place(state);
                self.lower.leave_region(exit, pure_return);
            }
        }
    }

    fn put_in_place(&mut self, state: &[(Value, To)]) {
        let mut answers = self.lower.operands.list.iter().map(|a| exit::place((a.reg, a.mem)));
        let from = |&(value, to): &(Value, To)| {
            let constant = self.code.constant[value.index()];
            let bits = self.lower.region.insts.get(value.index()).map_or(0, |inst| inst.imm);
            let from = if constant { Some(From::Const(bits)) } else { answers.next() };
            from.map(|from| (from, to))
        };
        let moves: Vec<_> = state.iter().filter_map(from).collect();
        self.lower.move_all(&moves);
    }

    fn first(&self) -> Reg {
        self.lower.operands.list.first().map_or(0, |asked| asked.reg)
    }

    fn make(&mut self, make: Make) {
        let [from, to] = [0, 1].map(|i| self.lower.operands.list[i].reg);
        match make {
            Make::Sext32 => self.lower.asm.sign_extend(Size::B4, true, to, from),
            Make::Same => self.lower.copy(to, from),
            Make::Shifted(left, right) => {
                self.lower.copy(to, from);
                for (shift, count) in [(Shift::Shl, left), (Shift::Shr, right)] {
                    if count != 0 {
                        self.lower.asm.shift(shift, true, to, count);
                    }
                }
            }
            Make::Canonical => {
                self.lower.copy(to, from);
                self.lower.make_canonical(true, to);
            }
            Make::Box => self.lower.asm.fp_or(to, from, Mem::thunk(thunks::BOX32)),
            Make::BoxCanonical => {
                self.lower.copy(to, from);
                self.lower.make_canonical(false, to);
                self.lower.asm.fp_or(to, to, Mem::thunk(thunks::BOX32));
            }
        }
    }

    fn go(&mut self, to: usize, next: Option<usize>) {
        if next != Some(to) && !self.lower.asm.jump_back(None, self.emitted(to)) {
            let field = self.lower.asm.jmp();
            self.lower.edges.push((field, to as u32));
        }
    }

    fn branch(&mut self, cond: Value, then: usize, other: usize, next: Option<usize>) {
        let (then, other) = (self.heads[then], self.heads[other]);
        let cc = self.lower.flags_for(cond);
        if next == Some(then) {
            self.jump_if(cc.not(), other);
        } else {
            self.jump_if(cc, then);
            self.go(other, next);
        }
    }

    fn switch(&mut self, switch: &'a Switch) {
        let fields = switch.look(self.lower);
        self.lower.edges.push((fields.other, self.heads[switch.other] as u32));
        self.tables.push((fields.table, switch));
    }

    fn tables(&mut self) {
        let start = self.lower.asm.pos();
        for (field, switch) in std::mem::take(&mut self.tables) {
            let starts = self.lower.starts.clone();
            switch.emit_table(self.lower, field, |block| starts[self.heads[block]]);
        }
        self.out.tables = self.lower.asm.pos() - start;
    }

    fn jump_if(&mut self, cc: Cc, to: usize) {
        if !self.lower.asm.jump_back(Some(cc), self.emitted(to)) {
            let field = self.lower.asm.jcc(cc);
            self.lower.edges.push((field, to as u32));
        }
    }

    /// Where a block starts that is emitted already; nowhere near otherwise.
    fn emitted(&self, block: usize) -> u32 {
        if block <= self.current { self.lower.starts[block] } else { u32::MAX }
    }
}
