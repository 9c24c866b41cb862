//! The names of RV64GC, by chapter of the unprivileged manual.

/// Every mnemonic of I, Zifencei, Zicsr, M, A, F, D and C.
#[rustfmt::skip]
pub const NAMES: &[&str] = &[
    // RV64I
    "lui", "auipc", "addi", "slti", "sltiu", "xori", "ori", "andi", "slli", "srli", "srai",
    "add", "sub", "sll", "slt", "sltu", "xor", "srl", "sra", "or", "and",
    "addiw", "slliw", "srliw", "sraiw", "addw", "subw", "sllw", "srlw", "sraw",
    "lb", "lh", "lw", "ld", "lbu", "lhu", "lwu", "sb", "sh", "sw", "sd",
    "jal", "jalr", "beq", "bne", "blt", "bge", "bltu", "bgeu",
    "fence", "fence.tso", "ecall", "ebreak",
    // Zifencei, Zicsr
    "fence.i", "csrrw", "csrrs", "csrrc", "csrrwi", "csrrsi", "csrrci",
    // M
    "mul", "mulh", "mulhsu", "mulhu", "div", "divu", "rem", "remu",
    "mulw", "divw", "divuw", "remw", "remuw",
    // A
    "lr.w", "sc.w", "amoswap.w", "amoadd.w", "amoxor.w", "amoand.w", "amoor.w",
    "amomin.w", "amomax.w", "amominu.w", "amomaxu.w",
    "lr.d", "sc.d", "amoswap.d", "amoadd.d", "amoxor.d", "amoand.d", "amoor.d",
    "amomin.d", "amomax.d", "amominu.d", "amomaxu.d",
    // F
    "flw", "fsw", "fmadd.s", "fmsub.s", "fnmsub.s", "fnmadd.s",
    "fadd.s", "fsub.s", "fmul.s", "fdiv.s", "fsqrt.s", "fsgnj.s", "fsgnjn.s", "fsgnjx.s",
    "fmin.s", "fmax.s", "feq.s", "flt.s", "fle.s", "fclass.s", "fmv.x.w", "fmv.w.x",
    "fcvt.w.s", "fcvt.wu.s", "fcvt.l.s", "fcvt.lu.s",
    "fcvt.s.w", "fcvt.s.wu", "fcvt.s.l", "fcvt.s.lu",
    // D
    "fld", "fsd", "fmadd.d", "fmsub.d", "fnmsub.d", "fnmadd.d",
    "fadd.d", "fsub.d", "fmul.d", "fdiv.d", "fsqrt.d", "fsgnj.d", "fsgnjn.d", "fsgnjx.d",
    "fmin.d", "fmax.d", "feq.d", "flt.d", "fle.d", "fclass.d", "fmv.x.d", "fmv.d.x",
    "fcvt.w.d", "fcvt.wu.d", "fcvt.l.d", "fcvt.lu.d",
    "fcvt.d.w", "fcvt.d.wu", "fcvt.d.l", "fcvt.d.lu", "fcvt.s.d", "fcvt.d.s",
    // C
    "c.addi4spn", "c.fld", "c.lw", "c.ld", "c.fsd", "c.sw", "c.sd",
    "c.nop", "c.addi", "c.addiw", "c.li", "c.lui", "c.addi16sp", "c.srli", "c.srai", "c.andi",
    "c.sub", "c.xor", "c.or", "c.and", "c.subw", "c.addw", "c.j", "c.beqz", "c.bnez",
    "c.slli", "c.fldsp", "c.lwsp", "c.ldsp", "c.mv", "c.jr", "c.add", "c.jalr", "c.ebreak",
    "c.fsdsp", "c.swsp", "c.sdsp",
];
