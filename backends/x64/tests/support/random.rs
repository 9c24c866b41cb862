//! Numbers and regions by chance, the same ones in every run.

use guest::{GuestAddr, Slot};
use ir::{Arg, Builder, Effect, Exit, Op, Region, Round, Type, Value};

pub struct Rng(pub u64);

impl Rng {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }
    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }
    pub fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }
    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub fn int(&mut self) -> u64 {
        const SPECIAL: [u64; 16] = [
            0,
            1,
            2,
            3,
            8,
            31,
            32,
            63,
            64,
            0x7f,
            0x80,
            0xff,
            0xffff,
            0x7fff_ffff,
            0x8000_0000,
            0xffff_ffff,
        ];
        match self.below(8) {
            0 | 1 => self.pick(&SPECIAL),
            2 => self.pick(&SPECIAL).wrapping_neg(),
            3 => self.pick(&[i64::MIN as u64, i64::MAX as u64, 1 << 32, !0 << 32]),
            4 => self.next() >> self.below(64),
            5 => self.next() as i32 as u64,
            6 => self.below(256) as u64,
            _ => self.next(),
        }
    }

    pub fn f64(&mut self) -> u64 {
        const SPECIAL: [u64; 10] = [
            0,
            1 << 63,
            0x7ff0 << 48,
            0xfff0 << 48,
            0x7ff8 << 48,
            0x7ff0_0000_0000_0001,
            0xfff8_0000_0000_0001,
            1,
            0x000f_ffff_ffff_ffff,
            0x7fef_ffff_ffff_ffff,
        ];
        match self.below(8) {
            0 | 1 => self.pick(&SPECIAL),
            2 => (self.int() as i64 as f64).to_bits(),
            3 => (self.int() as i64 as f64 + self.pick(&[0.5, -0.5, 0.25, 0.75])).to_bits(),
            4 => {
                let edge = self.pick(&[31, 32, 63, 64]);
                let near = 2f64.powi(edge) + self.pick(&[0.0, -0.5, 0.5, -1.0, -2.0, -1024.0]);
                (near * self.pick(&[1.0, -1.0])).to_bits()
            }
            5 => ((self.next() as i32 as f64) / 1024.0).to_bits(),
            6 => (f32::from_bits(self.next() as u32) as f64).to_bits(),
            _ => self.next(),
        }
    }

    pub fn f32(&mut self) -> u64 {
        const SPECIAL: [u32; 9] = [
            0,
            1 << 31,
            0x7f80_0000,
            0xff80_0000,
            0x7fc0_0000,
            0x7f80_0001,
            1,
            0x007f_ffff,
            0x7f7f_ffff,
        ];
        let bits = match self.below(5) {
            0 => self.pick(&SPECIAL),
            1 | 2 => (f64::from_bits(self.f64()) as f32).to_bits(),
            3 => (self.int() as i64 as f32).to_bits(),
            _ => self.next() as u32,
        };
        bits as u64
    }

    /// Bits of a floating-point register.
    pub fn float_slot(&mut self) -> u64 {
        match self.below(4) {
            0 => self.f32() | 0xffff_ffff << 32,
            1 => self.next() & 0xffff | !0 << 16,
            _ => self.f64(),
        }
    }

    pub fn bits(&mut self, ty: Type) -> u64 {
        match ty {
            Type::I32 => self.int() as u32 as u64,
            Type::I64 => self.int(),
            Type::F16 => self.next() & 0xffff,
            Type::F32 => self.f32(),
            Type::F64 => self.float_slot(),
        }
    }
}

/// True if `op` is a function of its operands, exceptions aside.
fn is_function(op: Op) -> bool {
    matches!(op.effect(), Effect::Pure | Effect::Fp) && !matches!(op, Op::Param | Op::Const)
}

