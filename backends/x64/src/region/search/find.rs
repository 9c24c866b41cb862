//! Finds loops that look for something.

use ir::{Effect, Op, Region, Type, Value};

use super::super::lanes::{self, MOST_INTS, Sum};
use super::super::shape::Shape;
use super::vectors::Plan;
use super::{Bound, Change, First, Lane, MOST_KEPT, MOST_VECTORS, Search, Stay, WIDTH};
use crate::asm::Packed;

/// The loop whose head is `block`, if it is one.
pub fn find(region: &Region, block: usize) -> Option<Search> {
    let allowed = |op: Op| {
        size(op).is_some() || matches!(op, Op::Insn | Op::Set) || op.effect() == Effect::Pure
    };
    let shape = Shape::of(region, block, allowed)?;
    let mut finder = Finder::new(region, shape)?;
    finder.stays()?;
    let search = finder.search()?;
    fits(region, &search).then_some(search)
}

/// Bytes that an integer load takes.
pub fn size(op: Op) -> Option<i64> {
    match op {
        Op::Ld8U | Op::Ld8S => Some(1),
        Op::Ld16U | Op::Ld16S => Some(2),
        Op::Ld32U | Op::Ld32S => Some(4),
        Op::Ld64 => Some(8),
        _ => None,
    }
}

/// More than this for a round is left alone: at least two are to be looked at at once.
const MOST_STRIDE: i64 = WIDTH / 2;
/// Temporaries for integers.
pub const INT_TEMPS: usize = 3;

pub struct Finder<'a> {
    pub region: &'a Region,
    pub shape: Shape<'a>,
    /// The op of all loads.
    pub load: Op,
    pub size: i64,
    stride: i64,
    arrays: Vec<Sum>,
    /// The loads, each with its array and its place behind the first element of a round there.
    loads: Loads,
    pub lanes: Vec<Lane>,
    pub stays: Vec<Stay>,
    pub first: Vec<First>,
    pub bound: Option<Bound>,
}

impl<'a> Finder<'a> {
    fn new(region: &'a Region, shape: Shape<'a>) -> Option<Finder<'a>> {
        let all: Vec<Value> =
            shape.insts().filter(|&v| size(region.inst(v).op).is_some()).collect();
        let load = region.inst(*all.first()?).op;
        let size = size(load)?;
        let sums = all.iter().map(|&v| Some((v, shape.address(v)?)));
        let sums: Vec<(Value, Sum)> = sums.collect::<Option<_>>()?;
        let stride = shape.stride(&sums[0].1);
        let alike =
            |(v, sum): &(Value, Sum)| region.inst(*v).op == load && shape.stride(sum) == stride;
        let whole = stride > 0 && (stride as u64).is_power_of_two();
        if !whole || !(size..=MOST_STRIDE).contains(&stride) || !sums.iter().all(alike) {
            return None;
        }
        let (arrays, loads) = arrays(&sums, size, stride)?;
        let (lanes, stays, first) = Default::default();
        let bound = None;
        Some(Finder {
            region,
            shape,
            load,
            size,
            stride,
            arrays,
            loads,
            lanes,
            stays,
            first,
            bound,
        })
    }

    /// True if a round has loaded from all arrays at the end of `block`: what ends the loop before says nothing of an array's page.
    pub fn has_loaded(&self, block: usize) -> bool {
        let end = self.shape.path.iter().position(|&known| known == block).unwrap_or(0);
        let ranges = self.shape.path[..=end].iter().map(|&b| &self.region.blocks[b].insts);
        let before = |v: Value| ranges.clone().any(|insts| insts.contains(&v.0));
        let from = |array: usize| self.loads.iter().any(|&(v, of, _)| of == array && before(v));
        (0..self.arrays.len()).all(from)
    }

    fn intern(&mut self, lane: Lane) -> usize {
        let known = self.lanes.iter().position(|&known| known == lane);
        known.unwrap_or_else(|| {
            self.lanes.push(lane);
            self.lanes.len() - 1
        })
    }

    /// The vector that `value` is an element of, and where; nowhere in particular for what is the same in all rounds.
    pub fn lane(&mut self, value: Value) -> Option<(usize, Option<i64>)> {
        let value = self.shape.resolve(value);
        if let Some(&(_, array, at)) = self.loads.iter().find(|&&(load, ..)| load == value) {
            return Some((self.intern(Lane::Array(array)), Some(at)));
        }
        let inst = *self.region.inst(value);
        match inst.op {
            Op::Const => {
                let bits = self.constant(inst.ty, inst.imm)?;
                Some((self.intern(Lane::Const(bits)), None))
            }
            op if self.is_same(op) => self.lane(inst.args[0]),
            _ if self.shape.is_fixed(value) => {
                let whole = self.size < 8 || inst.result() == Some(Type::I64);
                whole.then(|| (self.intern(Lane::Fixed(value)), None))
            }
            op => {
                let packed = packed(op).filter(|_| self.size == 8 && inst.ty == Type::I64)?;
                let ((a, at), (b, bt)) = (self.lane(inst.args[0])?, self.lane(inst.args[1])?);
                let apart = at.is_some() && bt.is_some() && at != bt;
                // Only the second operand of an instruction may be in memory.
                let odd = op == Op::Sub && at.is_none();
                (!apart && !odd).then(|| (self.intern(Lane::Op(packed, a, b)), at.or(bt)))
            }
        }
    }

    /// True for an op that leaves an element as it is.
    fn is_same(&self, op: Op) -> bool {
        let unsigned = matches!(self.load, Op::Ld8U | Op::Ld16U | Op::Ld32U);
        match op {
            Op::Trunc => self.size < 8,
            Op::Sext32 => self.size < 8 && self.load != Op::Ld32U,
            Op::Zext32 => unsigned,
            _ => false,
        }
    }

    /// The element that equals a constant, if one can.
    fn constant(&self, ty: Type, imm: i64) -> Option<i64> {
        let wide = super::extend(self.load, imm);
        let equal = match ty {
            Type::I64 => wide == imm,
            Type::I32 => self.size < 8 && wide as i32 == imm as i32,
            Type::F16 | Type::F32 | Type::F64 => false,
        };
        equal.then_some(wide)
    }

    fn search(mut self) -> Option<Search> {
        let changes = self.changes()?;
        let gate = changes.iter().find_map(|(i, change)| match *change {
            Change::Add(by) if (1..=MOST_STRIDE).contains(&by) && by & (by - 1) == 0 => {
                Some((*i, by))
            }
            _ => None,
        });
        let Finder { shape, size, stride, arrays, lanes, stays, first, bound, .. } = self;
        let (latch, pc) = (shape.latch(), shape.pc()?);
        let looks = !stays.is_empty();
        looks.then_some(Search {
            latch,
            pc,
            size,
            stride,
            arrays,
            lanes,
            stays,
            first,
            bound,
            changes,
            gate,
        })
    }

    fn changes(&mut self) -> Option<Vec<(usize, Change)>> {
        let mut changes = Vec::new();
        for i in 0..self.shape.params.len() {
            let arg = self.shape.args[i];
            if self.shape.params[i] != arg {
                let change = match self.shape.steps[i] {
                    Some(lanes::Change::Add(by)) => Change::Add(by),
                    Some(lanes::Change::AddWord(by, ty)) => Change::AddWord(by, ty),
                    _ => self.shown(arg)?,
                };
                changes.push((i, change));
            }
        }
        Some(changes)
    }

    /// What a parameter becomes that shows a value of the round before.
    fn shown(&mut self, arg: Value) -> Option<Change> {
        if let Some(sum) = self.shape.sum(arg) {
            return match sum.terms[..] {
                [] => Some(Change::Const(sum.disp)),
                [(_, false)] if sum.disp == sum.disp as i16 as i64 => Some(Change::Sum(sum)),
                _ => None,
            };
        }
        let (lane, Some(at)) = self.lane(arg)? else { return None };
        let known = self.stays.iter().find_map(|stay| match *stay {
            Stay::Equal(a, b) if a == lane => self.as_const(b),
            Stay::Equal(a, b) if b == lane => self.as_const(a),
            Stay::Equal(..) | Stay::Differ(..) => None,
        });
        Some(known.map_or(Change::Last { lane, at, load: self.load }, Change::Const))
    }

    fn as_const(&self, lane: usize) -> Option<i64> {
        match self.lanes[lane] {
            Lane::Const(bits) => Some(bits),
            Lane::Array(_) | Lane::Fixed(_) | Lane::Op(..) => None,
        }
    }
}

