//! The host code of small regions, so that its quality cannot slip unseen.
//! `METIC_BLESS=1` writes the files in `golden/` anew.

mod support;

use std::path::Path;

use guest::{GuestAddr, Slot};
use ir::{Builder, Exit, Op, Region, Round, Type};
use support::{LINK, Machine, listing};

const A: Slot = Slot(3);
const B: Slot = Slot(4);
const MEM: Slot = Slot(25);
const FA: Slot = Slot(32);
const FB: Slot = Slot(33);

fn check(name: &str, body: impl FnOnce(Builder)) {
    let mut region = Region::default();
    let mut b = Builder::new(&mut region, GuestAddr(0x1000));
    b.insn(GuestAddr(0x1000), 4);
    body(b);
    let mut m = Machine::new();
    m.add(&region);
    let hot = m.code.exits.iter().map(|e| e.stub).min().unwrap_or(m.code.bytes.len() as u32);
    let text = listing(&m.code.bytes[..hot as usize]);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("METIC_BLESS").is_some() {
        std::fs::write(&path, &text).expect("the folder is there");
    }
    let known = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(text, known, "{name}: bless it if it is better");
}

fn done(b: Builder) {
    b.exit(Exit::Jump { to: GuestAddr(0x1004) });
}

#[test]
fn addw_is_an_addition_and_an_extension() {
    check("addw", |mut b| {
        let (x, y) = (b.get(Type::I64, A), b.get(Type::I64, B));
        let (x, y) = (b.un(Op::Trunc, Type::I64, x), b.un(Op::Trunc, Type::I64, y));
        let sum = b.bin(Op::Add, Type::I32, x, y);
        let sum = b.un(Op::Sext32, Type::I64, sum);
        b.set(Slot(5), sum);
        done(b);
    });
}

#[test]
fn an_addition_in_place_is_one_instruction() {
    check("addi", |mut b| {
        let x = b.get(Type::I64, A);
        let x = b.bin_imm(Op::Add, Type::I64, x, 16);
        b.set(A, x);
        done(b);
    });
}

#[test]
fn a_register_in_memory_is_an_operand() {
    check("memory_operand", |mut b| {
        let (x, y) = (b.get(Type::I64, A), b.get(Type::I64, MEM));
        let x = b.bin(Op::Xor, Type::I64, x, y);
        b.set(A, x);
        done(b);
    });
}

#[test]
fn a_scaled_sum_is_one_instruction() {
    check("sh3add", |mut b| {
        let (x, y) = (b.get(Type::I64, A), b.get(Type::I64, B));
        let x = b.bin_imm(Op::Shl, Type::I64, x, 3);
        let x = b.bin(Op::Add, Type::I64, x, y);
        b.set(A, x);
        done(b);
    });
}

#[test]
fn an_old_value_still_needed_moves_away() {
    check("swap", |mut b| {
        let (x, y) = (b.get(Type::I64, A), b.get(Type::I64, B));
        b.set(A, y);
        b.set(B, x);
        done(b);
    });
}

#[test]
fn a_loop_compares_once() {
    check("loop", |mut b| {
        let x = b.get(Type::I64, A);
        let x = b.bin_imm(Op::Add, Type::I64, x, -1);
        b.set(A, x);
        b.insn(GuestAddr(0x1004), 4);
        let cond = b.bin_imm(Op::Ne, Type::I64, x, 0);
        let (top, out) = (GuestAddr(0x1000), GuestAddr(0x1008));
        b.branch(cond, Exit::Jump { to: top }, Exit::Jump { to: out });
    });
}

#[test]
fn loads_and_stores_take_their_displacement() {
    check("load_store", |mut b| {
        let x = b.get(Type::I64, A);
        let v = b.load(Op::Ld32S, x, 8);
        b.store(Op::St32, x, v, 12);
        b.set(B, v);
        done(b);
    });
}

#[test]
fn calls_and_returns_are_paired() {
    check("call", |mut b| {
        let ret = b.iconst(Type::I64, 0x1004);
        b.set(LINK, ret);
        b.exit(Exit::Call { to: GuestAddr(0x2000), ret: GuestAddr(0x1004) });
    });
    check("return", |mut b| {
        let to = b.get(Type::I64, LINK);
        b.exit(Exit::Return { to });
    });
    check("computed_call", |mut b| {
        let to = b.get(Type::I64, A);
        let ret = b.iconst(Type::I64, 0x1004);
        b.set(LINK, ret);
        b.exit(Exit::CallIndirect { to, ret: GuestAddr(0x1004) });
    });
}

#[test]
fn float_arithmetic_checks_for_nan_only() {
    check("fmadd", |mut b| {
        let (x, y) = (b.get(Type::F64, FA), b.get(Type::F64, FB));
        let z = b.get(Type::F64, Slot(34));
        let r = b.fp(Op::FMAdd, Type::F64, Round::Dyn, &[x, y, z]);
        b.set(Slot(34), r);
        done(b);
    });
    check("fadd_s", |mut b| {
        let (x, y) = (b.get(Type::F64, FA), b.get(Type::F64, FB));
        let (x, y) = (b.un(Op::Unbox, Type::F32, x), b.un(Op::Unbox, Type::F32, y));
        let r = b.fp(Op::FAdd, Type::F32, Round::Dyn, &[x, y]);
        let r = b.un(Op::Box, Type::F32, r);
        b.set(FA, r);
        done(b);
    });
}

#[test]
fn flags_are_read_from_memory_if_nothing_was_raised_since() {
    check("fflags", |mut b| {
        let (x, y) = (b.get(Type::F64, FA), b.get(Type::F64, FB));
        let flags = b.push(Op::FpFlagsGet, Type::I64, 0, &[], 0);
        b.set(A, flags);
        let less = b.push(Op::FLt, Type::F64, 0, &[x, y], 0);
        b.set(B, less);
        b.push(Op::FpFlagsSet, Type::I64, 0, &[flags], 0);
        let equal = b.push(Op::FEq, Type::F64, 0, &[x, y], 0);
        b.set(Slot(5), equal);
        done(b);
    });
}

#[test]
fn fetch_and_add_is_one_locked_instruction() {
    check("amoadd", |mut b| {
        let (x, y) = (b.get(Type::I64, A), b.get(Type::I64, B));
        let old = b.push(Op::AmoAdd, Type::I64, 4, &[x, y], 0);
        b.set(Slot(5), old);
        done(b);
    });
}

#[test]
fn a_fence_behind_a_locked_access_or_a_fence_is_nothing() {
    check("fences", |mut b| {
        let (x, y) = (b.get(Type::I64, A), b.get(Type::I64, B));
        b.push(Op::AmoAdd, Type::I64, 8, &[x, y], 0);
        b.push(Op::Fence, Type::I64, 0, &[], 1);
        let seen = b.load(Op::Ld64, x, 8);
        b.push(Op::Fence, Type::I64, 0, &[], 1);
        b.store(Op::St64, x, seen, 16);
        b.push(Op::Fence, Type::I64, 0, &[], 1);
        b.push(Op::Fence, Type::I64, 0, &[], 1);
        done(b);
    });
}

#[test]
fn a_prefetch_computes_its_address_by_itself() {
    check("prefetch", |mut b| {
        let (x, y) = (b.get(Type::I64, A), b.get(Type::I64, B));
        let scaled = b.bin_imm(Op::Shl, Type::I64, y, 3);
        let sum = b.bin(Op::Add, Type::I64, x, scaled);
        b.push(Op::Prefetch, Type::I64, 0, &[sum], 16);
        b.push(Op::Prefetch, Type::I64, 0, &[x], 0);
        done(b);
    });
}
