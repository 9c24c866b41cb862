//! Atomic accesses. All that is rare goes to the helper: misaligned addresses, strict
//! reservations, and every access while strict reservations are in use.
//!
//! Results are made in temporaries, since a faulting instruction writes no register.

use guest::offsets;
use ir::{Inst, Op, Value};

use crate::asm::{Alu, Cc, Mem, Rm, Size};
use crate::lower::Lower;
use crate::lower::cold::{Arg, Cold};
use crate::plan::Loc;
use crate::regs::{self, NONE, RAX, Reg};
use crate::thunks;

fn reservation(word: i32) -> Mem {
    Mem::state(regs::field(offsets::RESERVATION) + word * 8)
}
const ADDR: i32 = 0;
const VALUE: i32 = 1;
const SIZE: i32 = 3;

fn size(inst: &Inst) -> Size {
    Size::bytes(inst.aux)
}

impl Lower<'_> {
    /// Leaves the way for the helper if the access is misaligned or must be seen by strict
    /// reservations. Changes `temp`.
    fn check(&mut self, inst: &Inst, addr: Reg, temp: Reg) -> [u32; 2] {
        let misaligned = match inst.aux {
            1 => u32::MAX,
            bytes => {
                self.asm.test_low(addr, bytes as u8 - 1);
                self.asm.jcc(Cc::Ne)
            }
        };
        self.asm.mov(true, temp, Mem::thunk(thunks::STRICT));
        self.asm.cmp_byte(Mem::base(temp, 0), 0);
        [misaligned, self.asm.jcc(Cc::Ne)]
    }

    fn cold_atomic(&mut self, fields: [u32; 2], inst: &Inst, args: [Arg; 3], dst: Reg) {
        let (resume, pc) = (self.asm.target(), self.pc);
        let word = thunks::pack(inst);
        self.cold.push(Cold::Atomic { fields, resume, word, args, dst, pc });
    }

    /// Sign-extends a result.
    fn widen(&mut self, inst: &Inst, reg: Reg) {
        if inst.aux != 8 {
            self.asm.sign_extend(size(inst), true, reg, reg);
        }
    }

    pub fn amo_swap(&mut self, v: Value, inst: &Inst) {
        self.amo_exchange(v, inst, |l, mem, t| l.asm.xchg(size(inst), mem, t));
    }

    pub fn amo_add(&mut self, v: Value, inst: &Inst) {
        self.amo_exchange(v, inst, |l, mem, t| l.asm.lock_xadd(size(inst), mem, t));
    }

    /// One instruction that leaves the old value in the register of the operand.
    fn amo_exchange(&mut self, v: Value, inst: &Inst, access: impl Fn(&mut Self, Mem, Reg)) {
        let [addr, operand, _] = inst.args;
        let (a, b) = (self.reg(addr), self.reg(operand));
        let t = self.int_temp();
        let fields = self.check(inst, a, t);
        self.asm.mov(true, t, b);
        access(self, Mem::base(a, 0), t);
        if self.val(v).uses > 0 {
            self.widen(inst, t);
        }
        self.cold_atomic(fields, inst, [Arg::Reg(a), Arg::Reg(b), Arg::None], t);
        self.kill(addr);
        self.kill(operand);
        self.claim(v, t);
    }

    /// An operand that takes no temporary.
    fn outside(&mut self, value: Value) -> Rm {
        let value = self.root(value);
        let loc = self.val(value).loc;
        match loc {
            Loc::Reg(reg) if !self.is_temp(reg) => Rm::Reg(reg),
            Loc::Slot(slot) => Rm::Mem(Mem::state(regs::slot_disp(slot))),
            Loc::Reg(_) | Loc::Spill(_) | Loc::None => {
                let cell = thunks::cell(thunks::OPERAND_WORD);
                let reg = self.reg(value);
                self.asm.store(Size::B8, cell, reg);
                self.alloc.locked &= !(1 << reg);
                Rm::Mem(cell)
            }
        }
    }

    pub fn amo_logic(&mut self, v: Value, inst: &Inst) {
        let alu = match inst.op {
            Op::AmoAnd => Alu::And,
            Op::AmoOr => Alu::Or,
            _ => Alu::Xor,
        };
        if self.val(v).uses == 0 {
            return self.amo_logic_unused(inst, alu);
        }
        self.amo_loop(v, inst, |l, t, operand| {
            l.asm.mov(true, t, RAX);
            l.asm.alu(alu, inst.aux == 8, t, operand);
        });
    }

    fn amo_logic_unused(&mut self, inst: &Inst, alu: Alu) {
        let [addr, operand, _] = inst.args;
        let (a, b) = (self.reg(addr), self.reg(operand));
        let t = self.int_temp();
        let fields = self.check(inst, a, t);
        self.asm.lock_alu(alu, size(inst), Mem::base(a, 0), b);
        self.cold_atomic(fields, inst, [Arg::Reg(a), Arg::Reg(b), Arg::None], NONE);
        self.kill(addr);
        self.kill(operand);
    }

    pub fn amo_min_max(&mut self, v: Value, inst: &Inst) {
        let keep = match inst.op {
            Op::AmoMinS => Cc::L,
            Op::AmoMaxS => Cc::G,
            Op::AmoMinU => Cc::B,
            _ => Cc::A,
        };
        if inst.aux < 4 {
            return self.call_atomic(v, inst);
        }
        let w = inst.aux == 8;
        self.amo_loop(v, inst, |l, t, operand| {
            l.asm.mov(true, t, operand);
            l.asm.alu(Alu::Cmp, w, RAX, t);
            l.asm.cmov(keep, w, t, RAX);
        });
    }

    /// Loads, lets `compute` make the new value from rax and the operand, and tries until
    /// nobody came in between.
    fn amo_loop(&mut self, v: Value, inst: &Inst, compute: impl Fn(&mut Self, Reg, Rm)) {
        let [addr, operand, _] = inst.args;
        let b = self.outside(operand);
        self.take(RAX);
        let a = self.reg(addr);
        let t = self.int_temp();
        let mem = Mem::base(a, 0);
        let fields = self.check(inst, a, t);
        self.asm.zero_extend(size(inst), RAX, mem);
        let again = self.asm.target();
        compute(self, t, b);
        self.asm.lock_cmpxchg(size(inst), mem, t);
        let field = self.asm.jcc(Cc::Ne);
        self.asm.bind(field, again);
        self.widen(inst, RAX);
        let b = match b {
            Rm::Reg(reg) => Arg::Reg(reg),
            Rm::Mem(mem) => Arg::Mem(mem),
        };
        self.cold_atomic(fields, inst, [Arg::Reg(a), b, Arg::None], RAX);
        self.kill(addr);
        self.kill(operand);
        self.claim(v, RAX);
    }

    pub fn cas(&mut self, v: Value, inst: &Inst) {
        let [addr, expected, new] = inst.args;
        let e = self.outside(expected);
        self.take(RAX);
        let (a, n) = (self.reg(addr), self.reg(new));
        let fields = self.check(inst, a, RAX);
        self.asm.mov(true, RAX, e);
        self.asm.lock_cmpxchg(size(inst), Mem::base(a, 0), n);
        self.widen(inst, RAX);
        let e = match e {
            Rm::Reg(reg) => Arg::Reg(reg),
            Rm::Mem(mem) => Arg::Mem(mem),
        };
        self.cold_atomic(fields, inst, [Arg::Reg(a), e, Arg::Reg(n)], RAX);
        [addr, expected, new].iter().for_each(|&value| self.kill(value));
        self.claim(v, RAX);
    }

    /// The operands lie in the scratch words.
    pub fn cas128(&mut self, v: Value, inst: &Inst) {
        self.call_atomic(v, inst);
    }

    pub fn load_reserved(&mut self, v: Value, inst: &Inst) {
        if inst.imm == 0 {
            return self.call_atomic(v, inst);
        }
        let addr = inst.args[0];
        let a = self.reg(addr);
        let t = self.int_temp();
        let fields = self.check(inst, a, t);
        self.asm.sign_extend(size(inst), true, t, Mem::base(a, 0));
        self.asm.store(Size::B8, reservation(ADDR), a);
        self.asm.store(Size::B8, reservation(VALUE), t);
        self.asm.store_imm(Size::B8, reservation(SIZE), inst.aux as i32);
        self.cold_atomic(fields, inst, [Arg::Reg(a), Arg::None, Arg::None], t);
        self.kill(addr);
        self.claim(v, t);
    }

    pub fn store_conditional(&mut self, v: Value, inst: &Inst) {
        let [addr, value, _] = inst.args;
        self.take(RAX);
        let a = self.reg(addr);
        let b = self.reg(value);
        let fields = self.check(inst, a, RAX);
        let exact = inst.aux as i32;
        // What is not reserved, reserved strictly or at another width takes the slow way.
        self.asm.alu_imm(Alu::Cmp, false, reservation(SIZE), exact);
        let other = self.asm.jcc(Cc::Ne);
        self.asm.alu(Alu::Cmp, true, a, reservation(ADDR));
        let fail = self.asm.jcc(Cc::Ne);
        self.asm.mov(true, RAX, reservation(VALUE));
        self.asm.lock_cmpxchg(size(inst), Mem::base(a, 0), b);
        self.asm.bind_here(fail);
        self.asm.setcc(Cc::Ne, RAX);
        self.asm.zero_extend(Size::B1, RAX, RAX);
        self.unreserve();
        let args = [Arg::Reg(a), Arg::Reg(b), Arg::None];
        self.cold_atomic(fields, inst, args, RAX);
        self.cold_atomic([other, u32::MAX], inst, args, RAX);
        self.kill(addr);
        self.kill(value);
        self.claim(v, RAX);
    }

    pub fn unreserve(&mut self) {
        self.asm.store_imm(Size::B8, reservation(ADDR), -1);
    }
}
