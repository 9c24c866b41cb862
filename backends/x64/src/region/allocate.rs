//! The way to regalloc2 and back.

use std::cell::RefCell;

use regalloc2 as ra;

use ir::Value;

use crate::operands::{Asked, Role};
use crate::regs::{self, NONE, RBP, RSP, Reg, XMM0};

use super::build::{Code, Kind};

thread_local! {
    /// What the allocator works in, reused from region to region.
    static ALLOCATOR: RefCell<ra::Ctx> = RefCell::default();
}

/// Where values are, by the allocator.
pub struct Places {
    pub output: ra::Output,
    func: Func,
}

/// A region in the allocator's terms.
struct Func {
    blocks: Vec<Block>,
    operands: Vec<Vec<ra::Operand>>,
    branch: Vec<bool>,
    ret: Vec<bool>,
    args: Vec<Vec<ra::VReg>>,
    labels: Vec<(ra::VReg, ra::Inst, ra::Inst, u32)>,
    vregs: usize,
}

struct Block {
    insts: ra::InstRange,
    params: Vec<ra::VReg>,
    succs: Vec<ra::Block>,
    preds: Vec<ra::Block>,
}

impl ra::Function for Func {
    fn num_insts(&self) -> usize {
        self.operands.len()
    }
    fn num_blocks(&self) -> usize {
        self.blocks.len()
    }
    fn entry_block(&self) -> ra::Block {
        ra::Block::new(0)
    }
    fn block_insns(&self, block: ra::Block) -> ra::InstRange {
        self.blocks[block.index()].insts
    }
    fn block_succs(&self, block: ra::Block) -> &[ra::Block] {
        &self.blocks[block.index()].succs
    }
    fn block_preds(&self, block: ra::Block) -> &[ra::Block] {
        &self.blocks[block.index()].preds
    }
    fn block_params(&self, block: ra::Block) -> &[ra::VReg] {
        &self.blocks[block.index()].params
    }
    fn is_ret(&self, inst: ra::Inst) -> bool {
        self.ret[inst.index()]
    }
    fn is_branch(&self, inst: ra::Inst) -> bool {
        self.branch[inst.index()]
    }
    fn branch_blockparams(&self, _: ra::Block, inst: ra::Inst, _: usize) -> &[ra::VReg] {
        &self.args[inst.index()]
    }
    fn inst_operands(&self, inst: ra::Inst) -> &[ra::Operand] {
        &self.operands[inst.index()]
    }
    fn inst_clobbers(&self, _: ra::Inst) -> ra::PRegSet {
        ra::PRegSet::empty()
    }
    fn num_vregs(&self) -> usize {
        self.vregs
    }
    fn debug_value_labels(&self) -> &[(ra::VReg, ra::Inst, ra::Inst, u32)] {
        &self.labels
    }
    fn spillslot_size(&self, _: ra::RegClass) -> usize {
        1
    }
}

fn class(fp: bool) -> ra::RegClass {
    if fp { ra::RegClass::Float } else { ra::RegClass::Int }
}

fn preg(reg: Reg) -> ra::PReg {
    ra::PReg::new(reg as usize % 16, class(regs::is_fp(reg)))
}

/// The host register that the allocator means.
pub fn reg_of(preg: ra::PReg) -> Reg {
    let base = if preg.class() == ra::RegClass::Float { XMM0 } else { 0 };
    base + preg.hw_enc() as Reg
}

/// Allocates; `None` if that failed.
pub fn run(code: &Code) -> Option<Places> {
    let func = Func::new(code);
    let options = ra::RegallocOptions {
        verbose_log: false,
        validate_ssa: cfg!(debug_assertions),
        algorithm: ra::Algorithm::Ion,
    };
    let env = environment(code.float);
    let output = ALLOCATOR.with_borrow_mut(|allocator| {
        ra::run_with_ctx(&func, &env, &options, allocator).ok()?;
        Some(std::mem::take(&mut allocator.output))
    })?;
    #[cfg(debug_assertions)]
    check(&func, &env, &output);
    Some(Places { output, func })
}

#[cfg(debug_assertions)]
fn check(func: &Func, env: &ra::MachineEnv, output: &ra::Output) {
    let mut checker = ra::checker::Checker::new(func, env);
    checker.prepare(output);
    checker.run().expect("the allocation keeps every value");
}

/// All registers but the stack's and the state's. Without floating-point values these homes are
/// left alone.
fn environment(float: bool) -> ra::MachineEnv {
    let ints = (0..16).filter(|&r| r != RSP && r != RBP).map(preg).collect();
    let floats = (XMM0..XMM0 + 16).filter(|&r| float || regs::TEMPS >> r & 1 != 0);
    let floats = floats.map(preg).collect();
    ra::MachineEnv {
        preferred_regs_by_class: [ints, floats, Vec::new()],
        non_preferred_regs_by_class: Default::default(),
        scratch_by_class: [None; 3],
        fixed_stack_slots: Vec::new(),
    }
}

