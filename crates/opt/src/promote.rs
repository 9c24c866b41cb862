//! Guest registers become values: every `get` is replaced by what the slot holds, with block
//! parameters where ways meet. What is written stays written, and where ways meet with
//! different values it is written once more, so that each slot has one value at each place where
//! it can be seen.

use guest::SLOT_COUNT;
use ir::slots::{self, SlotSet};
use ir::{Inst, Op, Region, Type, Value, cfg};

use crate::graph::{Graph, each_call, inst};

/// What a slot holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Held {
    /// Not known yet.
    Unknown,
    /// What this slot held at the region's entry.
    Entry(u8),
    /// A value.
    Value(Value),
    /// The parameter of this block for this slot.
    Param(u32, u8),
}

type State = [Held; SLOT_COUNT];

/// Runs the pass. Regions that hold values of two types in one slot stay as they are.
pub(crate) fn run(region: &mut Region) {
    let Some(types) = types(region) else { return };
    let mut promotion = Promotion::new(region, types);
    while promotion.round() {}
    promotion.rewrite(region);
}

type Types = [Option<Type>; SLOT_COUNT];

/// The type of what each slot holds, where it is read or written.
fn types(region: &Region) -> Option<Types> {
    let mut types = [None; SLOT_COUNT];
    for inst in region.insts.iter().filter(|i| matches!(i.op, Op::Get | Op::Set)) {
        let known = types[inst.slot().0 as usize].replace(inst.ty);
        if known.is_some_and(|ty| ty != inst.ty) {
            return None;
        }
    }
    Some(types)
}

/// Lets slots that are set to the same constant hold the same value, which is made at the entry. A constant
/// costs nothing where nothing reads it.
fn share_constants(graph: &mut Graph) {
    let mut known: Vec<(Type, i64, Value)> = Vec::new();
    for at in 0..graph.insts.len() {
        let set = graph.insts[at];
        let arg = if set.op == Op::Set { graph.insts[set.args[0].index()] } else { continue };
        if arg.op != Op::Const {
            continue;
        }
        let same = known.iter().find(|&&(ty, imm, _)| (ty, imm) == (arg.ty, arg.imm));
        let value = match same {
            Some(&(.., value)) => value,
            None => {
                let value = graph.make(arg);
                known.push((arg.ty, arg.imm, value));
                value
            }
        };
        graph.insts[at].args[0] = value;
    }
    let first = graph.params(0).len();
    graph.blocks[0].insts.splice(first..first, known.into_iter().map(|(.., value)| value));
}

struct Promotion {
    graph: Graph,
    types: Types,
    before: Vec<Vec<usize>>,
    order: Vec<usize>,
    live: Vec<SlotSet>,
    starts: Vec<State>,
    ends: Vec<State>,
    /// What each `get` gives.
    reads: Vec<Held>,
}

impl Promotion {
    fn new(region: &Region, types: Types) -> Promotion {
        let mut order = cfg::postorder(region);
        order.reverse();
        let mut graph = Graph::of(region);
        share_constants(&mut graph);
        let reads = vec![Held::Unknown; graph.insts.len()];
        let unknown = vec![[Held::Unknown; SLOT_COUNT]; region.blocks.len()];
        let mut starts = unknown.clone();
        starts[0] = std::array::from_fn(|slot| Held::Entry(slot as u8));
        Promotion {
            graph,
            types,
            before: cfg::predecessors(region),
            order,
            live: slots::live(region),
            starts,
            ends: unknown,
            reads,
        }
    }

    /// Goes through the blocks once; true if anything changed.
    fn round(&mut self) -> bool {
        let mut changed = false;
        for at in 0..self.order.len() {
            let block = self.order[at];
            for slot in (0..SLOT_COUNT).filter(|&slot| block != 0 && self.types[slot].is_some()) {
                self.starts[block][slot] = self.meet(block, slot);
            }
            let end = self.behind(block);
            changed |= end != self.ends[block];
            self.ends[block] = end;
        }
        changed
    }

    /// What `slot` holds at the start of `block`, if all ways there agree; else a parameter.
    fn meet(&self, block: usize, slot: usize) -> Held {
        let param = Held::Param(block as u32, slot as u8);
        if self.starts[block][slot] == param {
            return param;
        }
        let mut known = Held::Unknown;
        for &from in &self.before[block] {
            match (known, self.ends[from][slot]) {
                (_, Held::Unknown) => {}
                (Held::Unknown, held) => known = held,
                (one, other) if one == other => {}
                _ => return param,
            }
        }
        known
    }

