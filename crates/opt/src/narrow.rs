//! Arithmetic in 32 bits where nobody reads more.

use ir::{Inst, Op, Region, Target, Term, Type, Value};

use crate::graph::{Graph, each_call, inst};
use crate::widths::Signs;

/// `x & y == sext32(trunc x & trunc y)` and so on, for sign-extended `x` and `y`: the narrow form is
/// taken where only its low half is read, and compared. A block parameter that always is
/// sign-extended, and is read in its low half, becomes a narrow one. `sext32(trunc x) == x`.
///
/// Sets count as no reads: compilers make what they show of the narrow value where somebody looks.
pub(crate) fn run(region: &mut Region) {
    let signs = Signs::of(region);
    let wide = wide(region, &signs);
    let mut graph = Graph::of(region);
    let mut names: Vec<Value> = (0..graph.insts.len() as u32).map(Value).collect();
    for block in 0..graph.blocks.len() {
        let params = graph.params(block).len();
        let old = std::mem::take(&mut graph.blocks[block].insts);
        let mut list = Vec::with_capacity(old.len());
        let narrow: Vec<usize> =
            (0..params).filter(|&at| signs.has(old[at]) && !wide[old[at].index()]).collect();
        list.extend(&old[..params]);
        for &at in &narrow {
            list[at] = graph.make(inst(Op::Param, Type::I32, 0, &[], 0));
            graph.insts[old[at].index()] = inst(Op::Sext32, Type::I64, 0, &[list[at]], 0);
            list.push(old[at]);
        }
        narrow_arguments(&mut graph, block, &narrow);
        for &value in &old[params..] {
            // Low halves for other blocks are as they should be.
            match names.get_mut(value.index()) {
                Some(name) => *name = rewrite(&mut graph, &signs, &wide, value, &mut list),
                None => list.push(value),
            }
        }
        graph.blocks[block].insts.splice(0..0, list);
    }
    rename(&mut graph, &mut names);
    graph.store_all(region);
}

/// Jumps to `block` pass the low halves of these arguments.
fn narrow_arguments(graph: &mut Graph, block: usize, places: &[usize]) {
    for from in 0..graph.blocks.len() {
        let mut term = graph.blocks[from].term.clone();
        each_call(&mut term, |call| {
            if call.block.0 as usize == block {
                for &at in places {
                    let low = graph.make(inst(Op::Trunc, Type::I32, 0, &[call.args[at]], 0));
                    graph.blocks[from].insts.push(low);
                    call.args[at] = low;
                }
            }
        });
        graph.blocks[from].term = term;
    }
}

/// Appends `value` to `list`, in the narrow form if it has one; gives its name.
fn rewrite(
    graph: &mut Graph,
    signs: &Signs,
    wide: &[bool],
    value: Value,
    list: &mut Vec<Value>,
) -> Value {
    let old = graph.insts[value.index()];
    let low = old.args[0];
    if old.op == Op::Sext32 && graph.insts[low.index()].op == Op::Trunc {
        let of = graph.insts[low.index()].args[0];
        if signs.has(of) {
            return of;
        }
    }
    let logic = is_logic(&old) && signs.of_both(&old) && !wide[value.index()];
    let test = is_test(&old) && signs.of_both(&old);
    if logic || test {
        let args = [old.args[0], old.args[1]].map(|arg| {
            list.push(graph.make(inst(Op::Trunc, Type::I32, 0, &[arg], 0)));
            list[list.len() - 1]
        });
        let narrow = inst(old.op, Type::I32, 0, &args, 0);
        graph.insts[value.index()] = if test {
            narrow
        } else {
            list.push(graph.make(narrow));
            inst(Op::Sext32, Type::I64, 0, &[list[list.len() - 1]], 0)
        };
    }
    list.push(value);
    value
}

fn rename(graph: &mut Graph, names: &mut [Value]) {
    // What was replaced by a value that was itself replaced.
    for i in 0..names.len() {
        while names[names[i].index()] != names[i] {
            names[i] = names[names[i].index()];
        }
    }
    let name = |value: &mut Value| {
        if let Some(&new) = names.get(value.index()) {
            *value = new;
        }
    };
    for inst in &mut graph.insts {
        inst.operands_mut().iter_mut().for_each(name);
    }
    graph.blocks.iter_mut().for_each(|node| node.term.uses_mut().for_each(name));
}

fn is_logic(inst: &Inst) -> bool {
    inst.ty == Type::I64 && matches!(inst.op, Op::And | Op::Or | Op::Xor | Op::AndNot)
}

/// True for comparisons: sign extension keeps both orders.
fn is_test(inst: &Inst) -> bool {
    let op = matches!(inst.op, Op::Eq | Op::Ne | Op::LtS | Op::LtU | Op::GeS | Op::GeU);
    inst.ty == Type::I64 && op
}

