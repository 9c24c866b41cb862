//! RV64I, Zifencei, Zihintpause and the hint forms.

use guest::GuestAddr;
use ir::{Exit, Op, Trap};

use super::{lifts, scan};
use crate::fields::Operands;
use crate::lifter::{End, Lifter};
use crate::regs::{RA, T0};

lifts! {
    lui(l, o)   => l.alu_with(o, |l| l.imm(o.imm as i64));
    auipc(l, o) => l.alu_with(o, |l| l.imm(l.pc.offset(o.imm as i64).0 as i64));
    add(l, o)   => if o.rs1 == 0 { l.move_x(o.rd, o.rs2) } else { l.alu(o, Op::Add) };
    sub(l, o)   => l.alu(o, Op::Sub);
    sll(l, o)   => l.alu(o, Op::Shl);
    srl(l, o)   => { scan::skip_rounds(l, o); l.alu(o, Op::Shr) };
    sra(l, o)   => l.alu(o, Op::Sar);
    xor(l, o)   => l.alu(o, Op::Xor);
    or(l, o)    => l.alu(o, Op::Or);
    and(l, o)   => l.alu(o, Op::And);
    slt(l, o)   => l.set_if(o, Op::LtS);
    sltu(l, o)  => if o.rs1 == 0 { l.set_if(Operands { rs1: o.rs2, rs2: 0, ..o }, Op::Ne) } else { l.set_if(o, Op::LtU) };
    addi(l, o)  => match (o.rs1, o.imm) {
        (0, imm) => l.alu_with(o, |l| l.imm(imm as i64)),
        (from, 0) => l.move_x(o.rd, from),
        _ => l.alu_imm(o, Op::Add),
    };
    slti(l, o)  => l.set_if_imm(o, Op::LtS, o.imm);
    sltiu(l, o) => if o.imm == 1 { l.set_if_imm(o, Op::Eq, 0) } else { l.set_if_imm(o, Op::LtU, o.imm) };
    xori(l, o)  => l.alu_imm(o, Op::Xor);
    ori(l, o)   => l.alu_imm(o, Op::Or);
    andi(l, o)  => l.alu_imm(o, Op::And);
    slli(l, o)  => l.alu_imm(o, Op::Shl);
    srli(l, o)  => l.alu_imm(o, Op::Shr);
    srai(l, o)  => l.alu_imm(o, Op::Sar);
    addiw(l, o) => if o.imm == 0 && l.is_sext32(o.rs1) { l.move_x(o.rd, o.rs1) } else { l.alu_w_imm(o, Op::Add) };
    slliw(l, o) => l.alu_w_imm(o, Op::Shl);
    srliw(l, o) => l.alu_w_imm(o, Op::Shr);
    sraiw(l, o) => l.alu_w_imm(o, Op::Sar);
    addw(l, o)  => l.alu_w(o, Op::Add);
    subw(l, o)  => l.alu_w(o, Op::Sub);
    sllw(l, o)  => l.alu_w(o, Op::Shl);
    srlw(l, o)  => l.alu_w(o, Op::Shr);
    sraw(l, o)  => l.alu_w(o, Op::Sar);

    lb(l, o)  => l.load_sext(o, Op::Ld8S);
    lh(l, o)  => l.load_sext(o, Op::Ld16S);
    lw(l, o)  => l.load_sext(o, Op::Ld32S);
    ld(l, o)  => l.load(o, Op::Ld64);
    lbu(l, o) => l.load_sext(o, Op::Ld8U);
    lhu(l, o) => l.load_sext(o, Op::Ld16U);
    lwu(l, o) => l.load(o, Op::Ld32U);
    sb(l, o)  => l.store(o, Op::St8);
    sh(l, o)  => l.store(o, Op::St16);
    sw(l, o)  => l.store(o, Op::St32);
    sd(l, o)  => l.store(o, Op::St64);

    beq(l, o)  => l.branch(o, Op::Eq);
    bne(l, o)  => l.branch(o, Op::Ne);
    blt(l, o)  => l.branch(o, Op::LtS);
    bge(l, o)  => l.branch(o, Op::GeS);
    bltu(l, o) => l.branch(o, Op::LtU);
    bgeu(l, o) => l.branch(o, Op::GeU);

    nop(_l, _o)      => ();
    ecall(l, _o)     => l.go(Exit::Syscall { next: l.next });
    ebreak(l, _o)    => l.trap(Trap::Breakpoint);
    fence_i(l, _o)   => l.go(Exit::Yield { next: l.next, fence: true });
    fence_tso(l, _o) => l.fence(0);
    prefetch(l, o)   => l.prefetch(o);
    pause(l, _o)     => { l.b.push(Op::Pause, ir::Type::I64, 0, &[], 0); };
}

/// Bits of a fence's sets: the earlier accesses are in bits 4 to 7, the later ones in 0 to 3.
const EARLIER_STORES: i32 = 0b0101 << 4;
const LATER_LOADS: i32 = 0b1010;

