//! Algebraic identities, a law above each rewrite.

use ir::{Effect, Inst, Op, Region, Type, Value};

use crate::fold::constant_inst;
use crate::widths::{sign_extended_32, zero_above};

/// Folds constants and applies identities in one pass over the region.
pub(crate) fn simplify(region: &mut Region) {
    crate::replace::forward(region, |region, value| {
        if !is_candidate(region, value) || crate::fold::instruction(region, value) {
            return None;
        }
        rewrite(region, value)
    });
    crate::fold::ends(region);
}

/// Functions of operands: what laws are about.
const HAS_LAWS: [bool; Op::ALL.len()] = {
    let (mut pure, mut at) = ([false; Op::ALL.len()], 0);
    while at < pure.len() {
        pure[at] = matches!(Op::ALL[at].effect(), Effect::Pure) && Op::ALL[at].arity() > 0;
        at += 1;
    }
    pure
};

fn is_candidate(region: &Region, value: Value) -> bool {
    let inst = region.inst(value);
    HAS_LAWS[inst.op as usize] && !is_plain(region, inst)
}

/// True if no law is about `inst`: its two operands differ, and neither is a constant that laws know.
fn is_plain(region: &Region, inst: &Inst) -> bool {
    let [a, b, c] = inst.args;
    let known = |bits: i64| matches!(bits as i32, -1..=1);
    c == Value::NONE
        && b != Value::NONE
        && a != b
        && region.as_const(a).is_none()
        && !region.as_const(b).is_some_and(known)
}

fn rewrite(region: &mut Region, value: Value) -> Option<Value> {
    constant_to_the_right(region, value);
    let inst = *region.inst(value);
    same_value(region, &inst).or_else(|| {
        if let Some(changed) = simpler(region, &inst) {
            region.insts[value.index()] = changed;
        }
        None
    })
}

/// `c + x == x + c`, and so on: later laws and backends look for constants on the right.
fn constant_to_the_right(region: &mut Region, value: Value) {
    use Op::{Add, And, Eq, MaxS, MaxU, MinS, MinU, Mul, Ne, Or, Xor};
    let inst = region.inst(value);
    let commutes =
        matches!(inst.op, Add | Mul | And | Or | Xor | MinS | MaxS | MinU | MaxU | Eq | Ne);
    if commutes
        && region.as_const(inst.args[0]).is_some()
        && region.as_const(inst.args[1]).is_none()
    {
        region.insts[value.index()].args.swap(0, 1);
    }
}

/// The value that `inst` equals, if it is one of its operands or an operand's operand.
fn same_value(region: &Region, inst: &Inst) -> Option<Value> {
    let [a, b, c] = inst.args;
    let constant = || width_of(inst.ty, region.as_const(b)?);
    match inst.op {
        // x + 0 == x - 0 == x | 0 == x ^ 0 == x & !0 == x, and shifts by 0.
        Op::Add
        | Op::Sub
        | Op::Or
        | Op::Xor
        | Op::AndNot
        | Op::Shl
        | Op::Shr
        | Op::Sar
        | Op::RotL
        | Op::RotR => (constant() == Some(0)).then_some(a).or_else(|| {
            // x | x == x.
            (inst.op == Op::Or && a == b).then_some(a)
        }),
        // x & -1 == x; x & x == x.
        Op::And => (a == b || constant() == Some(-1)).then_some(a),
        // x * 1 == x / 1 == x.
        Op::Mul | Op::DivS | Op::DivU => (constant() == Some(1)).then_some(a),
        // min(x, x) == max(x, x) == x.
        Op::MinS | Op::MaxS | Op::MinU | Op::MaxU => (a == b).then_some(a),
        // c ? x : x == x; a known condition chooses.
        Op::Select if b == c => Some(b),
        Op::Select => region.as_const(a).map(|cond| if cond != 0 { b } else { c }),
        // trunc(sext32 x) == trunc(zext32 x) == x.
        Op::Trunc => inner(region, a, &[Op::Sext32, Op::Zext32]),
        // sext32(trunc x) == x if x is sign-extended already.
        Op::Sext32 => inner(region, a, &[Op::Trunc]).filter(|&x| sign_extended_32(region, x)),
        // zext32(trunc x) == x if x has no upper half.
        Op::Zext32 => inner(region, a, &[Op::Trunc]).filter(|&x| zero_above(region, x, 32)),
        // zext8 x == x if there is nothing above.
        Op::Zext8 if inst.ty == Type::I64 => zero_above(region, a, 8).then_some(a),
        Op::Zext16 if inst.ty == Type::I64 => zero_above(region, a, 16).then_some(a),
        // sext16(ld16s) == ld16s, sext8(ld8s) == ld8s.
        Op::Sext16 if inst.ty == Type::I64 => {
            let op = region.inst(a).op;
            matches!(op, Op::Ld16S | Op::Ld8S | Op::Ld8U | Op::Sext16 | Op::Sext8).then_some(a)
        }
        Op::Sext8 if inst.ty == Type::I64 => {
            matches!(region.inst(a).op, Op::Ld8S | Op::Sext8).then_some(a)
        }
        // unbox(box x) == x; frombits(bits x) == x; both of one type.
        Op::Unbox => inner(region, a, &[Op::Box]).filter(|_| region.inst(a).ty == inst.ty),
        Op::FromBits => inner(region, a, &[Op::Bits]).filter(|_| region.inst(a).ty == inst.ty),
        // bits(frombits x) == x in 64 bits.
        Op::Bits if inst.ty == Type::F64 => inner(region, a, &[Op::FromBits]),
        // (x != 0) == x if x is 0 or 1.
        Op::Ne => (constant() == Some(0) && truth(region, a, inst.ty)).then_some(a),
        _ => None,
    }
}

