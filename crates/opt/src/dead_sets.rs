//! Dead writes of guest registers.

use ir::{Inst, Op, Region, Type};

/// `set r, a; set r, b == set r, b`, if nothing in between reads `r` or may fault, for a fault
/// shows the registers.
pub(crate) fn run(region: &mut Region) {
    for block in &region.blocks {
        let mut overwritten = 0u128;
        for i in block.insts.clone().rev() {
            let inst = &mut region.insts[i as usize];
            let slot = |inst: &Inst| 1u128 << (inst.slot().0 & 127);
            match inst.op {
                // An unused constant is as good as nothing.
                Op::Set if overwritten & slot(inst) != 0 => {
                    *inst = crate::fold::constant_inst(Type::I64, 0);
                }
                Op::Set => overwritten |= slot(inst),
                Op::Get => overwritten &= !slot(inst),
                op if op.may_fault() => overwritten = 0,
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use guest::{GuestAddr, Slot};
    use ir::{Builder, Exit};

    fn sets_left(between: impl FnOnce(&mut Builder<'_>)) -> usize {
        let mut region = Region::default();
        let mut b = Builder::new(&mut region, GuestAddr(0));
        let one = b.iconst(Type::I64, 1);
        b.set(Slot(5), one);
        b.insn(GuestAddr(4), 4);
        between(&mut b);
        b.set(Slot(5), one);
        b.exit(Exit::Jump { to: GuestAddr(8) });
        crate::run(&[crate::DEAD_SETS, crate::DEAD_CODE], &mut region);
        region.insts.iter().filter(|inst| inst.op == Op::Set).count()
    }

    #[test]
    fn an_overwritten_write_goes() {
        assert_eq!(sets_left(|_| {}), 1);
    }

    #[test]
    fn a_write_that_a_fault_shows_stays() {
        let load = |b: &mut Builder<'_>| {
            let base = b.iconst(Type::I64, 8);
            b.load(Op::Ld64, base, 0);
        };
        assert_eq!(sets_left(load), 2);
    }

    #[test]
    fn a_write_that_is_read_stays() {
        let read = |b: &mut Builder<'_>| {
            let old = b.push(Op::Get, Type::I64, 5, &[], 0);
            b.set(Slot(6), old);
        };
        assert_eq!(sets_left(read), 3);
    }
}