/// fence: only "stores before loads" costs anything on a host with x86's memory order.
pub fn fence(l: &mut Lifter<'_>, o: Operands) {
    let (earlier, later) = (o.imm >> 4, o.imm & 15);
    if earlier != 0 && later != 0 {
        l.fence((o.imm & EARLIER_STORES != 0 && o.imm & LATER_LOADS != 0) as i64);
    }
}

/// A call from the vDSO; anywhere else the word does not exist.
pub fn hostcall(l: &mut Lifter<'_>, o: Operands) {
    let known = l.vdso.contains(&l.pc.0);
    l.trap(if known { Trap::HostCall(o.imm as u16) } else { Trap::Illegal });
}

/// jal.
pub fn jal(l: &mut Lifter<'_>, o: Operands) {
    let to = l.pc.offset(o.imm as i64);
    if o.rd == 0 { l.jump_ahead(to) } else { l.link(o.rd, to) }
}

/// jalr. The target is read before the link is written.
pub fn jalr(l: &mut Lifter<'_>, o: Operands) {
    let base = l.x(o.rs1);
    let sum = l.op_imm(Op::Add, base, o.imm as i64);
    let to = l.op_imm(Op::And, sum, -2);
    if let Some(to) = l.b.as_const(to) {
        return l.link(o.rd, GuestAddr(to as u64));
    }
    let ret = l.next;
    if o.rd != 0 {
        let link = l.imm(ret.0 as i64);
        l.set_x(o.rd, link);
    }
    // The manual's table of return-address prediction hints; a pop followed by a push counts as
    // a call.
    l.go(match (is_link(o.rd), is_link(o.rs1)) {
        (true, _) => Exit::CallIndirect { to, ret },
        (false, true) if o.rd == 0 => Exit::Return { to },
        (false, _) => Exit::Indirect { to },
    });
}

fn is_link(r: u8) -> bool {
    r == RA || r == T0
}

impl Lifter<'_> {
    /// rd = rs1 op rs2, a truth value.
    fn set_if(&mut self, o: Operands, op: Op) {
        if o.rd != 0 {
            let (a, b) = (self.x(o.rs1), self.x(o.rs2));
            let value = self.op(op, a, b);
            self.set_sext(o.rd, value);
        }
    }
    /// rd = rs1 op imm, a truth value.
    fn set_if_imm(&mut self, o: Operands, op: Op, imm: i32) {
        if o.rd != 0 {
            let a = self.x(o.rs1);
            let value = self.op_imm(op, a, imm as i64);
            self.set_sext(o.rd, value);
        }
    }
    /// rd = memory. A load to `x0` still happens.
    fn load(&mut self, o: Operands, op: Op) {
        let base = self.x(o.rs1);
        let value = self.b.load(op, base, o.imm);
        self.set_x(o.rd, value);
    }
    /// The same for loads whose values are sign-extended 32-bit ones.
    fn load_sext(&mut self, o: Operands, op: Op) {
        let base = self.x(o.rs1);
        let value = self.b.load(op, base, o.imm);
        self.set_sext(o.rd, value);
    }
    fn store(&mut self, o: Operands, op: Op) {
        let (base, value) = (self.x(o.rs1), self.x(o.rs2));
        self.b.store(op, base, value, o.imm);
    }
    /// What will be read or written: a hint.
    fn prefetch(&mut self, o: Operands) {
        let base = self.x(o.rs1);
        self.b.push(Op::Prefetch, ir::Type::I64, 0, &[base], o.imm as i64);
    }
    fn fence(&mut self, store_load: i64) {
        self.b.push(Op::Fence, ir::Type::I64, 0, &[], store_load);
    }
    fn branch(&mut self, o: Operands, op: Op) {
        let (a, b) = (self.x(o.rs1), self.x(o.rs2));
        let cond = self.op(op, a, b);
        let then = Exit::Jump { to: self.pc.offset(o.imm as i64) };
        let other = Exit::Jump { to: self.next };
        self.end = match self.b.as_const(cond) {
            Some(0) => End::Go(other),
            Some(_) => End::Go(then),
            None => End::If(cond, then, other),
        };
    }
    /// Jumps to a known address and leaves the return address in `rd`.
    fn link(&mut self, rd: u8, to: GuestAddr) {
        let ret = self.next;
        if rd != 0 {
            let link = self.imm(ret.0 as i64);
            self.set_x(rd, link);
        }
        self.go(if is_link(rd) { Exit::Call { to, ret } } else { Exit::Jump { to } });
    }
    /// Jumps to a known address: a short way ahead the block goes on there.
    fn jump_ahead(&mut self, to: GuestAddr) {
        if to > self.pc && to.page() == self.pc.page() && self.peek_insn(to).is_some() {
            self.next = to;
        } else {
            self.go(Exit::Jump { to });
        }
    }
}
