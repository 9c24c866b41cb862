//! F and D, and Zfa on them.

use super::rows;
use crate::lift::f::*;
use crate::lift::zfa::*;
use crate::lifter::{D, S};

rows! {
    // F: single precision.
    "iiiiiiiiiiii sssss 010 ddddd 0000111" "flw" FLoad flw;
    "iiiiiii ttttt sssss 010 iiiii 0100111" "fsw" FStore fsw;
    "rrrrr 00 ttttt sssss mmm ddddd 1000011" "fmadd.s" F4m fmadd::<S>;
    "rrrrr 00 ttttt sssss mmm ddddd 1000111" "fmsub.s" F4m fmsub::<S>;
    "rrrrr 00 ttttt sssss mmm ddddd 1001011" "fnmsub.s" F4m fnmsub::<S>;
    "rrrrr 00 ttttt sssss mmm ddddd 1001111" "fnmadd.s" F4m fnmadd::<S>;
    "00000 00 ttttt sssss mmm ddddd 1010011" "fadd.s" F3m fadd::<S>;
    "00001 00 ttttt sssss mmm ddddd 1010011" "fsub.s" F3m fsub::<S>;
    "00010 00 ttttt sssss mmm ddddd 1010011" "fmul.s" F3m fmul::<S>;
    "00011 00 ttttt sssss mmm ddddd 1010011" "fdiv.s" F3m fdiv::<S>;
    "01011 00 00000 sssss mmm ddddd 1010011" "fsqrt.s" F2m fsqrt::<S>;
    "00100 00 ttttt sssss 000 ddddd 1010011" "fsgnj.s" F3 fsgnj::<S>;
    "00100 00 ttttt sssss 001 ddddd 1010011" "fsgnjn.s" F3 fsgnjn::<S>;
    "00100 00 ttttt sssss 010 ddddd 1010011" "fsgnjx.s" F3 fsgnjx::<S>;
    "00101 00 ttttt sssss 000 ddddd 1010011" "fmin.s" F3 fmin::<S>;
    "00101 00 ttttt sssss 001 ddddd 1010011" "fmax.s" F3 fmax::<S>;
    "10100 00 ttttt sssss 010 ddddd 1010011" "feq.s" FCmp feq::<S>;
    "10100 00 ttttt sssss 001 ddddd 1010011" "flt.s" FCmp flt::<S>;
    "10100 00 ttttt sssss 000 ddddd 1010011" "fle.s" FCmp fle::<S>;
    "11100 00 00000 sssss 001 ddddd 1010011" "fclass.s" FToX fclass::<S>;
    "11100 00 00000 sssss 000 ddddd 1010011" "fmv.x.w" FToX fmv_x_w;
    "11110 00 00000 sssss 000 ddddd 1010011" "fmv.w.x" XToF fmv_w_x;
    "11000 00 00000 sssss mmm ddddd 1010011" "fcvt.w.s" FToXm fcvt_w::<S>;
    "11000 00 00001 sssss mmm ddddd 1010011" "fcvt.wu.s" FToXm fcvt_wu::<S>;
    "11000 00 00010 sssss mmm ddddd 1010011" "fcvt.l.s" FToXm fcvt_l::<S>;
    "11000 00 00011 sssss mmm ddddd 1010011" "fcvt.lu.s" FToXm fcvt_lu::<S>;
    "11010 00 00000 sssss mmm ddddd 1010011" "fcvt.s.w" XToFm fcvt_from_w::<S>;
    "11010 00 00001 sssss mmm ddddd 1010011" "fcvt.s.wu" XToFm fcvt_from_wu::<S>;
    "11010 00 00010 sssss mmm ddddd 1010011" "fcvt.s.l" XToFm fcvt_from_l::<S>;
    "11010 00 00011 sssss mmm ddddd 1010011" "fcvt.s.lu" XToFm fcvt_from_lu::<S>;
    "01000 00 00001 sssss mmm ddddd 1010011" "fcvt.s.d" F2m fcvt::<S, D>;

    // Zfa.
    "11110 00 00001 zzzzz 000 ddddd 1010011" "fli.s" Literal fli::<S>;
    "00101 00 ttttt sssss 010 ddddd 1010011" "fminm.s" F3 fminm::<S>;
    "00101 00 ttttt sssss 011 ddddd 1010011" "fmaxm.s" F3 fmaxm::<S>;
    "01000 00 00100 sssss mmm ddddd 1010011" "fround.s" F2m fround::<S>;
    "01000 00 00101 sssss mmm ddddd 1010011" "froundnx.s" F2m froundnx::<S>;
    "10100 00 ttttt sssss 101 ddddd 1010011" "fltq.s" FCmp fltq::<S>;
    "10100 00 ttttt sssss 100 ddddd 1010011" "fleq.s" FCmp fleq::<S>;

    // D: double precision.
    "iiiiiiiiiiii sssss 011 ddddd 0000111" "fld" FLoad fld;
    "iiiiiii ttttt sssss 011 iiiii 0100111" "fsd" FStore fsd;
    "rrrrr 01 ttttt sssss mmm ddddd 1000011" "fmadd.d" F4m fmadd::<D>;
    "rrrrr 01 ttttt sssss mmm ddddd 1000111" "fmsub.d" F4m fmsub::<D>;
    "rrrrr 01 ttttt sssss mmm ddddd 1001011" "fnmsub.d" F4m fnmsub::<D>;
    "rrrrr 01 ttttt sssss mmm ddddd 1001111" "fnmadd.d" F4m fnmadd::<D>;
    "00000 01 ttttt sssss mmm ddddd 1010011" "fadd.d" F3m fadd::<D>;
    "00001 01 ttttt sssss mmm ddddd 1010011" "fsub.d" F3m fsub::<D>;
    "00010 01 ttttt sssss mmm ddddd 1010011" "fmul.d" F3m fmul::<D>;
    "00011 01 ttttt sssss mmm ddddd 1010011" "fdiv.d" F3m fdiv::<D>;
    "01011 01 00000 sssss mmm ddddd 1010011" "fsqrt.d" F2m fsqrt::<D>;
    "00100 01 ttttt sssss 000 ddddd 1010011" "fsgnj.d" F3 fsgnj::<D>;
    "00100 01 ttttt sssss 001 ddddd 1010011" "fsgnjn.d" F3 fsgnjn::<D>;
    "00100 01 ttttt sssss 010 ddddd 1010011" "fsgnjx.d" F3 fsgnjx::<D>;
    "00101 01 ttttt sssss 000 ddddd 1010011" "fmin.d" F3 fmin::<D>;
    "00101 01 ttttt sssss 001 ddddd 1010011" "fmax.d" F3 fmax::<D>;
    "10100 01 ttttt sssss 010 ddddd 1010011" "feq.d" FCmp feq::<D>;
    "10100 01 ttttt sssss 001 ddddd 1010011" "flt.d" FCmp flt::<D>;
    "10100 01 ttttt sssss 000 ddddd 1010011" "fle.d" FCmp fle::<D>;
    "11100 01 00000 sssss 001 ddddd 1010011" "fclass.d" FToX fclass::<D>;
    "11100 01 00000 sssss 000 ddddd 1010011" "fmv.x.d" FToX fmv_x_d;
    "11110 01 00000 sssss 000 ddddd 1010011" "fmv.d.x" XToF fmv_d_x;
    "11000 01 00000 sssss mmm ddddd 1010011" "fcvt.w.d" FToXm fcvt_w::<D>;
    "11000 01 00001 sssss mmm ddddd 1010011" "fcvt.wu.d" FToXm fcvt_wu::<D>;
    "11000 01 00010 sssss mmm ddddd 1010011" "fcvt.l.d" FToXm fcvt_l::<D>;
    "11000 01 00011 sssss mmm ddddd 1010011" "fcvt.lu.d" FToXm fcvt_lu::<D>;
    "11010 01 00000 sssss mmm ddddd 1010011" "fcvt.d.w" XToFk fcvt_from_w::<D>;
    "11010 01 00001 sssss mmm ddddd 1010011" "fcvt.d.wu" XToFk fcvt_from_wu::<D>;
    "11010 01 00010 sssss mmm ddddd 1010011" "fcvt.d.l" XToFm fcvt_from_l::<D>;
    "11010 01 00011 sssss mmm ddddd 1010011" "fcvt.d.lu" XToFm fcvt_from_lu::<D>;
    "01000 01 00000 sssss mmm ddddd 1010011" "fcvt.d.s" F2k fcvt::<D, S>;

    // Zfa.
    "11110 01 00001 zzzzz 000 ddddd 1010011" "fli.d" Literal fli::<D>;
    "00101 01 ttttt sssss 010 ddddd 1010011" "fminm.d" F3 fminm::<D>;
    "00101 01 ttttt sssss 011 ddddd 1010011" "fmaxm.d" F3 fmaxm::<D>;
    "01000 01 00100 sssss mmm ddddd 1010011" "fround.d" F2m fround::<D>;
    "01000 01 00101 sssss mmm ddddd 1010011" "froundnx.d" F2m froundnx::<D>;
    "10100 01 ttttt sssss 101 ddddd 1010011" "fltq.d" FCmp fltq::<D>;
    "10100 01 ttttt sssss 100 ddddd 1010011" "fleq.d" FCmp fleq::<D>;
    "11000 01 01000 sssss 001 ddddd 1010011" "fcvtmod.w.d" FToXm fcvtmod_w_d;
}
