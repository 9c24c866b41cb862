//! From a hot guest address to a region of several blocks: grows along known jumps to code that
//! has run, takes small functions in at their calls, and keeps what can come back to the
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

    /// True if the block `from` may be compiled together with what is behind a branch at its end, the code at `to`:
    /// whether that has run is not known then.
    fn goes_on(&self, from: GuestAddr, to: GuestAddr) -> bool;

    /// Where the computed jump or call at `jump` is likely to lead, the likeliest first.
    fn likely(&mut self, jump: GuestAddr) -> Vec<GuestAddr>;
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

/// A block of a region: its address, and where the functions that were taken in return to that it belongs to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Key {
    pc: GuestAddr,
    rets: Rets,
}

/// A block of a region, as lifted.
struct Piece {
    region: Region,
    /// Where its computed jump or call, if that is its end, is likely to lead.
    likely: Vec<GuestAddr>,
}

/// How deep functions are taken in.
const DEPTH: usize = 2;

/// Where functions return to that were taken in, the outermost first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
struct Rets {
    at: [GuestAddr; DEPTH],
    depth: usize,
}

impl Rets {
    /// How many more functions may be taken in.
    fn room(self) -> usize {
        DEPTH - self.depth
    }
    /// Where the innermost one returns to.
    fn last(self) -> Option<GuestAddr> {
        self.at[..self.depth].last().copied()
    }
    /// In one more that returns to `ret`; there is room.
    fn within(mut self, ret: GuestAddr) -> Rets {
        self.at[self.depth] = ret;
        self.depth += 1;
        self
    }
    /// Where the innermost one returned to, and those around it.
    fn out(mut self) -> Option<Key> {
        let pc = self.last()?;
        self.depth -= 1;
        self.at[self.depth] = GuestAddr(0);
        Some(Key { pc, rets: self })
    }
}

/// The loop at `entry` as a region; `None` if there is none: what is gone through once gains less
/// than the way in and out costs (docs/adr/0015).
pub fn form(entry: GuestAddr, source: &mut dyn Source, limits: Limits) -> Option<Region> {
    let mut found = discover::Found::new(source, limits);
    let entry = Key { pc: entry, rets: Rets::default() };
    found.grow(entry);
    if !found.keep_loop(entry) {
        return None;
    }
    found.cut();
    let mut region = Region::default();
    stitch::stitch(entry, &found.pieces, &mut region);
    Some(region)
}
