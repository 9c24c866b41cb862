//! Chains of comparisons of one value with constants: where a computed jump is likely to lead. From some length on, a look into
//! a table and a jump take their place, which the host's processor predicts by what came before, as it does the guest's.

use ir::{Block, Op, Term, Type, Value};

use crate::asm::{Alu, Cc, Mem, Shift, Size};
use crate::lower::Lower;

/// Fewer constants are compared with one by one.
const LEAST: usize = 12;
/// More would make tables large.
const MOST: usize = 64;
/// Factors tried for a size of table.
const TRIES: usize = 64;
/// Largest table with places by hash, as a power of two.
const LARGEST: u32 = 11;
/// Most that constants lie apart that choose their places themselves.
const SPAN: i64 = 1024;

/// Where a value leads by what it is.
#[derive(Clone, Debug)]
pub struct Switch {
    value: Value,
    /// Constants, all different, and the blocks they lead to.
    pub cases: Vec<(i32, usize)>,
    /// The block it leads to otherwise.
    pub other: usize,
    table: Table,
}

/// Where in the table a value is looked for.
#[derive(Clone, Copy, Debug)]
enum Table {
    /// At its distance from `first`, up to `span`. Entries are distances to code.
    Direct { first: i32, span: i32 },
    /// By hash. Entries are constants and distances to code.
    Hashed(Hash),
}

/// The place of a constant in a table of `1 << bits` entries.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Hash {
    factor: i32,
    bits: u32,
}

/// The fields of code that uses a table.
pub struct Fields {
    /// Leads to the table.
    pub table: u32,
    /// Leads on where nothing was found.
    pub other: u32,
}

impl Switch {
    /// The chain that starts at the end of block `number`, and the blocks that it takes the place of.
    pub fn find(lower: &Lower<'_>, number: usize) -> Option<(Switch, Vec<usize>)> {
        let (value, first) = comparison(lower, lower.region.blocks.get(number)?)?;
        let val = lower.plan.vals.get(value.index())?;
        if val.lazy || val.deferred || val.dead || lower.region.as_const(value).is_some() {
            return None;
        }
        let (mut cases, mut other, mut gone) = (vec![first.case()], first.other, Vec::new());
        while cases.len() < MOST
            && is_bare(lower, &lower.region.blocks[other])
            && let Some((same, next)) = comparison(lower, &lower.region.blocks[other])
            && same == value
        {
            gone.push(other);
            other = next.other;
            if cases.iter().all(|&(key, _)| key != next.key) {
                cases.push(next.case());
            }
        }
        // A way that is not gone has no place in a region.
        if cases.len() < LEAST || cases.len() != gone.len() + 1 {
            return None;
        }
        let table = Table::of(&cases)?;
        Some((Switch { value, cases, other, table }, gone))
    }

    /// All blocks that it leads to.
    pub fn ways(&self) -> impl Iterator<Item = usize> {
        self.cases.iter().map(|&(_, way)| way).chain([self.other])
    }

    /// The same.
    pub fn ways_mut(&mut self) -> impl Iterator<Item = &mut usize> {
        self.cases.iter_mut().map(|(_, way)| way).chain([&mut self.other])
    }

    /// The look into the table, and the jump.
    pub fn look(&self, lower: &mut Lower<'_>) -> Fields {
        let value = lower.asked_reg(self.value);
        let [at, table, found] = [(); 3].map(|()| lower.asked_temp(false));
        let asm = &mut lower.asm;
        let fields = match self.table {
            Table::Direct { first, span } => {
                asm.lea(true, at, Mem::base(value, first.wrapping_neg()));
                asm.alu_imm(Alu::Cmp, true, at, span);
                let other = asm.jcc(Cc::A);
                let field = asm.lea_code(table);
                asm.sign_extend(Size::B4, true, found, Mem::indexed(table, at, 2, 0));
                Fields { table: field, other }
            }
            Table::Hashed(hash) => {
                asm.imul_imm(false, at, value, hash.factor);
                asm.shift(Shift::Shr, false, at, (32 - hash.bits) as u8);
                let field = asm.lea_code(table);
                asm.sign_extend(Size::B4, true, found, Mem::indexed(table, at, 3, 0));
                asm.alu(Alu::Cmp, true, found, value);
                let other = asm.jcc(Cc::Ne);
                asm.sign_extend(Size::B4, true, found, Mem::indexed(table, at, 3, 4));
                Fields { table: field, other }
            }
        };
        asm.alu(Alu::Add, true, table, found);
        asm.jmp_reg(table);
        fields
    }

