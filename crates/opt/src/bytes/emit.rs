//! Putting a block together again.

use ir::{Block, Inst, Op, Region, Type, Value};

use super::groups::{Groups, Source, Store};
use super::map::{Byte, Map};
use crate::fold::constant_inst;
use crate::graph::inst;

/// Most parts that a value is put together of anew.
const MOST_PARTS: usize = 3;

/// Bytes side by side that come from side by side.
#[derive(Clone, Copy, Debug)]
struct Part {
    source: Source,
    /// Its first byte there, how many, and where the first one goes.
    from: usize,
    bytes: usize,
    to: usize,
    /// What is above is its sign.
    signed: bool,
}

/// A region being written anew.
#[derive(Default)]
pub struct Output {
    pub insts: Vec<Inst>,
    /// The new names of old values.
    pub names: Vec<Value>,
    /// The new names of loads that stand for several.
    loads: Vec<Value>,
}

impl Output {
    /// For a region of so many instructions.
    pub fn new(len: usize) -> Output {
        Output { names: vec![Value::NONE; len], ..Output::default() }
    }

    fn push(&mut self, inst: Inst) -> Value {
        self.insts.push(inst);
        Value(self.insts.len() as u32 - 1)
    }

    /// An op on a value and a constant.
    fn with(&mut self, op: Op, a: Value, bits: i64) -> Value {
        let b = self.push(constant_inst(Type::I64, bits));
        self.push(inst(op, Type::I64, 0, &[a, b], 0))
    }

    fn shift(&mut self, op: Op, a: Value, bytes: usize) -> Value {
        if bytes == 0 { a } else { self.with(op, a, bytes as i64 * 8) }
    }

    /// An instruction as it was.
    fn keep(&mut self, old: &Inst) -> Value {
        let mut inst = *old;
        inst.operands_mut().iter_mut().for_each(|arg| *arg = self.names[arg.index()]);
        self.push(inst)
    }

    /// A block with its accesses joined.
    pub fn block(&mut self, region: &Region, block: &Block, maps: &[Map], groups: &Groups) {
        self.loads = vec![Value::NONE; groups.loads.len()];
        for i in block.insts.clone() {
            self.begin(groups, Value(i));
            let old = region.inst(Value(i));
            let part = |store: &&Store| store.parts.contains(&Value(i));
            let name = match groups.stores.iter().find(part) {
                Some(store) if store.parts[0] == Value(i) => self.store(groups, store),
                Some(_) => Value::NONE,
                None => {
                    let map = &maps[(i - block.insts.start) as usize];
                    match parts(groups, old, map) {
                        Some(parts) => self.put_together(groups, &parts),
                        None => self.keep(old),
                    }
                }
            };
            self.names[i as usize] = name;
        }
    }

    /// Does the loads whose place is before `first`.
    fn begin(&mut self, groups: &Groups, first: Value) {
        for (number, load) in groups.loads.iter().enumerate().filter(|(_, l)| l.first == first) {
            let op = match load.bytes {
                2 => Op::Ld16U,
                4 => Op::Ld32U,
                _ => Op::Ld64,
            };
            let base = self.names[load.base.index()];
            let loaded = self.push(inst(op, Type::I64, 0, &[base], load.disp));
            self.loads[number] = if load.swapped { self.swap(loaded, load.bytes) } else { loaded };
        }
    }

    /// The low bytes of `value` in reverse order.
    fn swap(&mut self, value: Value, bytes: usize) -> Value {
        let swapped = self.push(inst(Op::Bswap, Type::I64, 0, &[value], 0));
        self.shift(Op::Shr, swapped, 8 - bytes)
    }

    fn source(&self, source: Source) -> Value {
        match source {
            Source::Load(load) => self.loads[load],
            Source::Value(value) => self.names[value.index()],
        }
    }

    fn store(&mut self, groups: &Groups, store: &Store) -> Value {
        let lowest = if store.swapped { store.bytes.len() - 1 } else { 0 };
        let value = match groups.source(store.bytes[lowest]) {
            Some((source, from)) => {
                let value = self.source(source);
                let value = self.shift(Op::Shr, value, from);
                if store.swapped { self.swap(value, store.bytes.len()) } else { value }
            }
            None => self.push(constant_inst(Type::I64, bits_of(&store.bytes))),
        };
        let op = match store.bytes.len() {
            2 => Op::St16,
            4 => Op::St32,
            _ => Op::St64,
        };
        let base = self.names[store.base.index()];
        self.push(inst(op, Type::I64, 0, &[base, value], store.disp))
    }

