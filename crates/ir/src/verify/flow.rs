//! Rules about blocks, their ends, and the order of instructions.

use super::{Broken, Place, Rule, ensure};
use crate::cfg::{dominates, dominators};
use crate::{Block, BlockCall, Effect, Exit, Inst, Op, Region, Target, Term, Type, Value};

pub(super) fn runs(region: &Region) -> Result<(), Broken> {
    let mut end = 0;
    for (number, block) in region.blocks.iter().enumerate() {
        let fits = block.insts.start == end && block.insts.end >= end;
        ensure(fits, Rule::Runs, Place::Block(number))?;
        end = block.insts.end;
    }
    let whole = !region.blocks.is_empty() && end as usize == region.insts.len();
    ensure(whole, Rule::Runs, Place::Region)
}

fn insts<'a>(region: &'a Region, block: &Block) -> &'a [Inst] {
    &region.insts[block.insts.start as usize..block.insts.end as usize]
}

fn is_param(inst: &Inst) -> bool {
    inst.op == Op::Param
}

pub(super) fn params(region: &Region, number: usize, block: &Block) -> Result<(), Broken> {
    let insts = insts(region, block);
    let first = insts.iter().take_while(|i| is_param(i)).count();
    let late = insts[first..].iter().any(is_param);
    ensure(!late && (number != 0 || first == 0), Rule::Params, Place::Block(number))
}

/// The rules on what follows what in a block.
pub(super) fn order(region: &Region, number: usize, block: &Block) -> Result<(), Broken> {
    let (mut in_insn, mut written, mut round) = (false, false, false);
    for i in block.insts.clone() {
        let (op, at) = (region.insts[i as usize].op, Place::Inst(Value(i)));
        match op {
            Op::Insn => {
                ensure(!round, Rule::RoundYields, at)?;
                (in_insn, written) = (true, false);
            }
            Op::SetScratch => {}
            op if op.effect() == Effect::Write => written = true,
            op if op.may_fault() => {
                ensure(in_insn, Rule::InsnFirst, at)?;
                ensure(!written, Rule::SetAfterFault, at)?;
            }
            _ => {}
        }
        round |= op == Op::FpRoundSet;
    }
    let yields = matches!(block.term, Term::Go(Target::Exit(Exit::Yield { .. })));
    ensure(!round || yields, Rule::RoundYields, Place::Term(number))
}

pub(super) fn term(region: &Region, number: usize, block: &Block) -> Result<(), Broken> {
    let at = Place::Term(number);
    for target in block.term.targets() {
        match target {
            Target::Block(call) => block_args(region, call, at)?,
            Target::Exit(exit) => {
                if let Some(value) = exit.value() {
                    word(region, value, at)?;
                }
            }
        }
    }
    match block.term {
        Term::If { cond, .. } => word(region, cond, at),
        Term::Go(_) => Ok(()),
    }
}

fn word(region: &Region, value: Value, at: Place) -> Result<(), Broken> {
    ensure(result(region, value) == Some(Type::I64), Rule::TermType, at)
}

fn result(region: &Region, value: Value) -> Option<Type> {
    region.insts.get(value.index())?.result()
}

fn block_args(region: &Region, call: &BlockCall, at: Place) -> Result<(), Broken> {
    let block = region.blocks.get(call.block.0 as usize);
    let block = block.ok_or(Broken { rule: Rule::BlockArgs, at })?;
    let params = insts(region, block).iter().take_while(|i| is_param(i));
    let types = params.map(|param| Some(param.ty));
    let same = types.eq(call.args.iter().map(|&arg| result(region, arg)));
    ensure(same, Rule::BlockArgs, at)
}

pub(super) fn dominance(region: &Region) -> Result<(), Broken> {
    let dominators = dominators(region);
    let home = |value: Value| {
        let in_block = |block: &Block| block.insts.contains(&value.0);
        region.blocks.iter().position(in_block).unwrap_or(usize::MAX)
    };
    for (number, block) in region.blocks.iter().enumerate() {
        let reached = number == 0 || dominators[number].is_some();
        let before = |value: Value, at: u32| {
            let inside = block.insts.contains(&value.0);
            if inside { value.0 < at } else { dominates(&dominators, home(value), number) }
        };
        for i in block.insts.clone() {
            let uses = region.insts[i as usize].operands();
            let defined = uses.iter().all(|&value| before(value, i));
            ensure(!reached || defined, Rule::Dominance, Place::Inst(Value(i)))?;
        }
        let defined = block.term.uses().all(|value| before(value, block.insts.end));
        ensure(!reached || defined, Rule::Dominance, Place::Term(number))?;
    }
    Ok(())
}
