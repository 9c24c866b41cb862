//! The way out of a region: guest registers go to where the convention has them, all at once.
//!
//! The allocator knows nothing of this: fixed registers at exits would push the values of loops out of
//! theirs.

use crate::alloc::slot_mem;
use crate::asm::Mem;
use crate::lower::Lower;
use crate::regs::{self, NONE, RAX, Reg, XMM0};

/// Where a value is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum From {
    Reg(Reg),
    Spill(Mem),
    Const(i64),
}

/// Where it has to go.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum To {
    Reg(Reg),
    Slot(u8),
}

impl Lower<'_> {
    /// Performs all moves at once. No destination is rax or xmm0.
    pub fn move_all(&mut self, moves: &[(From, To)]) {
        for &(from, to) in moves {
            if let (From::Reg(src), To::Slot(slot)) = (from, to) {
                self.save(slot_mem(slot), src);
            }
        }
        let between = moves.iter().filter_map(|&(from, to)| match (from, to) {
            (From::Reg(src), To::Reg(dst)) if src != dst => Some((src, dst)),
            _ => None,
        });
        self.shuffle(between.collect());
        // Spilled values on the way to memory take rax, which nothing is in any more.
        for &(from, to) in moves {
            match (from, to) {
                (From::Spill(mem), To::Slot(slot)) => {
                    self.asm.mov(true, RAX, mem);
                    self.save(slot_mem(slot), RAX);
                }
                (From::Const(bits), To::Slot(slot)) => self.store_const(slot_mem(slot), bits),
                _ => {}
            }
        }
        for &(from, to) in moves {
            match (from, to) {
                (From::Spill(mem), To::Reg(dst)) => self.load(dst, mem),
                (From::Const(bits), To::Reg(dst)) => self.fill_bits(dst, bits),
                _ => {}
            }
        }
    }

    /// Moves between registers. What is left when none can go first is cycles, through which
    /// neither rax nor xmm0 goes.
    fn shuffle(&mut self, mut moves: Vec<(Reg, Reg)>) {
        while !moves.is_empty() {
            let free = |&(_, dst): &(Reg, Reg)| moves.iter().all(|&(src, _)| src != dst);
            match moves.iter().position(free) {
                Some(i) => {
                    let (src, dst) = moves.swap_remove(i);
                    self.copy(dst, src);
                }
                None => {
                    let src = moves[0].0;
                    let aside = if regs::is_fp(src) { XMM0 } else { RAX };
                    self.copy(aside, src);
                    moves.iter_mut().filter(|m| m.0 == src).for_each(|m| m.0 = aside);
                }
            }
        }
    }
}

/// What holds a value by the allocator's answer.
pub fn place((reg, mem): (Reg, Mem)) -> From {
    if reg == NONE { From::Spill(mem) } else { From::Reg(reg) }
}
