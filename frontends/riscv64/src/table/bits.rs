//! Zba, Zbb, Zbc, Zbs, Zbkb, Zbkx, Zkne, Zknd and Zknh.

use super::rows;
use crate::lift::b::*;
use crate::lift::reserved;
use crate::lift::zk::*;

rows! {
    // Zba.
    "0010000 ttttt sssss 010 ddddd 0110011" "sh1add"    R sh1add;
    "0010000 ttttt sssss 100 ddddd 0110011" "sh2add"    R sh2add;
    "0010000 ttttt sssss 110 ddddd 0110011" "sh3add"    R sh3add;
    "0000100 ttttt sssss 000 ddddd 0111011" "add.uw"    R add_uw;
    "0010000 ttttt sssss 010 ddddd 0111011" "sh1add.uw" R sh1add_uw;
    "0010000 ttttt sssss 100 ddddd 0111011" "sh2add.uw" R sh2add_uw;
    "0010000 ttttt sssss 110 ddddd 0111011" "sh3add.uw" R sh3add_uw;
    "000010 iiiiii sssss 001 ddddd 0011011" "slli.uw"   Shamt6 slli_uw;

    // Zbb.
    "0100000 ttttt sssss 111 ddddd 0110011" "andn" R andn;
    "0100000 ttttt sssss 110 ddddd 0110011" "orn"  R orn;
    "0100000 ttttt sssss 100 ddddd 0110011" "xnor" R xnor;
    "0110000 00000 sssss 001 ddddd 0010011" "clz"   Unary clz;
    "0110000 00001 sssss 001 ddddd 0010011" "ctz"   Unary ctz;
    "0110000 00010 sssss 001 ddddd 0010011" "cpop"  Unary cpop;
    "0110000 00000 sssss 001 ddddd 0011011" "clzw"  Unary clzw;
    "0110000 00001 sssss 001 ddddd 0011011" "ctzw"  Unary ctzw;
    "0110000 00010 sssss 001 ddddd 0011011" "cpopw" Unary cpopw;
    "0110000 00100 sssss 001 ddddd 0010011" "sext.b" Unary sext_b;
    "0110000 00101 sssss 001 ddddd 0010011" "sext.h" Unary sext_h;
    #special "0000100 00000 sssss 100 ddddd 0111011" "zext.h" Unary zext_h;
    "0000101 ttttt sssss 100 ddddd 0110011" "min"  R min;
    "0000101 ttttt sssss 101 ddddd 0110011" "minu" R minu;
    "0000101 ttttt sssss 110 ddddd 0110011" "max"  R max;
    "0000101 ttttt sssss 111 ddddd 0110011" "maxu" R maxu;
    "0110000 ttttt sssss 001 ddddd 0110011" "rol"  R rol;
    "0110000 ttttt sssss 101 ddddd 0110011" "ror"  R ror;
    "011000 iiiiii sssss 101 ddddd 0010011" "rori" Shamt6 rori;
    "0110000 ttttt sssss 001 ddddd 0111011" "rolw"  R rolw;
    "0110000 ttttt sssss 101 ddddd 0111011" "rorw"  R rorw;
    "0110000 iiiii sssss 101 ddddd 0011011" "roriw" Shamt5 roriw;
    "0010100 00111 sssss 101 ddddd 0010011" "orc.b" Unary orc_b;
    "0110101 11000 sssss 101 ddddd 0010011" "rev8"  Unary rev8;

    // Zbc.
    "0000101 ttttt sssss 001 ddddd 0110011" "clmul"  R clmul;
    "0000101 ttttt sssss 010 ddddd 0110011" "clmulr" R clmulr;
    "0000101 ttttt sssss 011 ddddd 0110011" "clmulh" R clmulh;

    // Zbs.
    "0100100 ttttt sssss 001 ddddd 0110011" "bclr" R bclr;
    "0100100 ttttt sssss 101 ddddd 0110011" "bext" R bext;
    "0110100 ttttt sssss 001 ddddd 0110011" "binv" R binv;
    "0010100 ttttt sssss 001 ddddd 0110011" "bset" R bset;
    "010010 iiiiii sssss 001 ddddd 0010011" "bclri" Shamt6 bclri;
    "010010 iiiiii sssss 101 ddddd 0010011" "bexti" Shamt6 bexti;
    "011010 iiiiii sssss 001 ddddd 0010011" "binvi" Shamt6 binvi;
    "001010 iiiiii sssss 001 ddddd 0010011" "bseti" Shamt6 bseti;

    // Zbkb.
    "0000100 ttttt sssss 100 ddddd 0110011" "pack"  R pack;
    "0000100 ttttt sssss 111 ddddd 0110011" "packh" R packh;
    "0000100 ttttt sssss 100 ddddd 0111011" "packw" R packw;
    "0110100 00111 sssss 101 ddddd 0010011" "brev8" Unary brev8;

    // Zbkx.
    "0010100 ttttt sssss 010 ddddd 0110011" "xperm4" R xperm4;
    "0010100 ttttt sssss 100 ddddd 0110011" "xperm8" R xperm8;

    // Zkne, Zknd.
    "0011001 ttttt sssss 000 ddddd 0110011" "aes64es"  R aes64es;
    "0011011 ttttt sssss 000 ddddd 0110011" "aes64esm" R aes64esm;
    "0011101 ttttt sssss 000 ddddd 0110011" "aes64ds"  R aes64ds;
    "0011111 ttttt sssss 000 ddddd 0110011" "aes64dsm" R aes64dsm;
    "0011000 00000 sssss 001 ddddd 0010011" "aes64im"  Unary aes64im;
    "0011000 1iiii sssss 001 ddddd 0010011" "aes64ks1i" Round4 aes64ks1i;
    #special "0011000 11011 ----- 001 ----- 0010011" "" Reserved reserved;
    #special "0011000 111-- ----- 001 ----- 0010011" "" Reserved reserved;
    "0111111 ttttt sssss 000 ddddd 0110011" "aes64ks2" R aes64ks2;

    // Zknh.
    "0001000 00000 sssss 001 ddddd 0010011" "sha256sum0" Unary sha256sum0;
    "0001000 00001 sssss 001 ddddd 0010011" "sha256sum1" Unary sha256sum1;
    "0001000 00010 sssss 001 ddddd 0010011" "sha256sig0" Unary sha256sig0;
    "0001000 00011 sssss 001 ddddd 0010011" "sha256sig1" Unary sha256sig1;
    "0001000 00100 sssss 001 ddddd 0010011" "sha512sum0" Unary sha512sum0;
    "0001000 00101 sssss 001 ddddd 0010011" "sha512sum1" Unary sha512sum1;
    "0001000 00110 sssss 001 ddddd 0010011" "sha512sig0" Unary sha512sig0;
    "0001000 00111 sssss 001 ddddd 0010011" "sha512sig1" Unary sha512sig1;
}
