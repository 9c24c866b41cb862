//! Zicsr: the floating-point CSRs, and the counters of Zicntr and Zihpm.

use ir::{Exit, Op, Trap, Type, Value};

use super::lifts;
use crate::fields::Operands;
use crate::lifter::Lifter;

const FFLAGS: i32 = 0x001;
const FRM: i32 = 0x002;
const FCSR: i32 = 0x003;
const CYCLE: i32 = 0xc00;
const INSTRET: i32 = 0xc02;
const HPMCOUNTER3: i32 = 0xc03;
const HPMCOUNTER31: i32 = 0xc1f;

lifts! {
    csrrw(l, o)  => access(l, o, How::Write, true, x);
    csrrs(l, o)  => access(l, o, How::Set, o.rs1 != 0, x);
    csrrc(l, o)  => access(l, o, How::Clear, o.rs1 != 0, x);
    csrrwi(l, o) => access(l, o, How::Write, true, uimm);
    csrrsi(l, o) => access(l, o, How::Set, o.rs1 != 0, uimm);
    csrrci(l, o) => access(l, o, How::Clear, o.rs1 != 0, uimm);
}

fn x(l: &mut Lifter<'_>, r: u8) -> Value {
    l.x(r)
}

/// The number in the place of rs1.
fn uimm(l: &mut Lifter<'_>, field: u8) -> Value {
    l.imm(field as i64)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    Write,
    Set,
    Clear,
}

fn access(
    l: &mut Lifter<'_>,
    o: Operands,
    how: How,
    writes: bool,
    source: fn(&mut Lifter<'_>, u8) -> Value,
) {
    match o.imm {
        FFLAGS | FRM | FCSR if writes => {
            let source = source(l, o.rs1);
            update(l, o, how, source);
        }
        FFLAGS | FRM | FCSR => l.alu_with(o, |l| read(l, o.imm)),
        CYCLE..=INSTRET if !writes => {
            l.alu_with(o, |l| l.b.push(Op::Clock, Type::I64, 0, &[], 0));
        }
        HPMCOUNTER3..=HPMCOUNTER31 if !writes => l.alu_with(o, |l| l.zero()),
        _ => l.trap(Trap::Illegal),
    }
}

fn read(l: &mut Lifter<'_>, csr: i32) -> Value {
    match csr {
        FFLAGS => l.b.push(Op::FpFlagsGet, Type::I64, 0, &[], 0),
        FRM => l.b.push(Op::FpRoundGet, Type::I64, 0, &[], 0),
        _ => {
            let (flags, round) = (read(l, FFLAGS), read(l, FRM));
            let high = l.op_imm(Op::Shl, round, 5);
            l.op(Op::Or, high, flags)
        }
    }
}

/// Writes a floating-point CSR; its old value goes to rd.
fn update(l: &mut Lifter<'_>, o: Operands, how: How, source: Value) {
    let old = if how == How::Write && o.rd == 0 { None } else { Some(read(l, o.imm)) };
    let value = match (how, old) {
        (How::Set, Some(old)) => l.op(Op::Or, old, source),
        (How::Clear, Some(old)) => l.op(Op::AndNot, old, source),
        _ => source,
    };
    if o.imm != FRM {
        let flags = l.op_imm(Op::And, value, 0x1f);
        l.b.push(Op::FpFlagsSet, Type::I64, 0, &[flags], 0);
    }
    if o.imm != FFLAGS {
        let round = if o.imm == FCSR { l.op_imm(Op::Shr, value, 5) } else { value };
        let round = l.op_imm(Op::And, round, 7);
        l.b.push(Op::FpRoundSet, Type::I64, 0, &[round], 0);
        l.go(Exit::Yield { next: l.next, fence: false });
    }
    if let Some(old) = old {
        l.set_x(o.rd, old);
    }
}
