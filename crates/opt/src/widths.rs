//! What is known about the upper bits of a value.

use ir::{Inst, Op, Region, Target, Type, Value};

/// True if all bits of the 64-bit `value` from bit `width` on are 0.
pub(crate) fn zero_above(region: &Region, value: Value, width: u32) -> bool {
    let inst = region.inst(value);
    let bits = match inst.op {
        Op::Eq | Op::Ne | Op::LtS | Op::LtU | Op::GeS | Op::GeU => 1,
        Op::FEq | Op::FLt | Op::FLe | Op::FLtQ | Op::FLeQ | Op::StoreConditional => 1,
        Op::Ld8U | Op::Zext8 => 8,
        Op::Ld16U | Op::Zext16 => 16,
        Op::Ld32U | Op::Zext32 => 32,
        Op::Const => 64 - inst.imm.leading_zeros(),
        Op::And => {
            let mask = region.as_const(inst.args[1]).unwrap_or(-1);
            64 - mask.leading_zeros()
        }
        Op::Shr => {
            let count = region.as_const(inst.args[1]).unwrap_or(0);
            64 - (count as u32 & 63)
        }
        _ => 64,
    };
    bits <= width
}

/// True if the 64-bit `value` is the sign extension of its low 32 bits.
pub(crate) fn sign_extended_32(region: &Region, value: Value) -> bool {
    let inst = region.inst(value);
    let extended = match inst.op {
        Op::Ld8S | Op::Ld16S | Op::Ld32S | Op::Sext32 | Op::Sext8 | Op::Sext16 => true,
        Op::FToI32 | Op::FToU32 | Op::FCvtMod => true,
        Op::Const => inst.imm == inst.imm as i32 as i64,
        Op::Sar => region.as_const(inst.args[1]).is_some_and(|count| count & 63 >= 32),
        op if op.effect() == ir::Effect::Atomic => inst.aux <= 4,
        _ => false,
    };
    extended || zero_above(region, value, 31)
}

/// Which 64-bit values are the sign extensions of their low halves, block parameters included.
pub(crate) struct Signs(Vec<bool>);

impl Signs {
    pub fn of(region: &Region) -> Signs {
        // Parameters and what is made of them count as sign-extended until something says otherwise.
        let mut signs = Signs(vec![true; region.insts.len()]);
        while signs.round(region) {}
        signs
    }

    pub fn has(&self, value: Value) -> bool {
        self.0[value.index()]
    }

    /// True if both operands are sign-extended.
    pub fn of_both(&self, inst: &Inst) -> bool {
        self.has(inst.args[0]) && self.has(inst.args[1])
    }

    fn round(&mut self, region: &Region) -> bool {
        let mut changed = false;
        for i in 0..region.insts.len() {
            let keeps = self.0[i] && self.holds(region, Value(i as u32));
            changed |= self.0[i] != keeps;
            self.0[i] = keeps;
        }
        for target in region.blocks.iter().flat_map(|block| block.term.targets()) {
            let Target::Block(call) = target else { continue };
            let params = region.blocks[call.block.0 as usize].insts.clone();
            for (param, &arg) in params.zip(&call.args) {
                let keeps = self.0[param as usize] && self.has(arg);
                changed |= self.0[param as usize] != keeps;
                self.0[param as usize] = keeps;
            }
        }
        changed
    }

    fn holds(&self, region: &Region, value: Value) -> bool {
        let inst = region.inst(value);
        match inst.op {
            _ if inst.result() != Some(Type::I64) => false,
            Op::Param => true,
            Op::And | Op::Or | Op::Xor | Op::AndNot | Op::MinS | Op::MaxS => {
                self.of_both(inst) || sign_extended_32(region, value)
            }
            Op::Select => self.has(inst.args[1]) && self.has(inst.args[2]),
            Op::Sar => self.has(inst.args[0]) || sign_extended_32(region, value),
            _ => sign_extended_32(region, value),
        }
    }
}
