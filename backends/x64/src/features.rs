//! What the processor must be able to do.

use std::arch::is_x86_feature_detected as has;

/// The processor lacks an instruction set extension that generated code is made of.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("this processor lacks {0}, which the x64 backend needs (x86-64-v3)")]
pub struct MissingFeature(pub &'static str);

/// `Err` with the first required extension that is missing.
pub fn check() -> Result<(), MissingFeature> {
    let required = [
        ("SSE4.2", has!("sse4.2")),
        ("POPCNT", has!("popcnt")),
        ("AVX2", has!("avx2")),
        ("FMA", has!("fma")),
        ("BMI1", has!("bmi1")),
        ("BMI2", has!("bmi2")),
        ("LZCNT", has!("lzcnt")),
        ("CMPXCHG16B", has!("cmpxchg16b")),
    ];
    match required.iter().find(|(_, present)| !present) {
        Some((name, _)) => Err(MissingFeature(name)),
        None => Ok(()),
    }
}

/// True if carry-less products and steps of AES have instructions.
pub fn has_crypto() -> bool {
    has!("pclmulqdq") && has!("aes")
}
