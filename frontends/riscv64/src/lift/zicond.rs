//! Zicond and Zimop.

use ir::{Op, Type};

use super::lifts;
use crate::fields::Operands;
use crate::lifter::Lifter;

lifts! {
    czero_eqz(l, o) => l.czero(o, false);
    czero_nez(l, o) => l.czero(o, true);
    // May-be-operations write 0 until an extension gives them a meaning.
    mop(l, o) => l.alu_with(o, |l| l.zero());
}

impl Lifter<'_> {
    /// rd = 0 if rs2 is zero (or is not), else rs1.
    fn czero(&mut self, o: Operands, if_nonzero: bool) {
        self.alu_with(o, |l| {
            let (kept, cond, zero) = (l.x(o.rs1), l.x(o.rs2), l.zero());
            let (yes, no) = if if_nonzero { (zero, kept) } else { (kept, zero) };
            l.b.push(Op::Select, Type::I64, 0, &[cond, yes, no], 0)
        });
    }
}