    fn put_together(&mut self, groups: &Groups, parts: &[Part]) -> Value {
        let mut sum = None;
        for part in parts {
            let value = self.part(groups, part);
            sum = Some(match sum {
                Some(sum) => self.push(inst(Op::Or, Type::I64, 0, &[sum, value], 0)),
                None => value,
            });
        }
        sum.unwrap_or(Value::NONE)
    }

    /// `x << a >> b`, of which one or both may be nothing.
    fn part(&mut self, groups: &Groups, part: &Part) -> Value {
        let &Part { source, from, bytes, to, signed } = part;
        let value = self.source(source);
        let end = match source {
            Source::Load(load) => groups.loads[load].bytes,
            Source::Value(_) => 8,
        };
        let last = from + bytes >= end;
        match (from, to) {
            _ if signed => {
                let top = self.shift(Op::Shl, value, 8 - from - bytes);
                self.shift(Op::Sar, top, 8 - bytes - to)
            }
            (0, to) if last || bytes + to == 8 => self.shift(Op::Shl, value, to),
            (0, 0) if matches!(bytes, 1 | 2 | 4) => {
                self.with(Op::And, value, (1 << (bytes * 8)) - 1)
            }
            (from, 0) if last => self.shift(Op::Shr, value, from),
            (from, to) => {
                let top = self.shift(Op::Shl, value, 8 - from - bytes);
                let apart = from > 0 && to > 0;
                let low = if apart { 8 - bytes } else { 8 - bytes - to };
                let value = self.shift(Op::Shr, top, low);
                if apart { self.shift(Op::Shl, value, to) } else { value }
            }
        }
    }
}

fn bits_of(bytes: &[Byte]) -> i64 {
    let byte = |byte: &Byte| match byte {
        Byte::Const(bits) => *bits,
        Byte::Of(..) | Byte::Sign(..) | Byte::Any => 0,
    };
    let mut word = [0; 8];
    word.iter_mut().zip(bytes).for_each(|(to, from)| *to = byte(from));
    let unused = 64 - 8 * bytes.len().min(8) as u32;
    i64::from_le_bytes(word) << unused >> unused
}

/// The parts of a value that is made of bytes of joined loads.
fn parts(groups: &Groups, inst: &Inst, map: &Map) -> Option<Vec<Part>> {
    let joined = |byte: &Byte| matches!(groups.source(*byte), Some((Source::Load(_), _)));
    if groups.loads.is_empty() || inst.result() != Some(Type::I64) || !map.iter().any(joined) {
        return None;
    }
    let mut parts: Vec<Part> = Vec::new();
    for (to, &byte) in map.iter().enumerate() {
        let sign_ends = parts.last().is_some_and(|part| part.signed);
        match (byte, groups.source(byte), parts.last_mut()) {
            (Byte::Const(_) | Byte::Of(..), ..) if sign_ends => return None,
            (Byte::Const(0), ..) => {}
            (Byte::Of(..), Some((source, from)), Some(part)) if part.follows(source, from, to) => {
                part.bytes += 1;
            }
            (Byte::Of(..), Some((source, from)), _) => {
                parts.push(Part { source, from, bytes: 1, to, signed: false });
            }
            (Byte::Sign(..), Some((source, from)), Some(part)) => {
                let next = part.signed || part.to + part.bytes == to;
                let sign = source == part.source && from + 1 == part.from + part.bytes;
                if !(next && sign && (part.from == 0 || part.to == 0)) {
                    return None;
                }
                part.signed = true;
            }
            _ => return None,
        }
    }
    (!parts.is_empty() && parts.len() <= MOST_PARTS).then_some(parts)
}

impl Part {
    fn follows(&self, source: Source, from: usize, to: usize) -> bool {
        source == self.source && from == self.from + self.bytes && to == self.to + self.bytes
    }
}
