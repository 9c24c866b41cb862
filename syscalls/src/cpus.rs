//! The processors that are online.

/// A set of processors, a bit each, as long as the host's kernel's own.
pub fn online() -> Vec<u8> {
    let text = std::fs::read_to_string("/sys/devices/system/cpu/online").unwrap_or_default();
    let mut set = vec![0; mask_len()];
    for cpu in ranges(&text) {
        if let Some(byte) = set.get_mut(cpu / 8) {
            *byte |= 1 << (cpu % 8);
        }
    }
    if set.iter().all(|&b| b == 0) {
        set[0] = 1;
    }
    set
}

/// Bytes of a set in the host's kernel: what sched_getaffinity(2) gives.
fn mask_len() -> usize {
    let mut set = [0u8; 1024];
    let args = [0, set.len() as u64, set.as_mut_ptr() as u64];
    crate::host::sys(libc::SYS_sched_getaffinity, args).map_or(8, |len| (len as usize).max(8))
}

/// The numbers in `0-3,8`.
fn ranges(text: &str) -> impl Iterator<Item = usize> + '_ {
    text.trim().split(',').flat_map(|range| {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        let (first, last) = (first.parse(), last.parse());
        first.ok().zip(last.ok()).into_iter().flat_map(|(a, b): (usize, usize)| a..=b)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_the_kernel_writes_them() {
        assert_eq!(ranges("0-3,8\n").collect::<Vec<_>>(), [0, 1, 2, 3, 8]);
        assert_eq!(ranges("").count(), 0);
    }

    #[test]
    fn the_first_processor_is_online() {
        assert_eq!(online()[0] & 1, 1);
        assert!(online().len() >= 8);
    }
}
