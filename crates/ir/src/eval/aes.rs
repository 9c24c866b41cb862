//! AES round steps on half a state, as RISC-V's Zkne and Zknd have them ("Scalar Cryptography
//! Instructions", chapters on `aes64*`). The state is 16 bytes, column by column; `a` holds the
//! half that is computed, `b` the other one.

/// `x * y` in GF(2^8) modulo x^8 + x^4 + x^3 + x + 1.
const fn multiply(x: u8, y: u8) -> u8 {
    let (mut x, mut y, mut product) = (x, y, 0);
    while y != 0 {
        if y & 1 != 0 {
            product ^= x;
        }
        x = (x << 1) ^ if x & 0x80 != 0 { 0x1b } else { 0 };
        y >>= 1;
    }
    product
}

/// `x^254`: the inverse, and 0 for 0.
const fn inverse(x: u8) -> u8 {
    let (mut result, mut power, mut i) = (1, x, 1);
    while i < 8 {
        power = multiply(power, power);
        result = multiply(result, power);
        i += 1;
    }
    result
}

/// FIPS 197, 5.1.1: the inverse, then an affine map.
const SBOX: [u8; 256] = {
    let mut table = [0; 256];
    let mut i = 0;
    while i < 256 {
        let x = inverse(i as u8);
        table[i] =
            x ^ x.rotate_left(1) ^ x.rotate_left(2) ^ x.rotate_left(3) ^ x.rotate_left(4) ^ 0x63;
        i += 1;
    }
    table
};

const INVERSE_SBOX: [u8; 256] = {
    let mut table = [0; 256];
    let mut i = 0;
    while i < 256 {
        table[SBOX[i] as usize] = i as u8;
        i += 1;
    }
    table
};

type Half = [u8; 8];

/// The first half of the state after its rows are rotated: row `r` by `step * r` columns.
fn shift_rows(a: u64, b: u64, step: usize) -> Half {
    let mut state = [0; 16];
    state[..8].copy_from_slice(&a.to_le_bytes());
    state[8..].copy_from_slice(&b.to_le_bytes());
    std::array::from_fn(|i| {
        let (row, column) = (i % 4, i / 4);
        state[row + 4 * ((column + step * row) % 4)]
    })
}

/// Multiplies each column by the circulant matrix whose first row is `row`.
fn mix_columns(half: Half, row: [u8; 4]) -> Half {
    std::array::from_fn(|i| {
        let column = &half[i / 4 * 4..][..4];
        (0..4).fold(0, |sum, k| sum ^ multiply(column[k], row[(k + 4 - i % 4) % 4]))
    })
}

const MIX: [u8; 4] = [2, 3, 1, 1];
const INVERSE_MIX: [u8; 4] = [14, 11, 13, 9];
/// Rotating by three columns is rotating back by one.
const FORWARD: usize = 1;
const BACK: usize = 3;

fn substitute(half: Half, table: &[u8; 256]) -> Half {
    half.map(|x| table[x as usize])
}

pub(super) fn encrypt_final(a: u64, b: u64) -> u64 {
    u64::from_le_bytes(substitute(shift_rows(a, b, FORWARD), &SBOX))
}

pub(super) fn encrypt_middle(a: u64, b: u64) -> u64 {
    u64::from_le_bytes(mix_columns(substitute(shift_rows(a, b, FORWARD), &SBOX), MIX))
}

pub(super) fn decrypt_final(a: u64, b: u64) -> u64 {
    u64::from_le_bytes(substitute(shift_rows(a, b, BACK), &INVERSE_SBOX))
}

pub(super) fn decrypt_middle(a: u64, b: u64) -> u64 {
    let half = substitute(shift_rows(a, b, BACK), &INVERSE_SBOX);
    u64::from_le_bytes(mix_columns(half, INVERSE_MIX))
}

pub(super) fn inverse_mix(a: u64) -> u64 {
    u64::from_le_bytes(mix_columns(a.to_le_bytes(), INVERSE_MIX))
}

/// Round numbers 0 to 9 rotate and add the round constant; 10 only substitutes.
pub(super) fn key_step1(a: u64, round: i64) -> u64 {
    const ROUND_CONSTANTS: [u32; 10] = [1, 2, 4, 8, 16, 32, 64, 128, 0x1b, 0x36];
    let word = (a >> 32) as u32;
    let (word, constant) = match ROUND_CONSTANTS.get(round as usize & 15) {
        Some(&constant) => (word.rotate_right(8), constant),
        None => (word, 0),
    };
    let word = u32::from_le_bytes(word.to_le_bytes().map(|x| SBOX[x as usize])) ^ constant;
    (word as u64) << 32 | word as u64
}

pub(super) fn key_step2(a: u64, b: u64) -> u64 {
    let low = (a >> 32) as u32 ^ b as u32;
    let high = low ^ (b >> 32) as u32;
    (high as u64) << 32 | low as u64
}
