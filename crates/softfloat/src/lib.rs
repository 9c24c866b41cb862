//! Exact IEEE 754 arithmetic on binary16, binary32 and binary64, with RISC-V's rules.
//!
//! Results and exception flags are those of the F, D, Zfh and Zfa chapters of the RISC-V
//! unprivileged manual: every NaN result is the canonical quiet NaN, tininess is detected after
//! rounding, and conversions to integers saturate.
//!
//! ```text
//! raw bits --unpack--> Value --arith--> Exact (sign, exponent, u128 with sticky bit) --pack--> raw bits
//! ```
//!
//! A number is the raw bits of its [`Format`] in the low bits of a `u64`. Higher bits of an
//! operand are ignored, those of a result are zero; NaN boxing is the caller's concern. Functions
//! that round take an [`Env`]; functions that can only raise flags take [`Flags`]; the others take
//! neither. Flags accumulate: no function clears one.
//!
//! ```
//! use softfloat::{Env, Flags, Format, Round, div};
//!
//! let mut env = Env::new(Round::Rne);
//! let third = div(Format::F64, 1f64.to_bits(), 3f64.to_bits(), &mut env);
//! assert_eq!(f64::from_bits(third), 1.0 / 3.0);
//! assert_eq!(env.flags, Flags::NX);
//! ```

#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod arith;
mod compare;
mod convert;
mod env;
mod format;
mod pack;
mod unpack;
mod zfa;

pub use arith::{add, div, fma, mul, sqrt, sub};
pub use compare::{classify, eq, le, lt, max, min, sgnj, sgnjn, sgnjx};
pub use convert::{Int, convert, from_int, to_int};
pub use env::{Env, Flags, Round};
pub use format::Format;
pub use zfa::{fcvtmod_w_d, leq, ltq, maxm, minm, round_to_int, round_to_int_exact};
