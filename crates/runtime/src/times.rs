//! Where a thread's time goes, if somebody will be told at the end. Clocks are read where Rust has control anyway; which part of
//! the time in translated code is blocks' and which regions' is told by samples.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use lending::Mutex;

use crate::Process;
use crate::sampler::Sampler;
use crate::stats::Counters;

/// Host addresses of the regions made so far.
pub type Regions = Mutex<Vec<Range<u64>>>;

/// A thread's part in the count.
#[derive(Default)]
pub struct Times {
    sampler: Option<Sampler>,
}

/// An engine runs since then, if anybody wants to know.
#[derive(Clone, Copy)]
pub struct Since(Option<Instant>);

impl Since {
    /// Adds the time since then to `counter`.
    pub fn end(self, counter: &AtomicU64) {
        if let Some(started) = self.0 {
            Counters::add(counter, started.elapsed().as_nanos() as u64);
        }
    }
}

impl Times {
    /// Samples the calling thread from here on.
    #[cold]
    pub fn sample(&mut self, process: &Process) {
        self.sampler.get_or_insert_with(Sampler::start);
        self.read(process);
    }

    /// Counts the samples taken so far.
    pub fn read(&mut self, process: &Process) {
        let Some(sampler) = &mut self.sampler else { return };
        let counters = &process.counters;
        sampler.read(|found| {
            if !process.cache.contains(found.pc) {
                return;
            }
            // Whoever forks has the cache locked: no child finds the places locked.
            let cache = process.cache.lock();
            let counter = match counters.in_region(found.pc) {
                true => &counters.region_samples,
                false => &counters.block_samples,
            };
            drop(cache);
            Counters::add(counter, found.times);
        });
    }

    /// In a forked child: its maker's samples are not its own.
    pub fn forget(&mut self) {
        if let Some(mut sampler) = self.sampler.take() {
            sampler.forget();
        }
    }
}

impl Process {
    /// The time, if anybody will ask how long what follows took: looking is not free, at the thread's processor time
    /// half a microsecond, a quarter of what a block takes.
    #[inline]
    pub(crate) fn since(&self) -> Since {
        Since(self.at_exit.map(|_| Instant::now()))
    }

    /// Remembers where a region lies, if anybody will ask. The cache is locked.
    pub(crate) fn note_region(&self, host: Range<u64>) {
        if self.at_exit.is_some() {
            self.counters.region_places.lock().push(host);
        }
    }
}

impl Counters {
    /// The cache is empty, and locked.
    pub fn forget_regions(&self) {
        self.region_places.lock().clear();
    }

    fn in_region(&self, pc: u64) -> bool {
        let places = self.region_places.lock();
        places.iter().any(|place| place.contains(&pc))
    }

    /// Nanoseconds in blocks and in regions. Without a sample everything counts for blocks.
    pub fn native_split(&self) -> [u64; 2] {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let (all, regions) = (get(&self.native_ns), get(&self.region_samples));
        let samples = regions + get(&self.block_samples);
        let in_regions = (all as u128 * regions as u128 / samples.max(1) as u128) as u64;
        [all - in_regions, in_regions]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_in_translated_code_is_split_by_samples() {
        let counters = Counters::default();
        Counters::add(&counters.native_ns, 1000);
        assert_eq!(counters.native_split(), [1000, 0]);
        Counters::add(&counters.region_samples, 3);
        Counters::add(&counters.block_samples, 1);
        assert_eq!(counters.native_split(), [250, 750]);
    }
}
