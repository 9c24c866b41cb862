//! Numbers in as few bytes as they need: seven bits a byte, the lowest first (LEB128).

/// Appends `n`.
pub fn put(out: &mut Vec<u8>, mut n: u64) {
    while n >= 0x80 {
        out.push(n as u8 | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
}

/// Appends `n`, of which small absolutes are short.
pub fn put_signed(out: &mut Vec<u8>, n: i64) {
    put(out, (n << 1 ^ n >> 63) as u64);
}

/// Takes a number; missing bytes read as 0.
pub fn take(bytes: &mut impl Iterator<Item = u8>) -> u64 {
    let mut n = 0;
    for shift in (0..64).step_by(7) {
        let byte = bytes.next().unwrap_or(0);
        n |= ((byte & 0x7f) as u64) << shift;
        if byte < 0x80 {
            break;
        }
    }
    n
}

/// Takes a number that [`put_signed`] appended.
pub fn take_signed(bytes: &mut impl Iterator<Item = u8>) -> i64 {
    let n = take(bytes);
    (n >> 1) as i64 ^ -((n & 1) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back() {
        let numbers = [0, 1, 63, 64, -64, -65, 1 << 40, i64::MAX, i64::MIN, -1];
        let mut bytes = Vec::new();
        numbers.iter().for_each(|&n| put_signed(&mut bytes, n));
        numbers.iter().for_each(|&n| put(&mut bytes, n as u64));
        let mut bytes = bytes.into_iter();
        assert!(numbers.iter().all(|&n| take_signed(&mut bytes) == n));
        assert!(numbers.iter().all(|&n| take(&mut bytes) == n as u64));
        assert_eq!((bytes.next(), take(&mut bytes)), (None, 0));
    }
}
