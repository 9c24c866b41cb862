//! The search for a word's highest byte that is not zero: how libgcc's `__clzdi2` and `__ctzdi2` begin, which stand for an
//! instruction that RV64GC does not have.
//!
//! ```text
//! again: srl shifted, word, shift; andi byte, shifted, 255; bnez byte, out; addi shift, shift, -8; bnez shift, again
//! ```

use guest::GuestAddr;
use ir::{Op, Type};

use super::ahead::{Ahead, is_bnez, target};
use crate::decode::Insn;
use crate::fields::Operands;
use crate::lifter::Lifter;

/// Where the search begins: at the highest byte.
const FIRST: i64 = 56;
/// The lowest byte is not looked at.
const SECOND_BYTE: i64 = 0x100;

/// Before the `srl` of such a loop: what comes of the rounds that find zero and go on is that `shift` is less.
pub fn skip_rounds(l: &mut Lifter<'_>, srl: Operands) {
    if l.every_round || l.b.guest_insns() + 4 > l.max_insns {
        return;
    }
    let Some(end) = end_of_scan(l, srl) else { return };
    l.cover(end);
    let (word, shift) = (l.x(srl.rs1), l.x(srl.rs2));
    let some = l.op_imm(Op::Or, word, SECOND_BYTE);
    let zeros = l.un(Op::Clz, some);
    let highest = l.op_imm(Op::Xor, zeros, 63);
    let last = l.op_imm(Op::And, highest, FIRST);
    let value = match l.b.as_const(shift) {
        Some(FIRST) => last,
        Some(_) => return,
        None => {
            let begins = l.op_imm(Op::Eq, shift, FIRST);
            l.b.push(Op::Select, Type::I64, 0, &[begins, last, shift], 0)
        }
    };
    l.set_x(srl.rs2, value);
}

/// The end of the loop that the `srl` at hand begins, if it is one, and no register in it has two roles.
fn end_of_scan(l: &Lifter<'_>, srl: Operands) -> Option<GuestAddr> {
    let (word, shift, shifted) = (srl.rs1, srl.rs2, srl.rd);
    let mut ahead = Ahead::of(l);
    // Most often it is none, which the next instruction says.
    let byte = ahead.next_if(|insn| is_low_byte(insn, shifted))?.1.operands.rd;
    ahead.next_if(|insn| is_bnez(insn, byte))?;
    ahead.next_if(|insn| is_step(insn, shift))?;
    let again = ahead.next_if(|insn| is_bnez(insn, shift))?;
    let differ = word != shift && ![shifted, byte].iter().any(|r| [0, word, shift].contains(r));
    (differ && shift != 0 && target(again) == l.pc).then_some(ahead.at)
}

fn is_low_byte(insn: &Insn, of: u8) -> bool {
    insn.row.name == "andi" && insn.operands.rs1 == of && insn.operands.imm == 0xff
}

fn is_step(insn: &Insn, register: u8) -> bool {
    let o = insn.operands;
    matches!(insn.row.name, "addi" | "c.addi") && (o.rd, o.rs1, o.imm) == (register, register, -8)
}
