//! The targets of the fuzzer: each takes bytes and panics if a promise is broken.
//!
//! Under `--cfg fuzzing` the programs of this package are libFuzzer's; else they run a target a few
//! times on random bytes, so that they build and can be tried everywhere.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod decoder;
pub mod elf;
pub mod engines;
pub mod ir_parser;

/// Makes the main function for a target.
#[macro_export]
macro_rules! target {
    ($run:path) => {
        #[cfg(fuzzing)]
        libfuzzer_sys::fuzz_target!(|data: &[u8]| $run(data));

        #[cfg(not(fuzzing))]
        fn main() {
            $crate::few_rounds($run);
        }
    };
}

/// Runs a target on bytes that are the same each time.
pub fn few_rounds(run: fn(&[u8])) {
    const ROUNDS: usize = 2000;
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    let mut byte = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    for round in 0..ROUNDS {
        let bytes: Vec<u8> = (0..round % 256).map(|_| byte()).collect();
        run(&bytes);
    }
    println!("{ROUNDS} inputs");
}
