//! Loop-invariant code motion.

use ir::{Effect, Inst, Op, Region, Target, Term, Value};

use crate::graph::Graph;
use crate::loops::Loops;

/// A pure op on what does not change in a loop is done once, before it. Constants go along where
/// they are operands; conversions that cost nothing stay.
pub(crate) fn run(region: &mut Region) {
    let loops = Loops::of(region);
    let mut graph = Graph::of(region);
    // Inner loops first: what leaves them may leave the outer ones next.
    for (head, body) in loops.all.iter().rev() {
        if let Some(before) = way_in(&graph, *head, body) {
            hoist(&mut graph, body, before);
        }
    }
    graph.store_all(region);
}

/// The one block that leads into the loop and nowhere else.
fn way_in(graph: &Graph, head: usize, body: &[usize]) -> Option<usize> {
    let leads = |target: &Target| match target {
        Target::Block(call) => call.block.0 as usize == head,
        Target::Exit(_) => false,
    };
    let outside = (0..graph.blocks.len()).filter(|block| !body.contains(block));
    let mut ways = outside.filter(|&block| graph.blocks[block].term.targets().any(leads));
    let way = ways.next().filter(|_| ways.next().is_none())?;
    matches!(graph.blocks[way].term, Term::Go(_)).then_some(way)
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
}
