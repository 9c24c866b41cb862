//! Machine code, one instruction a call. Every form is the shortest one for its operands.

mod int;
mod lanes;
mod vex;

pub use int::{Alu, Bit, Cc, Shift, Unary};
pub use lanes::Packed;
pub use vex::{Aes, Round, Vex};

use ir::{Reloc, RelocKind};

use crate::regs::{NONE, RBP, RSP, Reg, STATE};

const RIP: Reg = 0xfe;
/// More than any instruction is long.
const ROOM: usize = 32;
const CHUNK: usize = 256;

/// A memory operand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Mem {
    base: Reg,
    index: Reg,
    scale: u8,
    disp: i32,
}

impl Mem {
    /// `[base + disp]`.
    pub fn base(base: Reg, disp: i32) -> Mem {
        Mem { base, index: NONE, scale: 0, disp }
    }
    /// `[rbp + disp]`.
    pub fn state(disp: i32) -> Mem {
        Mem::base(STATE, disp)
    }
    /// `[disp]`, sign-extended.
    pub fn absolute(disp: i32) -> Mem {
        Mem { base: NONE, index: NONE, scale: 0, disp }
    }
    /// `[base + (index << scale) + disp]`; `index` is not rsp.
    pub fn indexed(base: Reg, index: Reg, scale: u8, disp: i32) -> Mem {
        debug_assert!(index != RSP);
        Mem { base, index, scale, disp }
    }
    /// The same, an `index` further.
    #[must_use]
    pub fn with_index(self, index: Reg) -> Mem {
        debug_assert!(index != RSP && self.index == NONE);
        Mem { index, ..self }
    }
    /// The same, `n` bytes further.
    #[must_use]
    pub fn plus(self, n: i32) -> Mem {
        Mem { disp: self.disp + n, ..self }
    }
    /// The bytes of a thunk. Not for instructions with an immediate.
    pub fn thunk(number: usize) -> Mem {
        Mem { base: RIP, index: NONE, scale: 0, disp: number as i32 }
    }
}

/// A register or memory operand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rm {
    Reg(Reg),
    Mem(Mem),
}

impl From<Reg> for Rm {
    fn from(reg: Reg) -> Rm {
        Rm::Reg(reg)
    }
}
impl From<Mem> for Rm {
    fn from(mem: Mem) -> Rm {
        Rm::Mem(mem)
    }
}

/// An operand size.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Size {
    B1,
    B2,
    B4,
    B8,
}

impl Size {
    /// From a number of bytes.
    pub fn bytes(n: u16) -> Size {
        match n {
            1 => Size::B1,
            2 => Size::B2,
            4 => Size::B4,
            _ => Size::B8,
        }
    }
}

/// The prefix and opcode map of an instruction.
#[derive(Clone, Copy)]
struct Code {
    prefix: u8,
    escape: u8,
    op: u8,
}

const fn code(prefix: u8, escape: u8, op: u8) -> Code {
    Code { prefix, escape, op }
}

/// Up to 8 bytes in a register.
#[derive(Default)]
struct Bytes {
    bits: u64,
    len: u32,
}

impl Bytes {
    fn push(&mut self, byte: u8) {
        self.bits |= (byte as u64) << (8 * self.len);
        self.len += 1;
    }
}

/// The buffer that instructions are appended to.
pub struct Asm {
    buf: Vec<u8>,
    pos: usize,
    /// Where a logic instruction ended, and the register whose sign and zeroness its flags tell.
    tested: (usize, Reg),
    /// What the place of the code decides.
    pub relocs: Vec<Reloc>,
}

impl Asm {
    /// Appends to nothing, in the memory of `buf` and `relocs`.
    pub fn reuse(buf: Vec<u8>, relocs: Vec<Reloc>) -> Asm {
        Asm { buf, pos: 0, tested: (0, NONE), relocs }
    }
    /// The code.
    pub fn finish(mut self) -> (Vec<u8>, Vec<Reloc>) {
        self.buf.truncate(self.pos);
        (self.buf, self.relocs)
    }
    /// Bytes so far.
    pub fn pos(&self) -> u32 {
        self.pos as u32
    }

    /// True if the flags are those of testing the 64 bits of `reg`.
    pub fn is_tested(&self, reg: Reg) -> bool {
        self.tested == (self.pos, reg)
    }

    fn reserve(&mut self) {
        if self.buf.len() < self.pos + ROOM {
            self.buf.resize(self.pos + CHUNK, 0);
        }
    }
    fn put(&mut self, bytes: Bytes) {
        self.reserve();
        self.buf[self.pos..self.pos + 8].copy_from_slice(&bytes.bits.to_le_bytes());
        self.pos += bytes.len as usize;
    }
    fn imm8(&mut self, imm: u8) {
        self.buf[self.pos] = imm;
        self.pos += 1;
    }
    fn imm32(&mut self, imm: i32) {
        self.buf[self.pos..self.pos + 4].copy_from_slice(&imm.to_le_bytes());
        self.pos += 4;
    }

