//! Two ways that do alike become one, where it is hard to predict which is taken.

#[cfg(test)]
mod tests;
mod twins;
mod unfold;

use std::collections::HashMap;

use ir::{Block, BlockCall, Effect, Exit, Op, Region, Target, Term, Type, Value, cfg};

use crate::graph::{Graph, inst};

pub use twins::has_twins;

/// Most instructions of a way.
const MOST_INSTS: usize = 32;
/// Most values that differ and are chosen.
const MOST_CHOICES: usize = 2;

/// `if c { x = load(p + 8); f(x) } else { x = load(p + 4); f(x) }` is `x = select(c, load(p + 8), load(p + 4)); f(x)`:
/// both ways do the same ops in the same order, but for constants and places of loads from one base. Guests without conditional
/// moves have nothing but branches; a prediction that fails costs more than a load too many.
///
/// All that may fault comes before what is written, and counts for the branch: that is executed alone if a load faults, and goes on
/// to the way that is really taken (docs/adr/0023).
pub(crate) fn run(region: &mut Region) {
    if region.unsteady.is_empty() {
        return;
    }
    let before = cfg::predecessors(region);
    let unsteady: Vec<bool> =
        region.blocks.iter().map(|block| is_unsteady(region, block)).collect();
    let mut graph = Graph::of(region);
    let mut gone = vec![false; graph.blocks.len()];
    for block in 0..unsteady.len() {
        if !unsteady[block] || gone[block] {
            continue;
        }
        unfold::sides(&mut graph, &before, block);
        gone.resize(graph.blocks.len(), false);
        if let Some(ways) = Ways::of(&graph, &before, block) {
            ways.meld(&mut graph, block).into_iter().for_each(|other| gone[other] = true);
        }
    }
    let order: Vec<usize> = (0..graph.blocks.len()).filter(|&block| !gone[block]).collect();
    graph.store(&order, region);
}

/// True if `block` ends with a branch that is hard to predict.
fn is_unsteady(region: &Region, block: &Block) -> bool {
    let insts = block.insts.clone().rev().map(|i| region.inst(Value(i)));
    let last = insts.into_iter().find(|inst| inst.op == Op::Insn);
    last.is_some_and(|inst| region.unsteady.iter().any(|pc| pc.0 == inst.imm as u64))
}

/// What `value` is called in `names`: itself, if it is not in there.
fn named(names: &HashMap<Value, Value>, value: Value) -> Value {
    names.get(&value).copied().unwrap_or(value)
}

fn rename(names: &HashMap<Value, Value>, value: &mut Value) {
    *value = named(names, *value);
}

/// True for the same op, and for comparisons of which one holds where the other does not.
fn are_alike(a: Op, b: Op) -> bool {
    a == b || Some(a) == b.opposite()
}

/// Two ways from a block that do alike.
struct Ways {
    cond: Value,
    sides: [usize; 2],
    /// What each value of the second way is in the first one.
    names: HashMap<Value, Value>,
    /// Values of the first way, and what the second has instead.
    chosen: Vec<(Value, Value)>,
    /// Conditions of the second way that are opposites of the first one's.
    opposite: Vec<(Value, Value)>,
}

impl Ways {
    fn of(graph: &Graph, before: &[Vec<usize>], block: usize) -> Option<Ways> {
        let Term::If { cond, then, other } = &graph.blocks[block].term else { return None };
        let (Target::Block(then), Target::Block(other)) = (then, other) else { return None };
        let sides = [then, other].map(|call| call.block.0 as usize);
        if sides.iter().any(|&side| before[side].len() != 1) {
            return None;
        }
        let (names, chosen) = (HashMap::new(), Vec::new());
        let mut ways = Ways { cond: *cond, sides, names, chosen, opposite: Vec::new() };
        let [first, second] = sides.map(|side| done(graph, side));
        let pairs = first.len() == second.len() && first.len() <= MOST_INSTS;
        let alike = pairs && first.iter().zip(&second).all(|(&a, &b)| ways.pair(graph, a, b));
        (alike && ways.chosen.len() <= MOST_CHOICES && ways.same_end(graph)).then_some(ways)
    }

    fn name(&self, value: Value) -> Value {
        named(&self.names, value)
    }

    /// Takes `b` of the second way for `a` of the first, if they do alike.
    fn pair(&mut self, graph: &Graph, a: Value, b: Value) -> bool {
        let (x, y) = (graph.insts[a.index()], graph.insts[b.index()]);
        let args = x.operands().iter().zip(y.operands()).all(|(&p, &q)| p == self.name(q));
        if x.op != y.op && Some(x.op) == y.op.opposite() && x.ty == y.ty && args {
            self.opposite.push((a, b));
            return true;
        }
        let alike = (x.op, x.ty, x.aux) == (y.op, y.ty, y.aux) && args && is_done_twice(x.op, x.ty);
        if alike && x.imm != y.imm {
            self.chosen.push((a, b));
        }
        self.names.insert(b, a);
        alike
    }

