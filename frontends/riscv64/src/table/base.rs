//! RV64I, M, A (with Zacas and Zabha), Zicsr, Zawrs, Zicond, Zimop and the cache operations.

use super::rows;
use crate::lift::a::*;
use crate::lift::m::*;
use crate::lift::rv64i::*;
use crate::lift::zicbo::*;
use crate::lift::zicond::*;
use crate::lift::zicsr::*;

rows! {
    // RV64I: computing.
    "uuuuuuuuuuuuuuuuuuuu ddddd 0110111" "lui"   Upper lui;
    "uuuuuuuuuuuuuuuuuuuu ddddd 0010111" "auipc" Upper auipc;
    "iiiiiiiiiiii sssss 000 ddddd 0010011" "addi"  I addi;
    "iiiiiiiiiiii sssss 010 ddddd 0010011" "slti"  I slti;
    "iiiiiiiiiiii sssss 011 ddddd 0010011" "sltiu" I sltiu;
    "iiiiiiiiiiii sssss 100 ddddd 0010011" "xori"  I xori;
    "iiiiiiiiiiii sssss 110 ddddd 0010011" "ori"   I ori;
    "iiiiiiiiiiii sssss 111 ddddd 0010011" "andi"  I andi;
    "000000 iiiiii sssss 001 ddddd 0010011" "slli" Shamt6 slli;
    "000000 iiiiii sssss 101 ddddd 0010011" "srli" Shamt6 srli;
    "010000 iiiiii sssss 101 ddddd 0010011" "srai" Shamt6 srai;
    "0000000 ttttt sssss 000 ddddd 0110011" "add"  R add;
    "0100000 ttttt sssss 000 ddddd 0110011" "sub"  R sub;
    "0000000 ttttt sssss 001 ddddd 0110011" "sll"  R sll;
    "0000000 ttttt sssss 010 ddddd 0110011" "slt"  R slt;
    "0000000 ttttt sssss 011 ddddd 0110011" "sltu" R sltu;
    "0000000 ttttt sssss 100 ddddd 0110011" "xor"  R xor;
    "0000000 ttttt sssss 101 ddddd 0110011" "srl"  R srl;
    "0100000 ttttt sssss 101 ddddd 0110011" "sra"  R sra;
    "0000000 ttttt sssss 110 ddddd 0110011" "or"   R or;
    "0000000 ttttt sssss 111 ddddd 0110011" "and"  R and;
    "iiiiiiiiiiii sssss 000 ddddd 0011011" "addiw" I addiw;
    "0000000 iiiii sssss 001 ddddd 0011011" "slliw" Shamt5 slliw;
    "0000000 iiiii sssss 101 ddddd 0011011" "srliw" Shamt5 srliw;
    "0100000 iiiii sssss 101 ddddd 0011011" "sraiw" Shamt5 sraiw;
    "0000000 ttttt sssss 000 ddddd 0111011" "addw" R addw;
    "0100000 ttttt sssss 000 ddddd 0111011" "subw" R subw;
    "0000000 ttttt sssss 001 ddddd 0111011" "sllw" R sllw;
    "0000000 ttttt sssss 101 ddddd 0111011" "srlw" R srlw;
    "0100000 ttttt sssss 101 ddddd 0111011" "sraw" R sraw;

    // RV64I: loads and stores.
    "iiiiiiiiiiii sssss 000 ddddd 0000011" "lb"  Load lb;
    "iiiiiiiiiiii sssss 001 ddddd 0000011" "lh"  Load lh;
    "iiiiiiiiiiii sssss 010 ddddd 0000011" "lw"  Load lw;
    "iiiiiiiiiiii sssss 011 ddddd 0000011" "ld"  Load ld;
    "iiiiiiiiiiii sssss 100 ddddd 0000011" "lbu" Load lbu;
    "iiiiiiiiiiii sssss 101 ddddd 0000011" "lhu" Load lhu;
    "iiiiiiiiiiii sssss 110 ddddd 0000011" "lwu" Load lwu;
    "iiiiiii ttttt sssss 000 iiiii 0100011" "sb" Store sb;
    "iiiiiii ttttt sssss 001 iiiii 0100011" "sh" Store sh;
    "iiiiiii ttttt sssss 010 iiiii 0100011" "sw" Store sw;
    "iiiiiii ttttt sssss 011 iiiii 0100011" "sd" Store sd;

    // RV64I: control.
    "iiiiiiiiiiiiiiiiiiii ddddd 1101111" "jal" Jump jal;
    "iiiiiiiiiiii sssss 000 ddddd 1100111" "jalr" Load jalr;
    "iiiiiii ttttt sssss 000 iiiii 1100011" "beq"  Branch beq;
    "iiiiiii ttttt sssss 001 iiiii 1100011" "bne"  Branch bne;
    "iiiiiii ttttt sssss 100 iiiii 1100011" "blt"  Branch blt;
    "iiiiiii ttttt sssss 101 iiiii 1100011" "bge"  Branch bge;
    "iiiiiii ttttt sssss 110 iiiii 1100011" "bltu" Branch bltu;
    "iiiiiii ttttt sssss 111 iiiii 1100011" "bgeu" Branch bgeu;
    // Other fields of a fence are ignored, as the manual asks for.
    "---- pppp qqqq ----- 000 ----- 0001111" "fence" Fence fence;
    #special "1000 0011 0011 00000 000 00000 0001111" "fence.tso" None fence_tso;
    // Zihintpause.
    #special "0000 0001 0000 00000 000 00000 0001111" "fence" Fence pause;
    "000000000000 00000 000 00000 1110011" "ecall"  None ecall;
    "000000000001 00000 000 00000 1110011" "ebreak" None ebreak;
    "0000000 nnnnn 00000 000 00000 0001011" "hostcall" HostCall hostcall;

    // Zifencei.
    "------------ ----- 001 ----- 0001111" "fence.i" None fence_i;

    // Zicsr.
    "cccccccccccc sssss 001 ddddd 1110011" "csrrw"  Csr csrrw;
    "cccccccccccc sssss 010 ddddd 1110011" "csrrs"  Csr csrrs;
    "cccccccccccc sssss 011 ddddd 1110011" "csrrc"  Csr csrrc;
    "cccccccccccc zzzzz 101 ddddd 1110011" "csrrwi" CsrImm csrrwi;
    "cccccccccccc zzzzz 110 ddddd 1110011" "csrrsi" CsrImm csrrsi;
    "cccccccccccc zzzzz 111 ddddd 1110011" "csrrci" CsrImm csrrci;

    // M.
    "0000001 ttttt sssss 000 ddddd 0110011" "mul"    R mul;
    "0000001 ttttt sssss 001 ddddd 0110011" "mulh"   R mulh;
    "0000001 ttttt sssss 010 ddddd 0110011" "mulhsu" R mulhsu;
    "0000001 ttttt sssss 011 ddddd 0110011" "mulhu"  R mulhu;
    "0000001 ttttt sssss 100 ddddd 0110011" "div"    R div;
    "0000001 ttttt sssss 101 ddddd 0110011" "divu"   R divu;
    "0000001 ttttt sssss 110 ddddd 0110011" "rem"    R rem;
    "0000001 ttttt sssss 111 ddddd 0110011" "remu"   R remu;
    "0000001 ttttt sssss 000 ddddd 0111011" "mulw"   R mulw;
    "0000001 ttttt sssss 100 ddddd 0111011" "divw"   R divw;
    "0000001 ttttt sssss 101 ddddd 0111011" "divuw"  R divuw;
    "0000001 ttttt sssss 110 ddddd 0111011" "remw"   R remw;
    "0000001 ttttt sssss 111 ddddd 0111011" "remuw"  R remuw;

    // A: Zalrsc.
    "00010 aa 00000 sssss 010 ddddd 0101111" "lr.w" Lr lr_w;
    "00011 aa ttttt sssss 010 ddddd 0101111" "sc.w" Amo sc_w;
    "00010 aa 00000 sssss 011 ddddd 0101111" "lr.d" Lr lr_d;
    "00011 aa ttttt sssss 011 ddddd 0101111" "sc.d" Amo sc_d;

    // A: Zaamo; its bytes and halves are Zabha.
    "00000 aa ttttt sssss 000 ddddd 0101111" "amoadd.b" Amo amoadd::<B>;
    "00000 aa ttttt sssss 001 ddddd 0101111" "amoadd.h" Amo amoadd::<H>;
    "00000 aa ttttt sssss 010 ddddd 0101111" "amoadd.w" Amo amoadd::<W>;
    "00000 aa ttttt sssss 011 ddddd 0101111" "amoadd.d" Amo amoadd::<D>;
    "00001 aa ttttt sssss 000 ddddd 0101111" "amoswap.b" Amo amoswap::<B>;
    "00001 aa ttttt sssss 001 ddddd 0101111" "amoswap.h" Amo amoswap::<H>;
    "00001 aa ttttt sssss 010 ddddd 0101111" "amoswap.w" Amo amoswap::<W>;
    "00001 aa ttttt sssss 011 ddddd 0101111" "amoswap.d" Amo amoswap::<D>;
    "00100 aa ttttt sssss 000 ddddd 0101111" "amoxor.b" Amo amoxor::<B>;
    "00100 aa ttttt sssss 001 ddddd 0101111" "amoxor.h" Amo amoxor::<H>;
    "00100 aa ttttt sssss 010 ddddd 0101111" "amoxor.w" Amo amoxor::<W>;
    "00100 aa ttttt sssss 011 ddddd 0101111" "amoxor.d" Amo amoxor::<D>;
    "01000 aa ttttt sssss 000 ddddd 0101111" "amoor.b" Amo amoor::<B>;
    "01000 aa ttttt sssss 001 ddddd 0101111" "amoor.h" Amo amoor::<H>;
    "01000 aa ttttt sssss 010 ddddd 0101111" "amoor.w" Amo amoor::<W>;
    "01000 aa ttttt sssss 011 ddddd 0101111" "amoor.d" Amo amoor::<D>;
    "01100 aa ttttt sssss 000 ddddd 0101111" "amoand.b" Amo amoand::<B>;
    "01100 aa ttttt sssss 001 ddddd 0101111" "amoand.h" Amo amoand::<H>;
    "01100 aa ttttt sssss 010 ddddd 0101111" "amoand.w" Amo amoand::<W>;
    "01100 aa ttttt sssss 011 ddddd 0101111" "amoand.d" Amo amoand::<D>;
    "10000 aa ttttt sssss 000 ddddd 0101111" "amomin.b" Amo amomin::<B>;
    "10000 aa ttttt sssss 001 ddddd 0101111" "amomin.h" Amo amomin::<H>;
    "10000 aa ttttt sssss 010 ddddd 0101111" "amomin.w" Amo amomin::<W>;
    "10000 aa ttttt sssss 011 ddddd 0101111" "amomin.d" Amo amomin::<D>;
    "10100 aa ttttt sssss 000 ddddd 0101111" "amomax.b" Amo amomax::<B>;
    "10100 aa ttttt sssss 001 ddddd 0101111" "amomax.h" Amo amomax::<H>;
    "10100 aa ttttt sssss 010 ddddd 0101111" "amomax.w" Amo amomax::<W>;
    "10100 aa ttttt sssss 011 ddddd 0101111" "amomax.d" Amo amomax::<D>;
    "11000 aa ttttt sssss 000 ddddd 0101111" "amominu.b" Amo amominu::<B>;
    "11000 aa ttttt sssss 001 ddddd 0101111" "amominu.h" Amo amominu::<H>;
    "11000 aa ttttt sssss 010 ddddd 0101111" "amominu.w" Amo amominu::<W>;
    "11000 aa ttttt sssss 011 ddddd 0101111" "amominu.d" Amo amominu::<D>;
    "11100 aa ttttt sssss 000 ddddd 0101111" "amomaxu.b" Amo amomaxu::<B>;
    "11100 aa ttttt sssss 001 ddddd 0101111" "amomaxu.h" Amo amomaxu::<H>;
    "11100 aa ttttt sssss 010 ddddd 0101111" "amomaxu.w" Amo amomaxu::<W>;
    "11100 aa ttttt sssss 011 ddddd 0101111" "amomaxu.d" Amo amomaxu::<D>;

    // Zacas; bytes and halves with Zabha.
    "00101 aa ttttt sssss 000 ddddd 0101111" "amocas.b" Amo amocas::<B>;
    "00101 aa ttttt sssss 001 ddddd 0101111" "amocas.h" Amo amocas::<H>;
    "00101 aa ttttt sssss 010 ddddd 0101111" "amocas.w" Amo amocas::<W>;
    "00101 aa ttttt sssss 011 ddddd 0101111" "amocas.d" Amo amocas::<D>;
    "00101 aa tttt0 sssss 100 dddd0 0101111" "amocas.q" Amo amocas_q;

    // Zawrs.
    "000000001101 00000 000 00000 1110011" "wrs.nto" None pause;
    "000000011101 00000 000 00000 1110011" "wrs.sto" None pause;

    // Zicond.
    "0000111 ttttt sssss 101 ddddd 0110011" "czero.eqz" R czero_eqz;
    "0000111 ttttt sssss 111 ddddd 0110011" "czero.nez" R czero_nez;

    // Zimop.
    "1n00nn 0111nn sssss 100 ddddd 1110011" "mop.r."  MopR mop;
    "1n00nn 1ttttt sssss 100 ddddd 1110011" "mop.rr." MopRr mop;

    // Zicbom, Zicbop, Zicboz.
    "000000000000 sssss 010 00000 0001111" "cbo.inval" Cache cbo_touch;
    "000000000001 sssss 010 00000 0001111" "cbo.clean" Cache cbo_touch;
    "000000000010 sssss 010 00000 0001111" "cbo.flush" Cache cbo_touch;
    "000000000100 sssss 010 00000 0001111" "cbo.zero"  Cache cbo_zero;
    #special "iiiiiii 00000 sssss 110 00000 0010011" "prefetch.i" Prefetch nop;
    #special "iiiiiii 00001 sssss 110 00000 0010011" "prefetch.r" Prefetch prefetch;
    #special "iiiiiii 00011 sssss 110 00000 0010011" "prefetch.w" Prefetch prefetch;
}
