//! riscv_hwprobe(2): what the processors can do, by key. See the kernel's
//! `Documentation/arch/riscv/hwprobe.rst`.

use super::extensions::probe_bits;

/// `struct riscv_hwprobe`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(C)]
pub struct Pair {
    pub key: i64,
    pub value: u64,
}

/// `RISCV_HWPROBE_WHICH_CPUS`.
pub const WHICH_CPUS: u64 = 1;
/// The key that an unknown key becomes.
pub const UNKNOWN: i64 = -1;

const BASE_BEHAVIOR_IMA: u64 = 1;
const MISALIGNED_FAST: u64 = 3;
const MISALIGNED_VECTOR_UNSUPPORTED: u64 = 4;
const BLOCK: u64 = 64;
/// The `time` register counts nanoseconds.
const TIME_FREQUENCY: u64 = 1_000_000_000;

/// The value of a key; `None` if it is unknown.
pub fn value(key: i64) -> Option<u64> {
    Some(match key {
        // mvendorid, marchid, mimpid
        0..=2 => 0,
        3 => BASE_BEHAVIOR_IMA,
        4 => probe_bits(),
        // CPUPERF_0 and MISALIGNED_SCALAR_PERF
        5 | 9 => MISALIGNED_FAST,
        // ZICBOZ_, ZICBOM_ and ZICBOP_BLOCK_SIZE
        6 | 12 | 15 => BLOCK,
        // HIGHEST_VIRT_ADDRESS
        7 => memory::TASK_SIZE - 1,
        8 => TIME_FREQUENCY,
        10 => MISALIGNED_VECTOR_UNSUPPORTED,
        // VENDOR_EXT_THEAD_0, VENDOR_EXT_SIFIVE_0, VENDOR_EXT_MIPS_0
        11 | 13 | 14 => 0,
        _ => return None,
    })
}

/// Answers one pair.
pub fn answer(pair: Pair) -> Pair {
    match value(pair.key) {
        Some(value) => Pair { key: pair.key, value },
        None => Pair { key: UNKNOWN, value: 0 },
    }
}

/// True if every processor has what the pair asks for: bits of a set, or an exact value.
pub fn matches(pair: Pair) -> bool {
    const SETS: [i64; 6] = [3, 4, 5, 11, 13, 14];
    match value(pair.key) {
        Some(value) if SETS.contains(&pair.key) => value & pair.value == pair.value,
        Some(value) => value == pair.value,
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_keys_keep_their_key_and_others_become_minus_one() {
        assert_eq!(answer(Pair { key: 3, value: 7 }), Pair { key: 3, value: 1 });
        assert_eq!(answer(Pair { key: 1234, value: 7 }), Pair { key: -1, value: 0 });
    }

    #[test]
    fn extensions_are_the_kernels_bits() {
        let bits = value(4).unwrap();
        // FD, C, Zba, Zbb, Zbs, Zacas, Zabha; no vectors.
        for bit in [0, 1, 3, 4, 5, 34, 58] {
            assert_ne!(bits & 1 << bit, 0, "bit {bit}");
        }
        assert_eq!(bits & 1 << 2, 0);
    }

    #[test]
    fn sets_match_by_subset_and_values_exactly() {
        assert!(matches(Pair { key: 4, value: 1 << 3 }));
        assert!(!matches(Pair { key: 4, value: 1 << 2 }));
        assert!(!matches(Pair { key: 6, value: 32 }));
    }
}