impl Func {
    fn new(code: &Code) -> Func {
        let mut func = Func {
            blocks: Vec::new(),
            operands: Vec::new(),
            branch: Vec::new(),
            ret: Vec::new(),
            args: Vec::new(),
            labels: Vec::new(),
            vregs: code.fp.len(),
        };
        for step in &code.steps {
            let operands = step.asks.iter().map(|asked| func.operand(code, asked)).collect();
            func.operands.push(operands);
            func.branch.push(matches!(
                step.kind,
                Kind::Jump { .. } | Kind::Branch { .. } | Kind::Switch(_)
            ));
            func.ret.push(matches!(step.kind, Kind::Exit { .. }));
            func.args.push(match &step.kind {
                Kind::Jump { args, .. } => args.iter().map(|&v| vreg(code, v)).collect(),
                _ => Vec::new(),
            });
        }
        func.add_blocks(code);
        func.add_labels(code);
        func
    }

    fn add_blocks(&mut self, code: &Code) {
        for (number, steps) in code.blocks.iter().enumerate() {
            let succs = code.successors(number).into_iter().map(ra::Block::new).collect();
            let params = code.params[number].iter().map(|&v| vreg(code, v)).collect();
            let (from, to) = (ra::Inst::new(steps.start), ra::Inst::new(steps.end));
            let insts = ra::InstRange::new(from, to);
            self.blocks.push(Block { insts, params, succs, preds: Vec::new() });
        }
        for number in 0..self.blocks.len() {
            for next in self.blocks[number].succs.clone() {
                self.blocks[next.index()].preds.push(ra::Block::new(number));
            }
        }
    }

    /// Asks for the places of all that faults show.
    fn add_labels(&mut self, code: &Code) {
        let shown = code.steps.iter().filter_map(|step| step.shown.as_ref()).flatten();
        let mut values: Vec<Value> =
            shown.map(|shown| shown.value).filter(|v| !code.constant[v.index()]).collect();
        values.sort_unstable();
        values.dedup();
        let (first, end) = (ra::Inst::new(0), ra::Inst::new(code.steps.len()));
        let label = |v: Value| (vreg(code, v), first, end, v.0);
        self.labels = values.into_iter().map(label).collect();
    }

    fn operand(&mut self, code: &Code, asked: &Asked) -> ra::Operand {
        use ra::{OperandConstraint as C, OperandKind as K, OperandPos as P};
        let fixed = (asked.fixed != NONE).then(|| C::FixedReg(preg(asked.fixed)));
        match asked.role {
            Role::Use => {
                let place = if asked.any { C::Any } else { C::Reg };
                ra::Operand::new(vreg(code, asked.value), fixed.unwrap_or(place), K::Use, P::Early)
            }
            Role::Const | Role::Temp => {
                let fresh = ra::VReg::new(self.vregs, class(asked.fp));
                self.vregs += 1;
                ra::Operand::new(fresh, fixed.unwrap_or(C::Reg), K::Def, P::Early)
            }
            Role::Def => {
                let like = asked.like.map(|l| C::Reuse(l as usize));
                let place = fixed.or(like).unwrap_or(C::Reg);
                let pos = if asked.apart { P::Early } else { P::Late };
                ra::Operand::new(vreg(code, asked.value), place, K::Def, pos)
            }
        }
    }
}

fn vreg(code: &Code, value: Value) -> ra::VReg {
    ra::VReg::new(value.index(), class(code.fp[value.index()]))
}

impl Places {
    /// The moves and steps of a block, in order.
    pub fn block(&self, number: usize) -> impl Iterator<Item = ra::InstOrEdit<'_>> {
        self.output.block_insts_and_edits(&self.func, ra::Block::new(number))
    }
    /// The answers to what step `i` asks for.
    pub fn answers(&self, i: usize) -> &[ra::Allocation] {
        self.output.inst_allocs(ra::Inst::new(i))
    }
    /// Where `value` is just before step `i`. A stretch in a spill word may go on while the value is
    /// in a register, too; either is right.
    pub fn before(&self, value: Value, i: usize) -> Option<ra::Allocation> {
        let at = ra::ProgPoint::before(ra::Inst::new(i));
        let all = &self.output.debug_locations;
        let begun = all.partition_point(|&(label, from, ..)| (label, from) <= (value.0, at));
        let mut own = all[..begun].iter().rev().take_while(|&&(label, ..)| label == value.0);
        own.find(|&&(_, _, end, _)| end > at).map(|&(.., place)| place)
    }
}
