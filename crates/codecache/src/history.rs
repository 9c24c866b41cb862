//! What is known of code that ran before the cache was emptied to be filled with longer blocks.

use guest::GuestAddr;

use crate::blocks::Blocks;
use crate::cache::Writer;

/// Where blocks started.
#[derive(Default)]
pub(crate) struct History {
    /// Their addresses, in order.
    starts: Vec<u64>,
    /// What blocks that are not among them took in, in no order.
    taken_in: Vec<u64>,
}

/// The cache is worth being renewed if one of so many of its blocks is not known from before.
const ONE_IN: usize = 8;

impl History {
    fn knows(&self, pc: u64) -> bool {
        self.starts.binary_search(&pc).is_ok()
    }

    /// With `blocks`, which are about to go.
    fn extend(&mut self, blocks: &Blocks) {
        self.starts.append(&mut self.taken_in);
        self.starts.extend(entries(blocks));
        self.starts.sort_unstable();
        self.starts.dedup();
    }
}

fn entries(blocks: &Blocks) -> impl Iterator<Item = u64> {
    (1..=blocks.len() as u32).map(|block| blocks.entry(block))
}

impl Writer<'_> {
    /// True from the first renewal on.
    pub fn is_renewed(&self) -> bool {
        self.inner.history.is_some()
    }

    /// True if there was a block at `pc` before the cache was renewed.
    pub fn had(&self, pc: GuestAddr) -> bool {
        self.inner.history.as_ref().is_some_and(|history| history.knows(pc.0))
    }

    /// True if the block at `entry` is to go on at `next`, behind a branch that is not taken: from the first renewal on, if
    /// that code has run, or if it is not known whether it would have since the block is new as well.
    pub fn goes_on(&self, entry: GuestAddr, next: GuestAddr) -> bool {
        let known = |history: &History| history.knows(next.0) || !history.knows(entry.0);
        self.inner.history.as_ref().is_some_and(known)
    }

    /// Notes that a block goes on at each of `starts`.
    pub fn take_in(&mut self, starts: impl Iterator<Item = GuestAddr>) {
        let Some(history) = &mut self.inner.history else { return };
        for GuestAddr(start) in starts {
            if !history.knows(start) {
                history.taken_in.push(start);
            }
        }
    }

    /// True if enough code has run for the first time since the cache was renewed, if it was.
    pub fn has_much_new(&self) -> bool {
        let Some(history) = &self.inner.history else { return true };
        let new = entries(&self.cache.blocks).filter(|&entry| !history.knows(entry));
        new.count() * ONE_IN >= self.cache.blocks.len()
    }

    /// As [`Writer::reset`]; blocks are long from here on, by what has run.
    pub fn renew(&mut self) {
        let blocks = &self.cache.blocks;
        self.inner.history.get_or_insert_default().extend(blocks);
        self.reset();
    }
}
