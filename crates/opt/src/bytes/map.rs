//! What each byte of a value is.

use ir::{Block, Inst, Op, Region, Type, Value};

/// One byte.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Byte {
    /// Known.
    Const(u8),
    /// This byte of a value.
    Of(Value, u8),
    /// Eight times the highest bit of this byte of a value.
    Sign(Value, u8),
    /// Something else, or above a narrow value.
    Any,
}

/// The bytes of a value, the lowest first.
pub type Map = [Byte; 8];

const ZERO: Byte = Byte::Const(0);

/// The bytes of every value of a block, by their places in it.
pub fn of_block(region: &Region, block: &Block) -> Vec<Map> {
    let mut maps = Vec::with_capacity(block.insts.len());
    for i in block.insts.clone() {
        let map = of_inst(region, block, &maps, Value(i));
        maps.push(map);
    }
    maps
}

/// The bytes of `value`, of which `maps` may know more.
pub fn of_value(region: &Region, block: &Block, maps: &[Map], value: Value) -> Map {
    let place = value.0.wrapping_sub(block.insts.start) as usize;
    match (region.as_const(value), maps.get(place)) {
        (Some(bits), _) => bits.to_le_bytes().map(Byte::Const),
        (None, Some(map)) => *map,
        (None, None) => itself(region, value),
    }
}

/// What a load of so many bytes gives: itself, and what is above.
fn loaded(value: Value, bytes: usize, signed: bool) -> Map {
    let above = if signed { Byte::Sign(value, bytes as u8 - 1) } else { ZERO };
    std::array::from_fn(|i| if i < bytes { Byte::Of(value, i as u8) } else { above })
}

fn width(ty: Option<Type>) -> usize {
    match ty {
        Some(Type::I64) => 8,
        Some(Type::I32) => 4,
        Some(Type::F16 | Type::F32 | Type::F64) | None => 0,
    }
}

/// Narrow values are no sources: what is made of them has other types.
fn itself(region: &Region, value: Value) -> Map {
    match region.type_of(value) {
        Some(Type::I64) => std::array::from_fn(|i| Byte::Of(value, i as u8)),
        _ => [Byte::Any; 8],
    }
}

/// The bytes and the sign of what `op` loads, if that is an integer.
pub fn load_size(op: Op) -> Option<(usize, bool)> {
    Some(match op {
        Op::Ld8U => (1, false),
        Op::Ld8S => (1, true),
        Op::Ld16U => (2, false),
        Op::Ld16S => (2, true),
        Op::Ld32U => (4, false),
        Op::Ld32S => (4, true),
        Op::Ld64 => (8, false),
        _ => return None,
    })
}

fn of_inst(region: &Region, block: &Block, maps: &[Map], value: Value) -> Map {
    let inst = region.inst(value);
    if let Some((bytes, signed)) = load_size(inst.op) {
        return loaded(value, bytes, signed);
    }
    let width = width(inst.result());
    let known = made(region, block, maps, inst);
    match known {
        // What is not made of whole bytes is a thing of its own.
        Some(map) if !map[..width].contains(&Byte::Any) => map,
        _ => itself(region, value),
    }
}

/// What an op that moves whole bytes makes of its operands' bytes.
fn made(region: &Region, block: &Block, maps: &[Map], inst: &Inst) -> Option<Map> {
    if !matches!(inst.op.arity(), 1 | 2) || inst.args[0] == Value::NONE {
        return None;
    }
    let a = of_value(region, block, maps, inst.args[0]);
    let n = width(Some(inst.ty));
    let cut = |map: Map, n: usize, above: Byte| -> Map {
        std::array::from_fn(|i| if i < n { map[i] } else { above })
    };
    let whole = |map: Map| cut(map, n, Byte::Any);
    Some(match inst.op {
        Op::Shl | Op::Shr | Op::Sar => {
            let by = bytes_of_shift(region.as_const(inst.args[1])?, n)?;
            whole(shifted(inst.op, a, by, n))
        }
        Op::And | Op::Or | Op::Xor => {
            let b = of_value(region, block, maps, inst.args[1]);
            whole(std::array::from_fn(|i| both(inst.op, a[i], b[i])))
        }
        Op::Zext8 => whole(cut(a, 1, ZERO)),
        Op::Zext16 => whole(cut(a, 2, ZERO)),
        Op::Zext32 => cut(a, 4, ZERO),
        Op::Sext8 => whole(cut(a, 1, sign(a[0]))),
        Op::Sext16 => whole(cut(a, 2, sign(a[1]))),
        Op::Sext32 => cut(a, 4, sign(a[3])),
        Op::Trunc => cut(a, 4, Byte::Any),
        _ => return None,
    })
}

fn bytes_of_shift(count: i64, width: usize) -> Option<usize> {
    let bits = count as usize & (width * 8).wrapping_sub(1);
    (width != 0 && bits.is_multiple_of(8)).then_some(bits / 8)
}

fn shifted(op: Op, a: Map, by: usize, n: usize) -> Map {
    let above = if op == Op::Sar { sign(a[n - 1]) } else { ZERO };
    std::array::from_fn(|i| match op {
        Op::Shl if i < by => ZERO,
        Op::Shl => a[i - by],
        _ if i + by < n => a[i + by],
        _ => above,
    })
}

fn sign(byte: Byte) -> Byte {
    match byte {
        Byte::Const(bits) => Byte::Const((bits as i8 >> 7) as u8),
        Byte::Of(value, at) => Byte::Sign(value, at),
        Byte::Sign(..) | Byte::Any => byte,
    }
}

fn both(op: Op, a: Byte, b: Byte) -> Byte {
    match (op, a, b) {
        (Op::And, Byte::Const(0), _) | (Op::And, _, Byte::Const(0)) => ZERO,
        (Op::And, x, Byte::Const(0xff)) | (Op::And, Byte::Const(0xff), x) => x,
        (Op::Or | Op::Xor, x, Byte::Const(0)) | (Op::Or | Op::Xor, Byte::Const(0), x) => x,
        (Op::And | Op::Or, x, y) if x == y => x,
        _ => Byte::Any,
    }
}
