//! The first round of a loop apart from the others.

use ir::{Effect, Inst, Op, Region, Target, Term, Value};

use crate::graph::{Graph, each_call};

/// Larger regions stay as they are.
const MOST_INSNS: u32 = 320;

/// A round of the region's loop is done before it: `loop { body }` is `body; loop { body }`. What the
/// body computes of guest registers is then known at the loop's head, and not only that they hold
/// something: that they are sign-extended, or no NaN but the canonical one.
pub(crate) fn run(region: &mut Region) {
    if region.guest_insns > MOST_INSNS || !region.insts.iter().any(gains) {
        return;
    }
    let Term::Go(Target::Block(call)) = &region.blocks[0].term else { return };
    let head = call.block.0;
    let mut graph = Graph::of(region);
    let (count, own) = (graph.blocks.len(), graph.insts.len());
    let names = copies(&mut graph);
    for value in own..graph.insts.len() {
        let inst = &mut graph.insts[value];
        inst.operands_mut().iter_mut().for_each(|arg| *arg = names[arg.index()]);
    }
    let further = count as u32 - 1;
    for block in 1..count {
        let insts = graph.blocks[block].insts.iter().map(|v| names[v.index()]).collect();
        let mut term = graph.blocks[block].term.clone();
        term.uses_mut().for_each(|value| *value = names[value.index()]);
        each_call(&mut term, |call| {
            call.block.0 += if call.block.0 == head { 0 } else { further };
        });
        graph.add(insts, term);
    }
    each_call(&mut graph.blocks[0].term, |call| call.block.0 += further);
    graph.store_all(region);
}

/// Copies all instructions but the first block's; gives the copy of each.
fn copies(graph: &mut Graph) -> Vec<Value> {
    let mut names: Vec<Value> = (0..graph.insts.len() as u32).map(Value).collect();
    for block in 1..graph.blocks.len() {
        for value in graph.blocks[block].insts.clone() {
            names[value.index()] = graph.make(graph.insts[value.index()]);
        }
    }
    names
}

/// True for ops whose results are known to be of a kind.
fn gains(inst: &Inst) -> bool {
    inst.op == Op::Sext32 || inst.op.effect() == Effect::Fp
}

#[cfg(test)]
mod tests {
    use ir::Op;

    #[test]
    fn the_first_round_leads_to_the_loop() {
        let text = "region 0x1000 bytes 0x1000..0x1008 insns 2 {
b0:
  -> b1
b1:
  insn 0x1000 4
  v1 = get.f64 r40
  v2 = fadd.f64.dyn v1, v1
  set.f64 r40, v2
  v4 = get.i64 r10
  if v4 -> b1, jump 0x1008
}";
        let mut region = ir::parse(text).expect("it parses");
        crate::run(&[crate::PEEL], &mut region);
        let sums = region.insts.iter().filter(|inst| inst.op == Op::FAdd).count();
        assert_eq!((sums, region.blocks.len()), (2, 3), "{region}");
        let back = ir::cfg::predecessors(&region);
        assert_eq!(back, [vec![], vec![1, 2], vec![0]], "{region}");
    }
}