/// Every op that is a function of its operands, with each own type it has.
pub fn functions() -> Vec<(Op, Type)> {
    let mut all = Vec::new();
    for &op in Op::ALL.iter().filter(|&&op| is_function(op)) {
        let own = op.args().contains(&Arg::Own) || op.res() == ir::Res::Own;
        let has = |ty: &Type| {
            let mut region = Region::default();
            let mut b = Builder::new(&mut region, GuestAddr(0));
            let args: Vec<_> = op.args().iter().map(|&a| b.iconst(arg_type(a, *ty), 0)).collect();
            b.push(op, *ty, 0, &args, 0);
            b.exit(Exit::Jump { to: GuestAddr(0) });
            ir::verify(&region).is_ok()
        };
        match own {
            true => all.extend(Type::ALL.into_iter().filter(has).map(|ty| (op, ty))),
            false => all.push((op, Type::I64)),
        }
    }
    all
}

pub fn arg_type(arg: Arg, own: Type) -> Type {
    match arg {
        Arg::Own => own,
        Arg::I64 => Type::I64,
        Arg::I32 => Type::I32,
        Arg::F64 => Type::F64,
        Arg::F32 => Type::F32,
    }
}

const HOT_INT: [u8; 4] = [2, 3, 7, 11];
const COLD_INT: [u8; 3] = [12, 20, 31];
const HOT_FLOAT: [u8; 3] = [32, 36, 42];
const COLD_FLOAT: [u8; 2] = [43, 63];

/// Makes a region from random pieces.
pub struct Maker<'a> {
    pub rng: &'a mut Rng,
    pub b: Builder<'a>,
    /// Values made so far that may be used again.
    pool: Vec<(Type, Value)>,
}

