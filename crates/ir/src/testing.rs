//! For tests of engines and passes: random regions, and a walker that runs a region straight from
//! its definition.

mod random;
mod walk;

pub use random::{Rng, STACK, random_region, random_state};
pub use walk::walk;
