//! Zfh, and Zfa on it.

use super::rows;
use crate::lift::f::*;
use crate::lift::zfa::*;
use crate::lifter::{D, H, S};

rows! {
    // Zfh: half precision.
    "iiiiiiiiiiii sssss 001 ddddd 0000111" "flh" FLoad flh;
    "iiiiiii ttttt sssss 001 iiiii 0100111" "fsh" FStore fsh;
    "rrrrr 10 ttttt sssss mmm ddddd 1000011" "fmadd.h" F4m fmadd::<H>;
    "rrrrr 10 ttttt sssss mmm ddddd 1000111" "fmsub.h" F4m fmsub::<H>;
    "rrrrr 10 ttttt sssss mmm ddddd 1001011" "fnmsub.h" F4m fnmsub::<H>;
    "rrrrr 10 ttttt sssss mmm ddddd 1001111" "fnmadd.h" F4m fnmadd::<H>;
    "00000 10 ttttt sssss mmm ddddd 1010011" "fadd.h" F3m fadd::<H>;
    "00001 10 ttttt sssss mmm ddddd 1010011" "fsub.h" F3m fsub::<H>;
    "00010 10 ttttt sssss mmm ddddd 1010011" "fmul.h" F3m fmul::<H>;
    "00011 10 ttttt sssss mmm ddddd 1010011" "fdiv.h" F3m fdiv::<H>;
    "01011 10 00000 sssss mmm ddddd 1010011" "fsqrt.h" F2m fsqrt::<H>;
    "00100 10 ttttt sssss 000 ddddd 1010011" "fsgnj.h" F3 fsgnj::<H>;
    "00100 10 ttttt sssss 001 ddddd 1010011" "fsgnjn.h" F3 fsgnjn::<H>;
    "00100 10 ttttt sssss 010 ddddd 1010011" "fsgnjx.h" F3 fsgnjx::<H>;
    "00101 10 ttttt sssss 000 ddddd 1010011" "fmin.h" F3 fmin::<H>;
    "00101 10 ttttt sssss 001 ddddd 1010011" "fmax.h" F3 fmax::<H>;
    "10100 10 ttttt sssss 010 ddddd 1010011" "feq.h" FCmp feq::<H>;
    "10100 10 ttttt sssss 001 ddddd 1010011" "flt.h" FCmp flt::<H>;
    "10100 10 ttttt sssss 000 ddddd 1010011" "fle.h" FCmp fle::<H>;
    "11100 10 00000 sssss 001 ddddd 1010011" "fclass.h" FToX fclass::<H>;
    "11100 10 00000 sssss 000 ddddd 1010011" "fmv.x.h" FToX fmv_x_h;
    "11110 10 00000 sssss 000 ddddd 1010011" "fmv.h.x" XToF fmv_h_x;
    "11000 10 00000 sssss mmm ddddd 1010011" "fcvt.w.h" FToXm fcvt_w::<H>;
    "11000 10 00001 sssss mmm ddddd 1010011" "fcvt.wu.h" FToXm fcvt_wu::<H>;
    "11000 10 00010 sssss mmm ddddd 1010011" "fcvt.l.h" FToXm fcvt_l::<H>;
    "11000 10 00011 sssss mmm ddddd 1010011" "fcvt.lu.h" FToXm fcvt_lu::<H>;
    "11010 10 00000 sssss mmm ddddd 1010011" "fcvt.h.w" XToFm fcvt_from_w::<H>;
    "11010 10 00001 sssss mmm ddddd 1010011" "fcvt.h.wu" XToFm fcvt_from_wu::<H>;
    "11010 10 00010 sssss mmm ddddd 1010011" "fcvt.h.l" XToFm fcvt_from_l::<H>;
    "11010 10 00011 sssss mmm ddddd 1010011" "fcvt.h.lu" XToFm fcvt_from_lu::<H>;
    "01000 10 00000 sssss mmm ddddd 1010011" "fcvt.h.s" F2m fcvt::<H, S>;
    "01000 00 00010 sssss mmm ddddd 1010011" "fcvt.s.h" F2k fcvt::<S, H>;
    "01000 10 00001 sssss mmm ddddd 1010011" "fcvt.h.d" F2m fcvt::<H, D>;
    "01000 01 00010 sssss mmm ddddd 1010011" "fcvt.d.h" F2k fcvt::<D, H>;

    // Zfa.
    "11110 10 00001 zzzzz 000 ddddd 1010011" "fli.h" Literal fli::<H>;
    "00101 10 ttttt sssss 010 ddddd 1010011" "fminm.h" F3 fminm::<H>;
    "00101 10 ttttt sssss 011 ddddd 1010011" "fmaxm.h" F3 fmaxm::<H>;
    "01000 10 00100 sssss mmm ddddd 1010011" "fround.h" F2m fround::<H>;
    "01000 10 00101 sssss mmm ddddd 1010011" "froundnx.h" F2m froundnx::<H>;
    "10100 10 ttttt sssss 101 ddddd 1010011" "fltq.h" FCmp fltq::<H>;
    "10100 10 ttttt sssss 100 ddddd 1010011" "fleq.h" FCmp fleq::<H>;
}
