//! Where guest registers are while a region runs: which value each slot holds at the start of
//! each block.
//!
//! A compiler of several blocks need not write a slot when the region does. It is enough to know
//! the value of each slot where somebody can look: at exits, and at ops that may fault.

use guest::{SLOT_COUNT, Slot};

use crate::cfg::{postorder, predecessors};
use crate::{Block, Op, Region, Target, Value};

/// A set of slots.
pub type SlotSet = u128;

/// A slot that is seen at the start of a block, though two ways there leave it different values
/// and the block does not write it first.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{slot:?} has no one value at the start of b{block}")]
pub struct Ambiguous {
    /// The block's position.
    pub block: usize,
    /// The slot.
    pub slot: Slot,
}

/// The slots that were written since the region's entry, with their values; the other ones are
/// as they were at the entry.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Written {
    values: [Value; SLOT_COUNT],
    set: SlotSet,
}

impl Default for Written {
    fn default() -> Written {
        Written { values: [Value::NONE; SLOT_COUNT], set: 0 }
    }
}

impl Written {
    /// Notes a write.
    pub fn write(&mut self, slot: Slot, value: Value) {
        self.values[slot.0 as usize] = value;
        self.set |= 1 << slot.0;
    }

    /// What was written to `slot`, if it was.
    pub fn get(&self, slot: Slot) -> Option<Value> {
        (self.set >> slot.0 & 1 != 0).then(|| self.values[slot.0 as usize])
    }

    /// All that was written.
    pub fn iter(&self) -> impl Iterator<Item = (Slot, Value)> + '_ {
        let slots = (0..SLOT_COUNT as u8).map(Slot);
        slots.filter_map(|slot| self.get(slot).map(|value| (slot, value)))
    }

    /// Notes what instruction `at` writes. A slot that gets back what it held at the entry is as
    /// good as not written.
    pub fn step(&mut self, region: &Region, at: Value) {
        let inst = region.inst(at);
        if inst.op != Op::Set {
            return;
        }
        self.write(inst.slot(), inst.args[0]);
        if is_entry_value(region, inst.args[0], inst.slot()) {
            self.set &= !(1 << inst.slot().0);
        }
    }
}

/// True if `value` is what `slot` held at the region's entry: one of the reads that come first.
fn is_entry_value(region: &Region, value: Value, slot: Slot) -> bool {
    let inst = region.inst(value);
    let reads = || region.insts[..value.index()].iter().all(|inst| inst.op == Op::Get);
    inst.op == Op::Get && inst.slot() == slot && reads()
}

/// Which slots are seen (read, or shown by a fault or an exit) before they are written, from the
/// start of each block on.
pub fn live(region: &Region) -> Vec<SlotSet> {
    let mut live = vec![0; region.blocks.len()];
    let order = postorder(region);
    let mut changed = true;
    while changed {
        changed = false;
        for &number in &order {
            let block = &region.blocks[number];
            let found = live_before(region, block, live_behind(block, &live));
            changed |= live[number] != found;
            live[number] = found;
        }
    }
    live
}

fn live_behind(block: &Block, live: &[SlotSet]) -> SlotSet {
    let of = |target: &Target| match target {
        Target::Block(call) => live[call.block.0 as usize],
        Target::Exit(_) => SlotSet::MAX,
    };
    block.term.targets().fold(0, |set, target| set | of(target))
}

fn live_before(region: &Region, block: &Block, mut set: SlotSet) -> SlotSet {
    for i in block.insts.clone().rev() {
        let inst = region.inst(Value(i));
        match inst.op {
            Op::Set => set &= !(1 << inst.slot().0),
            Op::Get => set |= 1 << inst.slot().0,
            op if op.may_fault() => set = SlotSet::MAX,
            _ => {}
        }
    }
    set
}

