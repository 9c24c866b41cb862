//! What instructions do: a file a chapter of the manual, a line an instruction.

pub mod a;
mod ahead;
pub mod b;
mod cas;
pub mod f;
pub mod m;
pub mod rv64i;
mod scan;
pub mod zfa;
pub mod zicbo;
pub mod zicond;
pub mod zicsr;
pub mod zk;

use ir::{Op, Trap};

use crate::fields::Operands;
use crate::lifter::Lifter;

/// `name(lifter, operands) => what it does;`, a line an instruction; a format or a size in
/// brackets makes it generic.
macro_rules! lifts {
    ($($name:ident $([$($generic:tt)*])? ($l:ident, $o:ident) => $body:expr;)*) => {
        $(pub fn $name $(<$($generic)*>)? ($l: &mut crate::lifter::Lifter<'_>, $o: crate::fields::Operands) {
            $body
        })*
    };
}
use lifts;

/// An instruction that does not exist.
pub fn reserved(l: &mut Lifter<'_>, _o: Operands) {
    l.trap(Trap::Illegal);
}

/// The shapes: what many instructions have in common. A shape does nothing if the result
/// goes to `x0`.
impl Lifter<'_> {
    /// rd = rs1 op rs2.
    fn alu(&mut self, o: Operands, op: Op) {
        if o.rd != 0 {
            let (a, b) = (self.x(o.rs1), self.x(o.rs2));
            let value = self.op(op, a, b);
            self.set_x(o.rd, value);
        }
    }
    /// rd = rs1 op imm.
    fn alu_imm(&mut self, o: Operands, op: Op) {
        if o.rd != 0 {
            let a = self.x(o.rs1);
            let value = self.op_imm(op, a, o.imm as i64);
            self.set_x(o.rd, value);
        }
    }
    /// rd = rs1 op rs2 on low halves, sign-extended.
    fn alu_w(&mut self, o: Operands, op: Op) {
        if o.rd != 0 {
            let (a, b) = (self.w(o.rs1), self.w(o.rs2));
            let value = self.op_w(op, a, b);
            self.set_w(o.rd, value);
        }
    }
    /// rd = rs1 op imm on low halves, sign-extended.
    fn alu_w_imm(&mut self, o: Operands, op: Op) {
        if o.rd != 0 {
            let a = self.w(o.rs1);
            let value = self.op_w_imm(op, a, o.imm as i64);
            self.set_w(o.rd, value);
        }
    }
    /// rd = op rs1.
    fn alu_un(&mut self, o: Operands, op: Op) {
        if o.rd != 0 {
            let a = self.x(o.rs1);
            let value = self.un(op, a);
            self.set_x(o.rd, value);
        }
    }
    /// rd = `make`'s value.
    fn alu_with(&mut self, o: Operands, make: impl FnOnce(&mut Self) -> ir::Value) {
        if o.rd != 0 {
            let value = make(self);
            self.set_x(o.rd, value);
        }
    }
    /// rd = `make`'s `I32`, sign-extended.
    fn alu_w_with(&mut self, o: Operands, make: impl FnOnce(&mut Self) -> ir::Value) {
        if o.rd != 0 {
            let value = make(self);
            self.set_w(o.rd, value);
        }
    }
}
