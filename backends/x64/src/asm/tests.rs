//! What is encoded is what a decoder reads, for every register and kind of displacement.

use iced_x86::{Decoder, DecoderOptions, Instruction, Mnemonic, OpKind, Register};

use super::*;
use crate::regs::is_fp;

const GPRS: [Register; 16] = [
    Register::RAX,
    Register::RCX,
    Register::RDX,
    Register::RBX,
    Register::RSP,
    Register::RBP,
    Register::RSI,
    Register::RDI,
    Register::R8,
    Register::R9,
    Register::R10,
    Register::R11,
    Register::R12,
    Register::R13,
    Register::R14,
    Register::R15,
];
const DISPS: [i32; 6] = [0, 1, -128, 127, 128, -129];

fn decoded(emit: impl FnOnce(&mut Asm)) -> Instruction {
    let mut asm = Asm::reuse(Vec::new(), Vec::new());
    emit(&mut asm);
    let (bytes, _) = asm.finish();
    let insn = Decoder::new(64, &bytes, DecoderOptions::NONE).decode();
    assert!(!insn.is_invalid() && insn.len() == bytes.len(), "{bytes:02x?}");
    insn
}

fn register(reg: Reg) -> Register {
    if is_fp(reg) { Register::XMM0 + (reg as u32 - 16) } else { GPRS[reg as usize] }
}

fn assert_memory(insn: &Instruction, base: Reg, index: Option<(Reg, u8)>, disp: i32) {
    assert_eq!(insn.memory_base(), register(base), "{insn}");
    assert_eq!(insn.memory_displacement64() as i64, disp as i64, "{insn}");
    let (reg, scale) = match index {
        Some((reg, scale)) => (register(reg), 1 << scale),
        None => (Register::None, 1),
    };
    assert_eq!((insn.memory_index(), insn.memory_index_scale()), (reg, scale), "{insn}");
}

#[test]
fn memory_operands_come_back() {
    for reg in 0..16 {
        for base in 0..16 {
            for disp in DISPS {
                let insn = decoded(|a| a.mov(true, reg, Mem::base(base, disp)));
                assert_eq!(insn.op0_register(), register(reg));
                assert_memory(&insn, base, None, disp);
                let insn = decoded(|a| a.fp_load(true, reg + 16, Mem::base(base, disp)));
                assert_eq!(insn.op0_register(), register(reg + 16));
                assert_memory(&insn, base, None, disp);
            }
        }
    }
}

#[test]
fn indexed_operands_come_back() {
    for base in 0..16 {
        for index in (0..16).filter(|&r| r != RSP) {
            for scale in 0..4 {
                for disp in DISPS {
                    let mem = Mem::indexed(base, index, scale, disp);
                    let insn = decoded(|a| a.lea(true, 9, mem));
                    assert_memory(&insn, base, Some((index, scale)), disp);
                }
            }
        }
    }
}

#[test]
fn two_registers_come_back() {
    for x in 0..16 {
        for y in 0..16 {
            let insn = decoded(|a| a.alu(Alu::Sub, true, x, y));
            assert_eq!((insn.op0_register(), insn.op1_register()), (register(x), register(y)));
            let insn = decoded(|a| a.fp_mov(x + 16, y + 16));
            assert_eq!(
                (insn.op0_register(), insn.op1_register()),
                (register(x + 16), register(y + 16))
            );
            let insn = decoded(|a| a.fp(Vex::Mul, true, 20, x + 16, y + 16));
            assert_eq!(
                (insn.op1_register(), insn.op2_register()),
                (register(x + 16), register(y + 16))
            );
            let insn = decoded(|a| a.lanes(Vex::Sub, 20, x + 16, y + 16));
            let [x4, y4] = [x, y].map(|reg| Register::YMM0 + reg as u32);
            assert_eq!((insn.op0_register(), insn.op1_register()), (Register::YMM4, x4));
            assert_eq!((insn.mnemonic(), insn.op2_register()), (Mnemonic::Vsubpd, y4));
            let insn = decoded(|a| a.lanes_last(x + 16, y + 16));
            assert_eq!(
                (insn.mnemonic(), insn.op0_register(), insn.op1_register()),
                (Mnemonic::Vpermpd, x4, y4)
            );
            let insn = decoded(|a| a.lanes_fill(x + 16, y + 16));
            assert_eq!((insn.mnemonic(), insn.op0_register()), (Mnemonic::Vbroadcastsd, x4));
            assert_eq!(insn.op1_register(), register(y + 16));
            let insn = decoded(|a| a.lanes_signs(x, y + 16));
            assert_eq!((insn.mnemonic(), insn.op1_register()), (Mnemonic::Vmovmskpd, y4));
            let insn = decoded(|a| a.lanes_nan(x + 16, y + 16));
            assert_eq!(
                (insn.op0_register(), insn.op1_register(), insn.op2_register()),
                (x4, y4, y4)
            );
            let insn = decoded(|a| a.packed(Packed::AndNot, 20, x + 16, y + 16));
            assert_eq!((insn.mnemonic(), insn.op1_register()), (Mnemonic::Vpandn, x4));
            assert_eq!((insn.op0_register(), insn.op2_register()), (Register::YMM4, y4));
            let insn = decoded(|a| a.packed_fill(1, x + 16, y + 16));
            assert_eq!((insn.mnemonic(), insn.op0_register()), (Mnemonic::Vpbroadcastb, x4));
            assert_eq!(insn.op1_register(), register(y + 16));
            let insn = decoded(|a| a.packed_signs(x, y + 16));
            assert_eq!((insn.mnemonic(), insn.op1_register()), (Mnemonic::Vpmovmskb, y4));
            assert_eq!(insn.op0_register().full_register(), register(x));
            let insn = decoded(|a| a.shiftx(Shift::Sar, true, 8, x, y));
            assert_eq!((insn.op1_register(), insn.op2_register()), (register(x), register(y)));
        }
    }
}

