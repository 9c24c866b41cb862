//! The natural loops of a region.

use ir::{Region, cfg};

/// Loops by their heads.
pub(crate) struct Loops {
    /// In how many loops each block is.
    pub depth: Vec<u32>,
    /// Heads with the blocks of their loops, inner loops behind outer ones.
    pub all: Vec<(usize, Vec<usize>)>,
}

impl Loops {
    pub fn of(region: &Region) -> Loops {
        let (dominators, before) = (cfg::dominators(region), cfg::predecessors(region));
        let mut loops = Loops { depth: vec![0; region.blocks.len()], all: Vec::new() };
        for head in 0..region.blocks.len() {
            let is_back = |&from: &usize| {
                dominators[from].is_some() && cfg::dominates(&dominators, head, from)
            };
            let ends: Vec<usize> = before[head].iter().copied().filter(is_back).collect();
            if dominators[head].is_some() && !ends.is_empty() {
                loops.all.push((head, body(head, ends, &before)));
            }
        }
        for (_, blocks) in &loops.all {
            blocks.iter().for_each(|&block| loops.depth[block] += 1);
        }
        loops.all.sort_by_key(|(_, blocks)| std::cmp::Reverse(blocks.len()));
        loops
    }
}

/// What reaches `ends` without passing `head`, and `head`.
fn body(head: usize, ends: Vec<usize>, before: &[Vec<usize>]) -> Vec<usize> {
    let (mut body, mut open) = (vec![head], ends);
    while let Some(block) = open.pop() {
        if !body.contains(&block) {
            body.push(block);
            open.extend(&before[block]);
        }
    }
    body
}
