//! A way that leads right to where others meet gets a copy of what is done there.

use std::collections::HashMap;

use ir::{Op, Target, Term, Value};

use super::{are_alike, done, is_done_twice, rename};
use crate::graph::{Graph, each_call};

/// If one way from `block` does nothing before it comes to a block that does as the other way does, that block is
/// copied to it: then the two ways can be melded. This is what the head of a loop that is jumped to from its middle looks like.
pub(super) fn sides(graph: &mut Graph, before: &[Vec<usize>], block: usize) {
    let Term::If { then, other, .. } = &graph.blocks[block].term else { return };
    let (Target::Block(then), Target::Block(other)) = (then, other) else { return };
    let sides = [then, other].map(|call| call.block.0 as usize);
    for (side, twin) in [(sides[0], sides[1]), (sides[1], sides[0])] {
        if let Some(join) = leads_to(graph, side)
            && before[join].len() > 1
            && looks_like(graph, join, twin)
            && is_closed(graph, join)
        {
            return copy(graph, side, join);
        }
    }
}

/// The block that `side` leads to, if it does nothing else.
fn leads_to(graph: &Graph, side: usize) -> Option<usize> {
    match &graph.blocks[side].term {
        Term::Go(Target::Block(call)) if graph.blocks[side].insts.is_empty() => {
            Some(call.block.0 as usize)
        }
        _ => None,
    }
}

/// What a block does behind its parameters, and behind the sets that say which registers hold these.
fn body(graph: &Graph, block: usize) -> Vec<Value> {
    let params = graph.params(block);
    let names = |v: &Value| {
        let inst = &graph.insts[v.index()];
        inst.op == Op::Param || inst.op == Op::Set && params.contains(&inst.args[0])
    };
    done(graph, block).into_iter().skip_while(names).collect()
}

/// True if `join` does the same ops as `twin`.
fn looks_like(graph: &Graph, join: usize, twin: usize) -> bool {
    let (first, second) = (body(graph, join), body(graph, twin));
    let alike = |(a, b): (&Value, &Value)| {
        let (a, b) = (graph.insts[a.index()], graph.insts[b.index()]);
        is_done_twice(a.op, a.ty) && are_alike(a.op, b.op)
    };
    first.len() == second.len() && !first.is_empty() && first.iter().zip(&second).all(alike)
}

/// The blocks that `block` branches to, if they only lead on; none if it does not branch.
fn ways(graph: &Graph, block: usize) -> Option<Vec<usize>> {
    let Term::If { then, other, .. } = &graph.blocks[block].term else { return Some(Vec::new()) };
    let way = |target: &Target| match target {
        Target::Block(call) if call.args.is_empty() => {
            let way = call.block.0 as usize;
            let node = &graph.blocks[way];
            (node.insts.is_empty() && matches!(node.term, Term::Go(_))).then_some(way)
        }
        _ => None,
    };
    Some(vec![way(then)?, way(other)?])
}

/// True if what `block` computes is handed on as arguments only.
fn is_closed(graph: &Graph, block: usize) -> bool {
    let Some(ways) = ways(graph, block) else { return false };
    let own = |value: &Value| graph.blocks[block].insts.contains(value);
    (0..graph.blocks.len()).filter(|&other| other != block).all(|other| {
        let node = &graph.blocks[other];
        let args = node.insts.iter().flat_map(|v| graph.insts[v.index()].operands());
        !args.into_iter().any(own) && (ways.contains(&other) || !node.term.uses().any(|v| own(&v)))
    })
}

fn copy(graph: &mut Graph, side: usize, join: usize) {
    let mut names: HashMap<Value, Value> = HashMap::new();
    if let Term::Go(Target::Block(call)) = &graph.blocks[side].term {
        names.extend(graph.params(join).into_iter().zip(call.args.iter().copied()));
    }
    let mut insts = Vec::new();
    for value in body(graph, join) {
        let mut inst = graph.insts[value.index()];
        inst.operands_mut().iter_mut().for_each(|arg| rename(&names, arg));
        let copy = graph.make(inst);
        names.insert(value, copy);
        insts.push(copy);
    }
    let mut term = graph.blocks[join].term.clone();
    term.uses_mut().for_each(|value| rename(&names, value));
    if let Term::If { .. } = term {
        each_call(&mut term, |call| {
            let mut on = graph.blocks[call.block.0 as usize].term.clone();
            on.uses_mut().for_each(|value| rename(&names, value));
            call.block.0 = graph.add(Vec::new(), on) as u32;
        });
    }
    graph.blocks[side].insts = insts;
    graph.blocks[side].term = term;
}
