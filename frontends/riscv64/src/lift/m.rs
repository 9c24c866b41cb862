//! M: multiplication and division.

use ir::Op;

use super::lifts;

lifts! {
    mul(l, o)    => l.alu(o, Op::Mul);
    mulh(l, o)   => l.alu(o, Op::MulHS);
    mulhsu(l, o) => l.alu(o, Op::MulHSU);
    mulhu(l, o)  => l.alu(o, Op::MulHU);
    div(l, o)    => l.alu(o, Op::DivS);
    divu(l, o)   => l.alu(o, Op::DivU);
    rem(l, o)    => l.alu(o, Op::RemS);
    remu(l, o)   => l.alu(o, Op::RemU);
    mulw(l, o)   => l.alu_w(o, Op::Mul);
    divw(l, o)   => l.alu_w(o, Op::DivS);
    divuw(l, o)  => l.alu_w(o, Op::DivU);
    remw(l, o)   => l.alu_w(o, Op::RemS);
    remuw(l, o)  => l.alu_w(o, Op::RemU);
}
