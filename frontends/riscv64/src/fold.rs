//! Ops of the lifter: constants are folded on the way, so that an address made by two or three
//! instructions is one constant.

use ir::{FpEnv, Op, Res, Type, Value};

use crate::lifter::Lifter;

impl Lifter<'_> {
    /// An op on two operands of type `ty`; constants are folded.
    pub fn bin(&mut self, op: Op, ty: Type, a: Value, b: Value) -> Value {
        if let Some(y) = self.b.as_const(b) {
            if let Some(value) = self.simplify(op, ty, a, y) {
                return value;
            }
        } else if self.b.as_const(a) == Some(0) && matches!(op, Op::Add | Op::Or | Op::Xor) {
            return b;
        }
        self.b.bin(op, ty, a, b)
    }

    /// An op of type `ty` on a value and a constant.
    fn bin_imm(&mut self, op: Op, ty: Type, a: Value, b: i64) -> Value {
        if let Some(value) = self.simplify(op, ty, a, b) {
            return value;
        }
        let b = if ty == Type::I64 { self.imm(b) } else { self.b.iconst(ty, b) };
        self.b.bin(op, ty, a, b)
    }

    /// A constant if `a` is one; x + 0 == x - 0 == x | 0 == x ^ 0 == x << 0 == x >> 0 == x.
    fn simplify(&mut self, op: Op, ty: Type, a: Value, b: i64) -> Option<Value> {
        use Op::{Add, Or, RotL, RotR, Sar, Shl, Shr, Sub, Xor};
        if let Some(x) = self.b.as_const(a) {
            let args = [x as u64, b as u64, 0];
            let bits = ir::eval(op, ty, args, 0, 0, &mut FpEnv::default())? as i64;
            return Some(match (op.res(), ty) {
                (Res::Own, Type::I32) => self.b.iconst(ty, bits as i32 as i64),
                _ => self.imm(bits),
            });
        }
        let unchanged =
            b == 0 && matches!(op, Add | Sub | Or | Xor | Shl | Shr | Sar | RotL | RotR);
        unchanged.then_some(a)
    }

    /// A 64-bit op on two operands.
    pub fn op(&mut self, op: Op, a: Value, b: Value) -> Value {
        self.bin(op, Type::I64, a, b)
    }

    /// A 64-bit op on a value and a constant.
    pub fn op_imm(&mut self, op: Op, a: Value, b: i64) -> Value {
        self.bin_imm(op, Type::I64, a, b)
    }

    /// A 32-bit op on two operands.
    pub fn op_w(&mut self, op: Op, a: Value, b: Value) -> Value {
        self.bin(op, Type::I32, a, b)
    }

    /// A 32-bit op on a value and a constant.
    pub fn op_w_imm(&mut self, op: Op, a: Value, b: i64) -> Value {
        self.bin_imm(op, Type::I32, a, b)
    }

    /// A 64-bit op on one operand.
    pub fn un(&mut self, op: Op, a: Value) -> Value {
        self.b.un(op, Type::I64, a)
    }
}
