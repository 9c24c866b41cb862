//! Counting what the machine does.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use lending::Mutex;

use crate::Process;
use crate::times::Regions;

/// Counters of a process, added to as work is done.
#[derive(Default)]
pub struct Counters {
    pub compiled_blocks: AtomicU64,
    pub compiled_insns: AtomicU64,
    pub compiled_bytes: AtomicU64,
    pub translated_bytes: AtomicU64,
    /// Guest code with translations, if somebody is told at the end.
    pub covered: Mutex<Vec<Range<u64>>>,
    pub compiled_ns: AtomicU64,
    /// Time in translated code, and where samples found it.
    pub native_ns: AtomicU64,
    pub block_samples: AtomicU64,
    pub region_samples: AtomicU64,
    pub region_places: Regions,
    pub interp_ns: AtomicU64,
    pub lowered_ns: AtomicU64,
    pub lowered_blocks: AtomicU64,
    pub lowered_insns: AtomicU64,
    pub fallbacks: AtomicU64,
    pub regions: AtomicU64,
    pub regions_undone: AtomicU64,
    pub region_insns: AtomicU64,
    pub region_bytes: AtomicU64,
    pub region_fallbacks: AtomicU64,
    pub region_ns: AtomicU64,
    pub compile_heap: AtomicU64,
    pub code_writes: AtomicU64,
    pub leaves: [AtomicU64; 8],
    pub executed: AtomicU64,
}

impl Counters {
    pub fn add(counter: &AtomicU64, n: u64) {
        counter.fetch_add(n, Ordering::Relaxed);
    }
    /// As [`Counters::add`], cheaper: all who add to this counter have the cache locked.
    pub fn add_locked(counter: &AtomicU64, n: u64) {
        counter.store(counter.load(Ordering::Relaxed) + n, Ordering::Relaxed);
    }
    /// Bytes of guest code that was translated at least once.
    fn covered_bytes(&self) -> u64 {
        let mut pieces = self.covered.lock().clone();
        pieces.sort_by_key(|piece| piece.start);
        let mut end = 0;
        let fresh = pieces.iter().map(|piece| {
            let from = piece.start.max(end);
            end = end.max(piece.end);
            end - from.min(end)
        });
        fresh.sum()
    }
}

/// What was translated, by which engine, and why engines left.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stats {
    /// Blocks compiled.
    pub compiled_blocks: u64,
    /// Guest instructions in them.
    pub compiled_insns: u64,
    /// Bytes of machine code made.
    pub compiled_bytes: u64,
    /// Bytes of guest code in blocks and regions; what lies in several counts several times.
    pub translated_bytes: u64,
    /// Bytes of guest code that is in any, if somebody is told at the end.
    pub covered_bytes: u64,
    /// Nanoseconds spent on forming and compiling blocks, if somebody is told at the end.
    pub compiled_ns: u64,
    /// Nanoseconds by the wall clock that threads spent in compiled blocks and in compiled regions, if somebody is told at the end.
    /// Their sum is measured; it is shared out by samples.
    pub native_ns: [u64; 2],
    /// Samples that found threads in compiled code.
    pub samples: u64,
    /// Nanoseconds by the wall clock that threads spent in the interpreter, likewise.
    pub interp_ns: u64,
    /// Nanoseconds spent on making blocks ready for the interpreter, likewise.
    pub lowered_ns: u64,
    /// Blocks made ready for the interpreter.
    pub lowered_blocks: u64,
    /// Guest instructions in them.
    pub lowered_insns: u64,
    /// Blocks that the backend could not compile.
    pub fallbacks: u64,
    /// Regions of several blocks compiled.
    pub regions: u64,
    /// Those that blocks took the place of again, since their loops left them.
    pub regions_undone: u64,
    /// Guest instructions in them.
    pub region_insns: u64,
    /// Bytes of machine code made for them.
    pub region_bytes: u64,
    /// Regions that the backend could not compile.
    pub region_fallbacks: u64,
    /// Nanoseconds spent on forming and compiling regions, likewise.
    pub region_ns: u64,
    /// Most bytes of the heap that a thread held for forming and compiling, if somebody is told at the end.
    pub compile_heap: u64,
    /// Writes to pages that held translated code.
    pub code_writes: u64,
    /// Returns to the dispatch loop: jump, indirect, syscall, trap, poll, yield, fence, fault.
    pub leaves: [u64; 8],
    /// Guest instructions executed, if they were counted.
    pub executed: u64,
    /// The code cache.
    pub cache: codecache::Stats,
}

impl Process {
    /// Has `work`, which compiles, measured if anybody will ask what it takes.
    pub(crate) fn measured<R>(&self, work: impl FnOnce() -> R) -> R {
        let Some(measure) = self.heap else { return work() };
        measure(true);
        let done = work();
        self.counters.compile_heap.fetch_max(measure(false), Ordering::Relaxed);
        done
    }

    /// Notes that `pieces` of guest code were translated. The cache is locked.
    pub(crate) fn count_guest(&self, pieces: &[Range<u64>]) {
        let bytes = pieces.iter().map(|piece| piece.end - piece.start).sum();
        Counters::add_locked(&self.counters.translated_bytes, bytes);
        if self.at_exit.is_some() {
            self.counters.covered.lock().extend_from_slice(pieces);
        }
    }
}

impl Stats {
    pub(crate) fn of(process: &Process) -> Stats {
        let c = &process.counters;
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Stats {
            compiled_blocks: get(&c.compiled_blocks),
            compiled_insns: get(&c.compiled_insns),
            compiled_bytes: get(&c.compiled_bytes),
            translated_bytes: get(&c.translated_bytes),
            covered_bytes: c.covered_bytes(),
            compiled_ns: get(&c.compiled_ns),
            native_ns: c.native_split(),
            samples: get(&c.block_samples) + get(&c.region_samples),
            interp_ns: get(&c.interp_ns),
            lowered_ns: get(&c.lowered_ns),
            lowered_blocks: get(&c.lowered_blocks),
            lowered_insns: get(&c.lowered_insns),
            fallbacks: get(&c.fallbacks),
            regions: get(&c.regions),
            regions_undone: get(&c.regions_undone),
            region_insns: get(&c.region_insns),
            region_bytes: get(&c.region_bytes),
            region_fallbacks: get(&c.region_fallbacks),
            region_ns: get(&c.region_ns),
            compile_heap: get(&c.compile_heap),
            code_writes: get(&c.code_writes),
            leaves: std::array::from_fn(|i| get(&c.leaves[i])),
            executed: get(&c.executed),
            cache: process.cache.lock().stats(),
        }
    }
}