/// Which values are read in more than their low half.
fn wide(region: &Region, signs: &Signs) -> Vec<bool> {
    let mut wide = vec![false; region.insts.len()];
    for block in &region.blocks {
        ends(region, &block.term, signs, &mut wide);
    }
    for inst in &region.insts {
        let through = is_logic(inst) && signs.of_both(inst);
        if !through {
            let read = |&(at, _): &(usize, &Value)| reads_all(region, inst, at, signs);
            let args = inst.operands().iter().enumerate().filter(read);
            args.for_each(|(_, arg)| wide[arg.index()] = true);
        }
    }
    while spread(region, signs, &mut wide) {}
    wide
}

fn ends(region: &Region, term: &Term, signs: &Signs, wide: &mut [bool]) {
    if let Term::If { cond, .. } = term {
        wide[cond.index()] = true;
    }
    for target in term.targets() {
        match target {
            Target::Exit(exit) => exit.value().into_iter().for_each(|v| wide[v.index()] = true),
            Target::Block(call) => {
                let params = region.blocks[call.block.0 as usize].insts.clone().map(Value);
                let all = params.zip(&call.args).filter(|(param, _)| !signs.has(*param));
                all.for_each(|(_, arg)| wide[arg.index()] = true);
            }
        }
    }
}

/// True if `inst` reads all of its operand number `at`.
fn reads_all(region: &Region, inst: &Inst, at: usize, signs: &Signs) -> bool {
    match inst.op {
        Op::Set => false,
        _ if region.reads_low(inst, at) => false,
        _ => {
            !(is_test(inst) && signs.of_both(inst)) && {
                region.type_of(inst.args[at]) == Some(Type::I64)
            }
        }
    }
}

/// What is read wide is made of wide operands; true if anything changed.
fn spread(region: &Region, signs: &Signs, wide: &mut [bool]) -> bool {
    let mut changed = false;
    let mut mark = |wide: &mut [bool], value: Value| {
        changed |= !wide[value.index()];
        wide[value.index()] = true;
    };
    for i in (0..region.insts.len()).rev() {
        let inst = &region.insts[i];
        if wide[i] && is_logic(inst) && signs.of_both(inst) {
            let args = inst.operands().iter().enumerate();
            let read = args.filter(|&(at, _)| !region.reads_low(inst, at));
            read.for_each(|(_, &arg)| mark(wide, arg));
        }
    }
    for target in region.blocks.iter().flat_map(|block| block.term.targets()) {
        if let Target::Block(call) = target {
            let params = region.blocks[call.block.0 as usize].insts.clone();
            for (param, &arg) in params.zip(&call.args) {
                if wide[param as usize] {
                    mark(wide, arg);
                }
            }
        }
    }
    changed
}

#[cfg(test)]
mod tests {
    use ir::{Op, Type};

    #[test]
    fn what_is_read_in_its_low_half_is_computed_in_32_bits() {
        let text = "region 0x1000 bytes 0x1000..0x1004 insns 1 {
b0:
  v0 = get.i64 r10
  insn 0x1000 4
  v2 = ld32s v0
  -> b1(v2)
b1(v3: i64):
  set.i64 r11, v3
  insn 0x1000 4
  v6 = trunc v3
  v7 = const.i32 0xfffffff
  v8 = add.i32 v6, v7
  v9 = sext32 v8
  v10 = xor.i64 v9, v3
  v11 = const.i64 0x0
  v12 = ne.i64 v10, v11
  if v12 -> b2, b3
b2:
  -> b1(v10)
b3:
  -> jump 0x1004
}";
        let mut region = ir::parse(text).expect("it parses");
        crate::run(&[crate::NARROW, crate::SIMPLIFY, crate::DEAD_CODE], &mut region);
        let of = |op| region.insts.iter().filter(move |inst| inst.op == op).map(|inst| inst.ty);
        for op in [Op::Param, Op::Xor, Op::Ne] {
            assert!(of(op).eq([Type::I32]), "{region}");
        }
        assert_eq!(of(Op::Sext32).count(), 1, "{region}");
    }

    #[test]
    fn a_zero_extension_by_shifts_reads_the_low_half_only() {
        let text = "region 0x1000 bytes 0x1000..0x1004 insns 1 {
b0:
  v0 = get.i64 r10
  insn 0x1000 4
  v2 = ld32s v0
  -> b1(v2)
b1(v3: i64):
  set.i64 r11, v3
  insn 0x1000 4
  v6 = const.i64 0x20
  v7 = shl.i64 v3, v6
  v8 = shr.i64 v7, v6
  v9 = const.i64 0xff
  v10 = and.i64 v3, v9
  v11 = add.i64 v8, v10
  v12 = ld32s v11
  if v11 -> b2, b3
b2:
  -> b1(v12)
b3:
  -> jump 0x1004
}";
        let mut region = ir::parse(text).expect("it parses");
        crate::run(&[crate::NARROW, crate::SIMPLIFY, crate::DEAD_CODE], &mut region);
        let params = region.insts.iter().filter(|inst| inst.op == Op::Param).map(|inst| inst.ty);
        assert!(params.eq([Type::I32]), "{region}");
    }
}
