//! Block parameters that get the same arguments as others.

use std::collections::HashMap;

use ir::{Op, Type, Value};

use crate::graph::Graph;

/// What makes two values the same, as far as is known.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Class {
    /// A value like no other.
    Own(Value),
    /// One of the parameters that are the same so far, by a number.
    Shared(usize),
}

/// Parameters of a block whose arguments are the same on all ways there are one value: guest registers that are copies
/// of each other in each round of a loop. They count as the same until something tells them apart.
///
/// Gives pairs: a parameter, and the earlier one of its block that it equals. `calls`: [`Graph::calls`].
pub(crate) fn pairs(
    graph: &Graph,
    params: &[Vec<Value>],
    calls: &[Vec<&[Value]>],
) -> Vec<(Value, Value)> {
    let mut classes = apart(graph);
    let mut first: HashMap<(usize, Type), usize> = HashMap::new();
    for (block, params) in params.iter().enumerate() {
        for &param in params {
            let count = first.len();
            let number = *first.entry((block, graph.insts[param.index()].ty)).or_insert(count);
            classes[param.index()] = Class::Shared(number);
        }
    }
    let mut count = first.len();
    loop {
        let (refined, found) = refine(&classes, params, calls);
        if found == count {
            return leaders(&classes, params);
        }
        (classes, count) = (refined, found);
    }
}

/// All values apart, but for constants of the same bits.
fn apart(graph: &Graph) -> Vec<Class> {
    let mut constants: HashMap<(Type, i64), Value> = HashMap::new();
    let values = (0..graph.insts.len() as u32).map(Value);
    let class = |value: Value| match &graph.insts[value.index()] {
        inst if inst.op == Op::Const => *constants.entry((inst.ty, inst.imm)).or_insert(value),
        _ => value,
    };
    values.map(class).map(Class::Own).collect()
}

/// Tells parameters apart whose arguments are; gives how many classes there are.
fn refine(
    classes: &[Class],
    params: &[Vec<Value>],
    calls: &[Vec<&[Value]>],
) -> (Vec<Class>, usize) {
    let mut refined = classes.to_vec();
    let mut known: HashMap<(Class, Vec<Class>), usize> = HashMap::new();
    for (params, calls) in params.iter().zip(calls) {
        for (at, param) in params.iter().enumerate() {
            let args = calls.iter().map(|args| classes[args[at].index()]).collect();
            let count = known.len();
            let number = *known.entry((classes[param.index()], args)).or_insert(count);
            refined[param.index()] = Class::Shared(number);
        }
    }
    (refined, known.len())
}

fn leaders(classes: &[Class], params: &[Vec<Value>]) -> Vec<(Value, Value)> {
    let mut leaders: HashMap<Class, Value> = HashMap::new();
    let mut pairs = Vec::new();
    for &param in params.iter().flatten() {
        let leader = *leaders.entry(classes[param.index()]).or_insert(param);
        if leader != param {
            pairs.push((param, leader));
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use ir::Op;

    /// Two registers that start as one value and are stepped alike, and one that starts as another.
    const THREE: &str = "region 0x1000 bytes 0x1000..0x1004 insns 1 {
b0:
  v0 = get.i64 r10
  v1 = const.i64 0x7
  v2 = const.i64 0x7
  -> b1(v0, v0, v1, v2, v1)
b1(v3: i64, v4: i64, v5: i64, v6: i64, v7: i64):
  set.i64 r10, v3
  set.i64 r11, v4
  set.i64 r12, v5
  set.i64 r13, v6
  set.i64 r14, v7
  insn 0x1000 4
  v13 = add.i64 v3, v5
  v14 = add.i64 v7, v6
  if v13 -> b2, b3
b2:
  -> b1(v13, v13, v4, v3, v14)
b3:
  -> jump 0x1004
}";

    #[test]
    fn registers_that_are_copies_in_each_round_are_one_parameter() {
        let mut region = ir::parse(THREE).expect("it parses");
        crate::run(&[crate::PARAMS], &mut region);
        let params = region.insts.iter().filter(|inst| inst.op == Op::Param).count();
        assert_eq!(params, 3, "{region}");
    }
}
