//! Loop-invariant code motion.

use ir::{Effect, Inst, Op, Region, Target, Term, Value};

use crate::graph::{Graph, each_call, to};
use crate::loops::Loops;

/// A pure op on what does not change in a loop is done once, before it. Constants go along where
/// they are operands; conversions that cost nothing stay.
pub(crate) fn run(region: &mut Region) {
    let mut loops = Loops::of(region).all;
    let mut graph = Graph::of(region);
    // Inner loops first: what leaves them may leave the outer ones next.
    while let Some((head, body)) = loops.pop() {
        let known = graph.blocks.len();
        if let Some(before) = way_in(&mut graph, head, &body) {
            if before == known {
                let outer = loops.iter_mut().filter(|(_, outer)| outer.contains(&head));
                outer.for_each(|(_, outer)| outer.push(before));
            }
            hoist(&mut graph, &body, before);
        }
    }
    graph.store_all(region);
}

/// The one block that leads into the loop and nowhere else; it is made if there are several.
fn way_in(graph: &mut Graph, head: usize, body: &[usize]) -> Option<usize> {
    let leads = |target: &Target| match target {
        Target::Block(call) => call.block.0 as usize == head,
        Target::Exit(_) => false,
    };
    let outside = (0..graph.blocks.len()).filter(|block| !body.contains(block));
    let ways: Vec<usize> =
        outside.filter(|&block| graph.blocks[block].term.targets().any(leads)).collect();
    let goes = |&way: &usize| matches!(graph.blocks[way].term, Term::Go(_));
    match ways.as_slice() {
        ways if ways.is_empty() || !ways.iter().all(goes) => None,
        &[way] => Some(way),
        ways => Some(join(graph, head, ways)),
    }
}

/// Lets all `ways` lead to the loop through a block of their own.
fn join(graph: &mut Graph, head: usize, ways: &[usize]) -> usize {
    let mut params = graph.params(head);
    params.iter_mut().for_each(|param| *param = graph.make(graph.insts[param.index()]));
    let mut term = Term::Go(to(head));
    each_call(&mut term, |call| call.args.clone_from(&params));
    let before = graph.add(params, term);
    for &way in ways {
        each_call(&mut graph.blocks[way].term, |call| call.block.0 = before as u32);
    }
    before
}

fn hoist(graph: &mut Graph, body: &[usize], before: usize) {
    let mut inside = vec![false; graph.insts.len()];
    for &block in body {
        graph.blocks[block].insts.iter().for_each(|v| inside[v.index()] = true);
    }
    let mut blocks = body.to_vec();
    blocks.sort_unstable();
    for block in blocks {
        for value in graph.blocks[block].insts.clone() {
            if moves(graph, &inside, value) {
                copy_constants(graph, &mut inside, value, before);
                graph.blocks[block].insts.retain(|&v| v != value);
                graph.blocks[before].insts.push(value);
                inside[value.index()] = false;
            }
        }
    }
}

fn is_free(inst: &Inst) -> bool {
    matches!(inst.op, Op::Param | Op::Const | Op::Trunc)
}

/// True if `value` can be computed before the loop.
fn moves(graph: &Graph, inside: &[bool], value: Value) -> bool {
    let inst = &graph.insts[value.index()];
    let fixed = |arg: &Value| {
        !inside[arg.index()] || graph.insts[arg.index()].op == Op::Const || {
            let arg = &graph.insts[arg.index()];
            arg.op == Op::Trunc && !inside[arg.args[0].index()]
        }
    };
    inst.op.effect() == Effect::Pure && !is_free(inst) && inst.operands().iter().all(fixed)
}

/// Gives `value` constants and free conversions of its own in block `before`.
fn copy_constants(graph: &mut Graph, inside: &mut Vec<bool>, value: Value, before: usize) {
    for i in 0..graph.insts[value.index()].op.arity() {
        let arg = graph.insts[value.index()].args[i];
        if inside[arg.index()] {
            let copy = graph.make(graph.insts[arg.index()]);
            inside.push(false);
            graph.blocks[before].insts.push(copy);
            graph.insts[value.index()].args[i] = copy;
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_does_not_change_is_computed_before_the_loop() {
        let text = "region 0x1000 bytes 0x1000..0x1004 insns 1 {
b0:
  v0 = get.f64 r40
  v1 = get.i64 r10
  -> b1(v1)
b1(v2: i64):
  set.i64 r10, v2
  insn 0x1000 4
  v5 = unbox.f32 v0
  v6 = const.i64 0x64
  v7 = mul.i64 v1, v6
  v8 = add.i64 v2, v7
  stf32 v8, v5
  if v8 -> b2, b3
b2:
  -> b1(v8)
b3:
  -> jump 0x1004
}";
        let mut region = ir::parse(text).expect("it parses");
        crate::run(&[crate::HOIST, crate::DEAD_CODE], &mut region);
        let entry = &region.insts[region.blocks[0].insts.end as usize - 3..][..3];
        let ops: Vec<_> = entry.iter().map(|inst| inst.op).collect();
        assert_eq!(ops, [ir::Op::Unbox, ir::Op::Const, ir::Op::Mul], "{region}");
        assert_eq!(region.blocks[1].insts.len(), 5, "{region}");
    }

    #[test]
    fn a_loop_with_several_ways_in_gets_a_block_before_it() {
        let text = "region 0x1000 bytes 0x1000..0x1004 insns 1 {
b0:
  v0 = get.i64 r10
  v1 = get.i64 r11
  if v0 -> b1, b2
b1:
  -> b3(v0)
b2:
  -> b3(v1)
b3(v2: i64):
  set.i64 r10, v2
  insn 0x1000 4
  v5 = mul.i64 v0, v1
  v6 = add.i64 v2, v5
  if v6 -> b4, b5
b4:
  -> b3(v6)
b5:
  -> jump 0x1004
}";
        let mut region = ir::parse(text).expect("it parses");
        crate::run(&[crate::HOIST, crate::TIDY], &mut region);
        let product =
            region.insts.iter().position(|inst| inst.op == ir::Op::Mul).expect("it stays");
        let before = region.blocks.iter().position(|b| b.insts.contains(&(product as u32)));
        let ways = ir::cfg::predecessors(&region);
        assert_eq!(before.map(|before| ways[before].len()), Some(2), "{region}");
    }
}
