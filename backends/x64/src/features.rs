//! What the processor must be able to do: Intel's manual, volume 2, CPUID.
//!
//! In a virtual machine each question takes microseconds, as it goes to the hypervisor; the standard library asks for all that it
//! knows.
#![allow(unsafe_code, reason = "xgetbv")]

use std::arch::asm;
use std::arch::x86_64::{__cpuid, __cpuid_count, CpuidResult};

/// The processor lacks an instruction set extension that generated code is made of.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("this processor lacks {0}, which the x64 backend needs (x86-64-v3)")]
pub struct MissingFeature(pub &'static str);

/// Where a feature is said to be there.
#[derive(Clone, Copy)]
enum Bit {
    /// In ECX of leaf 1.
    Basic(u32),
    /// The same; it needs the operating system to save wide registers.
    Wide(u32),
    /// In EBX of leaf 7.
    Extended(u32),
    /// The same; it needs the operating system too.
    ExtendedWide(u32),
    /// In ECX of leaf 0x80000001.
    Amd(u32),
}
use Bit::{Amd, Basic, Extended, ExtendedWide, Wide};

const REQUIRED: [(&str, Bit); 8] = [
    ("SSE4.2", Basic(20)),
    ("POPCNT", Basic(23)),
    ("AVX2", ExtendedWide(5)),
    ("FMA", Wide(12)),
    ("BMI1", Extended(3)),
    ("BMI2", Extended(8)),
    ("LZCNT", Amd(5)),
    ("CMPXCHG16B", Basic(13)),
];
const PCLMULQDQ: Bit = Basic(1);
const AES: Bit = Basic(25);
const FMA: u32 = 12;
const OSXSAVE: u32 = 27;

/// What the processor says of itself.
#[derive(Clone, Copy)]
pub struct Features {
    basic: u32,
    extended: u32,
    amd: u32,
    /// The operating system saves wide registers.
    wide: bool,
}

impl Features {
    /// Asks it.
    pub fn ask() -> Features {
        let basic = __cpuid(1).ecx;
        // Every processor with FMA has leaf 7, and one without won't do.
        let extended = if basic >> FMA & 1 != 0 { __cpuid_count(7, 0).ebx } else { 0 };
        let amd = __cpuid(0x8000_0001).ecx;
        Features { basic, extended, amd, wide: saves_wide(basic) }
    }

    fn has(&self, bit: Bit) -> bool {
        match bit {
            Basic(n) => self.basic >> n & 1 != 0,
            Wide(n) => self.wide && self.basic >> n & 1 != 0,
            Extended(n) => self.extended >> n & 1 != 0,
            ExtendedWide(n) => self.wide && self.extended >> n & 1 != 0,
            Amd(n) => self.amd >> n & 1 != 0,
        }
    }

    /// `Err` with the first required extension that is missing.
    pub fn check(&self) -> Result<(), MissingFeature> {
        match REQUIRED.iter().find(|(_, bit)| !self.has(*bit)) {
            Some((name, _)) => Err(MissingFeature(name)),
            None => Ok(()),
        }
    }

    /// True if carry-less products and steps of AES have instructions.
    pub fn has_crypto(&self) -> bool {
        self.has(PCLMULQDQ) && self.has(AES)
    }
}

/// False on an emulated processor that never delivers the exceptions that MXCSR unmasks: QEMU's own (TCG), as it names itself in
/// leaf 0x40000000.
pub fn delivers_exceptions() -> bool {
    const HYPERVISOR: u32 = 31;
    let hosted = __cpuid(1).ecx >> HYPERVISOR & 1 != 0;
    !hosted || !is_tcg(__cpuid(0x4000_0000))
}

fn is_tcg(leaf: CpuidResult) -> bool {
    let name = [leaf.ebx, leaf.ecx, leaf.edx].map(u32::to_le_bytes);
    name.as_flattened() == b"TCGTCGTCGTCG"
}

/// True if the operating system saves SSE's and AVX's registers (XCR0, bits 1 and 2).
fn saves_wide(basic: u32) -> bool {
    const SAVED: u32 = 6;
    if basic >> OSXSAVE & 1 == 0 {
        return false;
    }
    let saved: u32;
    // SAFETY: the operating system has made the instruction available; it reads a control register.
    unsafe {
        asm!("xgetbv", in("ecx") 0, out("eax") saved, out("edx") _, options(nomem, nostack, preserves_flags));
    }
    saved & SAVED == SAVED
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::arch::is_x86_feature_detected as has;

    #[test]
    fn what_is_asked_is_what_the_standard_library_finds() {
        let found = [
            has!("sse4.2"),
            has!("popcnt"),
            has!("avx2"),
            has!("fma"),
            has!("bmi1"),
            has!("bmi2"),
            has!("lzcnt"),
            has!("cmpxchg16b"),
        ];
        let features = Features::ask();
        assert_eq!(REQUIRED.map(|(_, bit)| features.has(bit)), found);
        assert_eq!(features.has_crypto(), has!("pclmulqdq") && has!("aes"));
    }

    #[test]
    fn qemu_is_known_by_its_name() {
        let named = |ebx, ecx, edx| is_tcg(CpuidResult { eax: 0x4000_0001, ebx, ecx, edx });
        assert!(named(0x5447_4354, 0x4354_4743, 0x4743_5447));
        // KVM, which is the processor itself.
        assert!(!named(0x4b4d_564b, 0x564b_4d56, 0x4d));
    }

    #[test]
    fn the_first_that_is_missing_is_named() {
        let none = Features { basic: 0, extended: 0, amd: 0, wide: false };
        assert_eq!(none.check(), Err(MissingFeature("SSE4.2")));
        let narrow = Features { wide: false, ..Features::ask() };
        assert_eq!(narrow.check(), Err(MissingFeature("AVX2")));
    }
}
