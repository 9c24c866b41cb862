//! Narrow floating-point values across blocks.

use ir::{BlockCall, Inst, Op, Region, Target, Term, Type, Value};

use crate::graph::{Graph, each_call, inst};

/// A register that holds a boxed value when a block is reached, `p = box x` on some way, and is
/// unboxed there: the unboxed value is a parameter of its own, so that `unbox p` is
/// nothing, for unbox(box x) == x.
pub(crate) fn run(region: &mut Region) {
    let mut graph = Graph::of(region);
    let mut done = Vec::new();
    while let Some((block, param, ty)) = candidate(&graph, &done) {
        done.push((param, ty));
        unbox(&mut graph, block, param, ty);
    }
    if !done.is_empty() {
        graph.store_all(region);
    }
}

/// A parameter that is unboxed somewhere, and is made by boxing.
fn candidate(graph: &Graph, done: &[(Value, Type)]) -> Option<(usize, Value, Type)> {
    let all = graph.blocks.iter().flat_map(|node| &node.insts);
    for &value in all {
        let inst = &graph.insts[value.index()];
        let param = inst.args[0];
        if inst.op != Op::Unbox || done.contains(&(param, inst.ty)) {
            continue;
        }
        if let Some((block, at)) = place(graph, param)
            && args(graph, block, at).any(|arg| comes_boxed(graph, arg, inst.ty, &mut vec![param]))
        {
            return Some((block, param, inst.ty));
        }
    }
    None
}

/// The block and the place there of a parameter.
fn place(graph: &Graph, param: Value) -> Option<(usize, usize)> {
    let is_param = graph.insts[param.index()].op == Op::Param;
    let blocks = graph.blocks.iter().enumerate().filter(|_| is_param);
    let mut places = blocks.filter_map(|(block, node)| {
        node.insts.iter().position(|&value| value == param).map(|at| (block, at))
    });
    places.next()
}

fn args(graph: &Graph, block: usize, at: usize) -> impl Iterator<Item = Value> + '_ {
    let calls = graph.blocks.iter().flat_map(|node| node.term.targets());
    calls.filter_map(move |target| match target {
        Target::Block(call) if call.block.0 as usize == block => Some(call.args[at]),
        Target::Block(_) | Target::Exit(_) => None,
    })
}

/// True if `value` is made by boxing on some way; `seen`: parameters that were asked before.
fn comes_boxed(graph: &Graph, value: Value, ty: Type, seen: &mut Vec<Value>) -> bool {
    if boxed(graph, value, ty).is_some() {
        return true;
    }
    if seen.contains(&value) {
        return false;
    }
    seen.push(value);
    place(graph, value).is_some_and(|(block, at)| {
        args(graph, block, at).any(|arg| comes_boxed(graph, arg, ty, seen))
    })
}

/// What was boxed to make `value`.
fn boxed(graph: &Graph, value: Value, ty: Type) -> Option<Value> {
    let inst = &graph.insts[value.index()];
    (inst.op == Op::Box && inst.ty == ty).then_some(inst.args[0])
}

fn unbox(graph: &mut Graph, block: usize, param: Value, ty: Type) {
    let Some((_, at)) = place(graph, param) else { return };
    let narrow = graph.make(inst(Op::Param, ty, 0, &[], 0));
    let count = graph.params(block).len();
    graph.blocks[block].insts.insert(count, narrow);
    for from in 0..graph.blocks.len() {
        let Term::Go(Target::Block(BlockCall { block: to, args })) = &graph.blocks[from].term
        else {
            continue;
        };
        if to.0 as usize != block {
            continue;
        }
        let arg = args[at];
        let value = match boxed(graph, arg, ty) {
            Some(value) => value,
            None if arg == param => narrow,
            None => {
                let value = graph.make(inst(Op::Unbox, ty, 0, &[arg], 0));
                graph.blocks[from].insts.push(value);
                value
            }
        };
        each_call(&mut graph.blocks[from].term, |call| call.args.push(value));
    }
    replace(graph, param, ty, narrow);
}

/// Puts `narrow` where `unbox param` was used.
fn replace(graph: &mut Graph, param: Value, ty: Type, narrow: Value) {
    let same = |i: &Inst| i.op == Op::Unbox && i.ty == ty && i.args[0] == param;
    let is_same: Vec<bool> = graph.insts.iter().map(same).collect();
    for inst in &mut graph.insts {
        inst.operands_mut().iter_mut().filter(|arg| is_same[arg.index()]).for_each(|a| *a = narrow);
    }
    for node in &mut graph.blocks {
        node.term.uses_mut().filter(|value| is_same[value.index()]).for_each(|v| *v = narrow);
        node.insts.retain(|value| !is_same[value.index()]);
    }
}

#[cfg(test)]
mod tests {
    use ir::Op;

    #[test]
    fn a_sum_in_a_loop_stays_unboxed() {
        let text = "region 0x1000 bytes 0x1000..0x1004 insns 1 {
b0:
  v0 = get.f64 r40
  -> b1(v0)
b1(v1: f64):
  set.f64 r40, v1
  insn 0x1000 4
  v4 = unbox.f32 v1
  v5 = fadd.f32 v4, v4
  v6 = box.f32 v5
  set.f64 r40, v6
  v8 = poll
  if v8 -> b2, b3
b2:
  -> b1(v6)
b3:
  -> jump 0x1004
}";
        let mut region = ir::parse(text).expect("it parses");
        crate::run(&[crate::UNBOX], &mut region);
        let unboxes = |block: usize| {
            let insts = region.blocks[block].insts.clone();
            insts.filter(|&i| region.insts[i as usize].op == Op::Unbox).count()
        };
        assert_eq!((unboxes(0), unboxes(1), unboxes(2)), (1, 0, 0), "{region}");
    }
}
