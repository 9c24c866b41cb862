//! The intermediate representation: the waist of the translator.
//!
//! Frontends make a [`Region`] from guest code; passes rewrite it; an [`Interpreter`] runs it
//! or a [`Backend`] makes [`CompiledCode`] from it. Values are in SSA form: the instruction
//! that defines a value *is* the value's name. Guest registers are reached by `get` and `set`.
#![deny(unsafe_code)]
#![warn(missing_docs)]

pub mod builder;
pub mod cfg;
pub mod compiled;
pub mod eval;
pub mod exit;
pub mod ops;
pub mod parse;
pub mod print;
pub mod region;
pub mod reserve;
pub mod slots;
pub mod testing;
pub mod traits;
mod types;
mod uses;
pub mod verify;

pub use builder::Builder;
pub use compiled::{CompiledCode, ExitSite, Make, PcMapEntry, Place, Recover, Reloc, RelocKind};
pub use eval::{FpEnv, eval};
pub use exit::{Exit, Leave, Trap};
pub use ops::{Arg, Effect, Op, Res};
pub use parse::{ParseError, parse, parse_with};
pub use print::{print, print_with};
pub use region::{Block, BlockCall, BlockId, Inst, Region, Target, Term, Value};
pub use traits::{Backend, Frontend, InterpCode, Interpreter, LiftLimits, Listing, Unsupported};
pub use types::{MemSize, Round, Type};
pub use verify::{Broken, verify};
