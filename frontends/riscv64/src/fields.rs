//! Operand layouts: where an instruction word keeps its registers and immediates, and how the
//! assembler writes them. One row a layout.

/// The operands of one instruction. What a layout does not have is 0.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Operands {
    /// Destination register.
    pub rd: u8,
    /// First source register.
    pub rs1: u8,
    /// Second source register.
    pub rs2: u8,
    /// Third source register.
    pub rs3: u8,
    /// Rounding mode, or the aq and rl bits.
    pub mode: u8,
    /// Immediate: the value that the instruction computes with; a CSR's number.
    pub imm: i32,
}

/// Bits `[low, low + len)` of `w`.
const fn bits(w: u32, low: u32, len: u32) -> u32 {
    (w >> low) & ((1 << len) - 1)
}
/// The same, sign-extended.
const fn signed(w: u32, low: u32, len: u32) -> i32 {
    ((w << (32 - low - len)) as i32) >> (32 - len)
}
const fn rd(w: u32) -> u8 {
    bits(w, 7, 5) as u8
}
const fn rs1(w: u32) -> u8 {
    bits(w, 15, 5) as u8
}
const fn rs2(w: u32) -> u8 {
    bits(w, 20, 5) as u8
}
const fn rs3(w: u32) -> u8 {
    bits(w, 27, 5) as u8
}
const fn rm(w: u32) -> u8 {
    bits(w, 12, 3) as u8
}
const fn imm_i(w: u32) -> i32 {
    signed(w, 20, 12)
}
const fn imm_s(w: u32) -> i32 {
    signed(w, 25, 7) << 5 | bits(w, 7, 5) as i32
}
const fn imm_b(w: u32) -> i32 {
    signed(w, 31, 1) << 12 | (bits(w, 7, 1) << 11 | bits(w, 25, 6) << 5 | bits(w, 8, 4) << 1) as i32
}
const fn imm_j(w: u32) -> i32 {
    signed(w, 31, 1) << 20
        | (bits(w, 12, 8) << 12 | bits(w, 20, 1) << 11 | bits(w, 21, 10) << 1) as i32
}

// Compressed words.
/// Register in bits 4 to 2, of the eight popular ones.
const fn c_lo(w: u32) -> u8 {
    8 + bits(w, 2, 3) as u8
}
/// Register in bits 9 to 7, of the eight popular ones.
const fn c_hi(w: u32) -> u8 {
    8 + bits(w, 7, 3) as u8
}
const fn c_rs2(w: u32) -> u8 {
    bits(w, 2, 5) as u8
}
const fn c_imm(w: u32) -> i32 {
    signed(w, 12, 1) << 5 | bits(w, 2, 5) as i32
}
const fn c_shamt(w: u32) -> i32 {
    c_imm(w) & 63
}
const fn c_w(w: u32) -> i32 {
    (bits(w, 5, 1) << 6 | bits(w, 10, 3) << 3 | bits(w, 6, 1) << 2) as i32
}
const fn c_d(w: u32) -> i32 {
    (bits(w, 5, 2) << 6 | bits(w, 10, 3) << 3) as i32
}
const fn c_b(w: u32) -> i32 {
    (bits(w, 5, 1) << 1 | bits(w, 6, 1)) as i32
}
const fn c_h(w: u32) -> i32 {
    (bits(w, 5, 1) << 1) as i32
}
const fn c_lwsp(w: u32) -> i32 {
    (bits(w, 2, 2) << 6 | bits(w, 12, 1) << 5 | bits(w, 4, 3) << 2) as i32
}
const fn c_ldsp(w: u32) -> i32 {
    (bits(w, 2, 3) << 6 | bits(w, 12, 1) << 5 | bits(w, 5, 2) << 3) as i32
}
const fn c_swsp(w: u32) -> i32 {
    (bits(w, 7, 2) << 6 | bits(w, 9, 4) << 2) as i32
}
const fn c_sdsp(w: u32) -> i32 {
    (bits(w, 7, 3) << 6 | bits(w, 10, 3) << 3) as i32
}
const fn c_addi4spn(w: u32) -> i32 {
    (bits(w, 7, 4) << 6 | bits(w, 11, 2) << 4 | bits(w, 5, 1) << 3 | bits(w, 6, 1) << 2) as i32
}
const fn c_addi16sp(w: u32) -> i32 {
    signed(w, 12, 1) << 9
        | (bits(w, 3, 2) << 7 | bits(w, 5, 1) << 6 | bits(w, 2, 1) << 5 | bits(w, 6, 1) << 4) as i32
}
const fn c_jump(w: u32) -> i32 {
    let high = bits(w, 8, 1) << 10 | bits(w, 9, 2) << 8 | bits(w, 6, 1) << 7 | bits(w, 7, 1) << 6;
    let low = bits(w, 2, 1) << 5 | bits(w, 11, 1) << 4 | bits(w, 3, 3) << 1;
    signed(w, 12, 1) << 11 | (high | low) as i32
}
const fn c_branch(w: u32) -> i32 {
    let low = bits(w, 5, 2) << 6 | bits(w, 2, 1) << 5 | bits(w, 10, 2) << 3 | bits(w, 3, 2) << 1;
    signed(w, 12, 1) << 8 | low as i32
}

