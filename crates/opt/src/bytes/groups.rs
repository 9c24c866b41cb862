//! Which accesses become one.

use ir::{Block, Effect, Op, Region, Value};

use super::map::{self, Byte, Map};

/// Sizes of the accesses that others are put together to.
const SIZES: [usize; 3] = [8, 4, 2];

/// A load that stands for several.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// The first of them in the order of the program: where it is done.
    pub first: Value,
    pub base: Value,
    pub disp: i64,
    pub bytes: usize,
    /// The value has the first byte on top.
    pub swapped: bool,
}

/// A store that stands for several.
#[derive(Clone, Debug)]
pub struct Store {
    /// All of them, the first one first.
    pub parts: Vec<Value>,
    pub base: Value,
    pub disp: i64,
    /// The bytes that it writes.
    pub bytes: Vec<Byte>,
    /// They stand the other way about in their source.
    pub swapped: bool,
}

/// A narrow access.
#[derive(Clone, Copy, Debug)]
struct Access {
    at: Value,
    base: Value,
    disp: i64,
    bytes: usize,
    /// Accesses of one stretch may be done at once.
    stretch: u32,
}

/// What becomes of a block.
pub struct Groups {
    pub loads: Vec<Load>,
    /// For each place of the block: the load that it is part of, and from which byte on.
    pub part_of: Vec<Option<(usize, usize)>>,
    pub stores: Vec<Store>,
    accesses: Vec<Option<Access>>,
    start: u32,
}

impl Groups {
    pub fn of(region: &Region, block: &Block, maps: &[Map]) -> Groups {
        let (start, len) = (block.insts.start, block.insts.len());
        let accesses = loads(region, block);
        let (loads, stores) = (Vec::new(), Vec::new());
        let mut groups = Groups { loads, part_of: vec![None; len], stores, accesses, start };
        let runs = stores_of(region, block);
        let written = runs.iter().map(|run| bytes_of(region, block, maps, run));
        let written: Vec<_> = written.collect();
        for bytes in &written {
            groups.join_all(bytes);
        }
        for i in block.insts.clone().rev() {
            if region.inst(Value(i)).op == Op::Or {
                groups.join_all(&maps[(i - start) as usize]);
            }
        }
        for (run, bytes) in runs.iter().zip(&written) {
            groups.store(run, bytes);
        }
        groups
    }

    fn join_all(&mut self, bytes: &[Byte]) {
        let mut at = 0;
        while at < bytes.len() {
            let joined = |&n: &usize| {
                let fits = at + n <= bytes.len();
                fits && (self.join(&bytes[at..at + n], false)
                    || self.join(&bytes[at..at + n], true))
            };
            at += SIZES.into_iter().find(joined).unwrap_or(1);
        }
    }

    fn place(&self, value: Value) -> usize {
        value.0.wrapping_sub(self.start) as usize
    }

    /// Makes one load of those that `bytes` come of, if it loads just these; `swapped`: the last one
    /// from the lowest address.
    fn join(&mut self, bytes: &[Byte], swapped: bool) -> bool {
        let access = |groups: &Groups, byte: &Byte| match *byte {
            Byte::Of(value, at) => {
                let access = (*groups.accesses.get(groups.place(value))?)?;
                groups.part_of[groups.place(value)].is_none().then_some((access, at as i64))
            }
            Byte::Const(_) | Byte::Sign(..) | Byte::Any => None,
        };
        let lowest = if swapped { bytes.len() - 1 } else { 0 };
        let Some((head, at)) = access(self, &bytes[lowest]) else { return false };
        let (disp, end) = (head.disp + at, head.disp + at + bytes.len() as i64);
        let place = |i: usize| if swapped { bytes.len() - 1 - i } else { i } as i64;
        let fits = |(i, byte): (usize, &Byte)| {
            access(self, byte).is_some_and(|(a, at)| {
                let inside = disp <= a.disp && a.disp + a.bytes as i64 <= end;
                let same = a.base == head.base && a.stretch == head.stretch;
                same && inside && a.disp + at == disp + place(i) && !(swapped && a.bytes > 1)
            })
        };
        if head.bytes == bytes.len() || !bytes.iter().enumerate().all(fits) {
            return false;
        }
        let parts: Vec<_> = bytes.iter().filter_map(|byte| access(self, byte)).collect();
        let Some(first) = parts.iter().map(|(a, _)| a.at).min() else { return false };
        let number = self.loads.len();
        let load = Load { first, base: head.base, disp, bytes: bytes.len(), swapped };
        self.loads.push(load);
        for (access, _) in parts {
            let from = place((access.disp - disp) as usize) as usize;
            let place = self.place(access.at);
            self.part_of[place] = Some((number, from));
        }
        true
    }

    /// A byte as one of the loads that stand for several, if it is; the number of the source.
    pub fn source(&self, byte: Byte) -> Option<(Source, usize)> {
        let (Byte::Of(value, at) | Byte::Sign(value, at)) = byte else { return None };
        match self.part_of.get(self.place(value)) {
            Some(&Some((load, from))) => Some((Source::Load(load), from + at as usize)),
            _ => Some((Source::Value(value), at as usize)),
        }
    }

