//! A with Zacas and Zabha. Every atomic op is sequentially consistent, so that the aq and rl
//! bits ask for nothing more.

use ir::{Op, Type, Value};

use super::{cas, lifts};
use crate::fields::Operands;
use crate::lifter::Lifter;

/// Sizes of atomic accesses, in bytes.
pub const B: u16 = 1;
/// 16 bits.
pub const H: u16 = 2;
/// 32 bits.
pub const W: u16 = 4;
/// 64 bits.
pub const D: u16 = 8;

lifts! {
    amoswap[const SIZE: u16](l, o) => l.amo(o, Op::AmoSwap, SIZE);
    amoadd[const SIZE: u16](l, o)  => l.amo(o, Op::AmoAdd, SIZE);
    amoxor[const SIZE: u16](l, o)  => l.amo(o, Op::AmoXor, SIZE);
    amoand[const SIZE: u16](l, o)  => l.amo(o, Op::AmoAnd, SIZE);
    amoor[const SIZE: u16](l, o)   => l.amo(o, Op::AmoOr, SIZE);
    amomin[const SIZE: u16](l, o)  => l.amo(o, Op::AmoMinS, SIZE);
    amomax[const SIZE: u16](l, o)  => l.amo(o, Op::AmoMaxS, SIZE);
    amominu[const SIZE: u16](l, o) => l.amo(o, Op::AmoMinU, SIZE);
    amomaxu[const SIZE: u16](l, o) => l.amo(o, Op::AmoMaxU, SIZE);
    amocas[const SIZE: u16](l, o)  => {
        let args = [l.x(o.rs1), l.x(o.rd), l.x(o.rs2)];
        let old = l.b.push(Op::Cas, Type::I64, SIZE, &args, 0);
        l.set_old(o.rd, old, SIZE)
    };
    lr_w(l, o) => cas::load_reserved(l, o, W);
    lr_d(l, o) => cas::load_reserved(l, o, D);
    sc_w(l, o) => l.store_conditional(o, W);
    sc_d(l, o) => l.store_conditional(o, D);
}

/// amocas.q, on register pairs. The pair at `x0` reads as 0 and takes no result.
pub fn amocas_q(l: &mut Lifter<'_>, o: Operands) {
    let addr = l.x(o.rs1);
    let (expected, new) = (l.pair(o.rd), l.pair(o.rs2));
    for (word, value) in [expected.0, expected.1, new.0, new.1].into_iter().enumerate() {
        l.b.push(Op::SetScratch, Type::I64, word as u16, &[value], 0);
    }
    l.b.push(Op::Cas128, Type::I64, 0, &[addr], 0);
    if o.rd != 0 {
        for word in 0..2 {
            let old = l.b.push(Op::GetScratch, Type::I64, word as u16, &[], 0);
            l.set_x(o.rd + word, old);
        }
    }
}

impl Lifter<'_> {
    fn amo(&mut self, o: Operands, op: Op, size: u16) {
        let args = [self.x(o.rs1), self.x(o.rs2)];
        let old = self.b.push(op, Type::I64, size, &args, 0);
        self.set_old(o.rd, old, size);
    }
    /// rd = what memory held, which is sign-extended.
    pub fn set_old(&mut self, rd: u8, old: Value, size: u16) {
        if size == D { self.set_x(rd, old) } else { self.set_sext(rd, old) }
    }
    fn store_conditional(&mut self, o: Operands, size: u16) {
        let args = [self.x(o.rs1), self.x(o.rs2)];
        let failed = self.b.push(Op::StoreConditional, Type::I64, size, &args, 0);
        self.set_sext(o.rd, failed);
    }
    fn pair(&mut self, r: u8) -> (Value, Value) {
        if r == 0 { (self.zero(), self.zero()) } else { (self.x(r), self.x(r + 1)) }
    }
}
