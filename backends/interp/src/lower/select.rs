//! The choice of pre-decoded instructions for IR ops.

use ir::{Inst, Op, Type, Value};

use super::Lowering;
use crate::code::{Code, Extra, Ins, pair};

/// `dst = a op b` in 64 bits.
fn wide(op: Op) -> Option<Code> {
    Some(match op {
        Op::Add => Code::Add,
        Op::Sub => Code::Sub,
        Op::And => Code::And,
        Op::Or => Code::Or,
        Op::Xor => Code::Xor,
        Op::AndNot => Code::AndNot,
        Op::Shl => Code::Shl,
        Op::Shr => Code::Shr,
        Op::Sar => Code::Sar,
        Op::Mul => Code::Mul,
        Op::MulHS => Code::MulHS,
        Op::MulHU => Code::MulHU,
        Op::DivS => Code::DivS,
        Op::DivU => Code::DivU,
        Op::RemS => Code::RemS,
        Op::RemU => Code::RemU,
        Op::MinS => Code::MinS,
        Op::MaxS => Code::MaxS,
        Op::MinU => Code::MinU,
        Op::MaxU => Code::MaxU,
        Op::Eq => Code::Eq,
        Op::Ne => Code::Ne,
        Op::LtS => Code::LtS,
        Op::LtU => Code::LtU,
        Op::GeS => Code::GeS,
        Op::GeU => Code::GeU,
        _ => return None,
    })
}

/// `dst = a op b` in 32 bits, sign-extended.
fn narrow(op: Op) -> Option<Code> {
    Some(match op {
        Op::Add => Code::AddW,
        Op::Sub => Code::SubW,
        Op::Shl => Code::ShlW,
        Op::Shr => Code::ShrW,
        Op::Sar => Code::SarW,
        Op::Mul => Code::MulW,
        _ => return None,
    })
}

/// The form with a constant in place of `b`, and that constant.
fn immediate(code: Code, b: i64) -> Option<(Code, i64)> {
    let code = match code {
        Code::Add => Code::AddI,
        Code::Sub => return Some((Code::AddI, b.wrapping_neg())),
        Code::And => Code::AndI,
        Code::AndNot => return Some((Code::AndI, !b)),
        Code::Or => Code::OrI,
        Code::Xor => Code::XorI,
        Code::Shl => Code::ShlI,
        Code::Shr => Code::ShrI,
        Code::Sar => Code::SarI,
        Code::Eq => Code::EqI,
        Code::Ne => Code::NeI,
        Code::LtS => Code::LtSI,
        Code::LtU => Code::LtUI,
        Code::GeS => Code::GeSI,
        Code::GeU => Code::GeUI,
        Code::AddW => Code::AddWI,
        Code::SubW => return Some((Code::AddWI, b.wrapping_neg())),
        Code::ShlW => Code::ShlWI,
        Code::ShrW => Code::ShrWI,
        Code::SarW => Code::SarWI,
        _ => return None,
    };
    Some((code, b))
}

/// `dst = op a`.
fn unary(op: Op, ty: Type) -> Option<Code> {
    Some(match (op, ty) {
        (Op::Sext32, _) => Code::SextW,
        (Op::Zext32, _) | (Op::Bits, Type::F32) => Code::ZextW,
        (Op::Sext8, Type::I64) => Code::Sext8,
        (Op::Sext16, Type::I64) => Code::Sext16,
        (Op::Zext8, Type::I64) => Code::Zext8,
        (Op::Zext16, Type::I64) | (Op::Bits, Type::F16) => Code::Zext16,
        (Op::Box, Type::F32) => Code::BoxF32,
        (Op::Unbox, Type::F32) => Code::UnboxF32,
        (Op::FpFlagsGet, _) => Code::FlagsGet,
        (Op::FpFlagsSet, _) => Code::FlagsSet,
        (Op::FpRoundGet, _) => Code::RoundGet,
        (Op::FpRoundSet, _) => Code::RoundSet,
        (Op::Pause, _) => Code::Pause,
        (Op::Unreserve, _) => Code::Unreserve,
        (Op::Clock, _) => Code::Clock,
        (Op::Poll, _) => Code::Poll,
        _ => return None,
    })
}

fn memory(op: Op) -> Option<Code> {
    Some(match op {
        Op::Ld8U => Code::Ld8U,
        Op::Ld8S => Code::Ld8S,
        Op::Ld16U => Code::Ld16U,
        Op::Ld16S => Code::Ld16S,
        Op::Ld32U | Op::LdF32 => Code::Ld32U,
        Op::Ld32S => Code::Ld32S,
        Op::Ld64 | Op::LdF64 => Code::Ld64,
        Op::St8 => Code::St8,
        Op::St16 => Code::St16,
        Op::St32 | Op::StF32 => Code::St32,
        Op::St64 | Op::StF64 => Code::St64,
        _ => return None,
    })
}

