//! Whoever is told what the machine does.

use std::ops::Range;

use guest::GuestAddr;

/// A translation in the code cache.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Placed {
    /// Where it lies.
    pub host: Range<u64>,
    /// What it is a translation of.
    pub guest: GuestAddr,
    /// A region of several blocks.
    pub region: bool,
}

/// Who is told of each translation. The code cache is locked meanwhile.
pub trait Observer: Send + Sync {
    /// There is one more.
    fn placed(&self, placed: &Placed);
}
