//! A region taken apart, for passes that move or add instructions.

use ir::{Block, BlockCall, BlockId, Inst, Op, Region, Target, Term, Type, Value};

/// A region whose blocks own lists of instructions instead of runs.
pub(crate) struct Graph {
    pub insts: Vec<Inst>,
    pub blocks: Vec<Node>,
}

/// A block of a graph.
pub(crate) struct Node {
    pub insts: Vec<Value>,
    pub term: Term,
}

/// A jump to a block without parameters.
pub(crate) fn to(block: usize) -> Target {
    Target::Block(BlockCall { block: BlockId(block as u32), args: Vec::new() })
}

/// An instruction.
pub(crate) fn inst(op: Op, ty: Type, aux: u16, args: &[Value], imm: i64) -> Inst {
    let mut all = [Value::NONE; 3];
    all[..args.len()].copy_from_slice(args);
    Inst { op, ty, aux, args: all, imm }
}

impl Graph {
    pub fn of(region: &Region) -> Graph {
        let node = |block: &Block| Node {
            insts: block.insts.clone().map(Value).collect(),
            term: block.term.clone(),
        };
        Graph { insts: region.insts.clone(), blocks: region.blocks.iter().map(node).collect() }
    }

    /// Makes an instruction that is in no block yet.
    pub fn make(&mut self, inst: Inst) -> Value {
        self.insts.push(inst);
        Value(self.insts.len() as u32 - 1)
    }

    /// The parameters of a block: its first instructions.
    pub fn params(&self, block: usize) -> Vec<Value> {
        let insts = self.blocks[block].insts.iter().copied();
        insts.take_while(|v| self.insts[v.index()].op == Op::Param).collect()
    }

    /// The arguments of each jump to each block.
    pub fn calls(&self) -> Vec<Vec<&[Value]>> {
        let mut calls: Vec<Vec<&[Value]>> = vec![Vec::new(); self.blocks.len()];
        for target in self.blocks.iter().flat_map(|node| node.term.targets()) {
            if let Target::Block(call) = target {
                calls[call.block.0 as usize].push(&call.args);
            }
        }
        calls
    }

    /// Adds a block; gives its position.
    pub fn add(&mut self, insts: Vec<Value>, term: Term) -> usize {
        self.blocks.push(Node { insts, term });
        self.blocks.len() - 1
    }

    /// Puts the blocks of `order` into `region` as its blocks, in that order. Jumps lead to
    /// blocks of `order` only.
    pub fn store(mut self, order: &[usize], region: &mut Region) {
        let mut rank = vec![u32::MAX; self.blocks.len()];
        order.iter().zip(0..).for_each(|(&block, i)| rank[block] = i);
        let mut names = vec![Value::NONE; self.insts.len()];
        let owned = order.iter().flat_map(|&block| &self.blocks[block].insts);
        owned.zip(0..).for_each(|(&value, i)| names[value.index()] = Value(i));
        region.insts.clear();
        region.blocks.clear();
        for &block in order {
            let node = &mut self.blocks[block];
            let start = region.insts.len() as u32;
            for &value in &node.insts {
                let mut inst = self.insts[value.index()];
                inst.operands_mut().iter_mut().for_each(|arg| *arg = names[arg.index()]);
                region.insts.push(inst);
            }
            let mut term = node.term.clone();
            term.uses_mut().for_each(|value| *value = names[value.index()]);
            each_call(&mut term, |call| call.block = BlockId(rank[call.block.0 as usize]));
            region.blocks.push(Block { insts: start..region.insts.len() as u32, term });
        }
    }

    /// All blocks where they stand.
    pub fn store_all(self, region: &mut Region) {
        let order: Vec<usize> = (0..self.blocks.len()).collect();
        self.store(&order, region);
    }
}

/// The targets of `term`.
pub(crate) fn targets_mut(term: &mut Term) -> impl Iterator<Item = &mut Target> {
    let (first, second) = match term {
        Term::Go(target) => (target, None),
        Term::If { then, other, .. } => (then, Some(other)),
    };
    std::iter::once(first).chain(second)
}

/// Calls `f` for each jump to a block.
pub(crate) fn each_call(term: &mut Term, mut f: impl FnMut(&mut BlockCall)) {
    for target in targets_mut(term) {
        match target {
            Target::Block(call) => f(call),
            Target::Exit(_) => {}
        }
    }
}
