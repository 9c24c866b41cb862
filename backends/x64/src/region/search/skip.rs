//! What rounds that are skipped leave in the parameters.

use ir::{Op, Type};

use super::super::lanes::Sum;
use super::emit::Emit;
use super::find::{INT_TEMPS, size};
use super::{Change, WIDTH};
use crate::asm::{Alu, Mem, Shift, Size};
use crate::regs::Reg;

impl Emit<'_, '_> {
    /// A round's bytes, as a power of two.
    pub fn shift(&self) -> u8 {
        self.search.stride.ilog2() as u8
    }

    /// Goes on by the bytes in `good`, or by all that was looked at.
    pub fn skip(&mut self, good: Option<Reg>) {
        let stride = self.search.stride as i32;
        for i in 0..self.ints.len() - INT_TEMPS {
            self.add(self.ints[INT_TEMPS + i], stride as i64, true, good);
        }
        for (n, (_, change)) in self.search.changes.iter().enumerate() {
            let reg = self.regs[n];
            match *change {
                Change::Add(by) => self.add(reg, by, true, good),
                Change::AddWord(by, ty) => {
                    self.add(reg, by, false, good);
                    if ty == Type::I64 {
                        self.lower.asm.sign_extend(Size::B4, true, reg, reg);
                    }
                }
                Change::Last { lane, at, load } => {
                    let mem = self.shown(lane).plus(at as i32 - stride);
                    self.show(load, reg, mem, good);
                }
                Change::Const(bits) => self.lower.asm.mov_imm(reg, bits),
                Change::Sum(_) => {}
            }
        }
        for (n, (_, change)) in self.search.changes.iter().enumerate() {
            if let Change::Sum(sum) = change {
                let (mem, by) = (self.mem(sum), self.growth(sum));
                self.lower.asm.lea(true, self.regs[n], mem.plus(-by));
            }
        }
    }

    /// What a sum grows by in a round.
    fn growth(&self, sum: &Sum) -> i32 {
        let by = self.search.changes.iter().zip(self.at).find_map(|((_, change), &(value, _))| {
            match *change {
                Change::Add(by) if sum.alone() == Some(value) => Some(by as i32),
                _ => None,
            }
        });
        by.unwrap_or(0)
    }

    /// Adds what so many rounds add, of which each adds `by`.
    fn add(&mut self, reg: Reg, by: i64, wide: bool, good: Option<Reg>) {
        let (t, stride) = (self.ints[1], self.search.stride);
        let Some(good) = good else {
            return self.lower.asm.alu_imm(Alu::Add, wide, reg, (by * (WIDTH / stride)) as i32);
        };
        if by == stride {
            return self.lower.asm.alu(Alu::Add, wide, reg, good);
        }
        self.lower.asm.mov(true, t, good);
        if stride > 1 {
            self.lower.asm.shift(Shift::Shr, true, t, self.shift());
        }
        if by.abs() != 1 {
            self.lower.asm.imul_imm(true, t, t, by as i32);
        }
        let alu = if by == -1 { Alu::Sub } else { Alu::Add };
        self.lower.asm.alu(alu, wide, reg, t);
    }

    /// Loads an element of the last round that is skipped.
    fn show(&mut self, load: Op, to: Reg, mem: Mem, good: Option<Reg>) {
        let mem = match good {
            Some(good) => mem.with_index(good),
            None => mem.plus(WIDTH as i32),
        };
        let bytes = Size::bytes(size(load).unwrap_or(8) as u16);
        match load {
            Op::Ld8U | Op::Ld16U | Op::Ld32U => self.lower.asm.zero_extend(bytes, to, mem),
            Op::Ld64 => self.lower.asm.mov(true, to, mem),
            _ => self.lower.asm.sign_extend(bytes, true, to, mem),
        }
    }
}