/// `inst` in a simpler form.
fn simpler(region: &Region, inst: &Inst) -> Option<Inst> {
    let [a, b, _] = inst.args;
    let zero = || Some(constant_inst(inst.result()?, 0));
    let one = || Some(constant_inst(inst.result()?, 1));
    let is_zero = || region.as_const(b).and_then(|c| width_of(inst.ty, c)) == Some(0);
    match inst.op {
        // x - x == x ^ x == x & !x == 0.
        Op::Sub | Op::Xor | Op::AndNot if a == b => zero(),
        // x & 0 == x * 0 == 0.
        Op::And | Op::Mul if is_zero() => zero(),
        // x < x and x != x never hold, x >= x and x == x always.
        Op::LtS | Op::LtU | Op::Ne if a == b => zero(),
        Op::GeS | Op::GeU | Op::Eq if a == b => one(),
        // (x < y) == 0 is x >= y, and so on.
        Op::Eq if is_zero() && inst.ty == Type::I64 => {
            let test = region.inst(a);
            Some(Inst { op: test.op.opposite()?, ..*test })
        }
        _ => None,
    }
}

/// The constant `bits` as a signed number of type `ty`, if that is an integer.
fn width_of(ty: Type, bits: i64) -> Option<i64> {
    match ty {
        Type::I64 => Some(bits),
        Type::I32 => Some(bits as i32 as i64),
        Type::F16 | Type::F32 | Type::F64 => None,
    }
}

/// The operand of `value` if its op is one of `ops`.
fn inner(region: &Region, value: Value, ops: &[Op]) -> Option<Value> {
    let inst = region.inst(value);
    ops.contains(&inst.op).then_some(inst.args[0])
}

fn truth(region: &Region, value: Value, ty: Type) -> bool {
    ty == Type::I64 && zero_above(region, value, 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use guest::{GuestAddr, Slot};
    use ir::{Builder, Exit};

    /// What is left of an expression over register 10 that ends in register 11.
    fn left(build: impl FnOnce(&mut Builder<'_>, Value) -> Value) -> Vec<Op> {
        let mut region = Region::default();
        let mut b = Builder::new(&mut region, GuestAddr(0));
        b.insn(GuestAddr(0), 4);
        let x = b.get(Type::I64, Slot(10));
        let result = build(&mut b, x);
        b.set(Slot(11), result);
        b.exit(Exit::Jump { to: GuestAddr(4) });
        crate::run(&[crate::SIMPLIFY, crate::DEAD_CODE], &mut region);
        let ops = region.insts.iter().map(|inst| inst.op);
        ops.filter(|op| !matches!(op, Op::Insn | Op::Get | Op::Set)).collect()
    }

    #[test]
    fn neutral_elements_vanish() {
        assert_eq!(left(|b, x| b.bin_imm(Op::Add, Type::I64, x, 0)), []);
        assert_eq!(left(|b, x| b.bin_imm(Op::And, Type::I64, x, -1)), []);
        assert_eq!(left(|b, x| b.bin_imm(Op::Shl, Type::I64, x, 0)), []);
    }

    #[test]
    fn extensions_of_extended_loads_vanish() {
        let extend = |b: &mut Builder<'_>, x, op| {
            let x = b.load(op, x, 0);
            let x = b.un(Op::Trunc, Type::I32, x);
            b.un(Op::Sext32, Type::I64, x)
        };
        assert_eq!(left(|b, x| extend(b, x, Op::Ld32S)), [Op::Ld32S]);
        assert_eq!(left(|b, x| extend(b, x, Op::Ld32U)), [Op::Ld32U, Op::Trunc, Op::Sext32]);
    }

    #[test]
    fn negated_comparisons_turn_around() {
        let not_less = |b: &mut Builder<'_>, x| {
            let y = b.bin_imm(Op::LtS, Type::I64, x, 5);
            b.bin_imm(Op::Eq, Type::I64, y, 0)
        };
        assert_eq!(left(not_less), [Op::Const, Op::GeS]);
    }
}
