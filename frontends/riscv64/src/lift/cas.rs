//! Load reservations: what can be seen ahead of an `lr`.

use guest::GuestAddr;
use ir::{Exit, Op, Type, Value};

use super::a::{D, W};
use super::ahead::{Ahead, is_bne, is_bnez, target};
use crate::decode::Insn;
use crate::fields::Operands;
use crate::lifter::{End, Lifter};

/// How many instructions ahead an `sc` is looked for.
const LOOK_AHEAD: usize = 16;

/// lr: a compare-and-swap loop becomes one op; else it is a load that reserves.
pub fn load_reserved(l: &mut Lifter<'_>, o: Operands, size: u16) {
    if let Some(found) = CasLoop::find(l, o, size) {
        return found.lift(l);
    }
    let exact = match paired_sc(l, o.rs1, o.rd, size) {
        Some(end) => {
            l.cover(end);
            1
        }
        None => 0,
    };
    let addr = l.x(o.rs1);
    let value = l.b.push(Op::LoadReserved, Type::I64, size, &[addr], exact);
    l.set_old(o.rd, value, size);
}

/// True for `sc` of this size.
fn is_sc(insn: &Insn, size: u16) -> bool {
    insn.row.name == if size == W { "sc.w" } else { "sc.d" }
}

/// The end of the `sc` that the fall-through path from an `lr` reaches without a memory access,
/// jump, fence or system instruction, and without a write to the address register.
fn paired_sc(l: &Lifter<'_>, addr: u8, rd: u8, size: u16) -> Option<GuestAddr> {
    let mut written = rd;
    let mut ahead = Ahead::of(l);
    for _ in 0..LOOK_AHEAD {
        if written == addr && addr != 0 {
            return None;
        }
        let (_, insn) = ahead.next()?;
        if is_sc(&insn, size) && insn.operands.rs1 == addr {
            return Some(ahead.at);
        }
        if !is_harmless(&insn) {
            return None;
        }
        written = insn.operands.rd;
    }
    None
}

/// True for integer computations and conditional branches.
fn is_harmless(insn: &Insn) -> bool {
    const OP_IMM: u32 = 0x13;
    const AUIPC: u32 = 0x17;
    const OP_IMM_32: u32 = 0x1b;
    const OP: u32 = 0x33;
    const LUI: u32 = 0x37;
    const OP_32: u32 = 0x3b;
    const BRANCH: u32 = 0x63;
    if insn.len == 4 {
        let opcode = insn.row.value & 0x7f;
        return matches!(opcode, OP_IMM | AUIPC | OP_IMM_32 | OP | LUI | OP_32 | BRANCH);
    }
    match (insn.row.value & 3, insn.row.value >> 13) {
        (0, 0) | (2, 0) => true,
        (1, quadrant) => quadrant != 5,
        (2, 4) => matches!(insn.row.name, "c.mv" | "c.add"),
        _ => false,
    }
}

/// `lr old, (addr); bne old, expected, out; sc failed, new, (addr); bnez failed, lr`.
struct CasLoop {
    size: u16,
    addr: u8,
    old: u8,
    expected: u8,
    new: u8,
    failed: u8,
    out: GuestAddr,
    /// Addresses and lengths of the three instructions after the `lr`.
    rest: [(GuestAddr, u8); 3],
}

impl CasLoop {
    /// The loop that starts with the `lr` at hand, if it is one whose registers differ as far
    /// as is needed to make one step of it.
    fn find(l: &Lifter<'_>, lr: Operands, size: u16) -> Option<CasLoop> {
        if l.b.guest_insns() + 3 > l.max_insns {
            return None;
        }
        let mut ahead = Ahead::of(l);
        let out @ (bne_at, bne) =
            ahead.next_if(|insn| is_bne(insn) && insn.operands.rs1 == lr.rd)?;
        let (sc_at, sc) = ahead.next_if(|insn| is_sc(insn, size) && insn.operands.rs1 == lr.rs1)?;
        let again @ (back_at, back) = ahead.next_if(|insn| is_bnez(insn, sc.operands.rd))?;
        if target(again) != l.pc {
            return None;
        }
        let found = CasLoop {
            size,
            addr: lr.rs1,
            old: lr.rd,
            expected: bne.operands.rs2,
            new: sc.operands.rs2,
            failed: sc.operands.rd,
            out: target(out),
            rest: [(bne_at, bne.len), (sc_at, sc.len), (back_at, back.len)],
        };
        found.registers_differ().then_some(found)
    }

    /// No register that one instruction writes is read by a later one in another role.
    fn registers_differ(&self) -> bool {
        let inputs = [self.addr, self.expected, self.new];
        let outputs_exist = self.old != 0 && self.failed != 0 && self.old != self.failed;
        outputs_exist && !inputs.contains(&self.old) && !inputs.contains(&self.failed)
    }

    fn lift(self, l: &mut Lifter<'_>) {
        let (addr, expected) = (l.x(self.addr), l.x(self.expected));
        let new = self.store_value(l, expected);
        let old = l.b.push(Op::Cas, Type::I64, self.size, &[addr, expected, new], 0);
        // Either way the `lr` has taken the place of an older reservation.
        l.b.push(Op::Unreserve, Type::I64, 0, &[], 0);
        for (pc, len) in self.rest {
            l.begin(pc, len);
        }
        let differs = l.op(Op::Ne, old, expected);
        let (kept, zero) = (l.x(self.failed), l.zero());
        let failed = l.b.push(Op::Select, Type::I64, 0, &[differs, kept, zero], 0);
        l.set_old(self.old, old, self.size);
        l.set_x(self.failed, failed);
        let (out, next) = (Exit::Jump { to: self.out }, Exit::Jump { to: l.next });
        l.end = if out == next { End::Go(next) } else { End::If(differs, out, next) };
    }

    /// What to store where the compared bits match. The guest compares all 64 bits: an expected
    /// value that is no sign-extended word never matches, so what was there is stored back.
    fn store_value(&self, l: &mut Lifter<'_>, expected: Value) -> Value {
        let new = l.x(self.new);
        if self.size == D || l.is_sext32(self.expected) {
            return new;
        }
        let low = l.w(self.expected);
        let extended = l.un(Op::Sext32, low);
        let possible = l.op(Op::Eq, extended, expected);
        l.b.push(Op::Select, Type::I64, 0, &[possible, new, expected], 0)
    }
}
