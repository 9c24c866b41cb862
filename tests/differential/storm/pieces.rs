//! What the loops are made of: random code, accesses to the page that comes and goes, its going, and
//! stores into the code that follows.

use super::{FLIPPED, PAGE, SPARE};
use crate::generate::{BASE, Generator};
use crate::support::asm::{self, Code};

const MPROTECT: u64 = 226;
const MUNMAP: u64 = 215;
const FENCE_I: u32 = 0x100f;

/// A piece of a loop that counts `counter` down, which no piece changes. A calm one does not keep the loop
/// from becoming a region.
pub fn any(generator: &mut Generator, counter: u32, calm: bool) -> Vec<u8> {
    loop {
        let piece = random(generator, counter);
        let words = words(&piece);
        if !words.iter().any(|&word| is_conditional(word) || calm && is_wild(word)) {
            return piece;
        }
    }
}

/// The instructions of 32 bits.
fn words(mut code: &[u8]) -> Vec<u32> {
    let mut words = Vec::new();
    while let [low, ..] = code {
        let len = if low & 3 == 3 { 4 } else { 2 };
        words.extend(code.first_chunk().filter(|_| len == 4).map(|word| u32::from_le_bytes(*word)));
        code = &code[len.min(code.len())..];
    }
    words
}

const ATOMIC: u32 = 0x2f;
const SYSTEM: u32 = 0x73;

/// A store-conditional: one fails if the timer's signal comes in between, and few loops around it give the
/// same when they go round again.
fn is_conditional(word: u32) -> bool {
    word & 0x7f == ATOMIC && word >> 27 == 3
}

/// An atomic access, or a write of the rounding mode.
fn is_wild(word: u32) -> bool {
    let round = word & 0x7f == SYSTEM && matches!(word >> 20, asm::FRM | asm::FCSR);
    round || word & 0x7f == ATOMIC
}

fn random(generator: &mut Generator, counter: u32) -> Vec<u8> {
    match generator.rng.below(20) {
        0 => take_page(generator, counter),
        1 => change_code(generator, counter),
        2..=4 => generator.access(1 << BASE | 1 << counter, FLIPPED + PAGE / 2),
        5 => {
            generator.side_by_side(1 << BASE | 1 << counter, |base| asm::lui(base, FLIPPED as i32))
        }
        _ => generator.item(1 << BASE | 1 << counter).code,
    }
}

/// What runs in the rounds whose number is a multiple of `every`, a power of two.
fn now_and_then(generator: &mut Generator, counter: u32, every: i32, body: &Code) -> Code {
    let mut code = Code::default();
    let scratch = generator.register(1 << BASE | 1 << counter);
    code.word(asm::andi(scratch, counter, every - 1));
    code.word(asm::branch(1, scratch, 0, body.bytes.len() as i32 + 4));
    code.bytes.extend(&body.bytes);
    code
}

/// The page can no longer be read, or written, or is gone.
fn take_page(generator: &mut Generator, counter: u32) -> Vec<u8> {
    const USED: [u32; 4] = [10, 11, 12, 17];
    let mut body = Code::default();
    let place = |i: usize| SPARE + 8 * i as i32;
    USED.iter().enumerate().for_each(|(i, &r)| body.word(asm::sd(r, place(i), BASE)));
    match generator.rng.below(3) {
        0 => body.syscall(MUNMAP, &[FLIPPED, PAGE]),
        protection => body.syscall(MPROTECT, &[FLIPPED, PAGE, protection as u64 - 1]),
    }
    USED.iter().enumerate().for_each(|(i, &r)| body.word(asm::ld(r, place(i), BASE)));
    now_and_then(generator, counter, 8, &body).bytes
}

/// An instruction whose immediate is stored anew: `addi r, r, counter`.
fn change_code(generator: &mut Generator, counter: u32) -> Vec<u8> {
    let kept = 1 << BASE | 1 << counter;
    let (place, word) = (generator.register(kept), generator.register(kept));
    if place == word {
        return Vec::new();
    }
    let changed = generator.register(kept);
    let target = asm::addi(changed, changed, 0);
    let mut body = Code::default();
    body.number(word, target as u64);
    body.words(&[asm::slli(place, counter, 20), asm::add(word, word, place)]);
    // The target follows the store and the fence.
    const STORE_WORD: u32 = 2 << 12 | 0x23;
    body.word(asm::auipc(place, 0));
    body.words(&[asm::store(STORE_WORD | word << 20, place, 12), FENCE_I]);
    let mut code = now_and_then(generator, counter, 8, &body);
    code.word(target);
    code.bytes
}
