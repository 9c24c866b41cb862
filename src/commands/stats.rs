//! What `metic run --stats` prints when the guest ends.

use crate::output::{grouped, note};
use runtime::{Process, Stats};

/// Prints what was translated and how it ran.
pub fn print(process: &Process, status: i32) {
    let stats = process.stats();
    let mut text = format!("metic: statistics (exit status {status})\n");
    let rows = rows(&stats).into_iter().map(|(name, value)| (name, grouped(value)));
    for (name, value) in rows.chain([ratio(&stats)]) {
        text.push_str(&format!("  {name:<46} {value:>16}\n"));
    }
    note!("{text}");
}

fn rows(s: &Stats) -> Vec<(&'static str, u64)> {
    const LEAVES: [&str; 8] = [
        "left: block not linked yet",
        "left: computed jump not in the table",
        "left: system call",
        "left: trap",
        "left: safepoint",
        "left: yield",
        "left: instruction fence",
        "left: memory fault",
    ];
    let mut rows = vec![
        ("guest instructions executed", s.executed),
        ("blocks compiled", s.compiled_blocks),
        ("guest instructions compiled", s.compiled_insns),
        ("bytes of code compiled", s.compiled_bytes),
        ("microseconds spent on compiling blocks", s.compiled_ns / 1000),
        ("microseconds in compiled blocks", s.native_ns[0] / 1000),
        ("blocks made ready to interpret", s.lowered_blocks),
        ("guest instructions made ready to interpret", s.lowered_insns),
        ("microseconds spent on making them ready", s.lowered_ns / 1000),
        ("microseconds in the interpreter", s.interp_ns / 1000),
        ("blocks the compiler could not do", s.fallbacks),
        ("regions compiled", s.regions),
        ("regions undone", s.regions_undone),
        ("guest instructions in regions", s.region_insns),
        ("bytes of code in regions", s.region_bytes),
        ("regions the compiler could not do", s.region_fallbacks),
        ("microseconds spent on regions", s.region_ns / 1000),
        ("microseconds in regions", s.native_ns[1] / 1000),
        ("samples that tell blocks from regions", s.samples),
        ("bytes of heap for compiling, at most", s.compile_heap),
        ("writes to translated code", s.code_writes),
        ("guest bytes translated", s.translated_bytes),
        ("guest bytes with a translation", s.covered_bytes),
        ("cache: bytes of compiled code", (s.cache.native_bytes - s.cache.table_bytes) as u64),
        ("cache: bytes of fault tables", s.cache.table_bytes as u64),
        ("cache: bytes of block records", s.cache.block_bytes as u64),
        ("cache: bytes of exit records", s.cache.exit_bytes as u64),
        ("cache: bytes of the lookup table", s.cache.lookup_bytes as u64),
        ("cache: bytes of page lists", s.cache.page_bytes as u64),
        ("cache: bytes, all for compiled code", s.cache.bytes() as u64),
        ("cache: bytes of interpreter code", s.cache.interp_bytes as u64),
        ("cache: links", s.cache.links),
        ("cache: blocks invalidated", s.cache.invalidated),
        ("cache: times emptied", s.cache.resets),
    ];
    rows.extend(LEAVES.into_iter().zip(s.leaves));
    rows
}

/// What compiled code takes up for what it is made from.
fn ratio(s: &Stats) -> (&'static str, String) {
    let ratio = s.cache.bytes() as f64 / s.covered_bytes.max(1) as f64;
    ("cache: bytes per byte of guest code", format!("{ratio:.2}"))
}
