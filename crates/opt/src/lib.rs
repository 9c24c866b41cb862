//! Passes from region to region: a file a pass, the law above the rewrite.
//!
//! The order of passes is data: [`BASELINE`] runs on every block that is compiled, so each of
//! its passes is linear and allocates nothing once its scratch has grown.
#![deny(unsafe_code)]
#![warn(missing_docs)]

mod boxes;
mod bytes;
mod choose;
mod congruence;
mod count;
mod dead_code;
mod dead_sets;
mod divide;
mod fold;
pub mod form;
mod graph;
mod hoist;
mod identities;
mod loops;
mod meld;
mod narrow;
pub mod normal;
mod number;
mod params;
mod peel;
mod prefetch;
mod promote;
mod replace;
mod unbox;
mod widths;

pub use count::count_blocks;
use ir::Region;
pub use meld::has_twins;

/// A rewrite that keeps what a region means.
#[derive(Clone, Copy, Debug)]
pub struct Pass {
    /// Name in dumps.
    pub name: &'static str,
    /// Does it.
    pub run: fn(&mut Region),
}

/// Writes of a register that nobody can see go away.
pub const DEAD_SETS: Pass = Pass { name: "dead-sets", run: dead_sets::run };
/// Instructions that nobody uses go away.
pub const DEAD_CODE: Pass = Pass { name: "dead-code", run: dead_code::run };
/// Ops on constants become constants, and algebraic identities.
pub const SIMPLIFY: Pass = Pass { name: "simplify", run: identities::simplify };

/// Accesses to bytes side by side become wider ones.
pub const BYTES: Pass = Pass { name: "bytes", run: bytes::run };

/// What waits in a ring is fetched ahead.
pub const PREFETCH: Pass = Pass { name: "prefetch", run: prefetch::run };

/// The first round of the region's loop comes before it.
pub const PEEL: Pass = Pass { name: "peel", run: peel::run };
/// Safepoints, and the form that compilers of several blocks ask for.
pub const NORMAL: Pass = Pass { name: "normal", run: normal::run };
/// Guest registers become values.
pub const PROMOTE: Pass = Pass { name: "promote", run: promote::run };
/// What was computed on every way here is not computed again.
pub const NUMBER: Pass = Pass { name: "number", run: number::run };
/// Block parameters with one value go away.
pub const PARAMS: Pass = Pass { name: "params", run: params::run };
/// What is read in its low half only is computed in 32 bits.
pub const NARROW: Pass = Pass { name: "narrow", run: narrow::run };
/// Two ways that do alike become one, where it is hard to predict which is taken.
pub const MELD: Pass = Pass { name: "meld", run: meld::run };
/// Division by constants.
pub const DIVIDE: Pass = Pass { name: "divide", run: divide::run };
/// Short ways around become choices.
pub const CHOOSE: Pass = Pass { name: "choose", run: choose::run };
/// Registers that hold boxed values on all ways are passed unboxed.
pub const BOXES: Pass = Pass { name: "boxes", run: boxes::run };
/// Narrow floating-point values stay unboxed across blocks.
pub const UNBOX: Pass = Pass { name: "unbox", run: unbox::run };
/// What does not change in a loop is computed before it.
pub const HOIST: Pass = Pass { name: "hoist", run: hoist::run };
/// Back to the form, after passes that changed ways.
pub const TIDY: Pass = Pass { name: "tidy", run: normal::tidy };

/// For a block that is compiled at first sight, by a backend that leaves dead code out by
/// itself. Frontends forward registers themselves.
pub static BASELINE: &[Pass] = &[PREFETCH, SIMPLIFY, BYTES];

/// For a block that is interpreted.
pub static INTERPRETED: &[Pass] = &[SIMPLIFY, DEAD_SETS, DEAD_CODE];

/// For regions made of several blocks.
pub static OPTIMISED: &[Pass] = &[
    SIMPLIFY, BYTES, PEEL, NORMAL, PROMOTE, SIMPLIFY, PREFETCH, TIDY, PARAMS, MELD, NARROW,
    SIMPLIFY, DIVIDE, CHOOSE, NUMBER, PARAMS, BOXES, UNBOX, SIMPLIFY, DEAD_SETS, DEAD_CODE, HOIST,
    TIDY,
];

/// Runs `passes` in order; debug builds verify the region after each.
///
/// # Panics
/// In debug builds, if a pass breaks a rule.
pub fn run(passes: &[Pass], region: &mut Region) {
    for pass in passes {
        (pass.run)(region);
        if cfg!(debug_assertions)
            && let Err(broken) = ir::verify(region)
        {
            panic!("behind pass {}: {broken}, entry {}", pass.name, region.entry);
        }
    }
}
