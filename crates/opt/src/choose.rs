//! Short ways around become choices.

use ir::{Effect, Op, Region, Target, Term, Type, Value, cfg};

use crate::graph::{Graph, inst};

/// Most ops that are done for nothing where they are not on the way.
const MOST_OPS: usize = 4;
/// Most values that are chosen.
const MOST_CHOICES: usize = 2;

/// `if c { x = f(y) } else { x = y }` is `x = select(c, f(y), y)` for a few integer ops without effects:
/// such branches are often hard to predict, and guests without conditional moves have nothing else.
pub(crate) fn run(region: &mut Region) {
    let before = cfg::predecessors(region);
    let mut graph = Graph::of(region);
    let mut gone = vec![false; graph.blocks.len()];
    // What was a choice inside is part of the way around it.
    for block in (0..graph.blocks.len()).rev() {
        let Some(around) = Around::of(&graph, &before, block) else { continue };
        around.sides.into_iter().for_each(|side| gone[side] = true);
        around.apply(&mut graph, block);
    }
    let order: Vec<usize> = (0..graph.blocks.len()).filter(|&block| !gone[block]).collect();
    graph.store(&order, region);
}

/// Two ways from a block to the same one.
struct Around {
    cond: Value,
    /// Their blocks.
    sides: [usize; 2],
    join: ir::BlockId,
    args: [Vec<Value>; 2],
}

impl Around {
    fn of(graph: &Graph, before: &[Vec<usize>], block: usize) -> Option<Around> {
        let Term::If { cond, then, other } = &graph.blocks[block].term else { return None };
        let (Target::Block(then), Target::Block(other)) = (then, other) else { return None };
        let sides = [then, other].map(|call| call.block.0 as usize);
        let plain = |&side: &usize| before[side].len() == 1 && is_short(graph, side);
        if !sides.iter().all(plain) {
            return None;
        }
        let [(join, yes), (to, no)] = [end(graph, sides[0])?, end(graph, sides[1])?];
        let ops: usize = sides.iter().map(|&side| work(graph, side)).sum();
        let pairs: Vec<_> = yes.iter().zip(&no).filter(|(a, b)| a != b).collect();
        let fits = |&&(&a, _): &&(&Value, &Value)| {
            matches!(graph.insts[a.index()].result(), Some(Type::I64 | Type::I32))
        };
        let chosen = pairs.iter().filter(fits).count();
        let good = join == to && ops <= MOST_OPS && chosen == pairs.len();
        (good && (1..=MOST_CHOICES).contains(&chosen)).then_some(Around {
            cond: *cond,
            sides,
            join,
            args: [yes, no],
        })
    }

    fn apply(self, graph: &mut Graph, block: usize) {
        let written = self.sides.map(|side| sets(graph, side));
        for side in self.sides {
            let insts = std::mem::take(&mut graph.blocks[side].insts);
            let pure = |v: &Value| !matches!(graph.insts[v.index()].op, Op::Set | Op::Insn);
            graph.blocks[block].insts.extend(insts.into_iter().filter(pure));
        }
        // Slots that the two ways leave different values have parameters, or are not seen.
        let [yes, no] = written;
        let both = yes.into_iter().filter(|&(_, slot, value)| {
            no.iter().any(|&(_, other, same)| (other, same) == (slot, value))
        });
        graph.blocks[block].insts.extend(both.map(|(set, ..)| set));
        let [yes, no] = self.args;
        let args = yes.into_iter().zip(no).map(|(a, b)| {
            if a == b {
                return a;
            }
            let ty = graph.insts[a.index()].result().unwrap_or(Type::I64);
            let chosen = graph.make(inst(Op::Select, ty, 0, &[self.cond, a, b], 0));
            graph.blocks[block].insts.push(chosen);
            chosen
        });
        let args = args.collect();
        let call = ir::BlockCall { block: self.join, args };
        graph.blocks[block].term = Term::Go(Target::Block(call));
    }
}

/// Where a block that goes one way goes, and with what.
fn end(graph: &Graph, block: usize) -> Option<(ir::BlockId, Vec<Value>)> {
    match &graph.blocks[block].term {
        Term::Go(Target::Block(call)) => Some((call.block, call.args.clone())),
        Term::Go(Target::Exit(_)) | Term::If { .. } => None,
    }
}

/// The last write of each slot in a block: the instruction, the slot and the value.
fn sets(graph: &Graph, block: usize) -> Vec<(Value, u16, Value)> {
    let mut last: Vec<(Value, u16, Value)> = Vec::new();
    for &value in &graph.blocks[block].insts {
        let inst = &graph.insts[value.index()];
        if inst.op == Op::Set {
            last.retain(|&(_, slot, _)| slot != inst.aux);
            last.push((value, inst.aux, inst.args[0]));
        }
    }
    last
}

/// How many instructions a block's ops take, about.
fn work(graph: &Graph, block: usize) -> usize {
    let free = |op| matches!(op, Op::Set | Op::Insn | Op::Const | Op::Trunc);
    graph.blocks[block].insts.iter().filter(|v| !free(graph.insts[v.index()].op)).count()
}

/// True if all that a block does may as well be done for nothing.
fn is_short(graph: &Graph, block: usize) -> bool {
    graph.blocks[block].insts.iter().all(|v| {
        let inst = &graph.insts[v.index()];
        let slow = matches!(
            inst.op,
            Op::Mul
                | Op::MulHS
                | Op::MulHU
                | Op::MulHSU
                | Op::DivS
                | Op::DivU
                | Op::RemS
                | Op::RemU
        );
        let int = matches!(inst.result(), Some(Type::I64 | Type::I32));
        let pure = inst.op.effect() == Effect::Pure && int && !slow && inst.op != Op::Param;
        pure || matches!(inst.op, Op::Set | Op::Insn)
    })
}

#[cfg(test)]
mod tests {
    use ir::Op;

    #[test]
    fn a_step_of_a_checksum_has_no_branch() {
        let text = "region 0x1000 bytes 0x1000..0x1008 insns 2 {
b0:
  v0 = get.i64 r10
  v1 = get.i64 r11
  insn 0x1000 4
  if v0 -> b1, b2
b1:
  insn 0x1004 4
  v4 = xor.i64 v0, v1
  set.i64 r11, v4
  -> b3(v4, v0)
b2:
  -> b3(v1, v0)
b3(v6: i64, v7: i64):
  set.i64 r11, v6
  -> jump 0x1008
}";
        let mut region = ir::parse(text).expect("it parses");
        crate::run(&[crate::CHOOSE], &mut region);
        assert_eq!(region.blocks.len(), 2, "{region}");
        let ops: Vec<Op> = region.insts[3..5].iter().map(|inst| inst.op).collect();
        assert_eq!(ops, [Op::Xor, Op::Select], "{region}");
    }
}
