//! Scalar cryptography: Zbkb, Zbkx, Zkne, Zknd and Zknh.

use ir::{Op, Type, Value};

use super::lifts;
use crate::fields::Operands;
use crate::lifter::Lifter;

lifts! {
    // Zbkb.
    pack(l, o)  => l.alu_with(o, |l| {
        let (low, b) = (l.zext_w(o.rs1), l.x(o.rs2));
        let high = l.op_imm(Op::Shl, b, 32);
        l.op(Op::Or, low, high)
    });
    packh(l, o) => l.alu_with(o, |l| {
        let (a, b) = (l.x(o.rs1), l.x(o.rs2));
        let (low, high) = (l.un(Op::Zext8, a), l.un(Op::Zext8, b));
        let high = l.op_imm(Op::Shl, high, 8);
        l.op(Op::Or, low, high)
    });
    packw(l, o) => l.alu_w_with(o, |l| {
        let (a, b) = (l.w(o.rs1), l.w(o.rs2));
        let low = l.b.un(Op::Zext16, Type::I32, a);
        let high = l.op_w_imm(Op::Shl, b, 16);
        l.op_w(Op::Or, low, high)
    });
    brev8(l, o) => l.alu_un(o, Op::BRev8);

    // Zbkx: rs1 is the table, rs2 holds the indices.
    xperm4(l, o) => l.alu(o, Op::XPerm4);
    xperm8(l, o) => l.alu(o, Op::XPerm8);

    // Zkne, Zknd.
    aes64es(l, o)   => l.alu(o, Op::AesEs);
    aes64esm(l, o)  => l.alu(o, Op::AesEsm);
    aes64ds(l, o)   => l.alu(o, Op::AesDs);
    aes64dsm(l, o)  => l.alu(o, Op::AesDsm);
    aes64im(l, o)   => l.alu_un(o, Op::AesIm);
    aes64ks1i(l, o) => l.alu_with(o, |l| {
        let a = l.x(o.rs1);
        l.b.push(Op::AesKs1, Type::I64, 0, &[a], o.imm as i64)
    });
    aes64ks2(l, o)  => l.alu(o, Op::AesKs2);

    // Zknh: three terms, each a rotation (or, where the manual says so, a shift) of rs1.
    sha256sum0(l, o) => l.mix(o, Type::I32, [2, 13], (Op::RotR, 22));
    sha256sum1(l, o) => l.mix(o, Type::I32, [6, 11], (Op::RotR, 25));
    sha256sig0(l, o) => l.mix(o, Type::I32, [7, 18], (Op::Shr, 3));
    sha256sig1(l, o) => l.mix(o, Type::I32, [17, 19], (Op::Shr, 10));
    sha512sum0(l, o) => l.mix(o, Type::I64, [28, 34], (Op::RotR, 39));
    sha512sum1(l, o) => l.mix(o, Type::I64, [14, 18], (Op::RotR, 41));
    sha512sig0(l, o) => l.mix(o, Type::I64, [1, 8], (Op::Shr, 7));
    sha512sig1(l, o) => l.mix(o, Type::I64, [19, 61], (Op::Shr, 6));
}

impl Lifter<'_> {
    /// rd = (rs1 ror first) ^ (rs1 ror second) ^ (rs1 op third).
    fn mix(&mut self, o: Operands, ty: Type, rotations: [i64; 2], third: (Op, i64)) {
        if o.rd == 0 {
            return;
        }
        let a = if ty == Type::I32 { self.w(o.rs1) } else { self.x(o.rs1) };
        let terms: [Value; 3] =
            [(Op::RotR, rotations[0]), (Op::RotR, rotations[1]), third].map(|(op, n)| {
                let n = self.b.iconst(ty, n);
                self.bin(op, ty, a, n)
            });
        let two = self.bin(Op::Xor, ty, terms[0], terms[1]);
        let value = self.bin(Op::Xor, ty, two, terms[2]);
        if ty == Type::I32 { self.set_w(o.rd, value) } else { self.set_x(o.rd, value) }
    }
}
