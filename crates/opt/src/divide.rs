//! Division by constants.

use ir::{Op, Region, Type, Value};

use crate::fold::constant_inst;
use crate::graph::{Graph, inst};

/// Divisions of 32 bits by constants become products, those by powers of two shifts: a product takes four
/// cycles, a division ten and more.
pub(crate) fn run(region: &mut Region) {
    let candidate = |v: u32| divisor(&region.insts, Value(v)).is_some();
    if !(0..region.insts.len() as u32).any(candidate) {
        return;
    }
    let mut graph = Graph::of(region);
    for block in 0..graph.blocks.len() {
        let old = std::mem::take(&mut graph.blocks[block].insts);
        let mut maker = Maker { graph: &mut graph, made: Vec::with_capacity(old.len()) };
        for value in old {
            if let Some(by) = divisor(&maker.graph.insts, value) {
                maker.divide(value, by);
            }
            maker.made.push(value);
        }
        graph.blocks[block].insts = maker.made;
    }
    graph.store_all(region);
}

/// The constant that `value` divides 32 bits by, if it is worth while.
fn divisor(insts: &[ir::Inst], value: Value) -> Option<i64> {
    let inst = &insts[value.index()];
    let signed = match inst.op {
        Op::DivS | Op::RemS => true,
        Op::DivU | Op::RemU => false,
        _ => return None,
    };
    let by = &insts[inst.args[1].index()];
    let by = if by.op == Op::Const { by.imm as i32 } else { return None };
    let by = if signed { by as i64 } else { by as u32 as i64 };
    (inst.ty == Type::I32 && by.unsigned_abs() >= 2 && by != i32::MIN as i64).then_some(by)
}

struct Maker<'a> {
    graph: &'a mut Graph,
    made: Vec<Value>,
}

impl Maker<'_> {
    fn op(&mut self, op: Op, ty: Type, args: &[Value]) -> Value {
        let value = self.graph.make(inst(op, ty, 0, args, 0));
        self.made.push(value);
        value
    }

    fn constant(&mut self, ty: Type, imm: i64) -> Value {
        let value = self.graph.make(constant_inst(ty, imm));
        self.made.push(value);
        value
    }

    fn wide(&mut self, op: Op, a: Value, by: i64) -> Value {
        let by = self.constant(Type::I64, by);
        self.op(op, Type::I64, &[a, by])
    }

    /// Makes `value`, a division or remainder by `by`, something else.
    fn divide(&mut self, value: Value, by: i64) {
        let division = self.graph.insts[value.index()];
        let [of, divisor, _] = division.args;
        let quotient = match division.op {
            Op::DivS | Op::RemS => self.signed(of, by),
            _ => self.unsigned(of, by as u64),
        };
        self.graph.insts[value.index()] = match division.op {
            Op::DivS | Op::DivU => inst(Op::Trunc, Type::I32, 0, &[quotient], 0),
            // a % b == a - a / b * b.
            _ => {
                let quotient = self.op(Op::Trunc, Type::I32, &[quotient]);
                let whole = self.op(Op::Mul, Type::I32, &[quotient, divisor]);
                inst(Op::Sub, Type::I32, 0, &[of, whole], 0)
            }
        };
    }

    /// `x / c == x * (2^64 / c + 1) >> 64`, since `x` and `c` are less than `2^32`.
    fn unsigned(&mut self, of: Value, by: u64) -> Value {
        let x = self.op(Op::Zext32, Type::I64, &[of]);
        if by.is_power_of_two() {
            return self.wide(Op::Shr, x, by.trailing_zeros() as i64);
        }
        self.wide(Op::MulHU, x, (u64::MAX / by + 1) as i64)
    }

    /// `x / c == (x * (2^k / c + 1) >> k) + (x < 0)` for positive `c`, with `2^(k - 31)` not less than `c`: the product
    /// is too large by `x * c / 2^k` at most, which is less than 1.
    fn signed(&mut self, of: Value, by: i64) -> Value {
        let c = by.unsigned_abs();
        let k = 31 + c.next_power_of_two().trailing_zeros();
        let x = self.op(Op::Sext32, Type::I64, &[of]);
        let product = self.wide(Op::Mul, x, ((1 << k) / c + 1) as i64);
        let down = self.wide(Op::Sar, product, k as i64);
        let negative = self.wide(Op::Sar, x, 63);
        match by > 0 {
            true => self.op(Op::Sub, Type::I64, &[down, negative]),
            false => self.op(Op::Sub, Type::I64, &[negative, down]),
        }
    }
}

#[cfg(test)]
mod tests {
    use guest::{CpuState, GuestAddr, Slot};
    use ir::testing::{Rng, walk};
    use ir::{Builder, Exit, Op, Region, Type};

    fn quotient(op: Op, by: i64, x: u64) -> (Region, u64) {
        let mut region = Region::default();
        let mut b = Builder::new(&mut region, GuestAddr(0));
        b.insn(GuestAddr(0), 4);
        let value = b.get(Type::I64, Slot(10));
        let value = b.un(Op::Trunc, Type::I32, value);
        let value = b.bin_imm(op, Type::I32, value, by);
        let value = b.un(Op::Sext32, Type::I64, value);
        b.set(Slot(10), value);
        b.exit(Exit::Jump { to: GuestAddr(4) });
        crate::run(&[crate::DIVIDE], &mut region);
        let mut state = CpuState::new();
        state.set(Slot(10), x);
        walk(&region, &mut state);
        (region, state.get(Slot(10)))
    }

    fn expected(op: Op, by: i64, x: u64) -> u64 {
        let (x, by) = (x as i32, by as i32);
        let result = match op {
            Op::DivS => x.wrapping_div(by),
            Op::RemS => x.wrapping_rem(by),
            Op::DivU => (x as u32 / by as u32) as i32,
            _ => (x as u32 % by as u32) as i32,
        };
        result as i64 as u64
    }

    #[test]
    fn products_are_quotients() {
        let mut rng = Rng::new(1);
        let edges = [0, 1, 2, 0x7fff_ffff, 0x8000_0000, 0x8000_0001, 0xffff_ffff, 0xffff_fffe];
        for round in 0..3000 {
            let by = match round % 4 {
                0 => 2 + rng.below(40) as i64,
                1 => -2 - rng.below(40) as i64,
                2 => 1 << (1 + rng.below(30)),
                _ => rng.below(1 << 32) as u32 as i32 as i64,
            };
            if matches!(by, -1..=1) || by == i32::MIN as i64 {
                continue;
            }
            let near =
                (by as u32 as u64).wrapping_mul(rng.below(1 << 16)).wrapping_sub(rng.below(3));
            let given = [rng.below(1 << 32), near, edges[rng.below(8) as usize]];
            for op in [Op::DivS, Op::RemS, Op::DivU, Op::RemU] {
                for x in given {
                    let (region, found) = quotient(op, by, x);
                    assert_eq!(found, expected(op, by, x), "{x:#x} {op:?} {by}: {region}");
                    assert!(!region.insts.iter().any(|inst| inst.op == op), "{region}");
                }
            }
        }
    }
}
