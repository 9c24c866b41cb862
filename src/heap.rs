//! How much memory compiling takes: the heap, with a count of what a thread allocates between two calls.
#![allow(unsafe_code, reason = "a global allocator")]

use std::alloc::{GlobalAlloc, Layout};
use std::cell::Cell;

use lending::Heap;

/// What a thread holds that it allocated while it was measured.
#[derive(Clone, Copy)]
struct Held {
    measured: bool,
    bytes: i64,
    most: i64,
}

thread_local! {
    static HELD: Cell<Held> = const { Cell::new(Held { measured: false, bytes: 0, most: 0 }) };
}

fn note(bytes: i64) {
    let mut held = HELD.get();
    if held.measured {
        held.bytes += bytes;
        held.most = held.most.max(held.bytes);
        HELD.set(held);
    }
}

/// From here on (`true`) the calling thread is measured, or no more. Gives the most bytes that it held of
/// what it allocated while it was; what is kept from one time to the next counts.
pub fn measure(on: bool) -> u64 {
    let held = HELD.get();
    HELD.set(Held { measured: on, ..held });
    held.most.max(0) as u64
}

struct Counting;

#[global_allocator]
static HEAP: Counting = Counting;

// SAFETY: every call is the other allocator's; counting touches nothing but a cell of the thread.
unsafe impl GlobalAlloc for Counting {
    // SAFETY: as the caller promises.
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(layout.size() as i64);
        // SAFETY: the caller's promise.
        unsafe { Heap.alloc(layout) }
    }
    // SAFETY: as the caller promises.
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        note(layout.size() as i64);
        // SAFETY: the caller's promise.
        unsafe { Heap.alloc_zeroed(layout) }
    }
    // SAFETY: as the caller promises.
    unsafe fn realloc(&self, old: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note(size as i64 - layout.size() as i64);
        // SAFETY: the caller's promise.
        unsafe { Heap.realloc(old, layout, size) }
    }
    // SAFETY: as the caller promises.
    unsafe fn dealloc(&self, old: *mut u8, layout: Layout) {
        note(-(layout.size() as i64));
        // SAFETY: the caller's promise.
        unsafe { Heap.dealloc(old, layout) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_freed_again_counts_and_what_comes_outside_does_not() {
        let before = measure(true);
        drop(std::hint::black_box(vec![0u8; 10_000]));
        measure(false);
        let kept = std::hint::black_box(vec![0u8; 100_000]);
        let most = measure(false) - before;
        assert!((10_000..20_000).contains(&most), "{most}");
        drop(kept);
    }
}
