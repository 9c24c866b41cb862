//! The x86-64 backend: compiles single blocks and chains of them in one pass, and whole regions with a global allocator, to code
//! that links.
//!
//! ```text
//! block  -> plan (uses, laziness, homes; backwards) -> lower + alloc -> asm -> bytes
//! region -> plan -> region::build (lower asks for operands) -> region::allocate -> region::emit (lower again) -> bytes
//! ```
//!
//! `regs` has the convention of generated code, `thunks` what surrounds it.
#![deny(unsafe_code)]
#![warn(missing_docs)]

mod alloc;
mod asm;
mod features;
mod fuse;
mod helpers;
mod lower;
mod nan_ops;
mod operands;
mod plan;
mod region;
mod regs;
mod settle;
mod thunks;
mod traps;

use std::cell::RefCell;

use guest::{CpuState, RegFile, Slot};
use ir::{Backend, CompiledCode, Region, Unsupported};

use features::Features;
pub use features::MissingFeature;
use lower::Scratch;
use regs::Pins;

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// The backend.
#[derive(Debug)]
pub struct X64 {
    pins: Pins,
    crypto: bool,
}

impl X64 {
    /// A backend for guests with these registers; the hottest ones get host registers.
    pub fn new(file: &RegFile) -> Result<X64, MissingFeature> {
        let features = Features::ask();
        features.check()?;
        Ok(X64 { pins: Pins::new(file), crypto: features.has_crypto() })
    }
}

impl Backend for X64 {
    fn name(&self) -> &'static str {
        "x64"
    }

    fn compile(&self, region: &Region, out: &mut CompiledCode) -> Result<(), Unsupported> {
        SCRATCH.with_borrow_mut(|s| lower::compile(region, &self.pins, self.crypto, s, out))
    }

    fn compile_region(&self, region: &Region, out: &mut CompiledCode) -> Result<(), Unsupported> {
        SCRATCH.with_borrow_mut(|s| region::compile(region, &self.pins, self.crypto, s, out))
    }

    fn is_crowded(&self, region: &Region) -> bool {
        region::is_crowded(region)
    }

    fn thunks(&self) -> (CompiledCode, Vec<u32>) {
        thunks::build(&self.pins)
    }

    fn pinned(&self) -> &[Slot] {
        self.pins.slots()
    }

    fn load_fp(&self, state: &mut CpuState) {
        helpers::update_strict();
        traps::decide(state, features::delivers_exceptions);
        state.fp_settled = 1;
        let masks = thunks::DEFAULT_MXCSR & !traps::unmasked(state);
        state.fp_control = masks | host_rounding(state.fp_round) << 13;
    }

    fn save_fp(&self, state: &mut CpuState) {
        const STICKY: u32 = 0x3f;
        state.fp_flags |= thunks::guest_flags(state.fp_control & STICKY) as u64;
        state.fp_control &= !STICKY;
    }

    fn fp_exception(&self, state: &mut CpuState, control: u32) -> u32 {
        traps::taken(state, control)
    }
}

/// MXCSR's rounding mode for the guest's.
fn host_rounding(round: u64) -> u32 {
    match round {
        1 => 3,
        2 => 1,
        3 => 2,
        _ => 0,
    }
}
