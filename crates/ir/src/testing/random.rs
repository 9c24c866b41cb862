//! Random regions that verify.

use guest::{CpuState, GuestAddr, Slot};

use crate::{
    Arg, Block, BlockCall, BlockId, Effect, Exit, FpEnv, Inst, Op, Region, Target, Term, Trap,
    Type, Value, eval,
};

/// A small generator of pseudo-random numbers (xorshift64*).
#[derive(Clone, Debug)]
pub struct Rng(u64);

impl Rng {
    /// Starts from `seed`.
    pub fn new(seed: u64) -> Rng {
        Rng(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }
    /// 64 random bits.
    pub fn word(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }
    /// A number below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        (self.word() >> 16) % end
    }
    /// True once in `n` times.
    pub fn once_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }
    /// A number whose bits make trouble more often than those of [`Rng::word`].
    pub fn corner(&mut self) -> u64 {
        const CORNERS: [u64; 14] = [
            0,
            1,
            u64::MAX,
            i64::MIN as u64,
            i64::MAX as u64,
            0x7fff_ffff,
            0x8000_0000,
            0xffff_ffff,
            0x3ff0_0000_0000_0000,
            0x7ff0_0000_0000_0000,
            0x7ff8_0000_0000_0000,
            0xffff_ffff_3f80_0000,
            0xffff_ffff_7fc0_0000,
            1 << 52,
        ];
        match self.below(3) {
            0 => CORNERS[self.below(CORNERS.len() as u64) as usize],
            1 => self.word() >> self.below(64),
            _ => self.word(),
        }
    }
}

/// The slot that holds the address of 4096 bytes of memory: regions of [`random_region`] access
/// no others and never write the slot.
pub const STACK: Slot = Slot(2);
const INTS: std::ops::Range<u64> = 8..16;
const FLOATS: std::ops::Range<u64> = 40..44;
/// The slot that counts rounds of [`Maker::blocks`].
const FUEL: u16 = 20;
const ENTRY: u64 = 0x10000;

/// A state for a region of [`random_region`]; `memory` holds 4096 bytes, aligned to 16.
pub fn random_state(rng: &mut Rng, memory: u64) -> Box<CpuState> {
    let mut state = CpuState::new();
    for slot in INTS.chain(FLOATS) {
        state.set(Slot(slot as u8), rng.corner());
    }
    state.set(STACK, memory);
    state.fp_round = rng.below(5);
    state
}

/// A region that verifies and ends: one block, a choice and a loop of a few rounds, or some
/// blocks that lead to each other and share nothing but guest registers.
pub fn random_region(rng: &mut Rng) -> Region {
    let mut maker = Maker { rng, region: Region::default(), pool: Vec::new(), pc: ENTRY };
    maker.region.entry = GuestAddr(ENTRY);
    match maker.rng.below(4) {
        0 => maker.graph(),
        1 => maker.blocks(),
        _ => maker.straight(),
    }
    maker.region.bytes = ENTRY..maker.pc;
    maker.region
}

struct Maker<'a> {
    rng: &'a mut Rng,
    region: Region,
    /// Values that can be used here.
    pool: Vec<Value>,
    pc: u64,
}

