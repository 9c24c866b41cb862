//! Block parameters that always have one value.

use ir::{Op, Region, Value};

use crate::graph::{Graph, each_call};

/// A parameter whose arguments are all `v`, or the parameter itself, is `v`.
pub(crate) fn run(region: &mut Region) {
    let mut graph = Graph::of(region);
    let mut names: Vec<Value> = (0..graph.insts.len() as u32).map(Value).collect();
    let mut changed = false;
    while let Some((block, at, value)) = useless(&graph, &names) {
        changed = true;
        names[graph.blocks[block].insts.remove(at).index()] = value;
        for node in &mut graph.blocks {
            each_call(&mut node.term, |call| {
                if call.block.0 as usize == block {
                    call.args.remove(at);
                }
            });
        }
    }
    if changed {
        for inst in &mut graph.insts {
            let used = inst.op.arity();
            inst.args[..used].iter_mut().for_each(|arg| *arg = name(&names, *arg));
        }
        for node in &mut graph.blocks {
            node.term.uses_mut().for_each(|value| *value = name(&names, *value));
        }
        graph.store_all(region);
    }
}

/// What `value` was replaced by, perhaps in several steps.
fn name(names: &[Value], mut value: Value) -> Value {
    while names[value.index()] != value {
        value = names[value.index()];
    }
    value
}

/// A parameter that can go: its block, its place there, and its value.
fn useless(graph: &Graph, names: &[Value]) -> Option<(usize, usize, Value)> {
    for (block, node) in graph.blocks.iter().enumerate() {
        let is_param = |v: &&Value| graph.insts[v.index()].op == Op::Param;
        for (at, &param) in node.insts.iter().take_while(is_param).enumerate() {
            if let Some(value) = only_argument(graph, names, block, at, param) {
                return Some((block, at, value));
            }
        }
    }
    None
}

fn only_argument(
    graph: &Graph,
    names: &[Value],
    block: usize,
    at: usize,
    param: Value,
) -> Option<Value> {
    let calls = graph.blocks.iter().flat_map(|node| node.term.targets());
    let args = calls.filter_map(|target| match target {
        ir::Target::Block(call) if call.block.0 as usize == block => {
            Some(name(names, call.args[at]))
        }
        _ => None,
    });
    let mut others = args.filter(|&arg| arg != param);
    let first = others.next()?;
    others.all(|arg| arg == first).then_some(first)
}
