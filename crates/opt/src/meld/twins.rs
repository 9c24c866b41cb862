//! Whether there is anything to meld.

use ir::{Block, Op, Region, Target, Term, Value};

use super::{MOST_INSTS, are_alike, is_done_twice};

/// True if both ways of a branch do alike in `region`, as it was formed: then it matters whether that branch is hard to predict.
pub fn has_twins(region: &Region) -> bool {
    let ops = |target: &Target| Some(twin_ops(region, &region.blocks[target.block()?]));
    region.blocks.iter().any(|block| match &block.term {
        Term::If { then, other, .. } => match (ops(then), ops(other)) {
            (Some(a), Some(b)) => {
                let alike = |(&a, &b): (&Op, &Op)| are_alike(a, b);
                !a.is_empty() && a.len() == b.len() && a.iter().zip(&b).all(alike)
            }
            _ => false,
        },
        Term::Go(_) => false,
    })
}

/// The ops of a block that do something; none if it is too long or does what is not done twice.
fn twin_ops(region: &Region, block: &Block) -> Vec<Op> {
    let insts = block.insts.clone().map(|i| region.inst(Value(i)));
    let insts = insts.filter(|inst| !matches!(inst.op, Op::Insn | Op::Get | Op::Set | Op::Const));
    let insts: Vec<_> = insts.take(MOST_INSTS + 1).collect();
    let fits = insts.len() <= MOST_INSTS && insts.iter().all(|i| is_done_twice(i.op, i.ty));
    if fits { insts.iter().map(|inst| inst.op).collect() } else { Vec::new() }
}
