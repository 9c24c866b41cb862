//! The few instructions that the tests' own guest code is made of.

/// Guest code in the making.
#[derive(Clone, Debug, Default)]
pub struct Code {
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// `LINE r1, imm(r2)` and the like.
const fn i(opcode: u32, funct: u32, rd: u32, rs1: u32, imm: i32) -> u32 {
    (imm as u32) << 20 | rs1 << 15 | funct << 12 | rd << 7 | opcode
}
const fn s(opcode: u32, funct: u32, rs2: u32, rs1: u32, imm: i32) -> u32 {
    let imm = imm as u32;
    (imm >> 5 & 0x7f) << 25 | rs2 << 20 | rs1 << 15 | funct << 12 | (imm & 31) << 7 | opcode
}

/// `addi rd, rs1, imm`.
pub const fn addi(rd: u32, rs1: u32, imm: i32) -> u32 {
    i(0x13, 0, rd, rs1, imm)
}
/// `andi rd, rs1, imm`.
pub const fn andi(rd: u32, rs1: u32, imm: i32) -> u32 {
    i(0x13, 7, rd, rs1, imm)
}
/// `add rd, rs1, rs2`.
pub const fn add(rd: u32, rs1: u32, rs2: u32) -> u32 {
    rs2 << 20 | rs1 << 15 | rd << 7 | 0x33
}
/// `ld rd, imm(rs1)`.
pub const fn ld(rd: u32, imm: i32, rs1: u32) -> u32 {
    i(0x03, 3, rd, rs1, imm)
}
/// `sd rs2, imm(rs1)`.
pub const fn sd(rs2: u32, imm: i32, rs1: u32) -> u32 {
    s(0x23, 3, rs2, rs1, imm)
}
/// `fld rd, imm(rs1)`.
pub const fn fld(rd: u32, imm: i32, rs1: u32) -> u32 {
    i(0x07, 3, rd, rs1, imm)
}
/// `fsd rs2, imm(rs1)`.
pub const fn fsd(rs2: u32, imm: i32, rs1: u32) -> u32 {
    s(0x27, 3, rs2, rs1, imm)
}
/// `jalr rd, imm(rs1)`.
pub const fn jalr(rd: u32, imm: i32, rs1: u32) -> u32 {
    i(0x67, 0, rd, rs1, imm)
}
/// `lui rd, imm >> 12`.
pub const fn lui(rd: u32, imm: i32) -> u32 {
    imm as u32 & 0xffff_f000 | rd << 7 | 0x37
}
/// `auipc rd, imm >> 12`.
pub const fn auipc(rd: u32, imm: i32) -> u32 {
    imm as u32 & 0xffff_f000 | rd << 7 | 0x17
}
/// `jal rd, imm`.
pub const fn jal(rd: u32, imm: i32) -> u32 {
    let x = imm as u32;
    (x >> 20 & 1) << 31
        | (x >> 1 & 0x3ff) << 21
        | (x >> 11 & 1) << 20
        | (x & 0xff000)
        | rd << 7
        | 0x6f
}
/// A conditional branch; `funct` 0 is `beq`, 1 `bne`.
pub const fn branch(funct: u32, rs1: u32, rs2: u32, imm: i32) -> u32 {
    let x = imm as u32;
    let (high, low) = ((x >> 12 & 1) << 6 | (x >> 5 & 0x3f), (x >> 1 & 15) << 1 | (x >> 11 & 1));
    high << 25 | rs2 << 20 | rs1 << 15 | funct << 12 | low << 7 | 0x63
}
/// A store's word, its displacement and base filled in.
pub const fn store(word: u32, rs1: u32, imm: i32) -> u32 {
    word | s(0, 0, 0, rs1, imm)
}
/// `c.j imm`.
pub const fn c_j(imm: i32) -> u16 {
    let x = imm as u32;
    let high = (x >> 11 & 1) << 12 | (x >> 4 & 1) << 11 | (x >> 8 & 3) << 9 | (x >> 10 & 1) << 8;
    let low = (x >> 6 & 1) << 7 | (x >> 7 & 1) << 6 | (x >> 1 & 7) << 3 | (x >> 5 & 1) << 2;
    (0xa001 | high | low) as u16
}
/// `c.beqz` or `c.bnez` of register 8 + `popular`.
pub const fn c_branch(not: bool, popular: u32, imm: i32) -> u16 {
    let x = imm as u32;
    let high = (x >> 8 & 1) << 12 | (x >> 3 & 3) << 10;
    let low = (x >> 6 & 3) << 5 | (x >> 1 & 3) << 3 | (x >> 5 & 1) << 2;
    (0xc001 | (not as u32) << 13 | high | popular << 7 | low) as u16
}
/// `slli rd, rs1, count`.
pub const fn slli(rd: u32, rs1: u32, count: i32) -> u32 {
    i(0x13, 1, rd, rs1, count)
}
/// `srli rd, rs1, count`.
pub const fn srli(rd: u32, rs1: u32, count: i32) -> u32 {
    i(0x13, 5, rd, rs1, count)
}
/// `csrrw rd, csr, rs1`.
pub const fn csrrw(rd: u32, csr: u32, rs1: u32) -> u32 {
    csr << 20 | rs1 << 15 | 1 << 12 | rd << 7 | 0x73
}
/// `csrrs rd, csr, rs1`.
pub const fn csrrs(rd: u32, csr: u32, rs1: u32) -> u32 {
    csr << 20 | rs1 << 15 | 2 << 12 | rd << 7 | 0x73
}
/// `csrrwi rd, csr, imm`.
pub const fn csrrwi(rd: u32, csr: u32, imm: u32) -> u32 {
    csr << 20 | imm << 15 | 5 << 12 | rd << 7 | 0x73
}
/// `ecall`.
pub const ECALL: u32 = 0x73;
/// `fflags`.
pub const FFLAGS: u32 = 1;
/// `frm`.
pub const FRM: u32 = 2;
/// `fcsr`.
pub const FCSR: u32 = 3;

impl Code {
    /// Appends an instruction of 4 bytes.
    pub fn word(&mut self, word: u32) {
        self.bytes.extend(word.to_le_bytes());
    }
    /// Appends several.
    pub fn words(&mut self, words: &[u32]) {
        words.iter().for_each(|w| self.word(*w));
    }
    /// `rd` = a number that fits 31 bits.
    pub fn number(&mut self, rd: u32, value: u64) {
        let value = i32::try_from(value).expect("a small number");
        let low = value << 20 >> 20;
        self.word(lui(rd, value.wrapping_sub(low)));
        self.word(addi(rd, rd, low));
    }
    /// A system call whose arguments are numbers that fit 31 bits.
    pub fn syscall(&mut self, number: u64, args: &[u64]) {
        (10..).zip(args).for_each(|(r, &arg)| self.number(r, arg));
        self.number(17, number);
        self.word(ECALL);
    }
    /// `write(fd, addr, len)` of all of it; clobbers a0 to a2, a7, t0 and t1.
    pub fn write_all(&mut self, fd: u64, addr: u64, len: u64) {
        self.number(5, addr);
        self.number(6, len);
        let again = self.bytes.len();
        self.number(10, fd);
        self.words(&[addi(11, 5, 0), addi(12, 6, 0)]);
        self.number(17, 64);
        self.word(ECALL);
        // An error gives up; the reader sees that bytes are missing.
        self.words(&[branch(4, 10, 0, 16), add(5, 5, 10), 0x40a3_0333]);
        let back = again as i32 - self.bytes.len() as i32;
        self.word(branch(1, 6, 0, back));
    }
    /// `exit(status)`.
    pub fn exit(&mut self, status: u64) {
        self.syscall(93, &[status]);
    }
}