const NO: Operands = Operands { rd: 0, rs1: 0, rs2: 0, rs3: 0, mode: 0, imm: 0 };

macro_rules! formats {
    ($($(#[$doc:meta])* $name:ident $syntax:literal |$w:ident| { $($field:ident: $value:expr),* };)*) => {
        /// An operand layout.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum Format { $($(#[$doc])* $name),* }

        impl Format {
            /// How operands are written: see `disasm::operand` for the letters.
            pub const fn syntax(self) -> &'static str {
                match self { $(Format::$name => $syntax),* }
            }
            /// Takes the operands out of a word.
            pub const fn operands(self, w: u32) -> Operands {
                let _ = w;
                match self {
                    $(Format::$name => { let $w = w; let _ = $w; Operands { $($field: $value,)* ..NO } })*
                }
            }
        }
    };
}

// Letters: d s t r are rd rs1 rs2 rs3, small for integer and capital for floating-point
// registers; i immediate, u its upper 20 bits, z the number in rs1, c CSR, p q fence sets,
// m rounding mode, k the same but silent if 0, l floating-point literal.
formats! {
    None "" |_w| {};
    /// Does not exist; the word is data.
    Reserved "" |_w| {};
    /// Exists, but is not implemented.
    Open "" |_w| {};
    R "d, s, t" |w| { rd: rd(w), rs1: rs1(w), rs2: rs2(w) };
    Unary "d, s" |w| { rd: rd(w), rs1: rs1(w) };
    I "d, s, i" |w| { rd: rd(w), rs1: rs1(w), imm: imm_i(w) };
    Shamt6 "d, s, i" |w| { rd: rd(w), rs1: rs1(w), imm: bits(w, 20, 6) as i32 };
    Shamt5 "d, s, i" |w| { rd: rd(w), rs1: rs1(w), imm: bits(w, 20, 5) as i32 };
    Round4 "d, s, i" |w| { rd: rd(w), rs1: rs1(w), imm: bits(w, 20, 4) as i32 };
    Load "d, i(s)" |w| { rd: rd(w), rs1: rs1(w), imm: imm_i(w) };
    Store "t, i(s)" |w| { rs1: rs1(w), rs2: rs2(w), imm: imm_s(w) };
    Branch "s, t, i" |w| { rs1: rs1(w), rs2: rs2(w), imm: imm_b(w) };
    Upper "d, u" |w| { rd: rd(w), imm: (w & 0xffff_f000) as i32 };
    Jump "d, i" |w| { rd: rd(w), imm: imm_j(w) };
    Fence "p, q" |w| { imm: bits(w, 20, 8) as i32 };
    Csr "d, c, s" |w| { rd: rd(w), rs1: rs1(w), imm: bits(w, 20, 12) as i32 };
    CsrImm "d, c, z" |w| { rd: rd(w), rs1: rs1(w), imm: bits(w, 20, 12) as i32 };
    Amo "d, t, (s)" |w| { rd: rd(w), rs1: rs1(w), rs2: rs2(w), mode: bits(w, 25, 2) as u8 };
    Lr "d, (s)" |w| { rd: rd(w), rs1: rs1(w), mode: bits(w, 25, 2) as u8 };
    Cache "(s)" |w| { rs1: rs1(w) };
    Prefetch "i(s)" |w| { rs1: rs1(w), imm: imm_s(w) & !31 };
    MopR "d, s" |w| {
        rd: rd(w), rs1: rs1(w),
        imm: (bits(w, 30, 1) << 4 | bits(w, 26, 2) << 2 | bits(w, 20, 2)) as i32
    };
    MopRr "d, s, t" |w| {
        rd: rd(w), rs1: rs1(w), rs2: rs2(w),
        imm: (bits(w, 30, 1) << 2 | bits(w, 26, 2)) as i32
    };
    HostCall "i" |w| { imm: bits(w, 20, 5) as i32 };

    FLoad "D, i(s)" |w| { rd: rd(w), rs1: rs1(w), imm: imm_i(w) };
    FStore "T, i(s)" |w| { rs1: rs1(w), rs2: rs2(w), imm: imm_s(w) };
    F4m "D, S, T, R, m" |w| { rd: rd(w), rs1: rs1(w), rs2: rs2(w), rs3: rs3(w), mode: rm(w) };
    F3m "D, S, T, m" |w| { rd: rd(w), rs1: rs1(w), rs2: rs2(w), mode: rm(w) };
    F3 "D, S, T" |w| { rd: rd(w), rs1: rs1(w), rs2: rs2(w) };
    F2m "D, S, m" |w| { rd: rd(w), rs1: rs1(w), mode: rm(w) };
    F2k "D, Sk" |w| { rd: rd(w), rs1: rs1(w), mode: rm(w) };
    FCmp "d, S, T" |w| { rd: rd(w), rs1: rs1(w), rs2: rs2(w) };
    FToX "d, S" |w| { rd: rd(w), rs1: rs1(w) };
    FToXm "d, S, m" |w| { rd: rd(w), rs1: rs1(w), mode: rm(w) };
    XToF "D, s" |w| { rd: rd(w), rs1: rs1(w) };
    XToFm "D, s, m" |w| { rd: rd(w), rs1: rs1(w), mode: rm(w) };
    XToFk "D, sk" |w| { rd: rd(w), rs1: rs1(w), mode: rm(w) };
    Literal "D, l" |w| { rd: rd(w), rs1: rs1(w) };

    CAddi4spn "d, s, i" |w| { rd: c_lo(w), rs1: 2, imm: c_addi4spn(w) };
    CLw "d, i(s)" |w| { rd: c_lo(w), rs1: c_hi(w), imm: c_w(w) };
    CLd "d, i(s)" |w| { rd: c_lo(w), rs1: c_hi(w), imm: c_d(w) };
    CFld "D, i(s)" |w| { rd: c_lo(w), rs1: c_hi(w), imm: c_d(w) };
    CSw "t, i(s)" |w| { rs2: c_lo(w), rs1: c_hi(w), imm: c_w(w) };
    CSd "t, i(s)" |w| { rs2: c_lo(w), rs1: c_hi(w), imm: c_d(w) };
    CFsd "T, i(s)" |w| { rs2: c_lo(w), rs1: c_hi(w), imm: c_d(w) };
    CLb "d, i(s)" |w| { rd: c_lo(w), rs1: c_hi(w), imm: c_b(w) };
    CLh "d, i(s)" |w| { rd: c_lo(w), rs1: c_hi(w), imm: c_h(w) };
    CSb "t, i(s)" |w| { rs2: c_lo(w), rs1: c_hi(w), imm: c_b(w) };
    CSh "t, i(s)" |w| { rs2: c_lo(w), rs1: c_hi(w), imm: c_h(w) };
    CNop "i" |w| { imm: c_imm(w) };
    CAddi "d, i" |w| { rd: rd(w), rs1: rd(w), imm: c_imm(w) };
    CLi "d, i" |w| { rd: rd(w), imm: c_imm(w) };
    CLui "d, u" |w| { rd: rd(w), imm: c_imm(w) << 12 };
    CAddi16sp "d, i" |w| { rd: 2, rs1: 2, imm: c_addi16sp(w) };
    CShift "d, i" |w| { rd: c_hi(w), rs1: c_hi(w), imm: c_shamt(w) };
    CAndi "d, i" |w| { rd: c_hi(w), rs1: c_hi(w), imm: c_imm(w) };
    CArith "d, t" |w| { rd: c_hi(w), rs1: c_hi(w), rs2: c_lo(w) };
    /// Zcb's one-register forms, with `x0` and 0 as the other operand.
    CUnary "d" |w| { rd: c_hi(w), rs1: c_hi(w) };
    CNot "d" |w| { rd: c_hi(w), rs1: c_hi(w), imm: -1 };
    CZextB "d" |w| { rd: c_hi(w), rs1: c_hi(w), imm: 255 };
    CJump "i" |w| { imm: c_jump(w) };
    CBranch "s, i" |w| { rs1: c_hi(w), imm: c_branch(w) };
    CSlli "d, i" |w| { rd: rd(w), rs1: rd(w), imm: c_shamt(w) };
    CLwsp "d, i(s)" |w| { rd: rd(w), rs1: 2, imm: c_lwsp(w) };
    CLdsp "d, i(s)" |w| { rd: rd(w), rs1: 2, imm: c_ldsp(w) };
    CFldsp "D, i(s)" |w| { rd: rd(w), rs1: 2, imm: c_ldsp(w) };
    CSwsp "t, i(s)" |w| { rs2: c_rs2(w), rs1: 2, imm: c_swsp(w) };
    CSdsp "t, i(s)" |w| { rs2: c_rs2(w), rs1: 2, imm: c_sdsp(w) };
    CFsdsp "T, i(s)" |w| { rs2: c_rs2(w), rs1: 2, imm: c_sdsp(w) };
    CJr "s" |w| { rs1: rd(w) };
    CJalr "s" |w| { rd: 1, rs1: rd(w) };
    CMv "d, t" |w| { rd: rd(w), rs2: c_rs2(w) };
    CAdd "d, t" |w| { rd: rd(w), rs1: rd(w), rs2: c_rs2(w) };
    CMop "" |w| { imm: bits(w, 8, 3) as i32 * 2 + 1 };
}
