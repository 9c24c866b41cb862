//! The interpreter: regions lowered once to pre-decoded code, then run.
//!
//! ```text
//! Region -> analyse (last uses, early writes) -> lower (words, instructions) -> InterpCode -> run
//! ```
//!
//! Guest registers are operands like temporaries are: most reads and writes of them cost nothing.
#![deny(unsafe_code)]
#![warn(missing_docs)]

mod analyse;
mod code;
mod homes;
mod lower;
mod run;

use std::cell::RefCell;

use guest::CpuState;
use ir::{InterpCode, Interpreter, Leave, Region};

thread_local! {
    static SCRATCH: RefCell<lower::Scratch> = RefCell::default();
}

/// The interpreter. It has no state: what it needs is in the code and in `CpuState`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Interp;

impl Interpreter for Interp {
    fn name(&self) -> &'static str {
        "interp"
    }

    fn lower(&self, region: &Region, out: &mut InterpCode) {
        SCRATCH.with_borrow_mut(|scratch| lower::lower(region, scratch, out));
    }

    /// `code` must come from [`Interp::lower`].
    fn run(&self, code: &[u64], state: &mut CpuState) -> Leave {
        run::run(code, state)
    }
}
