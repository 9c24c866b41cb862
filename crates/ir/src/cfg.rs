//! The graph of a region's blocks, by their positions.

use crate::{Block, Region, Target};

/// The blocks that `block` can go on to.
pub fn successors(block: &Block) -> impl Iterator<Item = usize> {
    block.term.targets().filter_map(Target::block)
}

/// For each block, where it is reached from; a block with two ways to another is there twice.
pub fn predecessors(region: &Region) -> Vec<Vec<usize>> {
    let mut found = vec![Vec::new(); region.blocks.len()];
    for (number, block) in region.blocks.iter().enumerate() {
        successors(block).for_each(|next| found[next].push(number));
    }
    found
}

/// The blocks that are reached, each behind those it leads to but for back edges.
pub fn postorder(region: &Region) -> Vec<usize> {
    postorder_by(region, |_| ())
}

/// [`postorder`] in which `sort` says the order of a block's ways: the last one is gone first.
pub fn postorder_by(region: &Region, sort: impl Fn(&mut [(usize, bool)])) -> Vec<usize> {
    let mut seen = vec![false; region.blocks.len()];
    let mut order = Vec::new();
    let mut stack = vec![(0, false)];
    while let Some((block, done)) = stack.pop() {
        if done {
            order.push(block);
        } else if !std::mem::replace(&mut seen[block], true) {
            stack.push((block, true));
            let ways = stack.len();
            stack.extend(successors(&region.blocks[block]).map(|next| (next, false)));
            sort(&mut stack[ways..]);
        }
    }
    order
}

/// The immediate dominator of each block, `None` for blocks that are not reached; the entry is
/// its own. Cooper, Harvey, Kennedy: "A Simple, Fast Dominance Algorithm".
pub fn dominators(region: &Region) -> Vec<Option<usize>> {
    let order = postorder(region);
    let mut rank = vec![usize::MAX; region.blocks.len()];
    for (i, &block) in order.iter().enumerate() {
        rank[block] = i;
    }
    let mut found = vec![None; region.blocks.len()];
    found[0] = Some(0);
    let mut changed = true;
    while changed {
        changed = false;
        for &block in order.iter().rev() {
            for next in successors(&region.blocks[block]) {
                let meet = match found[next] {
                    Some(old) => meet(&found, &rank, old, block),
                    None => block,
                };
                if next != 0 && found[next] != Some(meet) {
                    found[next] = Some(meet);
                    changed = true;
                }
            }
        }
    }
    found
}

fn meet(found: &[Option<usize>], rank: &[usize], mut a: usize, mut b: usize) -> usize {
    while a != b {
        let lower = if rank[a] < rank[b] { &mut a } else { &mut b };
        *lower = found[*lower].unwrap_or(0);
    }
    a
}

/// True if every way from the entry to `below` leads through `above`.
pub fn dominates(dominators: &[Option<usize>], above: usize, mut below: usize) -> bool {
    while below != above {
        match dominators[below] {
            Some(next) if next != below => below = next,
            _ => return false,
        }
    }
    true
}