    /// The table of a look whose field is `field`; `starts`: where blocks' code is.
    pub fn emit_table(&self, lower: &mut Lower<'_>, field: u32, starts: impl Fn(usize) -> u32) {
        lower.asm.align(8);
        lower.asm.bind_here(field);
        let here = lower.asm.pos();
        let distance = |way: usize| starts(way).wrapping_sub(here) as i32;
        match self.table {
            Table::Direct { first, span } => {
                let mut entries = vec![self.other; span as usize + 1];
                self.cases.iter().for_each(|&(key, way)| entries[(key - first) as usize] = way);
                entries.into_iter().for_each(|way| lower.asm.word(distance(way)));
            }
            Table::Hashed(hash) => {
                // An entry that nothing leads to holds a constant that others do.
                let mut entries = vec![self.cases[0]; 1 << hash.bits];
                self.cases.iter().for_each(|&case| entries[hash.place(case.0)] = case);
                for (key, way) in entries {
                    lower.asm.word(key);
                    lower.asm.word(distance(way));
                }
            }
        }
    }
}

impl Table {
    fn of(cases: &[(i32, usize)]) -> Option<Table> {
        let keys = || cases.iter().map(|&(key, _)| key);
        let (first, last) = (keys().min()?, keys().max()?);
        let span = last as i64 - first as i64;
        if span <= SPAN && first != i32::MIN {
            return Some(Table::Direct { first, span: span as i32 });
        }
        Hash::find(cases).map(Table::Hashed)
    }
}

impl Hash {
    /// One that gives all `cases` places of their own, in a small table.
    fn find(cases: &[(i32, usize)]) -> Option<Hash> {
        let least = cases.len().next_power_of_two().ilog2();
        // Knuth's linear congruential generator; its upper bits.
        let mut seed = 1u64;
        let mut factor = || {
            seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (seed >> 32) as i32 | 1
        };
        let tries = (least..=LARGEST).flat_map(|bits| [bits; TRIES]);
        tries.map(|bits| Hash { factor: factor(), bits }).find(|hash| hash.is_perfect(cases))
    }

    fn is_perfect(self, cases: &[(i32, usize)]) -> bool {
        let mut taken = vec![false; 1 << self.bits];
        cases.iter().all(|&(key, _)| !std::mem::replace(&mut taken[self.place(key)], true))
    }

    fn place(self, key: i32) -> usize {
        (key.wrapping_mul(self.factor) as u32 >> (32 - self.bits)) as usize
    }
}

/// A comparison with a constant, and its ways.
struct Comparison {
    key: i32,
    then: usize,
    other: usize,
}

impl Comparison {
    fn case(&self) -> (i32, usize) {
        (self.key, self.then)
    }
}

/// What `block` ends with, if that is a comparison of a value with a constant of 32 bits.
fn comparison(lower: &Lower<'_>, block: &Block) -> Option<(Value, Comparison)> {
    let Term::If { cond, then, other } = &block.term else { return None };
    let region = lower.region;
    let inst = region.inst(*cond);
    if inst.op != Op::Eq || inst.ty != Type::I64 {
        return None;
    }
    let key = i32::try_from(region.as_const(inst.args[1])?).ok()?;
    let comparison = Comparison { key, then: then.block()?, other: other.block()? };
    Some((lower.root(inst.args[0]), comparison))
}

/// True if `block` does nothing but the comparison at its end.
fn is_bare(lower: &Lower<'_>, block: &Block) -> bool {
    let Term::If { cond, .. } = &block.term else { return false };
    let bare = |v: Value| v == *cond && lower.plan.vals[v.index()].lazy;
    block.insts.clone().map(Value).all(|v| lower.region.inst(v).op == Op::Const || bare(v))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_get_places_of_their_own() {
        for count in [4, 15, 40, MOST] {
            let cases: Vec<(i32, usize)> =
                (0..count).map(|n| (0x10000 + 18 * n as i32 + (n * n % 7) as i32 * 2, n)).collect();
            let hash = Hash::find(&cases).expect("there is one");
            assert!(hash.is_perfect(&cases), "{count}: {hash:?}");
        }
    }
}