    /// Joins stores of a run, sorted by address, that write what is together in one value.
    fn store(&mut self, run: &[Access], bytes: &[Byte]) {
        let mut at = 0;
        while at < run.len() {
            let from = (run[at].disp - run[0].disp) as usize;
            let joined = SIZES.into_iter().find_map(|size| {
                let end = run[at].disp + size as i64;
                let n = run[at..].iter().take_while(|a| a.disp + a.bytes as i64 <= end).count();
                let part = &run[at..at + n];
                let whole = n > 1 && part[n - 1].disp + part[n - 1].bytes as i64 == end;
                let bytes = bytes.get(from..from + size)?;
                let way = [false, true].into_iter().find(|&way| self.is_together(part, bytes, way));
                whole.then_some((n, size, way?))
            });
            let Some((n, size, swapped)) = joined else {
                at += 1;
                continue;
            };
            let mut parts: Vec<Value> = run[at..at + n].iter().map(|a| a.at).collect();
            parts.sort_unstable();
            let Access { base, disp, .. } = run[at];
            let bytes = bytes[from..from + size].to_vec();
            self.stores.push(Store { parts, base, disp, bytes, swapped });
            at += n;
        }
    }

    /// True if `bytes` are constants, or stand side by side in a value that is there before the first of
    /// these stores; `swapped`: the other way about.
    fn is_together(&self, run: &[Access], bytes: &[Byte], swapped: bool) -> bool {
        if bytes.iter().all(|byte| matches!(byte, Byte::Const(_))) {
            return true;
        }
        let first = run.iter().map(|a| a.at).min().unwrap_or(Value::NONE);
        let lowest = if swapped { bytes.len() - 1 } else { 0 };
        let Some((source, start)) = self.source(bytes[lowest]) else { return false };
        let before = match source {
            Source::Load(load) => self.loads[load].first < first,
            Source::Value(value) => value < first,
        };
        let next = |(i, &byte): (usize, &Byte)| {
            let at = start + if swapped { bytes.len() - 1 - i } else { i };
            matches!(byte, Byte::Of(..)) && self.source(byte) == Some((source, at))
        };
        before && bytes.iter().enumerate().all(next)
    }
}

/// Where a byte comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Source {
    /// A load that stands for several, by its number.
    Load(usize),
    /// Any other value.
    Value(Value),
}

/// The narrow loads of a block, each at its place.
fn loads(region: &Region, block: &Block) -> Vec<Option<Access>> {
    let mut stretch = 0;
    let access = |i: u32| {
        let inst = region.inst(Value(i));
        let bytes = map::load_size(inst.op).map_or(8, |(bytes, _)| bytes);
        let narrow = inst.op.effect() == Effect::Load && bytes < 4;
        // Only bytes that are put together are taken for no objects of their own, whose accesses keep
        // their order.
        stretch += (!narrow && !is_calm(inst.op)) as u32;
        narrow.then_some(Access {
            at: Value(i),
            base: inst.args[0],
            disp: inst.imm,
            bytes,
            stretch,
        })
    };
    block.insts.clone().map(access).collect()
}

/// True for ops that neither access memory nor order accesses.
fn is_calm(op: Op) -> bool {
    match op.effect() {
        Effect::Pure | Effect::Fp => true,
        Effect::Read => op == Op::Get,
        Effect::Write => op == Op::Set,
        Effect::Fixed => matches!(op, Op::Insn | Op::Prefetch),
        Effect::Load | Effect::Store | Effect::Atomic => false,
    }
}

/// Runs of narrow stores side by side, with no other access in between, sorted by address.
fn stores_of(region: &Region, block: &Block) -> Vec<Vec<Access>> {
    let mut runs: Vec<Vec<Access>> = Vec::new();
    let mut open: Vec<Access> = Vec::new();
    for i in block.insts.clone() {
        let inst = region.inst(Value(i));
        if is_calm(inst.op) && inst.op.effect() != Effect::Fp {
            continue;
        }
        let bytes = match inst.op {
            Op::St8 => 1,
            Op::St16 => 2,
            Op::St32 => 4,
            _ => 0,
        };
        let access = Access { at: Value(i), base: inst.args[0], disp: inst.imm, bytes, stretch: 0 };
        let apart = |a: &Access| {
            let (end, its_end) = (inst.imm + bytes as i64, a.disp + a.bytes as i64);
            a.base == access.base && (its_end <= inst.imm || end <= a.disp)
        };
        if bytes == 0 || !open.iter().all(apart) {
            split(std::mem::take(&mut open), &mut runs);
        }
        open.extend((bytes != 0).then_some(access));
    }
    split(open, &mut runs);
    runs
}

/// Splits stores into runs without gaps.
fn split(mut stores: Vec<Access>, runs: &mut Vec<Vec<Access>>) {
    stores.sort_unstable_by_key(|a| a.disp);
    let runs_of = stores.chunk_by(|a, b| a.disp + a.bytes as i64 == b.disp);
    runs.extend(runs_of.filter(|run| run.len() > 1).map(<[Access]>::to_vec));
}

/// The bytes that a run writes.
fn bytes_of(region: &Region, block: &Block, maps: &[Map], run: &[Access]) -> Vec<Byte> {
    let one = |access: &Access| {
        let value = region.inst(access.at).args[1];
        let map = map::of_value(region, block, maps, value);
        map.into_iter().take(access.bytes)
    };
    run.iter().flat_map(one).collect()
}