fn packed(op: Op) -> Option<Packed> {
    match op {
        Op::And => Some(Packed::And),
        Op::Or => Some(Packed::Or),
        Op::Xor => Some(Packed::Xor),
        Op::Add => Some(Packed::Add),
        Op::Sub => Some(Packed::Sub),
        _ => None,
    }
}

type Loads = Vec<(Value, usize, i64)>;

/// The arrays, whose elements a round loads one and all, by their first element.
fn arrays(sums: &[(Value, Sum)], size: i64, stride: i64) -> Option<(Vec<Sum>, Loads)> {
    let (mut arrays, mut loads): (Vec<Sum>, Loads) = Default::default();
    for (v, sum) in sums {
        let same = sums.iter().filter(|(_, other)| other.terms == sum.terms);
        let mut disps: Vec<i64> = same.map(|(_, other)| other.disp).collect();
        disps.sort_unstable();
        disps.dedup();
        let own = disps.iter().position(|&disp| disp == sum.disp)?;
        let number = (stride / size) as usize;
        let chunk = disps.chunks(number).nth(own / number)?;
        let next = |pair: &[i64]| pair[1] - pair[0] == size;
        if chunk.len() != number || !chunk.windows(2).all(next) {
            return None;
        }
        let first = Sum { disp: chunk[0], ..sum.clone() };
        let array = arrays.iter().position(|known| *known == first).unwrap_or_else(|| {
            arrays.push(first);
            arrays.len() - 1
        });
        loads.push((*v, array, sum.disp - chunk[0]));
    }
    let close = |a: &Sum, b: &Sum| a.terms == b.terms && (a.disp - b.disp).abs() < WIDTH;
    let mut pairs = (0..arrays.len()).flat_map(|i| (0..i).map(move |j| (i, j)));
    (!pairs.any(|(i, j)| close(&arrays[i], &arrays[j]))).then_some((arrays, loads))
}

/// True if there are registers for all of it.
fn fits(region: &Region, search: &Search) -> bool {
    let changed = search.changes.len();
    let mut others: Vec<Value> = search.operands();
    others.retain(|&value| region.inst(value).op != Op::Param);
    others.sort_unstable();
    others.dedup();
    let bases = search.arrays.iter().filter(|sum| sum.alone().is_none()).count();
    let constants = search.lanes.iter().filter(|lane| lane.is_same()).count();
    changed + others.len() + bases + INT_TEMPS <= MOST_INTS
        && constants + search.kept().len() <= MOST_KEPT
        && Plan::new(search).registers <= MOST_VECTORS
}
