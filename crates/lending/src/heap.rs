//! The system's allocator, for a child in our memory too.
//!
//! The allocator's locks and lists must not be left half-way any more than ours, but a section for every block would
//! be slow. A child has a stock of small blocks, which it takes from and gives to by itself; a section fills and empties it. All
//! blocks are the system's, so it is nothing to them who frees them, and when. A child that is killed
//! leaves behind what it had.
#![allow(unsafe_code, reason = "a global allocator")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::ptr::null_mut;
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering, compiler_fence};

use crate::Section;
use crate::section::current;
use crate::work::Lending;

/// Bytes of the smallest blocks in stock; each size is twice the one before.
const SMALLEST: usize = 16;
const SIZES: usize = 8;
/// Blocks of a size, at most, and how many a section brings or takes.
const MOST: usize = 16;
const AT_ONCE: usize = 8;
/// What the system's blocks are multiples of.
const ALIGN: usize = 16;

/// Blocks of one size. Whole at any moment: there is one who takes and gives, and the count changes last.
#[derive(Default)]
struct Shelf {
    count: AtomicUsize,
    blocks: [AtomicPtr<u8>; MOST],
}

impl Shelf {
    fn take(&self) -> Option<*mut u8> {
        let count = self.count.load(Ordering::Relaxed).checked_sub(1)?;
        let block = self.blocks[count].load(Ordering::Relaxed);
        compiler_fence(Ordering::SeqCst);
        self.count.store(count, Ordering::Relaxed);
        Some(block)
    }
    fn give(&self, block: *mut u8) -> bool {
        let count = self.count.load(Ordering::Relaxed);
        let Some(place) = self.blocks.get(count) else { return false };
        place.store(block, Ordering::Relaxed);
        compiler_fence(Ordering::SeqCst);
        self.count.store(count + 1, Ordering::Relaxed);
        true
    }
}

/// A child's stock.
#[derive(Default)]
pub(crate) struct Stock([Shelf; SIZES]);

/// Bytes of a block of size number `n`.
const fn size_of_number(n: usize) -> usize {
    SMALLEST << n
}

fn layout_of(n: usize) -> Layout {
    Layout::from_size_align(size_of_number(n), ALIGN).expect("a power of two")
}

impl Stock {
    /// The shelf that has blocks for `layout`, if any has.
    fn shelf(&self, layout: Layout) -> Option<(usize, &Shelf)> {
        if layout.align() > ALIGN {
            return None;
        }
        let n = (0..SIZES).find(|&n| layout.size() <= size_of_number(n))?;
        Some((n, &self.0[n]))
    }

    fn alloc(&self, layout: Layout) -> *mut u8 {
        let Some((n, shelf)) = self.shelf(layout) else {
            let _section = Section::enter();
            // SAFETY: the layout is of a size that the caller vouches for.
            return unsafe { System.alloc(layout) };
        };
        if let Some(block) = shelf.take() {
            return block;
        }
        let _section = Section::enter();
        for _ in 0..AT_ONCE {
            // SAFETY: the layout's size is not zero.
            let block = unsafe { System.alloc(layout_of(n)) };
            if block.is_null() || !shelf.give(block) {
                break;
            }
        }
        shelf.take().unwrap_or(null_mut())
    }

    /// # Safety
    /// `block` is the system allocator's, of this layout, and nobody's.
    unsafe fn free(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise.
        let usable = unsafe { libc::malloc_usable_size(block.cast()) };
        let n = (0..SIZES).rev().find(|&n| size_of_number(n) <= usable);
        let shelf = n.filter(|_| usable < 2 * size_of_number(SIZES - 1)).map(|n| &self.0[n]);
        if shelf.is_some_and(|shelf| shelf.give(block)) {
            return;
        }
        let _section = Section::enter();
        for block in
            shelf.iter().flat_map(|shelf| std::iter::from_fn(|| shelf.take())).take(AT_ONCE)
        {
            // SAFETY: the system's; it looks at no layout.
            unsafe { System.dealloc(block, layout_of(0)) };
        }
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(block, layout) };
    }
}

impl Drop for Stock {
    fn drop(&mut self) {
        for block in self.0.iter().flat_map(|shelf| std::iter::from_fn(|| shelf.take())) {
            // SAFETY: the system's; it looks at no layout.
            unsafe { System.dealloc(block, layout_of(0)) };
        }
    }
}

/// The allocator. For everyone but a child in another process's memory, it is the system's.
pub struct Heap;

/// A child outside of sections.
#[inline]
fn child() -> Option<&'static Lending> {
    current().filter(|lending| !lending.is_inside())
}

// SAFETY: every block is the system allocator's, and at least as large as its layout says.
unsafe impl GlobalAlloc for Heap {
    // SAFETY: as the caller promises.
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        match child() {
            // SAFETY: the caller's promise.
            None => unsafe { System.alloc(layout) },
            Some(lending) => lending.stock.alloc(layout),
        }
    }
    // SAFETY: as the caller promises.
    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        let Some(lending) = child() else {
            // SAFETY: the caller's promise.
            return unsafe { System.alloc_zeroed(layout) };
        };
        if lending.stock.shelf(layout).is_none() {
            let _section = Section::enter();
            // SAFETY: the caller's promise.
            return unsafe { System.alloc_zeroed(layout) };
        }
        let block = lending.stock.alloc(layout);
        if !block.is_null() {
            // SAFETY: a fresh block of at least this size.
            unsafe { block.write_bytes(0, layout.size()) };
        }
        block
    }
    // SAFETY: as the caller promises.
    #[inline]
    unsafe fn realloc(&self, old: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if child().is_none() {
            // SAFETY: the caller's promise.
            return unsafe { System.realloc(old, layout, size) };
        }
        // SAFETY: the caller's promise: a block of the system's, with room for the new size, or copied to one that has.
        unsafe {
            if layout.align() <= ALIGN && size <= libc::malloc_usable_size(old.cast()) {
                return old;
            }
            let new = self.alloc(Layout::from_size_align_unchecked(size, layout.align()));
            if !new.is_null() {
                std::ptr::copy_nonoverlapping(old, new, layout.size().min(size));
                self.dealloc(old, layout);
            }
            new
        }
    }
    // SAFETY: as the caller promises.
    #[inline]
    unsafe fn dealloc(&self, old: *mut u8, layout: Layout) {
        match child() {
            // SAFETY: the caller's promise.
            None => unsafe { System.dealloc(old, layout) },
            // SAFETY: as above.
            Some(lending) => unsafe { lending.stock.free(old, layout) },
        }
    }
}