    /// A legacy instruction with a ModRM byte. `bytes`: `reg` or `rm` is a byte register.
    fn legacy(&mut self, c: Code, w: bool, reg: Reg, rm: Rm, byte: bool) {
        let mut out = Bytes::default();
        if c.prefix != 0 {
            out.push(c.prefix);
        }
        let (x, b) = high_bits(rm);
        let odd = |r: Reg| (4..8).contains(&r);
        let needs = byte && (odd(reg) || matches!(rm, Rm::Reg(r) if odd(r)));
        let rex = (w as u8) << 3 | (reg >> 3 & 1) << 2 | x << 1 | b;
        if rex != 0 || needs {
            out.push(0x40 | rex);
        }
        match c.escape {
            0 => {}
            1 => out.push(0x0f),
            2 => {
                out.push(0x0f);
                out.push(0x38);
            }
            _ => {
                out.push(0x0f);
                out.push(0x3a);
            }
        }
        out.push(c.op);
        self.operands(out, reg, rm);
    }

    /// A VEX instruction. The three operands are `reg`, `vvvv`, `rm`.
    fn vex(&mut self, c: Code, w: bool, reg: Reg, vvvv: Reg, rm: Rm) {
        self.vex_of(c, w, false, (reg, vvvv, rm));
    }

    /// The same, on 256 bits if `long`.
    fn vex_of(&mut self, c: Code, w: bool, long: bool, (reg, vvvv, rm): (Reg, Reg, Rm)) {
        let pp = match c.prefix {
            0 => 0,
            0x66 => 1,
            0xf3 => 2,
            _ => 3,
        };
        let (x, b) = high_bits(rm);
        let r = reg >> 3 & 1;
        let last = (!vvvv & 15) << 3 | (long as u8) << 2 | pp;
        let mut out = Bytes::default();
        if x == 0 && b == 0 && !w && c.escape == 1 {
            out.push(0xc5);
            out.push((r ^ 1) << 7 | last);
        } else {
            out.push(0xc4);
            out.push((r ^ 1) << 7 | (x ^ 1) << 6 | (b ^ 1) << 5 | c.escape);
            out.push((w as u8) << 7 | last);
        }
        out.push(c.op);
        self.operands(out, reg, rm);
    }

    /// ModRM, SIB and displacement.
    fn operands(&mut self, mut out: Bytes, reg: Reg, rm: Rm) {
        let reg = (reg & 7) << 3;
        let mem = match rm {
            Rm::Reg(r) => {
                out.push(0xc0 | reg | r & 7);
                return self.put(out);
            }
            Rm::Mem(mem) => mem,
        };
        if mem.base == RIP {
            out.push(reg | 5);
            self.put(out);
            let kind = RelocKind::Thunk(mem.disp as u16);
            self.relocs.push(Reloc { at: self.pos(), kind });
            return self.imm32(0);
        }
        if mem.base == NONE {
            out.push(reg | 4);
            let index = if mem.index == NONE { RSP } else { mem.index & 7 };
            out.push(mem.scale << 6 | index << 3 | 5);
            self.put(out);
            return self.imm32(mem.disp);
        }
        let base = mem.base & 7;
        let form = match mem.disp {
            0 if base != RBP => 0,
            d if d == d as i8 as i32 => 0x40,
            _ => 0x80,
        };
        if mem.index != NONE {
            out.push(form | reg | 4);
            out.push(mem.scale << 6 | (mem.index & 7) << 3 | base);
        } else if base == RSP {
            out.push(form | reg | 4);
            out.push(0x24);
        } else {
            out.push(form | reg | base);
        }
        if form == 0x40 {
            out.push(mem.disp as u8);
        }
        self.put(out);
        if form == 0x80 {
            self.imm32(mem.disp);
        }
    }

    /// Moves the code from `start` on so that a field `ahead` bytes behind the end lies at a
    /// multiple of 4; no-ops fill the gap. There are no relocations behind `start`.
    pub fn align_field(&mut self, start: u32, ahead: u32) {
        const NOPS: [&[u8]; 4] = [&[], &[0x90], &[0x66, 0x90], &[0x0f, 0x1f, 0x00]];
        self.reserve();
        let pad = ((4 - (self.pos() + ahead) % 4) % 4) as usize;
        let (start, end) = (start as usize, self.pos);
        if pad == 0 {
            return;
        }
        if start != end {
            self.buf.copy_within(start..end, start + pad);
        }
        self.buf[start..start + pad].copy_from_slice(NOPS[pad]);
        self.pos += pad;
    }

