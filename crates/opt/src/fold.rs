//! Constant folding.

use ir::{Effect, FpEnv, Inst, Op, Region, Term, Type, Value};

/// `op(constants) == eval(op, constants)`: true if the instruction is a constant now.
pub(crate) fn instruction(region: &mut Region, value: Value) -> bool {
    let inst = region.inst(value);
    let Some(imm) = constant(region, inst) else { return false };
    let ty = inst.result().unwrap_or(Type::I64);
    region.insts[value.index()] = constant_inst(ty, imm);
    true
}

/// `if constant` goes one way.
pub(crate) fn ends(region: &mut Region) {
    for i in 0..region.blocks.len() {
        if let Term::If { cond, then, other } = &region.blocks[i].term
            && let Some(cond) = region.as_const(*cond)
        {
            let taken = if cond != 0 { then } else { other };
            region.blocks[i].term = Term::Go(taken.clone());
        }
    }
}

/// A constant instruction.
pub(crate) fn constant_inst(ty: Type, imm: i64) -> Inst {
    Inst { op: Op::Const, ty, aux: 0, args: [Value::NONE; 3], imm }
}

fn constant(region: &Region, inst: &Inst) -> Option<i64> {
    let first = inst.args[0];
    if first == Value::NONE || inst.op.effect() != Effect::Pure {
        return None;
    }
    region.as_const(first)?;
    let operands = inst.operands();
    let mut args = [0; 3];
    for (arg, &value) in args.iter_mut().zip(operands) {
        *arg = region.as_const(value)? as u64;
    }
    let mut env = FpEnv::default();
    let bits = ir::eval(inst.op, inst.ty, args, inst.imm, inst.aux, &mut env)? as i64;
    // 32-bit constants are kept sign-extended, which suits the hosts' immediates.
    Some(if inst.result() == Some(Type::I32) { bits as i32 as i64 } else { bits })
}

#[cfg(test)]
mod tests {
    use super::*;
    use guest::GuestAddr;
    use ir::{Builder, Exit};

    #[test]
    fn constants_meet() {
        let mut region = Region::default();
        let mut b = Builder::new(&mut region, GuestAddr(0));
        let a = b.iconst(Type::I32, 0x7fff_ffff);
        let c = b.iconst(Type::I32, 1);
        let sum = b.bin(Op::Add, Type::I32, a, c);
        let wide = b.un(Op::Sext32, Type::I64, sum);
        let equal = b.bin(Op::Eq, Type::I64, wide, wide);
        let (yes, no) = (Exit::Jump { to: GuestAddr(4) }, Exit::Jump { to: GuestAddr(8) });
        b.branch(equal, yes, no);
        crate::run(&[crate::SIMPLIFY], &mut region);
        assert_eq!(region.as_const(wide), Some(i32::MIN as i64));
        assert_eq!(region.blocks[0].term, Term::Go(ir::Target::Exit(yes)));
    }
}
