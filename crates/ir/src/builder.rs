//! Building a region, with what a frontend wants done on the way: reads of a guest register
//! see the latest write in the block, constants are shared and folded by [`crate::eval()`].

use guest::{GuestAddr, SLOT_COUNT, Slot};

use crate::{Block, BlockCall, BlockId, Exit, Inst, Op, Region, Round, Target, Term, Type, Value};

/// Appends instructions to the one open block of a region.
pub struct Builder<'a> {
    region: &'a mut Region,
    start: u32,
    /// The value each slot holds, where the block has read or written it.
    slots: [Value; SLOT_COUNT],
}

impl<'a> Builder<'a> {
    /// Opens the first block of `region`, which is cleared.
    pub fn new(region: &'a mut Region, entry: GuestAddr) -> Self {
        region.clear();
        region.entry = entry;
        Builder { region, start: 0, slots: [Value::NONE; SLOT_COUNT] }
    }

    /// Appends an instruction and gives its value.
    pub fn push(&mut self, op: Op, ty: Type, aux: u16, args: &[Value], imm: i64) -> Value {
        let mut a = [Value::NONE; 3];
        a[..args.len()].copy_from_slice(args);
        let value = Value(self.region.insts.len() as u32);
        self.region.insts.push(Inst { op, ty, aux, args: a, imm });
        value
    }

    /// Marks the start of a guest instruction of `len` bytes.
    pub fn insn(&mut self, pc: GuestAddr, len: u16) {
        self.push(Op::Insn, Type::I64, len, &[], pc.0 as i64);
        self.region.guest_insns += 1;
    }

    /// A constant; for `F32`/`F64` its bits.
    pub fn iconst(&mut self, ty: Type, bits: i64) -> Value {
        self.push(Op::Const, ty, 0, &[], bits)
    }

    /// The constant that `value` is, if it is one.
    pub fn as_const(&self, value: Value) -> Option<i64> {
        self.region.as_const(value)
    }

    /// The value of a guest register.
    pub fn get(&mut self, ty: Type, slot: Slot) -> Value {
        let known = self.slots[slot.0 as usize];
        if known != Value::NONE && self.region.type_of(known) == Some(ty) {
            return known;
        }
        let value = self.push(Op::Get, ty, slot.0 as u16, &[], 0);
        self.slots[slot.0 as usize] = value;
        value
    }

    /// Writes a guest register. Writes of one guest instruction come after everything in it
    /// that may fault.
    pub fn set(&mut self, slot: Slot, value: Value) {
        let ty = self.region.type_of(value).unwrap_or(Type::I64);
        self.push(Op::Set, ty, slot.0 as u16, &[value], 0);
        self.slots[slot.0 as usize] = value;
    }

    /// An op on one operand, of type `ty`.
    pub fn un(&mut self, op: Op, ty: Type, a: Value) -> Value {
        self.push(op, ty, 0, &[a], 0)
    }

    /// An op on two operands, of type `ty`.
    pub fn bin(&mut self, op: Op, ty: Type, a: Value, b: Value) -> Value {
        self.push(op, ty, 0, &[a, b], 0)
    }

    /// An op on a value and a constant.
    pub fn bin_imm(&mut self, op: Op, ty: Type, a: Value, b: i64) -> Value {
        let b = self.iconst(ty, b);
        self.bin(op, ty, a, b)
    }

    /// A floating-point op of type `ty` with a rounding mode.
    pub fn fp(&mut self, op: Op, ty: Type, round: Round, args: &[Value]) -> Value {
        self.push(op, ty, round as u16, args, 0)
    }

    /// A load of `base + disp`.
    pub fn load(&mut self, op: Op, base: Value, disp: i32) -> Value {
        self.push(op, Type::I64, 0, &[base], disp as i64)
    }

    /// A store of `value` to `base + disp`.
    pub fn store(&mut self, op: Op, base: Value, value: Value, disp: i32) {
        self.push(op, Type::I64, 0, &[base, value], disp as i64);
    }

    /// Leaves if `cond` is not 0; what follows is the next block, in which all values of this one are known.
    pub fn leave_if(&mut self, cond: Value, exit: Exit) {
        let end = self.region.insts.len() as u32;
        let next = BlockId(self.region.blocks.len() as u32 + 1);
        let other = Target::Block(BlockCall { block: next, args: Vec::new() });
        let term = Term::If { cond, then: Target::Exit(exit), other };
        self.region.blocks.push(Block { insts: self.start..end, term });
        self.start = end;
    }

    /// Ends the block and the region with one exit.
    pub fn exit(self, exit: Exit) {
        self.end(Term::Go(Target::Exit(exit)));
    }

    /// Ends the block and the region with a choice of two exits.
    pub fn branch(self, cond: Value, then: Exit, other: Exit) {
        self.end(Term::If { cond, then: Target::Exit(then), other: Target::Exit(other) });
    }

    fn end(self, term: Term) {
        let end = self.region.insts.len() as u32;
        self.region.blocks.push(Block { insts: self.start..end, term });
    }

    /// Guest instructions so far.
    pub fn guest_insns(&self) -> u32 {
        self.region.guest_insns
    }

    /// Instructions so far.
    pub fn len(&self) -> usize {
        self.region.insts.len()
    }

    /// True if nothing was pushed.
    pub fn is_empty(&self) -> bool {
        self.region.insts.is_empty()
    }

    /// Records the guest bytes `[start, end)` that the region is made from.
    pub fn covers(&mut self, start: GuestAddr, end: GuestAddr) {
        self.region.bytes = start.0..end.0;
    }
}
