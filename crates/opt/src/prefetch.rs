//! What waits in a ring is fetched ahead.
//!
//! A program that knows early which record of a table it is going to look at puts the record's number into a ring and asks the processor to
//! fetch the record. Of that, a compiler for a machine without such an instruction leaves the ring: `old = ring[i]; ring[i] = new; use
//! table[old]`. What is done with the old number now will be done with the new one, so `table[new]` is fetched (docs/adr/0027).

use ir::{Effect, Inst, Op, Region, Type, Value};

use crate::graph::{Graph, inst};

/// How many loads before the store the old number was loaded at most.
const WINDOW: usize = 4;
/// Records of less than 4 bytes, several of which share a line, are not fetched, nor those further apart than a page.
const SHIFTS: std::ops::RangeInclusive<i64> = 2..=12;
/// Most records that are fetched for one number.
const MOST: usize = 4;

pub(crate) fn run(region: &mut Region) {
    let swaps: Vec<Swap> = (0..region.blocks.len()).flat_map(|b| Swap::all(region, b)).collect();
    let records = swaps.iter().filter_map(|swap| Records::of(swap, region));
    let records: Vec<Records> = records.collect();
    if records.is_empty() {
        return;
    }
    let mut graph = Graph::of(region);
    records.iter().for_each(|records| records.fetch(region, &mut graph));
    graph.store_all(region);
}

/// A number that is taken out of a place in memory, and another one put there.
struct Swap {
    /// The first block where it is known.
    block: usize,
    old: Value,
    new: Value,
}

impl Swap {
    fn all(region: &Region, block: usize) -> impl Iterator<Item = Swap> {
        let mut loads = [Value::NONE; WINDOW];
        region.blocks[block].insts.clone().map(Value).filter_map(move |at| {
            let inst = region.inst(at);
            match inst.op {
                Op::Ld32S | Op::Ld32U | Op::Ld64 => {
                    loads.rotate_right(1);
                    loads[0] = at;
                    None
                }
                Op::St32 | Op::St64 => {
                    let same =
                        |&&load: &&Value| load != Value::NONE && is_place_of(region, load, at);
                    let &old = loads.iter().find(same)?;
                    Some(Swap { block, old, new: inst.args[1] })
                }
                _ => None,
            }
        })
    }

    /// The instructions of its block and of those behind. What is made of the old number is where the swap comes first.
    fn insts(&self, region: &Region) -> impl Iterator<Item = Value> + use<> {
        let first = region.blocks[self.block].insts.start;
        (first..region.insts.len() as u32).map(Value)
    }

    /// True if something is scaled behind the swap.
    fn scales(&self, region: &Region) -> bool {
        self.insts(region).any(|v| v > self.old && region.inst(v).op == Op::Shl)
    }

    /// Which values are made of the old number.
    fn made(&self, region: &Region) -> Vec<bool> {
        let mut made = vec![false; region.insts.len()];
        made[self.old.index()] = true;
        for v in self.insts(region).filter(|&v| v > self.old) {
            let inst = region.inst(v);
            let reads = inst.operands().iter().any(|arg| made[arg.index()]);
            made[v.index()] = reads && inst.op.effect() == Effect::Pure;
        }
        made
    }

    /// The displacement of the first access to `record`; 0 if a register takes it to a later one. `None` if there is none.
    fn access(&self, region: &Region, record: Value) -> Option<i64> {
        let insts = self.insts(region).map(|v| region.inst(v));
        let mut users = insts.filter(|inst| inst.operands().first() == Some(&record));
        users.find_map(|inst| match inst.op.effect() {
            Effect::Load | Effect::Store => Some(inst.imm),
            Effect::Write if inst.op == Op::Set => Some(0),
            _ => None,
        })
    }
}

/// What the old number of a swap leads to.
struct Records<'a> {
    swap: &'a Swap,
    /// What is made of the old number.
    made: Vec<bool>,
    /// Addresses, and the displacements of the first accesses.
    all: Vec<(Value, i64)>,
}

impl<'a> Records<'a> {
    fn of(swap: &'a Swap, region: &Region) -> Option<Records<'a>> {
        if !swap.scales(region) || region.as_const(swap.new).is_some() {
            return None;
        }
        let made = swap.made(region);
        let records = swap.insts(region);
        let records = records.filter(|&v| made[v.index()] && is_record(region, &made, v));
        let with_access = |v| swap.access(region, v).map(|disp| (v, disp));
        let all: Vec<_> = records.take(MOST).filter_map(with_access).collect();
        (!made[swap.new.index()] && !all.is_empty()).then_some(Records { swap, made, all })
    }

    /// Fetches the same of the new number.
    fn fetch(&self, region: &Region, graph: &mut Graph) {
        for &(record, disp) in &self.all {
            let block = region.blocks.iter().position(|block| block.insts.contains(&record.0));
            let block = block.unwrap_or(self.swap.block);
            let names = vec![Value::NONE; region.insts.len()];
            let mut copies = Copies { region, graph, made: &self.made, block, names };
            copies.names[self.swap.old.index()] = copies.number(self.swap);
            let at = copies.of(record);
            copies.push(inst(Op::Prefetch, Type::I64, 0, &[at], disp));
        }
    }
}

/// What is made of the new number, at the end of a block.
struct Copies<'a> {
    region: &'a Region,
    graph: &'a mut Graph,
    made: &'a [bool],
    block: usize,
    /// The copies so far.
    names: Vec<Value>,
}

