//! Zicbom and Zicboz. The host's caches are coherent, so that cleaning and flushing only have
//! to fault as an access would; so does invalidating, which is allowed to flush.

use ir::Op;

use super::lifts;
use crate::fields::Operands;
use crate::lifter::Lifter;

/// Bytes in a cache block.
const BLOCK: i64 = 64;

lifts! {
    cbo_touch(l, o) => { let base = l.x(o.rs1); l.b.load(Op::Ld8U, base, 0); };
}

/// cbo.zero.
pub fn cbo_zero(l: &mut Lifter<'_>, o: Operands) {
    let (base, zero) = (l.x(o.rs1), l.zero());
    let block = l.op_imm(Op::And, base, -BLOCK);
    for disp in (0..BLOCK as i32).step_by(8) {
        l.b.store(Op::St64, block, zero, disp);
    }
}
