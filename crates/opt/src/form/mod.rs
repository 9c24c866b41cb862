//! From a hot guest address to a region of several blocks: grows along known jumps to code that
//! has run, takes small leaf functions in at their calls, and keeps what can come back to the
//! entry.
//!
//! ```text
//! discover (which blocks) -> keep the loop -> cut where others start -> stitch
//! ```

mod discover;
mod inline;
mod stitch;
#[cfg(test)]
mod tests;

use guest::GuestAddr;
use ir::Region;

/// Where blocks come from.
pub trait Source {
    /// Lifts the block at `pc`, `max_insns` guest instructions at most, into `out`.
    fn lift(&mut self, pc: GuestAddr, max_insns: u32, out: &mut Region);

    /// True if the code at `pc` has run.
    fn has_run(&self, pc: GuestAddr) -> bool;
}

/// Bounds on a region of several blocks.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Most guest blocks.
    pub blocks: usize,
    /// Most guest instructions, those that occur twice counted twice.
    pub insns: u32,
    /// Most guest instructions in one block.
    pub block_insns: u32,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { blocks: 64, insns: 600, block_insns: 64 }
    }
}

/// A block of a region: its address, and where the function that was taken in returns to, if the
/// block belongs to one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Key {
    pc: GuestAddr,
    ret: Option<GuestAddr>,
}

/// The loop at `entry` as a region; `None` if there is none: what is gone through once gains less
/// than the way in and out costs (docs/adr/0015).
pub fn form(entry: GuestAddr, source: &mut dyn Source, limits: Limits) -> Option<Region> {
    let mut found = discover::Found::new(source, limits);
    let entry = Key { pc: entry, ret: None };
    found.grow(entry);
    if !found.keep_loop(entry) {
        return None;
    }
    found.cut();
    let mut region = Region::default();
    stitch::stitch(entry, &found.pieces, &mut region);
    Some(region)
}
