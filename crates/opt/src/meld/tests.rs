//! Regions whose ways do alike, or nearly.

use guest::GuestAddr;
use ir::{Op, Region};

/// A round that steps to one of two words of a node by a bit, and may end behind either.
const WALK: &str = "region 0x1000 bytes 0x1000..0x1010 insns 5 {
b0:
  v0 = get.i64 r10
  v1 = get.i64 r11
  -> b1(v0)
b1(v2: i64):
  set.i64 r10, v2
  insn 0x1000 4
  v4 = ld64 v2
  set.i64 r12, v4
  insn 0x1004 4
  if v4 -> b2, b5
b2:
  insn 0x1008 4
  v7 = ld64 v2 + 8
  set.i64 r10, v7
  v9 = ges.i64 v1, v7
  if v9 -> b4, b3
b3:
  -> b1(v7)
b4:
  -> jump 0x1010
b5:
  insn 0x100c 4
  v11 = ld64 v2 + 16
  set.i64 r10, v11
  v13 = lts.i64 v1, v11
  if v13 -> b6, b7
b6:
  -> b1(v11)
b7:
  -> jump 0x1010
}";

fn melded(text: &str, unsteady: &[u64]) -> Region {
    let mut region = ir::parse(text).expect("it parses");
    region.unsteady = unsteady.iter().copied().map(GuestAddr).collect();
    crate::run(&[crate::MELD, crate::TIDY], &mut region);
    region
}

fn count(region: &Region, op: Op) -> usize {
    region.insts.iter().filter(|inst| inst.op == op).count()
}

#[test]
fn ways_that_do_alike_become_one_with_a_choice() {
    let region = melded(WALK, &[0x1004]);
    assert_eq!(count(&region, Op::Select), 1, "{region}");
    assert_eq!((count(&region, Op::Ld64), count(&region, Op::Set)), (3, 3), "{region}");
    assert_eq!(region.blocks.len(), 4, "{region}");
    let last_load = region.insts.iter().rposition(|inst| inst.op == Op::Ld64);
    let mark = region.insts.iter().rposition(|inst| inst.op == Op::Insn);
    assert!(mark < last_load, "what is loaded for nothing counts for the branch: {region}");
}

#[test]
fn a_branch_that_is_predicted_stays() {
    let region = melded(WALK, &[0x1000]);
    assert_eq!((count(&region, Op::Select), region.blocks.len()), (0, 8), "{region}");
}

#[test]
fn ways_that_differ_stay() {
    for (from, to) in [
        ("v11 = ld64 v2 + 16", "v11 = ld32s v2 + 16"),
        ("v11 = ld64 v2 + 16", "v11 = ld64 v1 + 16"),
        ("set.i64 r10, v11", "set.i64 r13, v11"),
        ("lts.i64 v1, v11", "ltu.i64 v1, v11"),
        ("if v13 -> b6, b7", "if v13 -> b7, b6"),
        ("b7:\n  -> jump 0x1010", "b7:\n  -> jump 0x1014"),
    ] {
        assert!(WALK.contains(from), "{from}");
        let region = melded(&WALK.replace(from, to), &[0x1004]);
        assert_eq!(count(&region, Op::Select), 0, "{to}: {region}");
    }
}

#[test]
fn a_head_that_is_jumped_to_from_the_middle_is_melded_with_its_twin() {
    let text = "region 0x1000 bytes 0x1000..0x1010 insns 4 {
b0:
  v0 = get.i64 r10
  -> b1(v0)
b1(v1: i64):
  set.i64 r10, v1
  insn 0x1000 4
  v3 = ld64 v1 + 8
  set.i64 r10, v3
  -> b2(v3)
b2(v5: i64):
  set.i64 r10, v5
  insn 0x1004 4
  v7 = ld64 v5
  set.i64 r12, v7
  insn 0x1008 4
  if v7 -> b3, b4
b3:
  -> b1(v5)
b4:
  insn 0x100c 4
  v10 = ld64 v5 + 16
  set.i64 r10, v10
  -> b2(v10)
}";
    let region = melded(text, &[0x1008]);
    assert_eq!(count(&region, Op::Select), 1, "{region}");
    assert!(region.blocks.iter().all(|block| matches!(block.term, ir::Term::Go(_))), "{region}");
}