impl Lowering<'_> {
    /// Lowers an op that has a meaning of its own at this place.
    pub(super) fn select(&mut self, inst: &Inst) {
        let two_operands = match inst.ty {
            Type::I32 => narrow(inst.op),
            Type::I64 | Type::F16 | Type::F32 | Type::F64 => wide(inst.op),
        };
        if let Some(code) = two_operands {
            self.binary(code, inst);
        } else if let Some(code) = memory(inst.op) {
            self.access(code, inst);
        } else if let Some(code) = unary(inst.op, inst.ty) {
            self.unary(code, inst);
        } else {
            self.rare(inst);
        }
    }

    fn binary(&mut self, code: Code, inst: &Inst) {
        let [a, b, _] = inst.args;
        if let Some(constant) = self.constant_of(b)
            && let Some((code, imm)) = immediate(code, constant)
        {
            let a = self.word(a);
            return self.finish(code, a, 0, imm);
        }
        let swap = matches!(code, Code::Add | Code::And | Code::Or | Code::Xor | Code::AddW);
        if swap
            && let Some(constant) = self.constant_of(a)
            && let Some((code, imm)) = immediate(code, constant)
        {
            let b = self.word(b);
            return self.finish(code, b, 0, imm);
        }
        let (a, b) = (self.word(a), self.word(b));
        self.finish(code, a, b, 0);
    }

    /// Emits an instruction whose operands are known.
    fn finish(&mut self, code: Code, a: u16, b: u16, imm: i64) {
        let dst = self.result();
        self.emit(Ins::new(code, dst, a, b, imm));
    }

    fn access(&mut self, code: Code, inst: &Inst) {
        let a = self.word(inst.args[0]);
        let b = inst.operands().get(1).map_or(0, |&b| self.word(b));
        let imm = pair(inst.imm as i32, self.delta);
        self.finish(code, a, b, imm);
    }

    fn unary(&mut self, code: Code, inst: &Inst) {
        let a = inst.operands().first().map_or(0, |&a| self.word(a));
        self.finish(code, a, 0, 0);
    }

    fn rare(&mut self, inst: &Inst) {
        match inst.op {
            Op::SetScratch => {
                let a = self.word(inst.args[0]);
                let to = crate::code::scratch_word(inst.aux as usize & 7);
                self.emit(Ins::new(Code::Mov, to, a, 0, 0));
            }
            Op::GetScratch => {
                let from = crate::code::scratch_word(inst.aux as usize & 7);
                self.finish(Code::Mov, from, 0, 0);
            }
            Op::Fence if inst.imm == 1 => self.finish(Code::FenceFull, 0, 0, 0),
            Op::Fence => self.finish(Code::FenceCompiler, 0, 0, 0),
            op if op.may_fault() => self.atomic(inst),
            _ => self.evaluated(inst),
        }
    }

    fn three_words(&mut self, inst: &Inst) -> [u16; 3] {
        let mut words = [0; 3];
        for (word, &value) in words.iter_mut().zip(inst.operands()) {
            *word = self.word(value);
        }
        words
    }

    fn atomic(&mut self, inst: &Inst) {
        let [a, b, c] = self.three_words(inst);
        // A load-reserved says in place of `c` whether the value proves the reservation.
        let c = if inst.op == Op::LoadReserved { inst.imm as u16 } else { c };
        let low = c as u32 | (inst.op as u32) << 16 | (inst.aux as u32) << 24;
        self.finish(Code::Atomic, a, b, pair(low as i32, self.delta));
    }

    fn evaluated(&mut self, inst: &Inst) {
        let [a, b, c] = self.three_words(inst);
        let code = match (inst.op, inst.op.effect()) {
            (Op::Select, _) => Code::Select,
            (_, ir::Effect::Fp) => Code::EvalFp,
            _ if inst.result() == Some(Type::I32) => Code::EvalW,
            _ => Code::Eval,
        };
        let (op, ty) = (inst.op as u8, inst.ty as u8);
        let extra = Extra { c, op, ty, aux: inst.aux, imm: inst.imm as i16 };
        self.finish(code, a, b, extra.pack());
    }

    /// The last instruction, if it computes the comparison `cond` for a use here only; it is
    /// taken away.
    pub(super) fn take_comparison(&mut self, cond: Value) -> Option<Ins> {
        let cond = ir_root(self, cond);
        let last = *self.s.code.last()?;
        let only_here = self.s.facts.last_use[cond.index()] == self.at
            && self.s.homes.get(cond) == Some(last.dst)
            && last.dst >= crate::code::FIRST_TEMP;
        let start = *self.s.starts.last()? as usize;
        if !only_here || self.s.code.len() <= start || !is_comparison(last.code) {
            return None;
        }
        if is_immediate(last.code) && i32::try_from(last.imm).is_err() {
            return None;
        }
        self.s.code.pop()
    }
}

fn ir_root(lowering: &Lowering<'_>, value: Value) -> Value {
    crate::analyse::root(lowering.region, value)
}

fn is_comparison(code: Code) -> bool {
    use Code::*;
    matches!(code, Eq | Ne | LtS | LtU | GeS | GeU) || is_immediate(code)
}

fn is_immediate(code: Code) -> bool {
    use Code::*;
    matches!(code, EqI | NeI | LtSI | LtUI | GeSI | GeUI)
}