    /// Forgets what was appended behind `pos`. Relocations are the caller's.
    pub fn rewind(&mut self, pos: u32) {
        self.pos = pos as usize;
        self.tested = (0, NONE);
    }

    /// Fills up to a multiple of `to` with no-ops.
    pub fn align(&mut self, to: u32) {
        const NOPS: [&[u8]; 8] = [
            &[],
            &[0x90],
            &[0x66, 0x90],
            &[0x0f, 0x1f, 0x00],
            &[0x0f, 0x1f, 0x40, 0x00],
            &[0x0f, 0x1f, 0x44, 0x00, 0x00],
            &[0x66, 0x0f, 0x1f, 0x44, 0x00, 0x00],
            &[0x0f, 0x1f, 0x80, 0x00, 0x00, 0x00, 0x00],
        ];
        let mut gap = (self.pos().next_multiple_of(to) - self.pos()) as usize;
        while gap > 0 {
            let nop = NOPS[gap.min(NOPS.len() - 1)];
            self.reserve();
            self.buf[self.pos..self.pos + nop.len()].copy_from_slice(nop);
            self.pos += nop.len();
            gap -= nop.len();
        }
    }

    /// Lets the 4-byte displacement at `field` lead to `to`.
    pub fn bind(&mut self, field: u32, to: u32) {
        let distance = to.wrapping_sub(field + 4);
        let field = field as usize;
        self.buf[field..field + 4].copy_from_slice(&distance.to_le_bytes());
    }
    /// The place that the next instruction gets, which other code jumps to.
    pub fn target(&mut self) -> u32 {
        self.tested = (0, NONE);
        self.pos()
    }
    /// Lets the displacement at `field` lead here.
    pub fn bind_here(&mut self, field: u32) {
        let here = self.target();
        self.bind(field, here);
    }

    /// Bytes of opcode, the first one lowest, and a 4-byte displacement to be bound.
    fn rel32(&mut self, bits: u64, len: u32) -> u32 {
        // What follows the opcode is 0.
        self.put(Bytes { bits, len: len + 4 });
        self.pos() - 4
    }
    pub fn jmp(&mut self) -> u32 {
        self.rel32(0xe9, 1)
    }
    pub fn jcc(&mut self, cc: Cc) -> u32 {
        self.rel32(0x800f | (cc as u64) << 8, 2)
    }
    /// A jump, on a condition or always, to a place close behind; false if it is not close.
    pub fn jump_back(&mut self, cc: Option<Cc>, to: u32) -> bool {
        let distance = to.wrapping_sub(self.pos() + 2) as i32;
        let near = to <= self.pos() && distance == distance as i8 as i32;
        if near {
            let opcode = cc.map_or(0xeb, |cc| 0x70 | cc as u64);
            self.put(Bytes { bits: opcode | (distance as u8 as u64) << 8, len: 2 });
        }
        near
    }
    /// The address of other code: a displacement to be bound.
    pub fn lea_code(&mut self, dst: Reg) -> u32 {
        let opcode = [0x48 | (dst >> 3 & 1) << 2, 0x8d, (dst & 7) << 3 | 5, 0];
        self.rel32(u32::from_le_bytes(opcode) as u64, 3)
    }
    /// Four bytes of data.
    pub fn word(&mut self, word: i32) {
        self.reserve();
        self.imm32(word);
    }
    pub fn call(&mut self) -> u32 {
        self.rel32(0xe8, 1)
    }
    pub fn ret(&mut self) {
        self.put(Bytes { bits: 0xc3, len: 1 });
    }
    pub fn jmp_thunk(&mut self, number: usize) {
        let at = self.jmp();
        self.lead_to_thunk(at, number);
    }
    pub fn call_thunk(&mut self, number: usize) {
        let at = self.call();
        self.lead_to_thunk(at, number);
    }
    /// Lets the displacement at `field` lead to a thunk.
    pub fn lead_to_thunk(&mut self, field: u32, number: usize) {
        self.relocs.push(Reloc { at: field, kind: RelocKind::Thunk(number as u16) });
    }
}

/// The REX.X and REX.B bits of an operand.
fn high_bits(rm: Rm) -> (u8, u8) {
    let high = |r: Reg| if r >= RIP { 0 } else { r >> 3 & 1 };
    match rm {
        Rm::Reg(r) => (0, high(r)),
        Rm::Mem(mem) => (high(mem.index), high(mem.base)),
    }
}

#[cfg(test)]
mod tests;