impl<'a> Maker<'a> {
    pub fn new(rng: &'a mut Rng, region: &'a mut Region, entry: u64) -> Maker<'a> {
        let mut b = Builder::new(region, GuestAddr(entry));
        b.insn(GuestAddr(entry), 4);
        Maker { rng, b, pool: Vec::new() }
    }

    pub fn int_slot(&mut self) -> Slot {
        let hot = self.rng.chance(60);
        Slot(if hot { self.rng.pick(&HOT_INT) } else { self.rng.pick(&COLD_INT) })
    }
    pub fn float_slot(&mut self) -> Slot {
        let hot = self.rng.chance(60);
        Slot(if hot { self.rng.pick(&HOT_FLOAT) } else { self.rng.pick(&COLD_FLOAT) })
    }

    /// A value of this type: an old one, a constant, or from a register.
    pub fn value(&mut self, ty: Type) -> Value {
        let old: Vec<_> = self.pool.iter().filter(|(t, _)| *t == ty).map(|(_, v)| *v).collect();
        if !old.is_empty() && self.rng.chance(45) {
            return self.rng.pick(&old);
        }
        if self.rng.chance(25) {
            let bits = self.rng.bits(ty) as i64;
            return self.b.iconst(ty, bits);
        }
        let value = self.fresh(ty);
        self.pool.push((ty, value));
        value
    }

    fn fresh(&mut self, ty: Type) -> Value {
        match ty {
            Type::I64 => {
                let slot = self.int_slot();
                self.b.get(ty, slot)
            }
            Type::F64 => {
                let slot = self.float_slot();
                self.b.get(ty, slot)
            }
            Type::I32 => {
                let wide = self.value(Type::I64);
                self.b.un(Op::Trunc, Type::I64, wide)
            }
            Type::F16 | Type::F32 if self.rng.chance(50) => {
                let boxed = self.value(Type::F64);
                self.b.un(Op::Unbox, ty, boxed)
            }
            Type::F16 | Type::F32 => {
                let bits = self.value(Type::I64);
                self.b.un(Op::FromBits, ty, bits)
            }
        }
    }

    /// Appends `op` on random operands.
    pub fn op(&mut self, op: Op, ty: Type) -> Value {
        let args: Vec<_> = op.args().iter().map(|&a| self.value(arg_type(a, ty))).collect();
        let imm = if op == Op::AesKs1 { self.rng.below(11) as i64 } else { 0 };
        let round = match op.effect() {
            Effect::Fp => self.rng.pick(&[0, 1, 2, 3, 4, 7, 7, 7, 7]),
            _ => 0,
        };
        let value = self.b.push(op, ty, round, &args, imm);
        if let Some(ty) = self.result(op, ty) {
            self.pool.push((ty, value));
        }
        value
    }

    /// A shape of several ops that compilers make: rotates, extensions, scaled sums.
    pub fn idiom(&mut self) {
        let ty = self.rng.pick(&[Type::I32, Type::I64]);
        let bits = ty.bits() as usize;
        let x = self.value(ty);
        let n = self.rng.pick(&[1, 2, 3, 8, 16, 24, 32, 48, 56, 63]) % bits as i64;
        let left = self.b.bin_imm(Op::Shl, ty, x, n);
        let other = self.rng.pick(&[n, bits as i64 - n, 5]);
        let mut y = x;
        if self.rng.chance(20) {
            y = self.value(ty);
        }
        let shr = self.rng.pick(&[Op::Shr, Op::Sar]);
        let shape = self.rng.below(4);
        let mut value = match shape {
            0 => self.b.bin_imm(shr, ty, left, other),
            1 => {
                let right = self.b.bin_imm(Op::Shr, ty, y, other);
                self.b.bin(Op::Or, ty, right, left)
            }
            2 => self.b.bin(Op::Add, ty, left, y),
            _ => {
                let right = self.b.bin_imm(Op::Shr, ty, y, other);
                if self.rng.chance(40) {
                    self.keep(ty, right);
                }
                self.or_extended(ty, left, right)
            }
        };
        if self.rng.chance(20) {
            self.keep(ty, left);
        }
        // Shape 3 is of 64 bits whatever its parts are.
        let mut ty = if shape == 3 { Type::I64 } else { ty };
        if self.rng.chance(30) {
            let zero = self.b.iconst(ty, 0);
            let op = self.rng.pick(&[Op::Eq, Op::Ne, Op::LtS, Op::GeS, Op::LtU, Op::GeU]);
            value = self.b.bin(op, ty, value, zero);
            ty = Type::I64;
        }
        self.pool.push((ty, value));
        self.keep(ty, value);
    }

    fn or_extended(&mut self, ty: Type, a: Value, b: Value) -> Value {
        if ty == Type::I64 {
            return self.b.bin(Op::Or, ty, a, b);
        }
        let a = self.b.un(Op::Sext32, Type::I64, a);
        let b = self.b.un(Op::Sext32, Type::I64, b);
        self.b.bin(Op::Or, Type::I64, a, b)
    }

    fn result(&self, op: Op, ty: Type) -> Option<Type> {
        let inst = ir::Inst { op, ty, aux: 0, args: [Value::NONE; 3], imm: 0 };
        inst.result()
    }

    /// Writes a value of type `ty` to a random register.
    pub fn keep(&mut self, ty: Type, value: Value) {
        match ty {
            Type::I64 => {
                let slot = self.int_slot();
                self.b.set(slot, value);
            }
            Type::F64 => {
                let slot = self.float_slot();
                self.b.set(slot, value);
            }
            Type::I32 => {
                let op = self.rng.pick(&[Op::Sext32, Op::Sext32, Op::Zext32]);
                let wide = self.b.un(op, Type::I64, value);
                self.keep(Type::I64, wide);
            }
            Type::F16 | Type::F32 if self.rng.chance(50) => {
                let boxed = self.b.un(Op::Box, ty, value);
                self.keep(Type::F64, boxed);
            }
            Type::F16 | Type::F32 => {
                let bits = self.b.un(Op::Bits, ty, value);
                self.keep(Type::I64, bits);
            }
        }
    }

    /// Appends `op` and writes its result, and some other value, to registers.
    pub fn step(&mut self, op: Op, ty: Type) {
        let value = self.op(op, ty);
        let ty = self.result(op, ty).expect("a function");
        if self.rng.chance(80) {
            self.keep(ty, value);
        }
        if self.rng.chance(20) {
            let (ty, old) = self.pool[self.rng.below(self.pool.len())];
            self.keep(ty, old);
        }
    }
}

pub const ROUNDS: [Round; 4] = [Round::Rne, Round::Rtz, Round::Rdn, Round::Rup];
