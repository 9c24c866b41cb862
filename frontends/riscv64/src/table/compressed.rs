//! C, Zcb and Zcmop: each row lifts as the 32-bit instruction it stands for.
//!
//! HINTs (a destination of `x0`, a shift by 0, ...) need no rows: their layouts and lifts
//! already make nothing of them.

use super::rows;
use crate::lift::b::{add_uw, sext_b, sext_h, zext_h};
use crate::lift::f::{fld, fsd};
use crate::lift::m::mul;
use crate::lift::reserved;
use crate::lift::rv64i::*;

rows! {
    // Quadrant 0.
    "000 iiiiiiii ddd 00" "c.addi4spn" CAddi4spn addi;
    #special "000 00000000 --- 00" "" Reserved reserved;
    "001 iii sss ii ddd 00" "c.fld" CFld fld;
    "010 iii sss ii ddd 00" "c.lw"  CLw lw;
    "011 iii sss ii ddd 00" "c.ld"  CLd ld;
    "100 000 sss ii ddd 00" "c.lbu" CLb lbu;
    "100 001 sss 0i ddd 00" "c.lhu" CLh lhu;
    "100 001 sss 1i ddd 00" "c.lh"  CLh lh;
    "100 010 sss ii ttt 00" "c.sb"  CSb sb;
    "100 011 sss 0i ttt 00" "c.sh"  CSh sh;
    "101 iii sss ii ttt 00" "c.fsd" CFsd fsd;
    "110 iii sss ii ttt 00" "c.sw"  CSw sw;
    "111 iii sss ii ttt 00" "c.sd"  CSd sd;

    // Quadrant 1.
    "000 i ddddd iiiii 01" "c.addi" CAddi addi;
    #special "000 i 00000 iiiii 01" "c.nop" CNop nop;
    #special "000 0 00000 00000 01" "c.nop" None nop;
    "001 i ddddd iiiii 01" "c.addiw" CAddi addiw;
    #special "001 - 00000 ----- 01" "" Reserved reserved;
    "010 i ddddd iiiii 01" "c.li" CLi addi;
    "011 i ddddd iiiii 01" "c.lui" CLui lui;
    #special "011 0 ----- 00000 01" "" Reserved reserved;
    #special "011 i 00010 iiiii 01" "c.addi16sp" CAddi16sp addi;
    #special "011 0 00010 00000 01" "" Reserved reserved;
    #special "011 0 0nnn1 00000 01" "c.mop." CMop nop;
    "100 i 00 ddd iiiii 01" "c.srli" CShift srli;
    "100 i 01 ddd iiiii 01" "c.srai" CShift srai;
    "100 i 10 ddd iiiii 01" "c.andi" CAndi andi;
    "100 0 11 ddd 00 ttt 01" "c.sub"  CArith sub;
    "100 0 11 ddd 01 ttt 01" "c.xor"  CArith xor;
    "100 0 11 ddd 10 ttt 01" "c.or"   CArith or;
    "100 0 11 ddd 11 ttt 01" "c.and"  CArith and;
    "100 1 11 ddd 00 ttt 01" "c.subw" CArith subw;
    "100 1 11 ddd 01 ttt 01" "c.addw" CArith addw;
    "100 1 11 ddd 10 ttt 01" "c.mul"  CArith mul;
    "100 1 11 ddd 11 000 01" "c.zext.b" CZextB andi;
    "100 1 11 ddd 11 001 01" "c.sext.b" CUnary sext_b;
    "100 1 11 ddd 11 010 01" "c.zext.h" CUnary zext_h;
    "100 1 11 ddd 11 011 01" "c.sext.h" CUnary sext_h;
    "100 1 11 ddd 11 100 01" "c.zext.w" CUnary add_uw;
    "100 1 11 ddd 11 101 01" "c.not" CNot xori;
    "101 iiiiiiiiiii 01" "c.j" CJump jal;
    "110 iii sss iiiii 01" "c.beqz" CBranch beq;
    "111 iii sss iiiii 01" "c.bnez" CBranch bne;

    // Quadrant 2.
    "000 i ddddd iiiii 10" "c.slli" CSlli slli;
    "001 i ddddd iiiii 10" "c.fldsp" CFldsp fld;
    "010 i ddddd iiiii 10" "c.lwsp" CLwsp lw;
    #special "010 - 00000 ----- 10" "" Reserved reserved;
    "011 i ddddd iiiii 10" "c.ldsp" CLdsp ld;
    #special "011 - 00000 ----- 10" "" Reserved reserved;
    "100 0 ddddd ttttt 10" "c.mv" CMv add;
    #special "100 0 sssss 00000 10" "c.jr" CJr jalr;
    #special "100 0 00000 00000 10" "" Reserved reserved;
    "100 1 ddddd ttttt 10" "c.add" CAdd add;
    #special "100 1 sssss 00000 10" "c.jalr" CJalr jalr;
    #special "100 1 00000 00000 10" "c.ebreak" None ebreak;
    "101 iiiiii ttttt 10" "c.fsdsp" CFsdsp fsd;
    "110 iiiiii ttttt 10" "c.swsp" CSwsp sw;
    "111 iiiiii ttttt 10" "c.sdsp" CSdsp sd;
}
