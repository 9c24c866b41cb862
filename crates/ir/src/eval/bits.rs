//! Bit manipulation beyond plain integer arithmetic.

/// Each byte with its bits in reverse order.
pub(super) fn brev8(a: u64) -> u64 {
    a.reverse_bits().swap_bytes()
}

/// 0xff for each byte that is not zero, else 0.
pub(super) fn orcb(a: u64) -> u64 {
    let bytes = a.to_le_bytes().map(|x| if x == 0 { 0 } else { 0xff });
    u64::from_le_bytes(bytes)
}

/// The carry-less product.
pub(super) fn clmul(a: u64, b: u64) -> u128 {
    let mut product = 0;
    let mut rest = b;
    while rest != 0 {
        product ^= (a as u128) << rest.trailing_zeros();
        rest &= rest - 1;
    }
    product
}

/// For each nibble of `b`, the nibble of `a` that it numbers.
pub(super) fn xperm4(a: u64, b: u64) -> u64 {
    (0..64).step_by(4).fold(0, |r, i| {
        let index = (b >> i) & 15;
        r | ((a >> (index * 4)) & 15) << i
    })
}

/// For each byte of `b`, the byte of `a` that it numbers; 0 beyond the last.
pub(super) fn xperm8(a: u64, b: u64) -> u64 {
    let table = a.to_le_bytes();
    let bytes = b.to_le_bytes().map(|i| table.get(i as usize).copied().unwrap_or(0));
    u64::from_le_bytes(bytes)
}