impl Copies<'_> {
    /// The new number as the load will give it.
    fn number(&mut self, swap: &Swap) -> Value {
        let extend = match self.region.inst(swap.old).op {
            Op::Ld32S => Op::Sext32,
            Op::Ld32U => Op::Zext32,
            _ => return swap.new,
        };
        let low = self.push(inst(Op::Trunc, Type::I32, 0, &[swap.new], 0));
        self.push(inst(extend, Type::I64, 0, &[low], 0))
    }

    /// `value`, with the new number in place of the old one.
    fn of(&mut self, value: Value) -> Value {
        if !self.made[value.index()] {
            return value;
        }
        if self.names[value.index()] == Value::NONE {
            let mut copy = *self.region.inst(value);
            copy.operands_mut().iter_mut().for_each(|arg| *arg = self.of(*arg));
            self.names[value.index()] = self.push(copy);
        }
        self.names[value.index()]
    }

    fn push(&mut self, inst: Inst) -> Value {
        let value = self.graph.make(inst);
        self.graph.blocks[self.block].insts.push(value);
        value
    }
}

/// True if `store` writes what `load` read.
fn is_place_of(region: &Region, load: Value, store: Value) -> bool {
    let (load, store) = (region.inst(load), region.inst(store));
    let whole = (load.op == Op::Ld64) == (store.op == Op::St64);
    whole && (load.args[0], load.imm) == (store.args[0], store.imm)
}

/// True if `value` is a table's start plus a scaled number.
fn is_record(region: &Region, made: &[bool], value: Value) -> bool {
    let sum = region.inst(value);
    let [a, b, _] = sum.args;
    let scaled = |v: Value, table: Value| {
        let inst = region.inst(v);
        let shift = (inst.op == Op::Shl).then(|| region.as_const(inst.args[1])).flatten();
        made[v.index()] && !made[table.index()] && shift.is_some_and(|by| SHIFTS.contains(&by))
    };
    sum.op == Op::Add && sum.ty == Type::I64 && (scaled(a, b) || scaled(b, a))
}

#[cfg(test)]
mod tests {
    /// A block with a ring at r10, a table at r11 and the new number in v2, behind the pass.
    fn behind(body: &str) -> String {
        let text = format!(
            "region 0x1000 bytes 0x1000..0x1010 insns 4 {{
b0:
  insn 0x1000 4
  v1 = get.i64 r10
  v2 = get.i64 r11
  v3 = get.i64 r12
{body}
  -> jump 0x1010
}}
"
        );
        let mut region = ir::parse(&text).expect("it parses");
        crate::run(&[crate::PREFETCH], &mut region);
        region.to_string()
    }

    const RING: &str = "  v4 = ld32u v1 + 8
  st32 v1 + 8, v3
  v6 = const.i64 0x6
  v7 = shl.i64 v4, v6
  v8 = add.i64 v2, v7
";

    #[test]
    fn what_was_done_with_the_old_number_is_done_with_the_new_one() {
        let text = behind(&format!("{RING}  v9 = ld8u v8 + 3"));
        let (_, ahead) = text.split_once("v9 = ld8u v8 + 3\n").expect("the load stays");
        let wanted = "  v10 = trunc v3
  v11 = zext32 v10
  v12 = shl.i64 v11, v6
  v13 = add.i64 v2, v12
  prefetch v13 + 3
  -> jump 0x1010
}
";
        assert_eq!(ahead, wanted);
    }

    #[test]
    fn what_a_register_takes_elsewhere_is_fetched_too() {
        assert!(behind(&format!("{RING}  set.i64 r13, v8")).contains("prefetch v13\n"));
    }

    #[test]
    fn in_a_chain_the_record_may_come_blocks_later() {
        let on = "  if v3 -> jump 0x1020, b1\nb1:\n  insn 0x1004 4\n";
        let body = RING.replacen("  v6", &format!("{on}  v6"), 1);
        let body = body.replace("v8 =", "v9 =").replace("v7", "v8").replace("v6", "v7");
        let text = behind(&format!("{body}  v10 = ld8u v9"));
        let (_, behind) = text.split_once("b1:").expect("two blocks");
        assert!(behind.contains("prefetch v14\n"), "{text}");
    }

    #[test]
    fn in_a_region_ways_may_part_and_meet_before_the_record() {
        let ways = "  v6 = ld8u v1
  if v6 -> b1, b2
b1:
  -> b3(v3)
b2:
  -> b3(v6)
b3(v7: i64):
  insn 0x1004 4
  v9 = add.i64 v4, v7
  v10 = const.i64 0x6
  v11 = shl.i64 v9, v10
  v12 = add.i64 v2, v11
  st8 v12 + 3, v7";
        let swap = RING.split("  v6").next().expect("it swaps first");
        let text = behind(&format!("{swap}{ways}"));
        let (_, ahead) = text.split_once("st8 v12 + 3, v7\n").expect("the store stays");
        let wanted = "  v14 = trunc v3
  v15 = zext32 v14
  v16 = add.i64 v15, v7
  v17 = shl.i64 v16, v10
  v18 = add.i64 v2, v17
  prefetch v18 + 3
  -> jump 0x1010
}
";
        assert_eq!(ahead, wanted);
    }

    #[test]
    fn other_swaps_fetch_nothing() {
        let load = format!("{RING}  v9 = ld8u v8 + 3");
        for (from, to) in [
            // Another place, another size, no table of records, a number that stays, nothing that is looked at.
            ("st32 v1 + 8", "st32 v1 + 12"),
            ("st32 v1 + 8", "st64 v1 + 8"),
            ("const.i64 0x6", "const.i64 0x1"),
            ("st32 v1 + 8, v3", "st32 v1 + 8, v4"),
            ("v9 = ld8u v8 + 3", "v9 = ld8u v2 + 3"),
        ] {
            assert!(load.contains(from));
            let text = behind(&load.replace(from, to));
            assert!(!text.contains("prefetch"), "{text}");
        }
    }
}
