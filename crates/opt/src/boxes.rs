//! Registers that hold boxed values.

use ir::{Op, Region, Target, Type, Value};

use crate::graph::{Graph, each_call, inst};

/// What a boxed binary32 value has in its upper half.
const BOX: u64 = 0xffff_ffff_0000_0000;

/// A register that holds a boxed value on every way to a block: `p = box x` for a parameter x of its own, so that what
/// sees no more than the narrow value needs no boxing on the ways there.
pub(crate) fn run(region: &mut Region) {
    let mut graph = Graph::of(region);
    let all: Vec<Vec<Value>> = (0..graph.blocks.len()).map(|b| graph.params(b)).collect();
    let boxed = always_boxed(&graph, &all);
    if !boxed.contains(&true) {
        return;
    }
    let narrow = narrow_params(&mut graph, &boxed);
    for block in 0..graph.blocks.len() {
        give_narrow(&mut graph, block, &all, &narrow);
    }
    for (block, params) in all.iter().enumerate() {
        put_box(&mut graph, block, params, &narrow);
    }
    graph.store_all(region);
}

/// Pairs of a parameter and an argument for it.
fn edges(graph: &Graph, all: &[Vec<Value>]) -> Vec<(Value, Value)> {
    let calls = graph.blocks.iter().flat_map(|node| node.term.targets());
    let pairs = calls.flat_map(|target| match target {
        Target::Block(call) => {
            let params = all[call.block.0 as usize].iter().copied();
            params.zip(call.args.iter().copied()).collect()
        }
        Target::Exit(_) => Vec::new(),
    });
    pairs.collect()
}

/// Which values are parameters that are boxed on every way, and are made by boxing on one.
fn always_boxed(graph: &Graph, all: &[Vec<Value>]) -> Vec<bool> {
    let edges = edges(graph, all);
    let double = |v: usize| graph.insts[v].op == Op::Param && graph.insts[v].ty == Type::F64;
    let mut boxed: Vec<bool> = (0..graph.insts.len()).map(double).collect();
    let mut changed = true;
    while changed {
        changed = false;
        for &(param, arg) in &edges {
            if boxed[param.index()] && !boxed[arg.index()] && !is_boxed(graph, arg) {
                boxed[param.index()] = false;
                changed = true;
            }
        }
    }
    // What goes round and round without coming from anywhere is never reached.
    let comes = |param: usize| edges.iter().any(|(p, _)| p.index() == param);
    (0..boxed.len()).map(|v| boxed[v] && comes(v)).collect()
}

fn is_boxed(graph: &Graph, value: Value) -> bool {
    let inst = &graph.insts[value.index()];
    match inst.op {
        Op::Box => inst.ty == Type::F32,
        Op::Const => inst.ty == Type::F64 && inst.imm as u64 & BOX == BOX,
        _ => false,
    }
}

/// For each value that is to be boxed from a parameter, that one.
fn narrow_params(graph: &mut Graph, boxed: &[bool]) -> Vec<Value> {
    let mut make = |&boxed: &bool| match boxed {
        true => graph.make(inst(Op::Param, Type::F32, 0, &[], 0)),
        false => Value::NONE,
    };
    boxed.iter().map(&mut make).collect()
}

/// Has the jumps of `block` pass narrow values.
fn give_narrow(graph: &mut Graph, block: usize, all: &[Vec<Value>], narrow: &[Value]) {
    let mut term = graph.blocks[block].term.clone();
    each_call(&mut term, |call| {
        let params = &all[call.block.0 as usize];
        let (mut kept, mut added) = (Vec::new(), Vec::new());
        for (param, &arg) in params.iter().zip(&call.args) {
            match narrow[param.index()] {
                Value::NONE => kept.push(arg),
                _ => added.push(narrowed(graph, block, arg, narrow)),
            }
        }
        kept.extend(added);
        call.args = kept;
    });
    graph.blocks[block].term = term;
}

/// What is boxed to make `arg`, at the end of `block`.
fn narrowed(graph: &mut Graph, block: usize, arg: Value, narrow: &[Value]) -> Value {
    let of = graph.insts[arg.index()];
    match of.op {
        Op::Box => of.args[0],
        Op::Const => {
            let value = graph.make(inst(Op::Const, Type::F32, 0, &[], of.imm as u32 as i64));
            graph.blocks[block].insts.push(value);
            value
        }
        _ => narrow[arg.index()],
    }
}

/// Makes the boxed parameters of `block` of their narrow ones, which come last.
fn put_box(graph: &mut Graph, block: usize, params: &[Value], narrow: &[Value]) {
    let wide = |v: &&Value| narrow[v.index()] != Value::NONE;
    let boxed: Vec<Value> = params.iter().filter(wide).copied().collect();
    let mut insts: Vec<Value> = params.iter().filter(|v| !wide(v)).copied().collect();
    insts.extend(boxed.iter().map(|v| narrow[v.index()]));
    insts.extend(&boxed);
    insts.extend(&graph.blocks[block].insts[params.len()..]);
    graph.blocks[block].insts = insts;
    for v in boxed {
        graph.insts[v.index()] = inst(Op::Box, Type::F32, 0, &[narrow[v.index()]], 0);
    }
}

#[cfg(test)]
mod tests {
    use ir::{Op, Type};

    const LOOP: &str = "region 0x1000 bytes 0x1000..0x1004 insns 1 {
b0:
  v0 = get.f64 r40
  v1 = unbox.f32 v0
  v2 = fadd.f32 v1, v1
  v3 = FIRST
  -> b1(v3)
b1(v5: f64):
  set.f64 r40, v5
  insn 0x1000 4
  v8 = unbox.f32 v5
  v9 = fadd.f32 v8, v8
  v10 = box.f32 v9
  set.f64 r40, v10
  v12 = poll
  if v12 -> b2, b3
b2:
  -> b1(v10)
b3:
  -> jump 0x1004
}";

    /// The type of the loop's parameter, and what the register holds at its start.
    fn head(first: &str) -> (Type, Op) {
        let mut region = ir::parse(&LOOP.replace("FIRST", first)).expect("it parses");
        crate::run(&[crate::BOXES], &mut region);
        let block = region.blocks[1].insts.start as usize;
        let set = region.insts[block..].iter().find(|inst| inst.op == Op::Set).unwrap();
        (region.insts[block].ty, region.inst(set.args[0]).op)
    }

    #[test]
    fn what_is_boxed_on_all_ways_is_passed_unboxed() {
        assert_eq!(head("box.f32 v2"), (Type::F32, Op::Box));
        assert_eq!(head("const.f64 -0x100000000"), (Type::F32, Op::Box));
    }

    #[test]
    fn what_may_be_a_binary64_value_is_left_alone() {
        assert_eq!(head("const.f64 0x0"), (Type::F64, Op::Param));
        assert_eq!(head("fadd.f64 v0, v0"), (Type::F64, Op::Param));
    }
}