    fn behind(&mut self, block: usize) -> State {
        let mut state = self.starts[block];
        for &value in &self.graph.blocks[block].insts {
            let inst = self.graph.insts[value.index()];
            let slot = inst.slot().0 as usize % SLOT_COUNT;
            match inst.op {
                Op::Get => self.reads[value.index()] = state[slot],
                Op::Set => state[slot] = self.held(inst.args[0]),
                _ => {}
            }
        }
        state
    }

    fn held(&self, value: Value) -> Held {
        match self.graph.insts[value.index()].op {
            Op::Get => self.reads[value.index()],
            _ => Held::Value(value),
        }
    }

    fn rewrite(mut self, region: &mut Region) {
        let names = self.make_values();
        let mut map: Vec<Value> = (0..self.graph.insts.len() as u32).map(Value).collect();
        for (name, &held) in map.iter_mut().zip(&self.reads) {
            if held != Held::Unknown {
                *name = names.of(held);
            }
        }
        for at in 0..self.order.len() {
            self.rewrite_block(self.order[at], &names, &map);
        }
        for inst in &mut self.graph.insts {
            inst.operands_mut().iter_mut().for_each(|arg| *arg = map[arg.index()]);
        }
        let order: Vec<usize> = (0..self.graph.blocks.len()).collect();
        self.graph.store(&order, region);
    }

    /// Makes parameters, and reads at the entry.
    fn make_values(&mut self) -> Names {
        let mut names = Names { entry: [Value::NONE; SLOT_COUNT], params: Vec::new() };
        let graph = &mut self.graph;
        for (slot, ty) in self.types.iter().enumerate() {
            let Some(ty) = *ty else { continue };
            names.entry[slot] = graph.make(inst(Op::Get, ty, slot as u16, &[], 0));
        }
        for (block, start) in self.starts.iter().enumerate() {
            let mut params = [Value::NONE; SLOT_COUNT];
            for slot in 0..SLOT_COUNT {
                let own = start[slot] == Held::Param(block as u32, slot as u8);
                if let (true, Some(ty), 1) = (own, self.types[slot], self.live[block] >> slot & 1) {
                    params[slot] = graph.make(inst(Op::Param, ty, 0, &[], 0));
                }
            }
            names.params.push(params);
        }
        names
    }

    fn rewrite_block(&mut self, block: usize, names: &Names, map: &[Value]) {
        let mut insts = self.graph.params(block);
        let old = std::mem::take(&mut self.graph.blocks[block].insts);
        let kept = insts.len();
        if block == 0 {
            insts.extend(names.entry.iter().filter(|&&get| get != Value::NONE));
        }
        self.add_params(block, names, &mut insts);
        let mut state = self.starts[block];
        for &value in &old[kept..] {
            let inst = self.graph.insts[value.index()];
            if self.keeps(&inst, &mut state) {
                insts.push(value);
            }
        }
        self.graph.blocks[block].insts = insts;
        let mut term = self.graph.blocks[block].term.clone();
        // Jumps to blocks pass on what the slots hold.
        term.uses_mut().for_each(|value| *value = map[value.index()]);
        each_call(&mut term, |call| {
            let next = call.block.0 as usize;
            for (slot, _) in names.params_of(next) {
                call.args.push(names.of(self.ends[block][slot]));
            }
        });
        self.graph.blocks[block].term = term;
    }

    /// Appends the block's parameters for slots, and what says that the slots hold them.
    fn add_params(&mut self, block: usize, names: &Names, insts: &mut Vec<Value>) {
        insts.extend(names.params_of(block).map(|(_, param)| param));
        for (slot, param) in names.params_of(block) {
            let ty = self.graph.insts[param.index()].ty;
            insts.push(self.graph.make(inst(Op::Set, ty, slot as u16, &[param], 0)));
        }
    }

    /// False for reads, and for writes of what the slot holds already.
    fn keeps(&self, inst: &Inst, state: &mut State) -> bool {
        let slot = inst.slot().0 as usize % SLOT_COUNT;
        match inst.op {
            Op::Get => false,
            Op::Set => {
                let held = self.held(inst.args[0]);
                std::mem::replace(&mut state[slot], held) != held
            }
            _ => true,
        }
    }
}

/// The values for what slots hold.
struct Names {
    entry: [Value; SLOT_COUNT],
    params: Vec<[Value; SLOT_COUNT]>,
}

impl Names {
    fn of(&self, held: Held) -> Value {
        match held {
            Held::Unknown => unreachable!("a block that is not reached"),
            Held::Entry(slot) => self.entry[slot as usize],
            Held::Value(value) => value,
            Held::Param(block, slot) => self.params[block as usize][slot as usize],
        }
    }

    /// A block's parameters for slots.
    fn params_of(&self, block: usize) -> impl Iterator<Item = (usize, Value)> + '_ {
        let all = self.params[block].iter().copied().enumerate();
        all.filter(|(_, param)| *param != Value::NONE)
    }
}
