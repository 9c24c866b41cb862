//! Bytes side by side, put together to words and taken apart again.

use crate::generate::{BASE, Generator, Set};
use crate::support::asm::{self, Code};

const LB: u32 = 0x0003;
const LBU: u32 = 0x4003;
const OR: u32 = 0x6033;
const SB: u32 = 0x0023;

impl Generator {
    /// Loads of bytes that become a word, or stores of a word's bytes, in any order and with other code in between.
    /// `address` makes the instruction that gives a register their address.
    pub fn side_by_side(&mut self, kept: Set, address: impl Fn(u32) -> u32) -> Vec<u8> {
        let base = self.register(kept);
        let kept = kept | 1 << base | 1 << BASE;
        let word = self.register(kept);
        let byte = self.register(kept | 1 << word);
        let mut places: Vec<u32> = (0..2 + self.rng.below(7) as u32).collect();
        let (last, swapped) = (places.len() as u32 - 1, self.rng.once_in(3));
        if self.rng.once_in(2) {
            let (a, b) = (self.rng.below(places.len()), self.rng.below(places.len()));
            places.swap(a, b);
        }
        let mut code = Code::default();
        code.word(address(base));
        let store = self.rng.once_in(2);
        if !store {
            code.word(asm::addi(word, 0, 0));
        }
        for place in places {
            let shift = 8 * if swapped { last - place } else { place } as i32;
            if store {
                code.word(asm::srli(byte, word, shift));
                code.word(asm::store(SB | byte << 20, base, place as i32));
            } else {
                let load = if self.rng.once_in(8) { LB } else { LBU };
                code.word(load | byte << 7 | base << 15 | place << 20);
                code.words(&[
                    asm::slli(byte, byte, shift),
                    OR | word << 7 | word << 15 | byte << 20,
                ]);
            }
            if self.rng.once_in(6) {
                let between = kept | 1 << word | 1 << byte;
                code.bytes.extend(self.simple(between));
            }
        }
        code.bytes
    }

    /// An instruction that changes a register.
    fn simple(&mut self, kept: Set) -> [u8; 4] {
        let to = self.register(kept);
        let (from, by) = (self.rng.below(32) as u32, self.rng.below(64) as i32);
        asm::addi(to, from, by).to_le_bytes()
    }
}
