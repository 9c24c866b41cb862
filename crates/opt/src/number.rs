//! Global value numbering.

use std::collections::HashMap;

use ir::{Effect, Inst, Op, Region, Type, Value, cfg};

/// An operand as it is compared: constants by their bits, not by who defines them.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Operand {
    Value(Value),
    Const(i64),
}

/// What makes two instructions the same.
type Key = (Op, Type, u16, i64, [Operand; 3]);

/// `op(x, y)` where another `op(x, y)` was computed on every way here is that value. Constants
/// stay where they are used: making one anew costs less than keeping it.
pub(crate) fn run(region: &mut Region) {
    let dominators = cfg::dominators(region);
    let homes = homes(region);
    let mut known: HashMap<Key, Vec<Value>> = HashMap::new();
    crate::replace::forward(region, |region, value| {
        let inst = region.inst(value);
        if !is_numbered(inst) {
            return None;
        }
        let same = known.entry(key(region, inst)).or_default();
        let above = |other: &&Value| {
            cfg::dominates(&dominators, homes[other.index()], homes[value.index()])
        };
        let found = same.iter().rev().find(above).copied();
        if found.is_none() {
            same.push(value);
        }
        found
    });
}

fn is_numbered(inst: &Inst) -> bool {
    inst.op.effect() == Effect::Pure && !matches!(inst.op, Op::Param | Op::Const)
}

fn key(region: &Region, inst: &Inst) -> Key {
    let operand = |&arg: &Value| match arg {
        Value::NONE => Operand::Value(arg),
        _ => region.as_const(arg).map_or(Operand::Value(arg), Operand::Const),
    };
    let [a, b, c] = &inst.args;
    (inst.op, inst.ty, inst.aux, inst.imm, [operand(a), operand(b), operand(c)])
}

/// The block of each instruction.
fn homes(region: &Region) -> Vec<usize> {
    let mut homes = vec![0; region.insts.len()];
    for (number, block) in region.blocks.iter().enumerate() {
        homes[block.insts.start as usize..block.insts.end as usize].fill(number);
    }
    homes
}

#[cfg(test)]
mod tests {
    use ir::Op;

    /// How many additions are left of one in the entry, one in each of two ways, and one behind.
    #[test]
    fn what_was_computed_on_every_way_is_not_computed_again() {
        let text = "region 0x1000 bytes 0x1000..0x1004 insns 0 {
b0:
  v0 = get.i64 r10
  v1 = get.i64 r11
  v2 = add.i64 v0, v1
  if v2 -> b1, b2
b1:
  v3 = add.i64 v0, v1
  v4 = xor.i64 v0, v1
  -> b3(v3, v4)
b2:
  v5 = xor.i64 v0, v1
  -> b3(v5, v5)
b3(v6: i64, v7: i64):
  v8 = xor.i64 v0, v1
  set.i64 r10, v6
  set.i64 r11, v7
  set.i64 r12, v8
  -> jump 0x1004
}";
        let mut region = ir::parse(text).expect("it parses");
        crate::run(&[crate::NUMBER, crate::DEAD_CODE], &mut region);
        let count = |op| region.insts.iter().filter(|inst| inst.op == op).count();
        assert_eq!((count(Op::Add), count(Op::Xor)), (1, 3), "{region}");
    }
}
