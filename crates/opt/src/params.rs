//! Block parameters that always have one value, or that of another one.

use ir::{Region, Value};

use crate::congruence;
use crate::graph::{Graph, each_call};

/// A parameter whose arguments are all `v`, or the parameter itself, is `v`. Two parameters of a
/// block that get the same arguments are one.
pub(crate) fn run(region: &mut Region) {
    let mut graph = Graph::of(region);
    let params: Vec<Vec<Value>> = (0..graph.blocks.len()).map(|b| graph.params(b)).collect();
    let calls = graph.calls();
    let mut names = names(&graph, &params, &calls);
    for (param, same) in congruence::pairs(&graph, &params, &calls) {
        if names[param.index()] == param && name(&names, same) != param {
            names[param.index()] = same;
        }
    }
    let stays = |param: &Value| names[param.index()] == *param;
    if params.iter().flatten().all(stays) {
        return;
    }
    for node in &mut graph.blocks {
        node.insts.retain(stays);
        each_call(&mut node.term, |call| {
            let mut of_block = params[call.block.0 as usize].iter();
            call.args.retain(|_| of_block.next().is_some_and(stays));
        });
        node.term.uses_mut().for_each(|value| *value = name(&names, *value));
    }
    for inst in &mut graph.insts {
        inst.operands_mut().iter_mut().for_each(|arg| *arg = name(&names, *arg));
    }
    graph.store_all(region);
}

/// What each value is replaced by: itself, unless it is a parameter that can go.
fn names(graph: &Graph, params: &[Vec<Value>], calls: &[Vec<&[Value]>]) -> Vec<Value> {
    let mut names: Vec<Value> = (0..graph.insts.len() as u32).map(Value).collect();
    let mut changed = true;
    while changed {
        changed = false;
        for (params, calls) in params.iter().zip(calls) {
            for (at, &param) in params.iter().enumerate() {
                let args = calls.iter().map(|args| args[at]);
                if names[param.index()] == param
                    && let Some(value) = only_argument(&names, param, args)
                {
                    names[param.index()] = value;
                    changed = true;
                }
            }
        }
    }
    names
}

/// What `value` was replaced by, perhaps in several steps.
fn name(names: &[Value], mut value: Value) -> Value {
    while names[value.index()] != value {
        value = names[value.index()];
    }
    value
}

fn only_argument(
    names: &[Value],
    param: Value,
    args: impl Iterator<Item = Value>,
) -> Option<Value> {
    let mut others = args.map(|arg| name(names, arg)).filter(|&arg| arg != param);
    let first = others.next()?;
    others.all(|arg| arg == first).then_some(first)
}

#[cfg(test)]
mod tests {
    use ir::{Op, Type};

    /// A word in a register, and the same extended from half of it in another: `addiw` of a register that holds a word.
    const COPIES: &str = "region 0x1000 bytes 0x1000..0x1010 insns 4 {
b0:
  v0 = get.i64 r10
  insn 0x1000 4
  v2 = ld32s v0
  -> b1(v2, v2)
b1(v3: i64, v4: i64):
  set.i64 r11, v3
  set.i64 r12, v4
  insn 0x1004 4
  v8 = trunc v3
  v9 = const.i32 0x7
  v10 = add.i32 v8, v9
  v11 = sext32 v10
  set.i64 r11, v11
  insn 0x1008 4
  v14 = trunc v11
  v15 = sext32 v14
  set.i64 r12, v15
  insn 0x100c 4
  v18 = ne.i64 v11, v2
  if v18 -> b2, b3
b2:
  -> b1(v11, v15)
b3:
  -> jump 0x1010
}";

    #[test]
    fn registers_that_turn_out_copies_once_narrow_are_one_parameter() {
        let mut region = ir::parse(COPIES).expect("it parses");
        let list = crate::OPTIMISED;
        let narrow = list.iter().position(|pass| pass.name == "narrow").expect("it is there");
        crate::run(&list[narrow..], &mut region);
        let params = region.insts.iter().filter(|inst| inst.op == Op::Param).map(|inst| inst.ty);
        assert!(params.eq([Type::I32]), "{region}");
    }
}
