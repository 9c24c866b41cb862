//! Which regions were made, and how often their guest instructions were executed in them: for listings.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use guest::GuestAddr;
use ir::{CompiledCode, Region};
use lending::Mutex;
use rustc_hash::FxHashMap;

/// Blocks that can be counted: those of regions that come later are not.
const WORDS: usize = 1 << 20;

/// What is kept of the regions of a process whose regions count.
pub(crate) struct Hot {
    words: &'static [AtomicU64],
    used: AtomicUsize,
    kept: Mutex<Vec<Kept>>,
}

/// A region as it would be if it did not count.
struct Kept {
    region: Region,
    code: CompiledCode,
    counts: Counts,
}

/// The number of the word that counts each guest instruction; one that is in several blocks has several.
pub(crate) type Counts = Vec<(GuestAddr, usize)>;

/// A region that was compiled, and how often it ran.
pub struct HotRegion {
    /// What it was compiled from, optimised.
    pub region: Region,
    /// Its code.
    pub code: CompiledCode,
    /// How often each guest instruction was executed in it. Threads that count at once may lose some.
    pub counts: FxHashMap<GuestAddr, u64>,
}

impl HotRegion {
    /// Guest instructions executed in it.
    pub fn executed(&self) -> u64 {
        self.counts.values().sum()
    }
}

impl Hot {
    pub fn new() -> Hot {
        // Pages of it come as they are touched.
        let words: Vec<AtomicU64> =
            std::iter::repeat_with(AtomicU64::default).take(WORDS).collect();
        let (used, kept) = (AtomicUsize::new(0), Mutex::default());
        Hot { words: Vec::leak(words), used, kept }
    }

    /// `region` with blocks that count, and where; `None` if there are no words left.
    pub fn counting(&self, region: &Region) -> Option<(Region, Counts)> {
        let first = self.used.fetch_add(region.blocks.len(), Ordering::Relaxed);
        if first + region.blocks.len() > WORDS {
            return None;
        }
        let (mut region, mut counts, mut next) = (region.clone(), Counts::new(), first);
        opt::count_blocks(&mut region, |addresses| {
            counts.extend(addresses.iter().map(|&pc| (pc, next)));
            next += 1;
            self.words[next - 1].as_ptr() as u64
        });
        Some((region, counts))
    }

    /// Notes that `region`, which would be `code`, is in use.
    pub fn keep(&self, region: Region, code: CompiledCode, counts: Counts) {
        self.kept.lock().push(Kept { region, code, counts });
    }

    fn regions(&self) -> Vec<HotRegion> {
        let kept = std::mem::take(&mut *self.kept.lock());
        let regions = kept.into_iter().map(|Kept { region, code, counts: words }| {
            let mut counts = FxHashMap::default();
            for (pc, word) in words {
                *counts.entry(pc).or_insert(0) += self.words[word].load(Ordering::Relaxed);
            }
            HotRegion { region, code, counts }
        });
        regions.collect()
    }
}

impl crate::Process {
    /// The regions that were made so far, if [`crate::Options::counts_regions`], the one that executed most first. They are given away:
    /// the next time there are only later ones.
    pub fn take_hot_regions(&self) -> Vec<HotRegion> {
        let mut regions = self.hot.as_ref().map_or(Vec::new(), Hot::regions);
        regions.sort_by_key(|region| std::cmp::Reverse(region.executed()));
        regions
    }
}
