//! Which blocks were made from which guest page.

use std::io;

use rustc_hash::FxHashMap;

use crate::arena::Records;
use guest::PAGE_SIZE;

/// Lists of blocks by page. Native and interpreted blocks carry a tag.
pub struct Pages {
    heads: FxHashMap<u64, u32>,
    /// Tagged block << 32 | next node; node 0 is none.
    nodes: Records<1>,
}

impl Pages {
    /// Room for `capacity` entries in lists.
    pub fn new(capacity: usize) -> io::Result<Pages> {
        Ok(Pages { heads: FxHashMap::default(), nodes: Records::new(capacity)? })
    }

    /// True if `[start, end)` can still be added.
    pub fn has_room(&self, start: u64, end: u64) -> bool {
        self.nodes.has_room(end.saturating_sub(start) as usize / PAGE_SIZE as usize + 2)
    }

    /// Adds `block` to the pages of `[start, end)`.
    pub fn add(&mut self, start: u64, end: u64, block: u32) {
        for page in (start / PAGE_SIZE)..end.div_ceil(PAGE_SIZE) {
            let head = self.heads.entry(page).or_insert(0);
            *head = self.nodes.push([(block as u64) << 32 | *head as u64]);
        }
    }

    /// Takes out the blocks of every page in `[start, end)` and calls `each` with them; a block
    /// of two pages may come twice.
    pub fn take(&mut self, start: u64, end: u64, mut each: impl FnMut(u32)) {
        if self.heads.is_empty() {
            return;
        }
        let (first, last) = (start / PAGE_SIZE, end.div_ceil(PAGE_SIZE));
        if last.saturating_sub(first) > self.heads.len() as u64 {
            let within: Vec<u64> =
                self.heads.keys().copied().filter(|p| (first..last).contains(p)).collect();
            within.into_iter().for_each(|page| self.take_page(page, &mut each));
        } else {
            (first..last).for_each(|page| self.take_page(page, &mut each));
        }
    }

    fn take_page(&mut self, page: u64, each: &mut impl FnMut(u32)) {
        let mut node = self.heads.remove(&page).unwrap_or(0);
        while node != 0 {
            let word = self.nodes.get(node, 0);
            each((word >> 32) as u32);
            node = word as u32;
        }
    }

    /// Bytes of the lists.
    pub fn bytes(&self) -> usize {
        self.nodes.bytes() + self.heads.capacity() * size_of::<(u64, u32)>()
    }

    pub fn reset(&mut self) {
        self.heads.clear();
        self.nodes.reset();
    }
}
