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
mod topics;
mod unbox;
mod widths;

pub use count::count_blocks;
use ir::Region;
pub use meld::has_twins;
use topics::Topics;

/// A rewrite that keeps what a region means.
#[derive(Clone, Copy, Debug)]
pub struct Pass {
    /// Name in dumps.
    pub name: &'static str,
    /// Does it.
    pub run: fn(&mut Region),
    /// There is nothing for it in a region without ops of all these kinds.
    about: Topics,
}

impl Pass {
    const fn new(name: &'static str, run: fn(&mut Region)) -> Pass {
        Pass { name, run, about: Topics::NONE }
    }
    const fn about(self, about: Topics) -> Pass {
        Pass { about, ..self }
    }
}

/// Writes of a register that nobody can see go away.
pub const DEAD_SETS: Pass = Pass::new("dead-sets", dead_sets::run);
/// Instructions that nobody uses go away.
pub const DEAD_CODE: Pass = Pass::new("dead-code", dead_code::run);
/// Ops on constants become constants, and algebraic identities.
pub const SIMPLIFY: Pass = Pass::new("simplify", identities::simplify);

/// Accesses to bytes side by side become wider ones.
pub const BYTES: Pass = Pass::new("bytes", bytes::run).about(Topics::NARROW);

/// What waits in a ring is fetched ahead.
pub const PREFETCH: Pass = Pass::new("prefetch", prefetch::run).about(Topics::SWAPS);

/// The first round of the region's loop comes before it.
pub const PEEL: Pass = Pass::new("peel", peel::run);
/// Safepoints, and the form that compilers of several blocks ask for.
pub const NORMAL: Pass = Pass::new("normal", normal::run);
/// Guest registers become values.
pub const PROMOTE: Pass = Pass::new("promote", promote::run);
/// What was computed on every way here is not computed again.
pub const NUMBER: Pass = Pass::new("number", number::run);
/// Block parameters with one value go away.
pub const PARAMS: Pass = Pass::new("params", params::run);
/// What is read in its low half only is computed in 32 bits.
pub const NARROW: Pass = Pass::new("narrow", narrow::run);
/// Two ways that do alike become one, where it is hard to predict which is taken.
pub const MELD: Pass = Pass::new("meld", meld::run);
/// Division by constants.
pub const DIVIDE: Pass = Pass::new("divide", divide::run);
/// Short ways around become choices.
pub const CHOOSE: Pass = Pass::new("choose", choose::run);
/// Registers that hold boxed values on all ways are passed unboxed.
pub const BOXES: Pass = Pass::new("boxes", boxes::run);
/// Narrow floating-point values stay unboxed across blocks.
pub const UNBOX: Pass = Pass::new("unbox", unbox::run);
/// What does not change in a loop is computed before it.
pub const HOIST: Pass = Pass::new("hoist", hoist::run);
/// Back to the form, after passes that changed ways.
pub const TIDY: Pass = Pass::new("tidy", normal::tidy);

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

/// Runs those of `passes` that may find something, in order; debug builds verify the region after each.
///
/// # Panics
/// In debug builds, if a pass breaks a rule.
pub fn run(passes: &[Pass], region: &mut Region) {
    let topics = Topics::of(region);
    for pass in passes.iter().filter(|pass| topics.cover(pass.about)) {
        (pass.run)(region);
        if cfg!(debug_assertions)
            && let Err(broken) = ir::verify(region)
        {
            panic!("behind pass {}: {broken}, entry {}", pass.name, region.entry);
        }
    }
}
