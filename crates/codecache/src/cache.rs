//! The cache itself.

use std::io;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard};

use guest::{GuestAddr, Slot};
use ir::{CompiledCode, Place, RelocKind};

use crate::arena::Mapping;
use crate::blocks::Blocks;
use crate::pages::Pages;
use crate::recover;
use crate::room::Room;
use crate::sites::Sites;
use crate::table::Table;

const ALIGN: usize = 16;
/// Code is made present by so much at once.
const STEP: usize = 64 << 10;
/// Code beyond this comes in huge pages: a program that has so much is not a short one.
const SMALL_PAGES: usize = 1 << 20;
const INTERP_TAG: u32 = 1 << 31;
/// Set in the number of a block's pc map entries if a recovery table lies behind the map.
const HAS_RECOVERY: u32 = 1 << 31;

/// The cache has no room; [`Writer::reset`] makes some.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Full;

/// A block made ready for the interpreter.
#[derive(Clone, Copy, Debug)]
pub struct InterpBlock {
    /// Its code, valid until the next reset.
    pub words: &'static [u64],
    /// Its number, for [`CodeCache::warm`].
    pub number: u32,
}

/// What the cache holds and did.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stats {
    /// Compiled blocks since the last reset.
    pub native_blocks: usize,
    /// Bytes of machine code, side tables included.
    pub native_bytes: usize,
    /// Interpreted blocks since the last reset.
    pub interp_blocks: usize,
    /// Bytes of interpreter code.
    pub interp_bytes: usize,
    /// Links made.
    pub links: u64,
    /// Blocks thrown away because their code changed.
    pub invalidated: u64,
    /// Times the cache was emptied because it was full.
    pub resets: u64,
}

struct Inner {
    code_used: usize,
    /// Code memory that is present.
    populated: usize,
    interp_used: usize,
    pages: Pages,
    stats: Stats,
}

/// Translations of one guest process.
pub struct CodeCache {
    code: Mapping,
    interp_code: Mapping,
    thunks: Vec<u32>,
    first_block: usize,
    blocks: Blocks,
    interp_blocks: Blocks,
    sites: Sites,
    /// Number of a block << 32 | where it lies in the arena.
    native: Table,
    interp: Table,
    /// Counts invalidations and resets: whoever copies lookups elsewhere compares it.
    version: AtomicU64,
    inner: Mutex<Inner>,
}

/// The right to change the cache.
pub struct Writer<'a> {
    cache: &'a CodeCache,
    inner: MutexGuard<'a, Inner>,
}

impl CodeCache {
    /// An empty cache that starts with the backend's thunks. `limit` bounds the bytes of code
    /// (the default, 128 MiB, is also the most); a limit of address space bounds it too.
    pub fn new(thunks: &CompiledCode, offsets: Vec<u32>, limit: Option<usize>) -> io::Result<Self> {
        let Room { code, interp_code, blocks, interp_blocks, sites } = Room::new(limit)?;
        let cache = CodeCache {
            code,
            interp_code,
            thunks: offsets,
            first_block: thunks.bytes.len().next_multiple_of(64),
            blocks,
            interp_blocks,
            sites,
            native: Table::new(),
            interp: Table::new(),
            version: AtomicU64::new(0),
            inner: Mutex::new(Inner {
                code_used: thunks.bytes.len().next_multiple_of(64),
                populated: 0,
                interp_used: 0,
                pages: Pages::default(),
                stats: Stats::default(),
            }),
        };
        cache.code.prefer_huge(SMALL_PAGES);
        cache.code.write(0, &thunks.bytes);
        thunks.relocs.iter().for_each(|r| cache.relocate(0, r.at, r.kind, 0));
        Ok(cache)
    }

    /// Host address of a thunk.
    pub fn thunk(&self, number: usize) -> u64 {
        self.code.start() + self.thunks.get(number).copied().unwrap_or(0) as u64
    }

    /// Host address of the compiled block at `pc`.
    #[inline]
    pub fn native(&self, pc: GuestAddr) -> Option<u64> {
        self.native_block(pc).map(|(_, at)| self.code.start() + at as u64)
    }

    /// The compiled block at `pc`, and where it lies in the arena.
    #[inline]
    fn native_block(&self, pc: GuestAddr) -> Option<(u32, u32)> {
        let packed = self.native.get(pc.0);
        (packed != 0).then_some(((packed >> 32) as u32, packed as u32))
    }

