//! Changing the cache.

use std::ops::Range;
use std::sync::atomic::Ordering;

use guest::GuestAddr;
use ir::CompiledCode;

use crate::cache::{Full, InterpBlock, SMALL_PAGES, Writer};

/// Displacements of jumps that are patched lie at multiples of this, so all code does as well.
const ALIGN: u32 = 4;
/// Code is made present by so much at once.
const STEP: usize = 64 << 10;
const INTERP_TAG: u32 = 1 << 31;

impl Writer<'_> {
    /// Places a compiled block made from the guest bytes `bytes`; gives its host address.
    /// Exits to blocks that exist already are linked at once, and what was linked to an older
    /// translation of `entry` leads to this one.
    pub fn insert_native(
        &mut self,
        entry: GuestAddr,
        bytes: &[Range<u64>],
        code: &CompiledCode,
    ) -> Result<u64, Full> {
        let cache = self.cache;
        let base = self.inner.code_used.next_multiple_of(code.align.max(ALIGN) as usize);
        let tables = self.inner.image.fill(code);
        let end = base + code.bytes.len() + tables;
        let has_room = end <= cache.code.len()
            && cache.blocks.has_room()
            && cache.sites.has_room(code.exits.len())
            && bytes.iter().all(|bytes| self.inner.pages.has_room(bytes.start, bytes.end));
        if !has_room {
            return Err(Full);
        }
        self.populate(end);
        let first_site = self.add_sites(entry, base as u32, code);
        cache.place(base as u32, first_site).relocate(&mut self.inner.image, &code.relocs);
        cache.code.write(base, self.inner.image.bytes());
        let block = cache.blocks.push(entry.0, base as u32, code.bytes.len() as u32);
        self.inner.code_used = end;
        self.inner.stats.table_bytes += tables;
        bytes.iter().for_each(|bytes| self.inner.pages.add(bytes.start, bytes.end, block));
        match cache.native.set(entry.0, block, |block| cache.blocks.entry(block)) {
            0 => {}
            older => self.move_links(older, block, base as u32),
        }
        self.link_back(entry, first_site, code);
        Ok(cache.code.start() + base as u64)
    }

    /// Has everything that is linked to `older` lead to `block`, which lies at `base`.
    fn move_links(&mut self, older: u32, block: u32, base: u32) {
        let cache = self.cache;
        let first = cache.blocks.incoming(older);
        let mut site = first;
        while site != 0 {
            cache.patch(site, base);
            site = cache.sites.next(site);
        }
        cache.blocks.set_incoming(older, 0);
        cache.blocks.set_incoming(block, first);
    }

    /// Makes code memory present up to `end`, as far as it has small pages.
    fn populate(&mut self, end: usize) {
        while self.inner.populated < end.min(SMALL_PAGES) {
            self.cache.code.populate(self.inner.populated, STEP);
            self.inner.populated += STEP;
        }
    }

    /// Gives the exits of the image, whose block is that at `entry`, their numbers, and links those to other blocks; gives
    /// the first number.
    fn add_sites(&mut self, entry: GuestAddr, base: u32, code: &CompiledCode) -> u32 {
        let cache = self.cache;
        let first = cache.sites.count();
        for exit in &code.exits {
            let site = cache.sites.push(base + exit.at, base + exit.stub, exit.to.0);
            let to = cache.native_block(exit.to).filter(|_| exit.to != entry);
            let to = to.map_or(base + exit.stub, |block| self.add_link(site, block));
            self.inner.image.lead(exit.at, to.wrapping_sub(base));
        }
        first
    }

    /// Notes that `site` is linked to `block`; gives where that lies.
    fn add_link(&mut self, site: u32, block: u32) -> u32 {
        let cache = self.cache;
        cache.sites.set_link(site, cache.blocks.incoming(block), true);
        cache.blocks.set_incoming(block, site);
        self.inner.stats.links += 1;
        cache.blocks.at(block)
    }

    /// Links the exits of the block at `entry` to itself.
    fn link_back(&mut self, entry: GuestAddr, first_site: u32, code: &CompiledCode) {
        let sites = (first_site..).zip(&code.exits);
        sites.filter(|(_, exit)| exit.to == entry).for_each(|(site, _)| {
            self.link(site as u64);
        });
    }

    /// Places an interpreted block.
    pub fn insert_interp(
        &mut self,
        entry: GuestAddr,
        bytes: &Range<u64>,
        words: &[u64],
    ) -> Result<InterpBlock, Full> {
        let cache = self.cache;
        let at = self.inner.interp_used;
        let has_room = (at + words.len()) * 8 <= cache.interp_code.len()
            && cache.interp_blocks.has_room()
            && self.inner.pages.has_room(bytes.start, bytes.end);
        if !has_room {
            return Err(Full);
        }
        for (i, word) in words.iter().enumerate() {
            cache.interp_code.word64((at + i) * 8).store(*word, Ordering::Relaxed);
        }
        let place = (at as u32, words.len() as u32);
        let number = cache.interp_blocks.push(entry.0, place);
        self.inner.interp_used += words.len();
        self.inner.pages.add(bytes.start, bytes.end, number | INTERP_TAG);
        cache.interp.set(entry.0, number, |block| cache.interp_blocks.entry(block));
        Ok(InterpBlock { words: cache.interp_code.words(at * 8, words.len()), number })
    }

    /// Links exit site `site` to the block it stands for, if that is compiled.
    pub fn link(&mut self, site: u64) -> bool {
        let cache = self.cache;
        let site = site as u32;
        if !cache.sites.exists(site) || cache.sites.linked(site) {
            return false;
        }
        let to = GuestAddr(cache.sites.to(site));
        let Some(block) = cache.native_block(to) else { return false };
        let at = self.add_link(site, block);
        cache.patch(site, at);
        true
    }

    /// Removes every block made from a page in `[start, end)`; gives how many.
    pub fn invalidate(&mut self, start: u64, end: u64) -> usize {
        let mut blocks = Vec::new();
        self.inner.pages.take(start, end, |block| blocks.push(block));
        blocks.iter().for_each(|&b| self.remove(b));
        if !blocks.is_empty() {
            self.cache.version.fetch_add(1, Ordering::AcqRel);
        }
        self.inner.stats.invalidated += blocks.len() as u64;
        blocks.len()
    }

    fn remove(&mut self, tagged: u32) {
        let cache = self.cache;
        let block = tagged & !INTERP_TAG;
        if tagged & INTERP_TAG != 0 {
            let entry_of = |block| cache.interp_blocks.entry(block);
            let entry = entry_of(block);
            if cache.interp.get(entry, entry_of) == block {
                cache.interp.remove(entry, entry_of);
            }
            return;
        }
        let entry = cache.blocks.entry(block);
        if cache.native_block(GuestAddr(entry)) == Some(block) {
            cache.native.remove(entry, |block| cache.blocks.entry(block));
        }
        let mut site = cache.blocks.incoming(block);
        while site != 0 {
            let next = cache.sites.next(site);
            cache.sites.set_link(site, 0, false);
            cache.patch(site, cache.sites.stub(site));
            site = next;
        }
        cache.blocks.set_incoming(block, 0);
    }

    /// Empties the cache. No thread runs translated code or holds an [`InterpBlock`].
    pub fn reset(&mut self) {
        let cache = self.cache;
        cache.native.reset();
        cache.interp.reset();
        cache.blocks.reset();
        cache.interp_blocks.reset();
        cache.sites.reset();
        self.inner.pages.reset();
        self.inner.code_used = cache.first_block;
        self.inner.stats.table_bytes = 0;
        self.inner.interp_used = 0;
        self.inner.stats.resets += 1;
        cache.version.fetch_add(1, Ordering::AcqRel);
    }
}
