//! From a region to pre-decoded code, in one pass behind [`crate::analyse`].

mod control;
mod select;

use guest::Slot;
use ir::{Block, Inst, InterpCode, Op, Region, Type, Value};

use crate::analyse::{Facts, GLOBAL, NEVER, is_alias, root};
use crate::code::{Code, DISCARD, HEADER, Ins, ZERO, slot_word};
use crate::homes::Homes;

/// Reused from one region to the next.
#[derive(Default)]
pub(crate) struct Scratch {
    facts: Facts,
    homes: Homes,
    code: Vec<Ins>,
    /// Position in `code` of each block.
    starts: Vec<u32>,
    /// Instructions whose low half is still a block's number.
    to_blocks: Vec<u32>,
}

/// Lowers `region` into `out`.
pub(crate) fn lower(region: &Region, scratch: &mut Scratch, out: &mut InterpCode) {
    scratch.facts.collect(region);
    scratch.homes.start(region.insts.len());
    scratch.code.clear();
    scratch.starts.clear();
    scratch.to_blocks.clear();
    let mut lowering = Lowering { region, s: scratch, at: 0, delta: 0 };
    lowering.assign_params();
    for (number, block) in region.blocks.iter().enumerate() {
        lowering.block(number, block);
    }
    lowering.resolve();
    out.words.clear();
    out.words.reserve(HEADER + scratch.code.len() * 2);
    out.words.extend([region.entry.0, scratch.homes.frame()]);
    out.words.extend(scratch.code.iter().flat_map(|ins| ins.words()));
}

struct Lowering<'a> {
    region: &'a Region,
    s: &'a mut Scratch,
    /// Position of the IR instruction.
    at: u32,
    /// Distance of the guest instruction from the entry.
    delta: i32,
}

impl Lowering<'_> {
    /// Parameters have words for good: other blocks write them.
    fn assign_params(&mut self) {
        for (i, inst) in self.region.insts.iter().enumerate() {
            if inst.op == Op::Param {
                self.s.homes.assign_own(Value(i as u32));
                self.s.facts.last_use[i] = GLOBAL;
            }
        }
    }

    fn block(&mut self, number: usize, block: &Block) {
        self.s.starts.push(self.s.code.len() as u32);
        self.s.homes.start_block();
        for at in block.insts.clone() {
            self.at = at;
            let inst = &self.region.insts[at as usize];
            self.inst(inst);
            self.release_operands(inst);
        }
        self.at = block.insts.end;
        self.term(number, &block.term);
    }

    fn inst(&mut self, inst: &Inst) {
        match inst.op {
            Op::Insn => self.delta = inst.imm.wrapping_sub(self.region.entry.0 as i64) as i32,
            Op::Param | Op::Prefetch => {}
            Op::Const => self.constant(),
            Op::Get => self.get(inst.slot()),
            Op::Set => self.set(inst.slot(), inst.args[0]),
            _ if is_alias(self.region, inst) => {}
            op if op.removable() && self.is_unused() => {}
            _ => self.select(inst),
        }
    }

    /// Operands that are used here last leave their words. The instruction's own result is
    /// already placed: it may only share a word when it was placed after this.
    fn release_operands(&mut self, inst: &Inst) {
        if is_alias(self.region, inst) {
            return;
        }
        for &value in inst.operands() {
            self.release_if_last(value);
        }
    }

    fn release_if_last(&mut self, value: Value) {
        let value = root(self.region, value);
        if self.s.facts.last_use[value.index()] == self.at {
            self.s.homes.release(value);
        }
    }

    fn is_unused(&self) -> bool {
        self.s.facts.last_use[self.at as usize] == 0
    }

    fn emit(&mut self, ins: Ins) {
        self.s.code.push(ins);
    }

    /// A constant used by other blocks is made where it is defined, others where needed.
    fn constant(&mut self) {
        if self.s.facts.last_use[self.at as usize] == GLOBAL {
            self.load_constant(Value(self.at));
        }
    }

    fn load_constant(&mut self, value: Value) -> u16 {
        let imm = self.constant_of(value).expect("a constant");
        let word = self.temp(value);
        self.emit(Ins::new(Code::Li, word, 0, 0, imm));
        word
    }

    /// The word's content for a constant.
    fn constant_of(&self, value: Value) -> Option<i64> {
        let inst = self.region.inst(root(self.region, value));
        (inst.op == Op::Const).then_some(match inst.ty {
            Type::I32 => inst.imm as i32 as i64,
            Type::F32 => inst.imm as u32 as i64,
            Type::F16 => inst.imm as u16 as i64,
            Type::I64 | Type::F64 => inst.imm,
        })
    }

    /// The word of an operand.
    fn word(&mut self, value: Value) -> u16 {
        let value = root(self.region, value);
        if self.constant_of(value) == Some(0) {
            return ZERO;
        }
        match self.s.homes.get(value) {
            Some(word) => word,
            None => self.load_constant(value),
        }
    }

    /// A `get` is its slot's word if the slot is not written before the last use.
    fn get(&mut self, slot: Slot) {
        let i = self.at as usize;
        let last = self.s.facts.last_use[i];
        let value = Value(self.at);
        if last == 0 {
        } else if last != GLOBAL && last <= self.s.facts.next_set[i] {
            self.s.homes.assign_slot(value, slot, last);
        } else {
            let word = self.temp(value);
            self.emit(Ins::new(Code::Mov, word, slot_word(slot), 0, 0));
        }
    }

    fn set(&mut self, slot: Slot, value: Value) {
        let to = slot_word(slot);
        if let Some(imm) = self.constant_of(value) {
            return self.emit(Ins::new(Code::Li, to, 0, 0, imm));
        }
        let from = self.word(value);
        if from != to {
            self.emit(Ins::new(Code::Mov, to, from, 0, 0));
        }
    }

    /// A word for the result of the instruction: the slot that it is written to, or a temporary.
    /// Called after the words of the operands are known.
    fn result(&mut self) -> u16 {
        let i = self.at as usize;
        let (last, early) = (self.s.facts.last_use[i], self.s.facts.early_set[i]);
        if last == 0 {
            return DISCARD;
        }
        if last != GLOBAL && early != NEVER {
            let slot = self.region.insts[early as usize].slot();
            let stays = last <= self.s.facts.next_set[early as usize];
            if stays && self.s.homes.slot_is_free(slot, self.at) {
                return self.s.homes.assign_slot(Value(self.at), slot, last);
            }
        }
        self.temp(Value(self.at))
    }

    fn temp(&mut self, value: Value) -> u16 {
        match self.s.facts.last_use[value.index()] {
            GLOBAL => self.s.homes.assign_own(value),
            _ => self.s.homes.assign_temp(value),
        }
    }

    /// Replaces block numbers by positions.
    fn resolve(&mut self) {
        for &at in &self.s.to_blocks {
            let ins = &mut self.s.code[at as usize];
            let start = self.s.starts[ins.low() as usize];
            ins.imm = crate::code::pair(start as i32, ins.high());
        }
    }
}
