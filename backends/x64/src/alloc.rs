//! The block-local allocator: where each value is while the block is compiled, in one pass.
//!
//! Homes of slots hold what the guest's registers hold, so a `get` is no instruction and the
//! value is the home until the home is written. All else lives in the temporaries, and in spill
//! words when these run out. Nothing here changes the host's flags.

use guest::{SCRATCH_LEN, SLOT_COUNT, offsets};
use ir::{Op, Type, Value};

use crate::asm::{Mem, Rm, Size};
use crate::lower::Lower;
use crate::operands::Mode;
use crate::plan::{Loc, Val, is_fp};
use crate::regs::{self, COUNT, NONE, Reg, TEMPS};
use crate::thunks;

/// Words of working space below this are not for spilling.
pub const FIRST_SPILL: u16 = 512;

/// An operand that has been fetched.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Src {
    Reg(Reg),
    /// The memory of a slot or a spill word.
    Mem(Mem),
    /// An integer constant that fits the instruction.
    Imm(i32),
}

impl Src {
    /// The register, if it is one.
    pub fn reg(self) -> Option<Reg> {
        match self {
            Src::Reg(reg) => Some(reg),
            Src::Mem(_) | Src::Imm(_) => None,
        }
    }
    /// As an operand of an instruction.
    pub fn rm(self) -> Rm {
        match self {
            Src::Reg(reg) => Rm::Reg(reg),
            Src::Mem(mem) => Rm::Mem(mem),
            Src::Imm(_) => unreachable!("a constant where none fits"),
        }
    }
}

/// What registers and slots hold.
pub struct Alloc {
    /// The value in each register.
    pub holds: [Value; COUNT],
    /// The value in the memory of each slot that has no home, if it is among the seen ones.
    slots: [Value; SLOT_COUNT],
    seen: u128,
    /// Registers that the current instruction reads or works in.
    pub locked: u32,
    /// Those it works in: its result is not made there.
    pub claimed: u32,
    /// Homes that are temporaries for a while: their slots are written before anybody can see
    /// what they hold.
    pub spare: u32,
    next_spill: u16,
    /// No spill word was left.
    pub exhausted: bool,
}

impl Default for Alloc {
    fn default() -> Alloc {
        Alloc {
            holds: [Value::NONE; COUNT],
            slots: [Value::NONE; SLOT_COUNT],
            seen: 0,
            locked: 0,
            claimed: 0,
            spare: 0,
            next_spill: FIRST_SPILL,
            exhausted: false,
        }
    }
}

impl Alloc {
    /// Forgets everything.
    pub fn reset(&mut self) {
        self.holds = [Value::NONE; COUNT];
        (self.seen, self.locked, self.claimed, self.spare) = (0, 0, 0, 0);
        (self.next_spill, self.exhausted) = (FIRST_SPILL, false);
    }
    /// The value in the memory of `slot`.
    pub fn in_slot(&self, slot: u8) -> Value {
        if self.seen >> slot & 1 == 0 { Value::NONE } else { self.slots[slot as usize] }
    }
    /// Notes that `value` is in the memory of `slot`.
    pub fn put_slot(&mut self, slot: u8, value: Value) {
        self.seen |= 1 << slot;
        self.slots[slot as usize] = value;
    }
}

pub fn spill_mem(word: u16) -> Mem {
    Mem::state(regs::field(offsets::SCRATCH + word as usize * 8))
}
/// The memory of a slot.
pub fn slot_mem(slot: u8) -> Mem {
    Mem::state(regs::slot_disp(slot))
}

