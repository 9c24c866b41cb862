//! Register forwarding inside a block.

use guest::SLOT_COUNT;
use ir::{Op, Region, Value};

/// `set r, v; get r == v` and `v = get r; get r == v`, if the types agree and no write of `r` is
/// in between.
pub(crate) fn run(region: &mut Region) {
    let mut known = [Value::NONE; SLOT_COUNT];
    let mut block = 0;
    crate::replace::forward(region, |region, value| {
        while region.blocks.get(block).is_some_and(|b| b.insts.start <= value.0) {
            known = [Value::NONE; SLOT_COUNT];
            block += 1;
        }
        let inst = region.inst(value);
        let held = &mut known[inst.slot().0 as usize % SLOT_COUNT];
        match inst.op {
            Op::Set => *held = inst.args[0],
            Op::Get if *held != Value::NONE && region.type_of(*held) == Some(inst.ty) => {
                return Some(*held);
            }
            Op::Get => *held = value,
            _ => {}
        }
        None
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use guest::{GuestAddr, Slot};
    use ir::{Builder, Exit, Type};

    #[test]
    fn a_read_sees_the_write_before_it() {
        let mut region = Region::default();
        let mut b = Builder::new(&mut region, GuestAddr(0));
        let a = b.push(Op::Get, Type::I64, 10, &[], 0);
        b.set(Slot(11), a);
        let again = b.push(Op::Get, Type::I64, 11, &[], 0);
        let sum = b.bin(Op::Add, Type::I64, again, a);
        b.set(Slot(12), sum);
        b.exit(Exit::Jump { to: GuestAddr(4) });
        crate::run(&[crate::FORWARD], &mut region);
        assert_eq!(region.inst(sum).args[..2], [a, a]);
    }
}