#[test]
fn byte_registers_are_the_low_ones() {
    for reg in 0..16 {
        let insn = decoded(|a| a.zero_extend(Size::B1, 0, reg));
        assert_eq!(insn.op1_register().full_register(), register(reg), "{insn}");
        let insn = decoded(|a| a.store(Size::B1, Mem::base(1, 0), reg));
        assert_eq!(insn.op1_register().full_register(), register(reg), "{insn}");
        let insn = decoded(|a| a.setcc(Cc::E, reg));
        assert_eq!(insn.op0_register().full_register(), register(reg), "{insn}");
    }
}

#[test]
fn constants_come_back_in_the_shortest_form() {
    let cases = [(0, 5), (1, 5), (0x8000_0000, 5), (-1, 7), (i32::MIN as i64, 7), (1 << 40, 10)];
    for (imm, len) in cases {
        let insn = decoded(|a| a.mov_imm(1, imm));
        assert_eq!((insn.mnemonic(), insn.len()), (Mnemonic::Mov, len));
        let wide = insn.op0_register() == Register::RCX;
        let read = if wide { insn.immediate(1) as i64 } else { insn.immediate(1) as u32 as i64 };
        assert_eq!(read, imm);
    }
}

#[test]
fn fields_are_aligned_and_bound() {
    for before in 0..8 {
        let mut asm = Asm::reuse(Vec::new(), Vec::new());
        (0..before).for_each(|_| asm.ret());
        asm.align_field(asm.pos(), 2);
        let field = asm.jcc(Cc::Ne);
        assert_eq!(field % 4, 0);
        asm.ret();
        asm.bind_here(field);
        let (bytes, _) = asm.finish();
        let mut decoder = Decoder::new(64, &bytes, DecoderOptions::NONE);
        let jump = decoder.iter().find(|i| i.mnemonic() == Mnemonic::Jne).expect("the jump");
        assert_eq!(jump.near_branch64(), bytes.len() as u64);
    }
}

#[test]
fn each_packed_operation_is_its_own_instruction() {
    let cases = [
        (Packed::Equal1, Mnemonic::Vpcmpeqb),
        (Packed::Equal2, Mnemonic::Vpcmpeqw),
        (Packed::Equal4, Mnemonic::Vpcmpeqd),
        (Packed::Equal8, Mnemonic::Vpcmpeqq),
        (Packed::Add, Mnemonic::Vpaddq),
        (Packed::Sub, Mnemonic::Vpsubq),
        (Packed::And, Mnemonic::Vpand),
        (Packed::AndNot, Mnemonic::Vpandn),
        (Packed::Or, Mnemonic::Vpor),
        (Packed::Xor, Mnemonic::Vpxor),
    ];
    for (op, mnemonic) in cases {
        let insn = decoded(|a| a.packed(op, 16, 17, Mem::base(1, 64)));
        assert_eq!((insn.mnemonic(), insn.op2_kind()), (mnemonic, OpKind::Memory));
    }
    let fills = [Mnemonic::Vpbroadcastb, Mnemonic::Vpbroadcastw];
    let fills = fills.into_iter().chain([Mnemonic::Vpbroadcastd, Mnemonic::Vpbroadcastq]);
    for (size, mnemonic) in [1, 2, 4, 8].into_iter().zip(fills) {
        assert_eq!(decoded(|a| a.packed_fill(size, 16, 17)).mnemonic(), mnemonic);
    }
}
