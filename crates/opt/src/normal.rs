//! The form of regions that compilers of several blocks ask for:
//!
//! - nothing leads back to block 0;
//! - an `if` leads to blocks that nothing else leads to, without arguments;
//! - blocks leave the region only at their ends that go one way;
//! - the head of a loop asks whether the thread shall leave, and leaves by a `yield`;
//! - blocks stand in the order of reverse postorder, loops together, blocks that only leave last.

use ir::{Exit, Op, Region, Target, Term, Type, cfg};

use crate::graph::{Graph, inst, targets_mut, to};
use crate::loops::Loops;

/// Puts safepoints at the heads of loops, and brings the region into form. Registers must not be
/// promoted yet.
pub(crate) fn run(region: &mut Region) {
    add_polls(region);
    split_edges(region);
    reorder(region);
}

/// Brings the blocks back into form and order after a pass that changed ways.
pub(crate) fn tidy(region: &mut Region) {
    split_edges(region);
    reorder(region);
}

/// Blocks of which every cycle goes through one, and no fewer would do.
fn heads(region: &Region) -> Vec<usize> {
    let mut heads = ways_back(region);
    for head in heads.clone().into_iter().rev() {
        let others: Vec<usize> = heads.iter().copied().filter(|&other| other != head).collect();
        if is_acyclic(region, &others) {
            heads = others;
        }
    }
    heads
}

/// True if every cycle goes through one of `heads`.
fn is_acyclic(region: &Region, heads: &[usize]) -> bool {
    let mut open = vec![0; region.blocks.len()];
    region.blocks.iter().flat_map(cfg::successors).for_each(|way| open[way] += 1);
    let mut done: Vec<usize> = (0..open.len()).filter(|b| open[*b] == 0).collect();
    done.extend(heads.iter().filter(|&&head| open[head] != 0));
    let mut next = 0;
    while next < done.len() {
        for way in cfg::successors(&region.blocks[done[next]]) {
            open[way] -= 1;
            if open[way] == 0 && !heads.contains(&way) {
                done.push(way);
            }
        }
        next += 1;
    }
    done.len() == open.len()
}

/// Where ways lead back to.
fn ways_back(region: &Region) -> Vec<usize> {
    let order = cfg::postorder(region);
    let mut rank = vec![0; region.blocks.len()];
    order.iter().rev().zip(0..).for_each(|(&block, i)| rank[block] = i);
    let mut heads = Vec::new();
    for &block in &order {
        let ways = cfg::successors(&region.blocks[block]);
        heads.extend(ways.filter(|&next| rank[next] <= rank[block]));
    }
    heads.sort_unstable();
    heads.dedup();
    heads
}

fn add_polls(region: &mut Region) {
    let heads = heads(region);
    let mut graph = Graph::of(region);
    for head in heads {
        let mut insts = graph.blocks[head].insts.iter().map(|&v| graph.insts[v.index()]);
        let mark = insts.find(|inst| inst.op == Op::Insn).expect("loops hold guest instructions");
        let next = guest::GuestAddr(mark.imm as u64);
        let poll = graph.make(inst(Op::Poll, Type::I64, 0, &[], 0));
        let params = graph.params(head).len();
        let body = graph.blocks[head].insts.split_off(params);
        graph.blocks[head].insts.push(poll);
        let leave = Target::Exit(Exit::Yield { next, fence: false });
        let leave = graph.add(Vec::new(), Term::Go(leave));
        let again = Term::If { cond: poll, then: to(leave), other: to(0) };
        let term = std::mem::replace(&mut graph.blocks[head].term, again);
        let body = graph.add(body, term);
        if let Term::If { other, .. } = &mut graph.blocks[head].term {
            *other = to(body);
        }
    }
    graph.store_all(region);
}

