//! Shapes of several ops that are one instruction here. Planning and lowering both ask, and
//! get the same answer.

use ir::{Effect, Inst, Op, Region, Type, Value};

use crate::asm::Size;
use crate::plan::is_fp;

/// An op that stands for its operands' work, too.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fused {
    /// `x << n | x >> (width - n)`; `extend`: of 32 bits, sign-extended to 64.
    Rotate { of: Value, left: u8, w: bool, extend: bool },
    /// `x << n >> n`: the low bytes, extended.
    Extend { of: Value, size: Size, signed: bool },
}

impl Fused {
    /// The only value that is read.
    pub fn operand(self) -> Value {
        match self {
            Fused::Rotate { of, .. } | Fused::Extend { of, .. } => of,
        }
    }

    /// True if no more than the low half of it is.
    pub fn is_low(self) -> bool {
        matches!(self, Fused::Extend { .. })
    }
}

/// What `inst` is together with its operands, if that is one instruction.
#[inline]
pub fn fused(region: &Region, inst: &Inst) -> Option<Fused> {
    match inst.op {
        Op::Or => rotate(region, inst),
        Op::Shr | Op::Sar if inst.ty == Type::I64 => extend(region, inst),
        _ => None,
    }
}

/// What `inst` reads as its operand number `at`: of a sign extension whose low half is all that is
/// read, the narrow value.
pub fn read(region: &Region, inst: &Inst, at: usize) -> Value {
    let value = inst.args[at];
    if region.reads_low(inst, at) { low(region, value) } else { value }
}

/// Of a sign extension the narrow value, for who reads no more than that.
pub fn low(region: &Region, value: Value) -> Value {
    let of = region.inst(value);
    if of.op == Op::Sext32 { of.args[0] } else { value }
}

/// The comparison that `set` undoes the flags of: it writes what was read before, and nothing else in
/// between raises any.
pub fn undone(region: &Region, set: Value) -> Option<Value> {
    const ALL_FLAGS: i64 = 0x1f;
    let mut of = region.inst(set).args[0];
    let inst = region.inst(of);
    if inst.op == Op::And && region.as_const(inst.args[1]) == Some(ALL_FLAGS) {
        of = inst.args[0];
    }
    let block = region.blocks.iter().find(|block| block.insts.contains(&set.0))?;
    if region.inst(of).op != Op::FpFlagsGet || !block.insts.contains(&of.0) {
        return None;
    }
    let quiet = |inst: &Inst| {
        inst.op.effect() == Effect::Pure || matches!(inst.op, Op::Set | Op::Insn | Op::Get)
    };
    let mut loud = (of.0 + 1..set.0).map(Value).filter(|&v| !quiet(region.inst(v)));
    let compare = loud.next().filter(|_| loud.next().is_none())?;
    let inst = region.inst(compare);
    let op = matches!(inst.op, Op::FEq | Op::FLt | Op::FLe | Op::FLtQ | Op::FLeQ);
    (op && is_fp(inst.ty)).then_some(compare)
}

/// A shift by a constant: its operand and count.
fn shift(region: &Region, value: Value, op: Op, ty: Type) -> Option<(Value, i64)> {
    let inst = region.inst(value);
    if inst.op != op || inst.ty != ty {
        return None;
    }
    Some((inst.args[0], region.as_const(inst.args[1])?))
}

fn rotate(region: &Region, inst: &Inst) -> Option<Fused> {
    let [mut a, mut b, _] = inst.args;
    let sext = |v: Value| region.inst(v).op == Op::Sext32;
    let extend = sext(a) && sext(b);
    if extend {
        (a, b) = (region.inst(a).args[0], region.inst(b).args[0]);
    }
    let ty = if extend { Type::I32 } else { inst.ty };
    let shl = |v| shift(region, v, Op::Shl, ty);
    let shr = |v| shift(region, v, Op::Shr, ty);
    let (left, right) = match shl(a) {
        Some(left) => (left, shr(b)?),
        None => (shl(b)?, shr(a)?),
    };
    let width = ty.bits() as i64;
    let whole = left.1 > 0 && right.1 > 0 && left.1 + right.1 == width;
    let w = ty == Type::I64;
    let rotate = Fused::Rotate { of: left.0, left: left.1 as u8, w, extend };
    (whole && same(region, left.0, right.0)).then_some(rotate)
}

/// True if two values are surely equal.
fn same(region: &Region, a: Value, b: Value) -> bool {
    let (x, y) = (region.inst(a), region.inst(b));
    a == b || x.op == Op::Trunc && y.op == Op::Trunc && x.args[0] == y.args[0]
}

fn extend(region: &Region, inst: &Inst) -> Option<Fused> {
    let count = region.as_const(inst.args[1])?;
    let (of, left) = shift(region, inst.args[0], Op::Shl, Type::I64)?;
    let size = match (left == count, count) {
        (true, 56) => Size::B1,
        (true, 48) => Size::B2,
        (true, 32) => Size::B4,
        _ => return None,
    };
    Some(Fused::Extend { of, size, signed: inst.op == Op::Sar })
}
