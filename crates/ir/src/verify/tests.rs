//! Each rule is broken once.

use guest::{GuestAddr, Slot};

use super::{Rule, verify};
use crate::{
    Block, BlockCall, BlockId, Builder, Exit, Inst, Op, Region, Round, Target, Term, Type, Value,
};

const OUT: Exit = Exit::Jump { to: GuestAddr(0x1004) };

fn region(fill: impl FnOnce(&mut Builder<'_>)) -> Region {
    let mut region = Region::default();
    let mut builder = Builder::new(&mut region, GuestAddr(0x1000));
    fill(&mut builder);
    builder.exit(OUT);
    region
}

fn broken(region: &Region) -> Option<Rule> {
    verify(region).err().map(|broken| broken.rule)
}

fn call(block: u32, args: &[Value]) -> Target {
    Target::Block(BlockCall { block: BlockId(block), args: args.to_vec() })
}

/// A constant in the entry; two ways to the last block, which has a parameter.
fn diamond() -> Region {
    let mut r = region(|b| {
        b.iconst(Type::I64, 1);
    });
    let one = Value(0);
    r.blocks[0].term = Term::If { cond: one, then: call(1, &[]), other: call(2, &[one]) };
    let number = Inst { op: Op::Const, ty: Type::I64, aux: 0, args: [Value::NONE; 3], imm: 2 };
    r.insts.push(number);
    r.insts.push(Inst { op: Op::Param, imm: 0, ..number });
    r.blocks.push(Block { insts: 1..2, term: Term::Go(call(2, &[Value(1)])) });
    r.blocks.push(Block { insts: 2..3, term: Term::Go(Target::Exit(OUT)) });
    r
}

#[test]
fn whole_regions_pass() {
    assert_eq!(broken(&diamond()), None);
    let r = region(|b| {
        b.insn(GuestAddr(0x1000), 4);
        let base = b.get(Type::I64, Slot(10));
        let loaded = b.load(Op::Ld64, base, -8);
        b.set(Slot(11), loaded);
    });
    assert_eq!(broken(&r), None);
}

#[test]
fn runs_must_be_adjacent() {
    let mut r = diamond();
    r.blocks[1].insts = 1..1;
    assert_eq!(broken(&r), Some(Rule::Runs));
    assert_eq!(broken(&Region::default()), Some(Rule::Runs));
}

#[test]
fn parameters_come_first() {
    let mut r = diamond();
    r.insts[0].op = Op::Param;
    r.insts[0].imm = 0;
    assert_eq!(broken(&r), Some(Rule::Params));
}

#[test]
fn operands_must_exist() {
    let r = region(|b| {
        b.push(Op::Sext32, Type::I64, 0, &[Value(77)], 0);
    });
    assert_eq!(broken(&r), Some(Rule::Operands));
    let r = region(|b| {
        b.push(Op::Pause, Type::I64, 0, &[Value(0)], 0);
    });
    assert_eq!(broken(&r), Some(Rule::Operands));
}

#[test]
fn definitions_dominate_uses() {
    let mut r = region(|b| {
        let one = b.iconst(Type::I64, 1);
        b.bin(Op::Add, Type::I64, one, one);
        b.iconst(Type::I64, 1);
    });
    r.insts[1].args[0] = Value(2);
    assert_eq!(broken(&r), Some(Rule::Dominance));

    let mut r = diamond();
    r.blocks[2].term = Term::If { cond: Value(1), then: call(2, &[Value(2)]), other: call(1, &[]) };
    assert_eq!(broken(&r), Some(Rule::Dominance));
    r.blocks[2].term = Term::If { cond: Value(2), then: call(2, &[Value(0)]), other: call(1, &[]) };
    assert_eq!(broken(&r), None);
}

#[test]
fn operands_have_the_types_of_the_signature() {
    let r = region(|b| {
        let wide = b.iconst(Type::I64, 1);
        b.bin(Op::Add, Type::I32, wide, wide);
    });
    assert_eq!(broken(&r), Some(Rule::OperandType));
}

#[test]
fn ops_exist_for_their_types_only() {
    let r = region(|b| {
        let x = b.iconst(Type::F64, 1);
        b.bin(Op::Add, Type::F64, x, x);
    });
    assert_eq!(broken(&r), Some(Rule::OwnType));
    let r = region(|b| {
        let x = b.iconst(Type::I64, 1);
        b.fp(Op::FAdd, Type::I64, Round::Rne, &[x, x]);
    });
    assert_eq!(broken(&r), Some(Rule::OwnType));
}

#[test]
fn aux_is_valid() {
    let r = region(|b| {
        b.push(Op::Get, Type::I64, 128, &[], 0);
    });
    assert_eq!(broken(&r), Some(Rule::Aux));
    let r = region(|b| {
        let x = b.iconst(Type::F64, 1);
        b.push(Op::FSqrt, Type::F64, 5, &[x], 0);
    });
    assert_eq!(broken(&r), Some(Rule::Aux));
}

#[test]
fn imm_is_in_range() {
    let r = region(|b| {
        b.insn(GuestAddr(0x1000), 4);
        let x = b.iconst(Type::I64, 1);
        b.push(Op::Ld64, Type::I64, 0, &[x], 1 << 31);
    });
    assert_eq!(broken(&r), Some(Rule::Imm));
    let r = region(|b| {
        b.iconst(Type::I32, 1 << 32);
    });
    assert_eq!(broken(&r), Some(Rule::Imm));
}

#[test]
fn blocks_get_their_arguments() {
    let mut r = diamond();
    r.blocks[1].term = Term::Go(call(2, &[]));
    assert_eq!(broken(&r), Some(Rule::BlockArgs));
    r.blocks[1].term = Term::Go(call(3, &[]));
    assert_eq!(broken(&r), Some(Rule::BlockArgs));
}

#[test]
fn ends_take_words() {
    let mut r = region(|b| {
        b.iconst(Type::I32, 1);
    });
    r.blocks[0].term = Term::Go(Target::Exit(Exit::Return { to: Value(0) }));
    assert_eq!(broken(&r), Some(Rule::TermType));
}

#[test]
fn faulting_ops_belong_to_a_guest_instruction() {
    let r = region(|b| {
        let x = b.iconst(Type::I64, 1);
        b.load(Op::Ld64, x, 0);
    });
    assert_eq!(broken(&r), Some(Rule::InsnFirst));
}

#[test]
fn registers_are_written_behind_what_may_fault() {
    let r = region(|b| {
        b.insn(GuestAddr(0x1000), 4);
        let x = b.iconst(Type::I64, 1);
        b.set(Slot(5), x);
        b.load(Op::Ld64, x, 0);
    });
    assert_eq!(broken(&r), Some(Rule::SetAfterFault));
}

#[test]
fn a_new_rounding_mode_yields() {
    let r = region(|b| {
        let x = b.iconst(Type::I64, 1);
        b.push(Op::FpRoundSet, Type::I64, 0, &[x], 0);
    });
    assert_eq!(broken(&r), Some(Rule::RoundYields));
}
