//! Which blocks were made from which guest page.

use rustc_hash::FxHashMap;

use guest::PAGE_SIZE;

/// Lists of blocks by page. Native and interpreted blocks carry a tag.
#[derive(Default)]
pub struct Pages {
    heads: FxHashMap<u64, u32>,
    /// (tagged block, next node); node 0 is none.
    nodes: Vec<(u32, u32)>,
}

impl Pages {
    /// Adds `block` to the pages of `[start, end)`.
    pub fn add(&mut self, start: u64, end: u64, block: u32) {
        if self.nodes.is_empty() {
            self.nodes.push((0, 0));
        }
        for page in (start / PAGE_SIZE)..end.div_ceil(PAGE_SIZE) {
            let head = self.heads.entry(page).or_insert(0);
            self.nodes.push((block, *head));
            *head = self.nodes.len() as u32 - 1;
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
            let (block, next) = self.nodes[node as usize];
            each(block);
            node = next;
        }
    }

    pub fn reset(&mut self) {
        self.heads.clear();
        self.nodes.clear();
    }
}