/// Gives the ways of each `if` blocks of their own where they need some.
fn split_edges(region: &mut Region) {
    let reached: Vec<usize> = cfg::predecessors(region).iter().map(Vec::len).collect();
    let mut graph = Graph::of(region);
    for block in 0..region.blocks.len() {
        if let Term::Go(_) = graph.blocks[block].term {
            continue;
        }
        let mut term = std::mem::replace(&mut graph.blocks[block].term, Term::Go(to(0)));
        for target in targets_mut(&mut term) {
            let plain = match target {
                Target::Block(call) => call.args.is_empty() && reached[call.block.0 as usize] == 1,
                Target::Exit(_) => false,
            };
            if !plain {
                let way = std::mem::replace(target, to(0));
                *target = to(graph.add(Vec::new(), Term::Go(way)));
            }
        }
        graph.blocks[block].term = term;
    }
    graph.store_all(region);
}

/// Orders the blocks; those that are not reached go.
fn reorder(region: &mut Region) {
    let loops = Loops::of(region);
    let mut order = order(region, &loops);
    let leaves = |block: &usize| {
        let block = &region.blocks[*block];
        matches!(block.term, Term::Go(Target::Exit(_))) && only_leaves(region, block)
    };
    let cold: Vec<usize> = order.iter().copied().filter(leaves).filter(|&b| b != 0).collect();
    order.retain(|block| !cold.contains(block));
    order.extend(cold);
    Graph::of(region).store(&order, region);
}

/// True for blocks without guest instructions: they were made for a way out.
fn only_leaves(region: &Region, block: &ir::Block) -> bool {
    !block.insts.clone().any(|i| region.insts[i as usize].op == Op::Insn)
}

/// Reverse postorder in which what is deeper in loops comes first.
fn order(region: &Region, loops: &Loops) -> Vec<usize> {
    // What is visited last comes first: the stack's bottom.
    let mut order = cfg::postorder_by(region, |ways| {
        ways.sort_by_key(|&(way, _)| std::cmp::Reverse(loops.depth[way]));
    });
    order.reverse();
    order
}

/// The first rule of the form that `region` breaks, in words.
pub fn check(region: &Region) -> Result<(), String> {
    let before = cfg::predecessors(region);
    if !before[0].is_empty() {
        return Err("something leads back to b0".into());
    }
    for (number, block) in region.blocks.iter().enumerate() {
        if number != 0 && before[number].is_empty() {
            return Err(format!("nothing leads to b{number}"));
        }
        let Term::If { then, other, .. } = &block.term else { continue };
        for target in [then, other] {
            let plain = match target {
                Target::Block(call) => {
                    call.args.is_empty() && before[call.block.0 as usize].len() == 1
                }
                Target::Exit(_) => false,
            };
            if !plain {
                return Err(format!("b{number} ends with a way that is not its own"));
            }
        }
        let gets = block.insts.clone().any(|i| region.insts[i as usize].op == Op::Get);
        if number != 0 && gets {
            return Err(format!("b{number} reads a register"));
        }
    }
    ir::slots::at_starts(region).map(|_| ()).map_err(|e| e.to_string())
}

#[cfg(test)]
mod tests {
    use ir::Op;

    /// Two loops that share block 2: one by way of block 3, one by way of block 4.
    const TWO: &str = "region 0x1000 bytes 0x1000..0x1010 insns 4 {
b0:
  -> b1
b1:
  insn 0x1000 4
  -> b2
b2:
  insn 0x1004 4
  v3 = get.i64 r10
  if v3 -> b3, b4
b3:
  insn 0x1008 4
  v5 = get.i64 r11
  if v5 -> b1, jump 0x1010
b4:
  insn 0x100c 4
  v7 = get.i64 r12
  if v7 -> b2, jump 0x1010
}";

    #[test]
    fn a_block_that_all_cycles_go_through_is_the_only_safepoint() {
        let region = ir::parse(TWO).expect("it parses");
        assert_eq!(super::ways_back(&region), [1, 2]);
        assert_eq!(super::heads(&region), [2]);
    }

    #[test]
    fn loops_apart_have_a_safepoint_each() {
        let text = TWO.replace("if v5 -> b1, jump 0x1010", "if v5 -> b3, b1");
        let mut region = ir::parse(&text).expect("it parses");
        assert_eq!(super::heads(&region), [2, 3]);
        super::run(&mut region);
        let polls = region.insts.iter().filter(|inst| inst.op == Op::Poll).count();
        assert_eq!(polls, 2, "{region}");
    }
}