    /// True if both ways go on alike.
    fn same_end(&self, graph: &Graph) -> bool {
        let [first, second] = self.sides.map(|side| &graph.blocks[side].term);
        let used = |term: &Term| self.opposite.iter().all(|&(_, b)| !passes(graph, term, b));
        let end = match (first, second) {
            (Term::Go(a), Term::Go(b)) => self.opposite.is_empty() && self.same_way(graph, a, b),
            (Term::If { cond, then, other }, Term::If { cond: negated, then: yes, other: no }) => {
                match self.opposite[..] {
                    [] => {
                        self.name(*negated) == *cond
                            && self.same_ways(graph, [then, other], [yes, no])
                    }
                    [pair] => {
                        pair == (*cond, *negated) && self.same_ways(graph, [then, other], [no, yes])
                    }
                    _ => false,
                }
            }
            _ => false,
        };
        end && used(second)
    }

    fn same_ways(&self, graph: &Graph, first: [&Target; 2], second: [&Target; 2]) -> bool {
        first.iter().zip(second).all(|(a, b)| self.same_way(graph, a, b))
    }

    /// True if two targets lead to the same place, perhaps by way of empty blocks.
    fn same_way(&self, graph: &Graph, a: &Target, b: &Target) -> bool {
        match (beyond(graph, a), beyond(graph, b)) {
            (Target::Block(a), Target::Block(b)) => {
                let args = b.args.iter().map(|&arg| self.name(arg));
                a.block == b.block && args.eq(a.args.iter().copied())
            }
            (Target::Exit(Exit::Jump { to }), Target::Exit(Exit::Jump { to: same })) => to == same,
            _ => false,
        }
    }

    /// Makes one way of both, behind `block`; gives the blocks that nothing leads to any more.
    fn meld(self, graph: &mut Graph, block: usize) -> Vec<usize> {
        let insts = done(graph, self.sides[0]);
        let is_set = |graph: &Graph, v: Value| graph.insts[v.index()].op == Op::Set;
        let mut renamed: HashMap<Value, Value> = HashMap::new();
        let (sets, ops): (Vec<Value>, Vec<Value>) = insts.iter().partition(|&&v| is_set(graph, v));
        for value in ops {
            let args = graph.insts[value.index()].operands_mut();
            args.iter_mut().for_each(|arg| rename(&renamed, arg));
            graph.blocks[block].insts.push(value);
            if let Some(&(_, other)) = self.chosen.iter().find(|pair| pair.0 == value) {
                let args = graph.insts[value.index()].args;
                let twin = graph.make(ir::Inst { args, ..graph.insts[other.index()] });
                let ty = graph.insts[value.index()].result().unwrap_or(Type::I64);
                let select = graph.make(inst(Op::Select, ty, 0, &[self.cond, value, twin], 0));
                graph.blocks[block].insts.extend([twin, select]);
                renamed.insert(value, select);
            }
        }
        for value in sets {
            rename(&renamed, &mut graph.insts[value.index()].args[0]);
            graph.blocks[block].insts.push(value);
        }
        let [kept, other] = self.sides;
        let mut term = graph.blocks[kept].term.clone();
        term.uses_mut().for_each(|value| rename(&renamed, value));
        for way in empty_ways(graph, kept) {
            graph.blocks[way].term.uses_mut().for_each(|value| rename(&renamed, value));
        }
        let mut gone = empty_ways(graph, other);
        gone.extend([kept, other]);
        graph.blocks[block].term = term;
        gone
    }
}

/// What a block does, marks aside.
fn done(graph: &Graph, block: usize) -> Vec<Value> {
    let insts = graph.blocks[block].insts.iter().copied();
    insts.filter(|v| graph.insts[v.index()].op != Op::Insn).collect()
}

/// True for what may be done where it is not on the way.
fn is_done_twice(op: Op, ty: Type) -> bool {
    let int = matches!(ty, Type::I64 | Type::I32);
    let slow = matches!(op, Op::DivS | Op::DivU | Op::RemS | Op::RemU | Op::Param);
    int && !slow && (matches!(op.effect(), Effect::Pure | Effect::Load) || op == Op::Set)
}

/// Where `target` leads to in the end: blocks that only lead on are passed over.
fn beyond<'a>(graph: &'a Graph, target: &'a Target) -> &'a Target {
    match target {
        Target::Block(BlockCall { block, .. }) => {
            let node = &graph.blocks[block.0 as usize];
            match &node.term {
                Term::Go(on) if node.insts.is_empty() => on,
                _ => target,
            }
        }
        Target::Exit(_) => target,
    }
}

/// The blocks that only lead on from the branch at the end of `block`.
fn empty_ways(graph: &Graph, block: usize) -> Vec<usize> {
    let Term::If { then, other, .. } = &graph.blocks[block].term else { return Vec::new() };
    let ways = [then, other].into_iter().filter_map(Target::block);
    ways.filter(|&way| graph.blocks[way].insts.is_empty()).collect()
}

/// True if `value` is handed on behind `term`.
fn passes(graph: &Graph, term: &Term, value: Value) -> bool {
    term.targets().any(|target| match beyond(graph, target) {
        Target::Block(call) => call.args.contains(&value),
        Target::Exit(_) => false,
    })
}