    /// The interpreted block at `pc`.
    #[inline]
    pub fn interp(&self, pc: GuestAddr) -> Option<InterpBlock> {
        let number = self.interp.get(pc.0) as u32;
        if number == 0 {
            return None;
        }
        let (at, len) = self.interp_blocks.place(number);
        Some(InterpBlock { words: self.interp_code.words(at as usize * 8, len as usize), number })
    }

    /// Counts an execution of an interpreted block; gives the new count.
    #[inline]
    pub fn warm(&self, block: InterpBlock) -> u64 {
        self.interp_blocks.warm(block.number)
    }

    /// Changes with every invalidation and reset.
    #[inline]
    pub fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }

    /// True if host address `pc` lies in the arena of compiled code, thunks included.
    pub fn contains(&self, pc: u64) -> bool {
        pc.wrapping_sub(self.code.start()) < self.code.len() as u64
    }

    /// The guest instruction that the host instruction at `pc` belongs to. Safe in a signal
    /// handler.
    pub fn guest_pc(&self, pc: u64) -> Option<GuestAddr> {
        let at = pc.wrapping_sub(self.code.start());
        if at >= self.code.len() as u64 {
            return None;
        }
        let block = self.blocks.containing(at as u32)?;
        let within = at as u32 - self.blocks.place(block).0;
        let (map, entries) = self.blocks.map(block);
        let entries = entries & !HAS_RECOVERY;
        let entry = |i: u32| self.code.word64((map + i * 8) as usize).load(Ordering::Relaxed);
        let (mut low, mut high) = (0, entries);
        while low < high {
            let middle = low + (high - low) / 2;
            if (entry(middle) >> 32) as u32 <= within { low = middle + 1 } else { high = middle }
        }
        let delta = if low == 0 { 0 } else { entry(low - 1) as u32 as i32 };
        Some(GuestAddr(self.blocks.entry(block)).offset(delta as i64))
    }

    /// Calls `each` with the guest registers that a fault at host address `pc` finds elsewhere
    /// than where they are kept between translations.
    pub fn recover(&self, pc: u64, each: impl FnMut(Slot, Place)) {
        let at = pc.wrapping_sub(self.code.start());
        let block = u32::try_from(at).ok().and_then(|at| self.blocks.containing(at));
        let Some(block) = block else { return };
        let (map, entries) = self.blocks.map(block);
        if entries & HAS_RECOVERY != 0 {
            let table = map as usize + (entries & !HAS_RECOVERY) as usize * 8;
            let word = |i: usize| self.code.word64(table + i * 8).load(Ordering::Relaxed);
            recover::find(word, at as u32 - self.blocks.place(block).0, each);
        }
    }

    /// The compiled block at `pc`: its code as bytes, and the host address they start at.
    pub fn listing(&self, pc: GuestAddr) -> Option<(Vec<u8>, u64)> {
        let host = self.native(pc)?;
        let block = self.blocks.containing((host - self.code.start()) as u32)?;
        let (at, len) = self.blocks.place(block);
        let bytes = (at..at + len).map(|i| {
            let word = self.code.word32((i & !3) as usize).load(Ordering::Relaxed);
            word.to_le_bytes()[(i & 3) as usize]
        });
        Some((bytes.collect(), host))
    }

    /// The right to change the cache; waits for other writers.
    pub fn lock(&self) -> Writer<'_> {
        let inner = self.inner.lock().unwrap_or_else(|e| e.into_inner());
        Writer { cache: self, inner }
    }

    /// The right to change the cache, if nobody else has it.
    pub fn try_lock(&self) -> Option<Writer<'_>> {
        let inner = match self.inner.try_lock() {
            Ok(inner) => inner,
            Err(std::sync::TryLockError::Poisoned(e)) => e.into_inner(),
            Err(std::sync::TryLockError::WouldBlock) => return None,
        };
        Some(Writer { cache: self, inner })
    }

    fn relocate(&self, base: usize, at: u32, kind: RelocKind, first_site: u32) {
        let place = base + at as usize;
        match kind {
            RelocKind::Thunk(n) => {
                let to = self.thunks[n as usize] as i64;
                self.code.write(place, &((to - place as i64 - 4) as i32).to_le_bytes());
            }
            RelocKind::SiteNumber(i) => {
                self.code.write(place, &(first_site + i as u32).to_le_bytes());
            }
            RelocKind::Here(offset) => {
                let to = self.code.start() + base as u64 + offset as u64;
                self.code.write(place, &to.to_le_bytes());
            }
        }
    }

    fn patch(&self, site: u32, to: u32) {
        let at = self.sites.at(site);
        let displacement = to.wrapping_sub(at + 4);
        self.code.word32(at as usize).store(displacement, Ordering::Release);
    }
}

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
        let base = self.inner.code_used;
        let map = (base + code.bytes.len()).next_multiple_of(8);
        let (table, recovery) = (map + code.pc_map.len() * 8, recover::words(code));
        let end = (table + recovery.len() * 8).next_multiple_of(ALIGN);
        if end > cache.code.len()
            || !cache.blocks.has_room()
            || !cache.sites.has_room(code.exits.len())
        {
            return Err(Full);
        }
        self.populate(end);
        cache.code.write(base, &code.bytes);
        for (i, e) in code.pc_map.iter().enumerate() {
            let word = (e.host as u64) << 32 | e.guest as u32 as u64;
            cache.code.word64(map + i * 8).store(word, Ordering::Relaxed);
        }
        for (i, &word) in recovery.iter().enumerate() {
            cache.code.word64(table + i * 8).store(word, Ordering::Relaxed);
        }
        let first_site = self.add_sites(base as u32, code);
        code.relocs.iter().for_each(|r| cache.relocate(base, r.at, r.kind, first_site));
        let place = (base as u32, code.bytes.len() as u32);
        let flag = if recovery.is_empty() { 0 } else { HAS_RECOVERY };
        let entries = code.pc_map.len() as u32 | flag;
        let block = cache.blocks.push(entry.0, place, (map as u32, entries));
        self.inner.code_used = end;
        bytes.iter().for_each(|bytes| self.inner.pages.add(bytes.start, bytes.end, block));
        let older = cache.native_block(entry);
        cache.native.set(entry.0, (block as u64) << 32 | base as u64);
        if let Some((older, _)) = older {
            self.move_links(older, block, base as u32);
        }
        for i in 0..code.exits.len() as u32 {
            self.link((first_site + i) as u64);
        }
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

    fn add_sites(&mut self, base: u32, code: &CompiledCode) -> u32 {
        let mut first = 0;
        for (i, exit) in code.exits.iter().enumerate() {
            let site = self.cache.sites.push(base + exit.at, base + exit.stub, exit.to.0);
            if i == 0 {
                first = site;
            }
            self.cache.patch(site, base + exit.stub);
        }
        first
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
        if (at + words.len()) * 8 > cache.interp_code.len() || !cache.interp_blocks.has_room() {
            return Err(Full);
        }
        for (i, word) in words.iter().enumerate() {
            cache.interp_code.word64((at + i) * 8).store(*word, Ordering::Relaxed);
        }
        let place = (at as u32, words.len() as u32);
        let number = cache.interp_blocks.push(entry.0, place, (0, 0));
        self.inner.interp_used += words.len();
        self.inner.pages.add(bytes.start, bytes.end, number | INTERP_TAG);
        cache.interp.set(entry.0, number as u64);
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
        let Some((block, at)) = cache.native_block(to) else { return false };
        cache.sites.set_link(site, cache.blocks.incoming(block), true);
        cache.blocks.set_incoming(block, site);
        cache.patch(site, at);
        self.inner.stats.links += 1;
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
            let entry = cache.interp_blocks.entry(block);
            if cache.interp.get(entry) == block as u64 {
                cache.interp.set(entry, 0);
            }
            return;
        }
        let entry = cache.blocks.entry(block);
        if cache.native_block(GuestAddr(entry)).is_some_and(|(current, _)| current == block) {
            cache.native.set(entry, 0);
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
        self.inner.interp_used = 0;
        self.inner.stats.resets += 1;
        cache.version.fetch_add(1, Ordering::AcqRel);
    }

    /// What the cache holds and did.
    pub fn stats(&self) -> Stats {
        Stats {
            native_blocks: self.cache.blocks.len(),
            native_bytes: self.inner.code_used - self.cache.first_block,
            interp_blocks: self.cache.interp_blocks.len(),
            interp_bytes: self.inner.interp_used * 8,
            ..self.inner.stats
        }
    }
}
