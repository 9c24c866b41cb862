//! From a hot guest address to a region of several blocks: grows along known jumps to code that
//! has run, takes small leaf functions in at their calls, and keeps what can come back to the
//! entry if anything can.
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

/// What a formed region is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Shape {
    /// Guest blocks in it.
    pub blocks: usize,
    /// Its entry can be reached again from inside.
    pub is_loop: bool,
}

/// A block of a region: its address, and where the function that was taken in returns to, if the
/// block belongs to one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Key {
    pc: GuestAddr,
    ret: Option<GuestAddr>,
}

/// Forms the region at `entry` into `out`; `None` if its first instruction cannot be part of one.
pub fn form(
    entry: GuestAddr,
    source: &mut dyn Source,
    limits: Limits,
    out: &mut Region,
) -> Option<Shape> {
    let mut found = discover::Found::new(source, limits);
    let entry = Key { pc: entry, ret: None };
    found.grow(entry);
    if found.pieces.is_empty() {
        return None;
    }
    let is_loop = found.keep_loop(entry);
    found.cut();
    let shape = Shape { blocks: found.pieces.len(), is_loop };
    stitch::stitch(entry, &found.pieces, out);
    Some(shape)
}