/// What was written when each block starts.
///
/// # Errors
/// If a slot that is seen later has no one value at the start of a block.
pub fn at_starts(region: &Region) -> Result<Vec<Written>, Ambiguous> {
    let (live, before) = (live(region), predecessors(region));
    let mut starts: Vec<Option<Written>> = vec![None; region.blocks.len()];
    starts[0] = Some(Written::default());
    let mut ends = starts.clone();
    let order = postorder(region);
    // Ways back do not count at first; then they have to agree.
    for &number in order.iter().rev() {
        if number != 0 {
            let known = before[number].iter().find_map(|&from| ends[from].clone());
            starts[number] = known;
        }
        ends[number] = starts[number].clone().map(|start| written_behind(region, number, start));
    }
    agree(&live, &before, &mut starts, &ends)?;
    Ok(starts.into_iter().map(Option::unwrap_or_default).collect())
}

fn written_behind(region: &Region, number: usize, mut written: Written) -> Written {
    let insts = region.blocks[number].insts.clone();
    insts.for_each(|i| written.step(region, Value(i)));
    written
}

/// Slots that are not seen any more are taken out where ways disagree.
fn agree(
    live: &[SlotSet],
    before: &[Vec<usize>],
    starts: &mut [Option<Written>],
    ends: &[Option<Written>],
) -> Result<(), Ambiguous> {
    for (block, start) in starts.iter_mut().enumerate() {
        let Some(start) = start else { continue };
        for end in before[block].iter().filter_map(|&from| ends[from].as_ref()) {
            for slot in (0..SLOT_COUNT as u8).map(Slot) {
                if start.get(slot) == end.get(slot) {
                    continue;
                }
                if live[block] >> slot.0 & 1 != 0 {
                    return Err(Ambiguous { block, slot });
                }
                start.set &= !(1 << slot.0);
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn region(text: &str) -> Region {
        let text = format!("region 0x1000 bytes 0x1000..0x1010 insns 1 {{\n{text}\n}}");
        let region = crate::parse(&text).expect("it parses");
        assert_eq!(crate::verify(&region), Ok(()));
        region
    }

    const TWO_WAYS: &str = "
b0:
  v0 = get.i64 r10
  v1 = const.i64 0x1
  set.i64 r11, v1
  if v0 -> b1, b2
b1:
  set.i64 r12, v0
  -> b3(v0)
b2:
  set.i64 r12, v1
  -> b3(v1)
b3(v2: i64):
";

    #[test]
    fn what_all_ways_wrote_is_known() {
        let region = region(&format!("{TWO_WAYS}  set.i64 r12, v2\n  -> jump 0x2000"));
        let starts = at_starts(&region).unwrap();
        let found: Vec<_> = starts[1].iter().collect();
        assert_eq!(found, [(Slot(11), Value(1))]);
        assert_eq!(starts[3].get(Slot(11)), Some(Value(1)));
    }

    #[test]
    fn a_slot_that_is_seen_must_be_the_same_on_all_ways() {
        let region = region(&format!("{TWO_WAYS}  -> jump 0x2000"));
        assert_eq!(at_starts(&region), Err(Ambiguous { block: 3, slot: Slot(12) }));
    }

    #[test]
    fn a_slot_that_is_written_first_is_not_seen() {
        let region = region(&format!("{TWO_WAYS}  set.i64 r12, v2\n  -> jump 0x2000"));
        assert_eq!(live(&region)[3] >> 12 & 1, 0);
        assert_eq!(live(&region)[3] >> 11 & 1, 1);
        assert_eq!(live(&region)[0] >> 11 & 1, 0);
    }

    #[test]
    fn what_is_put_back_counts_as_not_written() {
        let text = "b0:\n  v0 = get.i64 r10\n  v1 = const.i64 0x1\n  set.i64 r10, v1\n  -> b1
b1:\n  set.i64 r10, v0\n  -> b2\nb2:\n  -> jump 0x2000";
        let starts = at_starts(&region(text)).unwrap();
        assert_eq!(starts[1].get(Slot(10)), Some(Value(1)));
        assert_eq!(starts[2].get(Slot(10)), None);
    }
}
