//! What lowering must know about values beforehand: where each is used last, and which write of
//! a guest register can be done by the instruction that computes the value.

use guest::SLOT_COUNT;
use ir::{Block, Inst, Op, Region, Type, Value};

/// Used in another block than its own: lives as long as the region.
pub(crate) const GLOBAL: u32 = u32::MAX;
/// No such position.
pub(crate) const NEVER: u32 = u32::MAX;

/// The value whose word also holds `value`. Conversions that change nothing in a word have none
/// of their own: words of `I32` values have any upper half.
pub(crate) fn root(region: &Region, mut value: Value) -> Value {
    while is_alias(region, region.inst(value)) {
        value = region.inst(value).args[0];
    }
    value
}

/// True for instructions that give their operand's word unchanged.
pub(crate) fn is_alias(region: &Region, inst: &Inst) -> bool {
    match inst.op {
        Op::Trunc => true,
        Op::Sext32 => is_sign_extended(region.inst(inst.args[0])),
        Op::FromBits => true,
        Op::Bits | Op::Box | Op::Unbox => inst.ty == Type::F64,
        _ => false,
    }
}

/// True for 32-bit values whose word is sign-extended: integer arithmetic is done in `W` forms.
fn is_sign_extended(inst: &Inst) -> bool {
    let arithmetic = !matches!(inst.op, Op::Get | Op::Param | Op::Select | Op::Trunc);
    inst.ty == Type::I32 && inst.result() == Some(Type::I32) && arithmetic
}

/// Facts by value.
#[derive(Default)]
pub(crate) struct Facts {
    /// Position of the last use; 0 if unused, [`GLOBAL`] if used in another block. The end of a
    /// block counts as the position behind its last instruction.
    pub last_use: Vec<u32>,
    /// For `get` and `set`: position of the next `set` of the slot in the block, or [`NEVER`].
    pub next_set: Vec<u32>,
    /// For values: position of the `set` that may be done at the definition, or [`NEVER`].
    pub early_set: Vec<u32>,
}

impl Facts {
    /// Collects the facts about `region`.
    pub(crate) fn collect(&mut self, region: &Region) {
        let len = region.insts.len();
        self.last_use.clear();
        self.last_use.resize(len, 0);
        self.next_set.clear();
        self.next_set.resize(len, NEVER);
        self.early_set.clear();
        self.early_set.resize(len, NEVER);
        for block in &region.blocks {
            self.collect_uses(region, block);
            self.collect_next_sets(region, block);
        }
    }

    fn used(&mut self, region: &Region, block: &Block, value: Value, at: u32) {
        let root = root(region, value);
        let last = &mut self.last_use[root.index()];
        *last = if block.insts.contains(&root.0) { (*last).max(at) } else { GLOBAL };
    }

    fn collect_uses(&mut self, region: &Region, block: &Block) {
        let mut seen = Seen::default();
        for i in block.insts.clone() {
            let inst = &region.insts[i as usize];
            if is_alias(region, inst) {
                continue;
            }
            for &value in inst.operands() {
                self.used(region, block, value, i);
            }
            match inst.op {
                Op::Get => seen.get[inst.slot().0 as usize & (SLOT_COUNT - 1)] = i + 1,
                Op::Set => self.consider_early_set(region, block, &mut seen, i),
                op if op.may_fault() => seen.fault = i + 1,
                _ => {}
            }
        }
        let end = block.insts.end;
        block.term.uses().for_each(|value| self.used(region, block, value, end));
    }

    /// A `set` can be done where its value is defined if nothing in between reads or writes the
    /// slot or may fault.
    fn consider_early_set(&mut self, region: &Region, block: &Block, seen: &mut Seen, at: u32) {
        let inst = &region.insts[at as usize];
        let slot = inst.slot().0 as usize & (SLOT_COUNT - 1);
        let value = root(region, inst.args[0]);
        let computed = !matches!(region.inst(value).op, Op::Get | Op::Const | Op::Param);
        let quiet = seen.get[slot] <= value.0
            && seen.set[slot] <= value.0
            && seen.fault <= value.0 + 1
            && block.insts.contains(&value.0);
        let early = &mut self.early_set[value.index()];
        if computed && quiet && *early == NEVER {
            *early = at;
        }
        seen.set[slot] = at + 1;
    }

    fn collect_next_sets(&mut self, region: &Region, block: &Block) {
        let mut next = [NEVER; SLOT_COUNT];
        for i in block.insts.clone().rev() {
            let inst = &region.insts[i as usize];
            if matches!(inst.op, Op::Get | Op::Set) {
                let next = &mut next[inst.slot().0 as usize & (SLOT_COUNT - 1)];
                self.next_set[i as usize] = *next;
                if inst.op == Op::Set {
                    *next = i;
                }
            }
        }
    }
}

/// One behind the latest position of each kind; 0 for none.
struct Seen {
    get: [u32; SLOT_COUNT],
    set: [u32; SLOT_COUNT],
    fault: u32,
}

impl Default for Seen {
    fn default() -> Self {
        Seen { get: [0; SLOT_COUNT], set: [0; SLOT_COUNT], fault: 0 }
    }
}