impl Lower<'_> {
    /// The value that `value` is another name of.
    pub fn root(&self, value: Value) -> Value {
        self.plan.vals[value.index()].root
    }
    pub fn val(&mut self, value: Value) -> &mut Val {
        &mut self.plan.vals[value.index()]
    }
    pub fn uses(&self, value: Value) -> u32 {
        self.plan.vals[value.index()].uses
    }
    pub fn loc(&self, value: Value) -> Loc {
        self.plan.vals[value.index()].loc
    }
    /// True if a global allocator decides where values are.
    fn asked(&self) -> bool {
        self.operands.mode != Mode::Block
    }
    pub fn lock(&mut self, reg: Reg) {
        self.alloc.locked |= 1 << reg;
    }

    /// Copies one register to another of the same file.
    pub fn copy(&mut self, dst: Reg, src: Reg) {
        match regs::is_fp(dst) {
            _ if dst == src => {}
            true => self.asm.fp_mov(dst, src),
            false => self.asm.mov(true, dst, src),
        }
    }
    pub fn load(&mut self, dst: Reg, mem: Mem) {
        match regs::is_fp(dst) {
            true => self.asm.fp_load(true, dst, mem),
            false => self.asm.mov(true, dst, mem),
        }
    }
    pub fn save(&mut self, mem: Mem, src: Reg) {
        match regs::is_fp(src) {
            true => self.asm.fp_store(true, mem, src),
            false => self.asm.store(Size::B8, mem, src),
        }
    }

    /// True if what `reg` holds is used again and is known to be there.
    fn is_live(&self, reg: Reg) -> bool {
        let value = self.alloc.holds[reg as usize];
        // `Value::NONE` is behind all values.
        let val = self.plan.vals.get(value.index());
        val.is_some_and(|val| val.uses > 0 && val.loc == Loc::Reg(reg))
    }

    /// The current instruction is done with its registers.
    pub fn unlock(&mut self) {
        self.alloc.locked = 0;
        self.alloc.claimed = 0;
    }

    /// The temporaries of one file.
    fn temps(&self, fp: bool) -> u32 {
        (TEMPS | self.alloc.spare) & regs::file(fp)
    }
    /// True if no guest register is to be found in `reg`.
    pub fn is_temp(&self, reg: Reg) -> bool {
        (TEMPS | self.alloc.spare) >> reg & 1 != 0
    }

    /// A temporary of one file that is not locked; what it held is moved out of the way.
    fn temp(&mut self, fp: bool) -> Reg {
        let open = self.temps(fp) & !self.alloc.locked;
        let reg = self.free_in(open).unwrap_or_else(|| self.victim(open));
        self.clear(reg);
        self.lock(reg);
        reg
    }
    /// An integer temporary to work in.
    pub fn int_temp(&mut self) -> Reg {
        if self.asked() {
            return self.asked_temp(false);
        }
        let reg = self.temp(false);
        self.alloc.claimed |= 1 << reg;
        reg
    }
    /// An xmm temporary to work in.
    pub fn fp_temp(&mut self) -> Reg {
        if self.asked() {
            return self.asked_temp(true);
        }
        let reg = self.temp(true);
        self.alloc.claimed |= 1 << reg;
        reg
    }

    fn free_in(&self, set: u32) -> Option<Reg> {
        bits(set).find(|&reg| !self.is_live(reg))
    }

    /// The register of `set` that is cheapest to give up.
    fn victim(&self, set: u32) -> Reg {
        let cheap = |&reg: &Reg| self.backing(self.alloc.holds[reg as usize]).is_some();
        let found = bits(set).find(cheap).or_else(|| bits(set).last());
        found.expect("an instruction locks fewer registers than there are temporaries")
    }

    /// Where else the value is.
    fn backing(&self, value: Value) -> Option<Loc> {
        let val = &self.plan.vals[value.index()];
        if self.region.inst(value).op == Op::Const {
            Some(Loc::None)
        } else if val.slot != NONE && self.alloc.in_slot(val.slot) == value {
            Some(Loc::Slot(val.slot))
        } else if val.spill != u16::MAX {
            Some(Loc::Spill(val.spill))
        } else {
            None
        }
    }

    /// Empties a register; a value that is used again goes to memory, if it is not there.
    pub fn clear(&mut self, reg: Reg) {
        if self.is_live(reg) {
            let value = self.alloc.holds[reg as usize];
            let place = self.backing(value).unwrap_or_else(|| self.spill(value, reg));
            self.val(value).loc = place;
        }
        self.alloc.holds[reg as usize] = Value::NONE;
    }

    fn spill(&mut self, value: Value, reg: Reg) -> Loc {
        let word = self.alloc.next_spill;
        if word as usize >= SCRATCH_LEN {
            self.alloc.exhausted = true;
            return Loc::Reg(reg);
        }
        self.alloc.next_spill += 1;
        self.save(spill_mem(word), reg);
        self.val(value).spill = word;
        Loc::Spill(word)
    }

    /// Empties a register; a value that is used again preferably goes to another register.
    pub fn evacuate(&mut self, reg: Reg) {
        if self.is_live(reg) {
            let value = self.alloc.holds[reg as usize];
            let twin =
                (0..COUNT as Reg).find(|&r| r != reg && self.alloc.holds[r as usize] == value);
            let temps = self.temps(regs::is_fp(reg));
            if let Some(twin) = twin {
                self.val(value).loc = Loc::Reg(twin);
            } else if let Some(place) = self.backing(value) {
                self.val(value).loc = place;
            } else if let Some(temp) = self.free_in(temps & !self.alloc.locked & !(1 << reg)) {
                self.copy(temp, reg);
                self.put(value, temp);
            } else {
                self.val(value).loc = self.spill(value, reg);
            }
        }
        self.alloc.holds[reg as usize] = Value::NONE;
    }

    /// Notes that `value` is in `reg`.
    pub fn put(&mut self, value: Value, reg: Reg) {
        self.alloc.holds[reg as usize] = value;
        self.val(value).loc = Loc::Reg(reg);
    }

    /// The constant that `value` is.
    pub fn constant(&self, value: Value) -> Option<i64> {
        self.region.as_const(self.root(value))
    }

    /// Fetches an operand: a register, memory if this is its only use, or a constant that
    /// fits 32 bits, as an instruction of type `ty` reads it.
    pub fn src(&mut self, value: Value, ty: Type) -> Src {
        let value = self.root(value);
        match self.constant(value) {
            Some(bits) if ty == Type::I32 => Src::Imm(bits as i32),
            Some(bits) if bits == bits as i32 as i64 && !is_fp(ty) => Src::Imm(bits as i32),
            _ => self.rm(value),
        }
    }

    /// Fetches an operand as a register, or as a constant that fits 32 bits.
    pub fn imm_or_reg(&mut self, value: Value, ty: Type) -> Src {
        let bits = self.constant(value);
        let fits = bits.is_some_and(|b| ty == Type::I32 || b == b as i32 as i64);
        match bits {
            Some(bits) if fits => Src::Imm(bits as i32),
            _ => Src::Reg(self.reg(value)),
        }
    }

    /// Fetches an operand as a register, or as memory if this is its only use.
    pub fn rm(&mut self, value: Value) -> Src {
        let value = self.root(value);
        if self.asked() {
            return self.asked_rm(value);
        }
        match self.loc(value) {
            Loc::Slot(slot) if self.uses(value) == 1 => Src::Mem(slot_mem(slot)),
            Loc::Spill(word) if self.uses(value) == 1 => Src::Mem(spill_mem(word)),
            _ => Src::Reg(self.reg(value)),
        }
    }

    /// Fetches an operand as a register.
    pub fn reg(&mut self, value: Value) -> Reg {
        let value = self.root(value);
        if self.asked() {
            return self.asked_reg(value);
        }
        if let Loc::Reg(reg) = self.loc(value) {
            self.lock(reg);
            return reg;
        }
        let fp = self.region.type_of(value).is_some_and(is_fp);
        let reg = self.temp(fp);
        self.fill(reg, value);
        self.put(value, reg);
        reg
    }

    /// Loads a value that is not in a register.
    pub fn fill(&mut self, reg: Reg, value: Value) {
        match self.loc(value) {
            Loc::Reg(from) => self.copy(reg, from),
            Loc::Slot(slot) => self.load(reg, slot_mem(slot)),
            Loc::Spill(word) => self.load(reg, spill_mem(word)),
            Loc::None => self.fill_const(reg, value),
        }
    }

    pub fn fill_const(&mut self, reg: Reg, value: Value) {
        let inst = self.region.inst(value);
        let bits = match inst.ty {
            Type::I32 => inst.imm as u32 as i64,
            _ => inst.imm,
        };
        self.fill_bits(reg, bits);
    }

    /// Makes a constant.
    pub fn fill_bits(&mut self, reg: Reg, bits: i64) {
        match regs::is_fp(reg) {
            false => self.asm.mov_imm(reg, bits),
            true if bits == 0 => self.asm.fp_xor(reg, reg, reg),
            true => self.fill_fp_const(reg, bits),
        }
    }

    fn fill_fp_const(&mut self, reg: Reg, bits: i64) {
        let cell = thunks::cell(thunks::CONST_WORD);
        self.asm.store_imm(Size::B4, cell, bits as i32);
        self.asm.store_imm(Size::B4, cell.plus(4), (bits >> 32) as i32);
        self.asm.fp_load(true, reg, cell);
    }

    /// Writes a value to `reg`, which holds nothing that is needed. Changes no location. At the
    /// exits of regions it is there already.
    pub fn read_into(&mut self, reg: Reg, value: Value) {
        if self.asked() {
            return;
        }
        let value = self.root(value);
        self.fill(reg, value);
    }

    /// Brings an operand to `reg`, a temporary, and claims the register.
    pub fn bring_to(&mut self, value: Value, reg: Reg) {
        let value = self.root(value);
        if self.asked() {
            return self.asked_bring(value, reg);
        }
        let here = self.loc(value) == Loc::Reg(reg);
        if here && self.uses(value) > 1 {
            self.lock(reg);
            self.evacuate(reg);
        } else if !here {
            self.take(reg);
            self.fill(reg, value);
        }
        self.lock(reg);
        self.alloc.claimed |= 1 << reg;
        self.kill(value);
        self.alloc.holds[reg as usize] = Value::NONE;
    }

    /// Claims a temporary.
    pub fn take(&mut self, reg: Reg) {
        if self.asked() {
            return self.asked_take(reg);
        }
        self.lock(reg);
        self.alloc.claimed |= 1 << reg;
        self.evacuate(reg);
    }

    /// One use of an operand is over. What it was fetched to stays readable until the result
    /// is defined.
    pub fn kill(&mut self, value: Value) {
        if self.asked() {
            return;
        }
        let value = self.root(value);
        let val = self.val(value);
        val.uses -= 1;
        if val.uses == 0
            && let Loc::Reg(reg) = val.loc
            && self.is_temp(reg)
        {
            self.alloc.holds[reg as usize] = Value::NONE;
        }
    }

    /// The register to make `value` in: its home-to-be, else `prefer` if that is a temporary
    /// which is free, else any. It may be one that an operand was fetched to.
    pub fn def(&mut self, value: Value, prefer: Option<Reg>) -> Reg {
        if self.asked() {
            return self.asked_def(value, prefer, false);
        }
        let hint = self.val(value).hint;
        let reg = if hint != NONE && self.alloc.claimed >> hint & 1 == 0 {
            self.evacuate(hint);
            hint
        } else {
            self.def_temp(value, prefer)
        };
        self.claim(value, reg);
        reg
    }

    /// As `def`, but never the register of an operand.
    pub fn def_fresh(&mut self, value: Value) -> Reg {
        if self.asked() {
            return self.asked_def(value, None, true);
        }
        let hint = self.val(value).hint;
        if hint != NONE && self.alloc.locked >> hint & 1 == 0 {
            return self.def(value, None);
        }
        let fp = self.region.type_of(value).is_some_and(is_fp);
        let reg = self.temp(fp);
        self.claim(value, reg);
        reg
    }

    /// As `def`; a global allocator gives no register of `not`.
    pub fn def_unlike(&mut self, value: Value, prefer: Reg, not: [Reg; 2]) -> Reg {
        if self.asked() {
            let like = (!not.contains(&prefer)).then_some(prefer);
            return self.asked_def(value, like, true);
        }
        self.def(value, Some(prefer))
    }

    /// Notes that `value` is being made in `reg`.
    pub fn claim(&mut self, value: Value, reg: Reg) {
        if self.asked() {
            return self.asked_claim(value, reg);
        }
        self.put(value, reg);
        self.lock(reg);
        if self.val(value).uses == 0 && self.is_temp(reg) {
            self.alloc.holds[reg as usize] = Value::NONE;
        }
    }

    fn def_temp(&mut self, value: Value, prefer: Option<Reg>) -> Reg {
        if let Some(reg) = prefer
            && self.is_temp(reg)
            && !self.is_live(reg)
            && self.alloc.claimed >> reg & 1 == 0
        {
            return reg;
        }
        let fp = self.region.type_of(value).is_some_and(is_fp);
        let temps = self.temps(fp) & !self.alloc.claimed;
        let open = temps & !self.alloc.locked;
        let free = self.free_in(open).or_else(|| self.free_in(temps));
        let victim = if open != 0 { open } else { temps };
        let reg = free.unwrap_or_else(|| self.victim(victim));
        self.clear(reg);
        reg
    }
}

/// The members of a set of registers, lowest first.
fn bits(mut set: u32) -> impl Iterator<Item = Reg> {
    std::iter::from_fn(move || {
        let reg = set.trailing_zeros();
        set &= set.wrapping_sub(1);
        (reg < u32::BITS).then_some(reg as Reg)
    })
}