impl Maker<'_> {
    fn straight(&mut self) {
        let insns = 1 + self.rng.below(12);
        self.insns(insns);
        let term = match self.rng.below(3) {
            0 => Term::Go(Target::Exit(self.exit())),
            _ => {
                let cond = self.value(Type::I64);
                let (then, other) = (Target::Exit(self.exit()), Target::Exit(self.exit()));
                Term::If { cond, then, other }
            }
        };
        self.end(0, term);
    }

    /// Blocks that lead anywhere, back only as long as a register counts down.
    fn blocks(&mut self) {
        let count = 2 + self.rng.below(8);
        let start = |maker: &mut Self| {
            maker.pool.clear();
            maker.region.insts.len() as u32
        };
        let rounds = self.rng.below(12) as i64;
        let rounds = self.constant(Type::I64, rounds);
        self.push(Op::Set, Type::I64, FUEL, &[rounds], 0);
        let to = |block| Target::Block(BlockCall { block: BlockId(block as u32), args: vec![] });
        self.end(0, Term::Go(to(1)));
        for block in 1..=count {
            let start = start(self);
            let insns = 1 + self.rng.below(4);
            self.insns(insns);
            let ahead = block + 1 + self.rng.below(3);
            let exit = self.exit();
            let ahead = if ahead > count { Target::Exit(exit) } else { to(ahead) };
            let term = match self.rng.below(3) {
                0 => Term::Go(ahead),
                1 => {
                    let other = block + 1 + self.rng.below(2);
                    let exit = Target::Exit(self.exit());
                    let other = if other > count { exit } else { to(other) };
                    Term::If { cond: self.value(Type::I64), then: other, other: ahead }
                }
                _ => {
                    let back = to(1 + self.rng.below(block));
                    Term::If { cond: self.count_down(), then: back, other: ahead }
                }
            };
            self.end(start, term);
        }
    }

    /// Counts the rounds that are left down; true while there are some.
    fn count_down(&mut self) -> Value {
        let left = self.push(Op::Get, Type::I64, FUEL, &[], 0);
        let one = self.constant(Type::I64, 1);
        let left = self.push(Op::Sub, Type::I64, 0, &[left, one], 0);
        self.push(Op::Set, Type::I64, FUEL, &[left], 0);
        let zero = self.constant(Type::I64, 0);
        self.push(Op::LtS, Type::I64, 0, &[zero, left], 0)
    }

    /// Entry, two ways, a loop with parameters, an end.
    fn graph(&mut self) {
        self.insns(3);
        let cond = self.value(Type::I64);
        let to = |block| Target::Block(BlockCall { block: BlockId(block), args: Vec::new() });
        self.end(0, Term::If { cond, then: to(1), other: to(2) });
        let entry_pool = self.pool.clone();
        for _ in 0..2 {
            let start = self.region.insts.len() as u32;
            self.insns(2);
            let count = self.rng.below(5) as i64;
            let mut args = vec![self.constant(Type::I64, count)];
            args.extend([Type::I64, Type::I64, Type::F64].map(|ty| self.value(ty)));
            let call = BlockCall { block: BlockId(3), args };
            self.end(start, Term::Go(Target::Block(call)));
            self.pool.clone_from(&entry_pool);
        }
        self.rounds();
        let start = self.region.insts.len() as u32;
        self.insns(2);
        let exit = self.exit();
        self.end(start, Term::Go(Target::Exit(exit)));
    }

    fn rounds(&mut self) {
        let start = self.region.insts.len() as u32;
        let types = [Type::I64, Type::I64, Type::I64, Type::F64];
        let params = types.map(|ty| self.push(Op::Param, ty, 0, &[], 0));
        self.insns(3);
        let one = self.constant(Type::I64, 1);
        let count = self.push(Op::Sub, Type::I64, 0, &[params[0], one], 0);
        // Parameters change places, so that moves must not overwrite each other.
        let args = vec![count, params[2], params[1], self.value(Type::F64)];
        let again = Target::Block(BlockCall { block: BlockId(3), args });
        let out = Target::Block(BlockCall { block: BlockId(4), args: Vec::new() });
        let zero = self.constant(Type::I64, 0);
        let cond = self.push(Op::LtS, Type::I64, 0, &[zero, count], 0);
        self.end(start, Term::If { cond, then: again, other: out });
    }

    fn end(&mut self, start: u32, term: Term) {
        let end = self.region.insts.len() as u32;
        self.region.blocks.push(Block { insts: start..end, term });
    }

    fn exit(&mut self) -> Exit {
        let to = GuestAddr(ENTRY + 0x100 + 4 * self.rng.below(9));
        match self.rng.below(6) {
            0 => Exit::Return { to: self.value(Type::I64) },
            1 => Exit::Syscall { next: to },
            2 => Exit::Trap { cause: Trap::HostCall(3), pc: to },
            3 => Exit::Call { to, ret: GuestAddr(self.pc) },
            _ => Exit::Jump { to },
        }
    }

    fn insns(&mut self, count: u64) {
        for _ in 0..count {
            self.push(Op::Insn, Type::I64, 4, &[], self.pc as i64);
            self.pc += 4;
            self.region.guest_insns += 1;
            if self.rng.once_in(3) {
                self.memory();
            }
            for _ in 0..1 + self.rng.below(3) {
                self.compute();
            }
            for _ in 0..self.rng.below(3) {
                self.set();
            }
        }
    }

    fn push(&mut self, op: Op, ty: Type, aux: u16, args: &[Value], imm: i64) -> Value {
        let value = Value(self.region.insts.len() as u32);
        let mut inst = Inst { op, ty, aux, args: [Value::NONE; 3], imm };
        inst.args[..args.len()].copy_from_slice(args);
        if inst.result().is_some() {
            self.pool.push(value);
        }
        self.region.insts.push(inst);
        value
    }

    fn constant(&mut self, ty: Type, bits: i64) -> Value {
        let bits = match ty {
            Type::I64 | Type::F64 => bits,
            Type::I32 | Type::F32 => bits as i32 as i64,
            Type::F16 => bits as u16 as i64,
        };
        self.push(Op::Const, ty, 0, &[], bits)
    }

    fn get(&mut self, ty: Type) -> Value {
        let slots = if ty == Type::I64 { INTS } else { FLOATS };
        let slot = slots.start + self.rng.below(slots.end - slots.start);
        self.push(Op::Get, ty, slot as u16, &[], 0)
    }

    fn set(&mut self) {
        let ty = if self.rng.once_in(4) { Type::F64 } else { Type::I64 };
        let slots = if ty == Type::I64 { INTS } else { FLOATS };
        let slot = slots.start + self.rng.below(slots.end - slots.start);
        let value = self.value(ty);
        self.push(Op::Set, ty, slot as u16, &[value], 0);
    }

    /// A value of type `ty`, most often a recent one.
    fn value(&mut self, ty: Type) -> Value {
        let region = &self.region;
        let fits = |value: &&Value| region.type_of(**value) == Some(ty);
        let skip = self.rng.below(4) as usize;
        let recent = self.pool.iter().rev().filter(fits).nth(skip).copied();
        match (ty, recent) {
            (_, Some(value)) if !self.rng.once_in(4) => value,
            (Type::I64 | Type::F64, _) if self.rng.once_in(2) => self.get(ty),
            _ => {
                let bits = self.rng.corner() as i64;
                self.constant(ty, bits)
            }
        }
    }

    fn compute(&mut self) {
        loop {
            let op = Op::ALL[self.rng.below(Op::ALL.len() as u64) as usize];
            let ty = Type::ALL[self.rng.below(5) as usize];
            let known = eval(op, ty, [0; 3], 0, 0, &mut FpEnv::default()).is_some();
            if !known || matches!(op, Op::Const) {
                continue;
            }
            let aux = match op.effect() {
                Effect::Fp => [0, 1, 2, 3, 4, 7][self.rng.below(6) as usize],
                _ => 0,
            };
            let imm = if op == Op::AesKs1 { self.rng.below(11) as i64 } else { 0 };
            let args = self.args(op, ty);
            self.push(op, ty, aux, &args, imm);
            return;
        }
    }

    fn args(&mut self, op: Op, own: Type) -> Vec<Value> {
        let types = op.args().iter().map(|arg| match arg {
            Arg::Own => own,
            Arg::I64 => Type::I64,
            Arg::I32 => Type::I32,
            Arg::F64 => Type::F64,
            Arg::F32 => Type::F32,
        });
        types.collect::<Vec<_>>().into_iter().map(|ty| self.value(ty)).collect()
    }

    /// An access to the memory of [`STACK`]; atomic ones are misaligned at times.
    fn memory(&mut self) {
        let accesses = |op: &Op| (op.may_fault() || *op == Op::Prefetch) && *op != Op::Cas128;
        let ops: Vec<Op> = Op::ALL.iter().copied().filter(accesses).collect();
        let op = ops[self.rng.below(ops.len() as u64) as usize];
        let offset = 8 * self.rng.below(8) as i64;
        let base = self.push(Op::Get, Type::I64, STACK.0 as u16, &[], 0);
        let mut args = self.args(op, Type::I64);
        args[0] = base;
        if op.effect() != Effect::Atomic {
            self.push(op, Type::I64, 0, &args, offset);
            return;
        }
        let size = [1, 2, 4, 8][self.rng.below(4) as usize];
        let off_by = if self.rng.once_in(8) { 1 } else { 0 };
        let offset = self.constant(Type::I64, offset + off_by);
        args[0] = self.push(Op::Add, Type::I64, 0, &[base, offset], 0);
        self.push(op, Type::I64, size, &args, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_regions_verify() {
        for seed in 0..3000 {
            let region = random_region(&mut Rng::new(seed));
            assert_eq!(crate::verify(&region), Ok(()), "seed {seed}\n{region}");
        }
    }

    #[test]
    fn random_regions_print_and_parse_back() {
        for seed in 0..3000 {
            let region = random_region(&mut Rng::new(seed));
            let text = region.to_string();
            assert_eq!(crate::parse(&text).as_ref(), Ok(&region), "seed {seed}\n{text}");
        }
    }
}
