//! The cache itself.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

use guest::{GuestAddr, Slot};
use ir::CompiledCode;
use lending::{Mutex, MutexGuard};

use crate::arena::Mapping;
use crate::blocks::{Blocks, InterpBlocks};
use crate::history::History;
use crate::image::{Image, Placement};
use crate::pages::Pages;
use crate::room::Room;
use crate::sites::Sites;
use crate::stats::Stats;
use crate::table::Table;
use crate::{pc_map, recover};

/// Code beyond this comes in huge pages: a program that has so much is not a short one.
pub(crate) const SMALL_PAGES: usize = 1 << 20;

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

pub(crate) struct Inner {
    pub code_used: usize,
    /// Code memory that is present.
    pub populated: usize,
    pub interp_used: usize,
    pub pages: Pages,
    pub stats: Stats,
    /// Whether blocks are to be long.
    pub history: Option<History>,
    /// The block that is being placed.
    pub image: Image,
}

/// Translations of one guest process.
pub struct CodeCache {
    pub(crate) code: Mapping,
    pub(crate) interp_code: Mapping,
    thunks: Vec<u32>,
    pub(crate) first_block: usize,
    pub(crate) blocks: Blocks,
    pub(crate) interp_blocks: InterpBlocks,
    pub(crate) sites: Sites,
    pub(crate) native: Table,
    pub(crate) interp: Table,
    /// Counts invalidations and resets: whoever copies lookups elsewhere compares it.
    pub(crate) version: AtomicU64,
    inner: Mutex<Inner>,
}

/// The right to change the cache.
pub struct Writer<'a> {
    pub(crate) cache: &'a CodeCache,
    pub(crate) inner: MutexGuard<'a, Inner>,
}

impl CodeCache {
    /// An empty cache that starts with the backend's thunks. `limit` bounds the bytes of code
    /// (the default, 128 MiB, is also the most); a limit of address space bounds it too.
    pub fn new(thunks: &CompiledCode, offsets: Vec<u32>, limit: Option<usize>) -> io::Result<Self> {
        let Room { code, interp_code, blocks, interp_blocks, sites, pages, native, interp } =
            Room::new(limit)?;
        let cache = CodeCache {
            code,
            interp_code,
            thunks: offsets,
            first_block: thunks.bytes.len().next_multiple_of(64),
            blocks,
            interp_blocks,
            sites,
            native,
            interp,
            version: AtomicU64::new(0),
            inner: Mutex::new(Inner {
                code_used: thunks.bytes.len().next_multiple_of(64),
                populated: 0,
                interp_used: 0,
                pages,
                stats: Stats::default(),
                history: None,
                image: Image::default(),
            }),
        };
        cache.code.prefer_huge(SMALL_PAGES);
        let mut image = Image::default();
        image.fill(thunks);
        cache.place(0, 0).relocate(&mut image, &thunks.relocs);
        cache.code.write(0, &image.bytes()[..thunks.bytes.len()]);
        Ok(cache)
    }

    /// Host address of a thunk.
    pub fn thunk(&self, number: usize) -> u64 {
        self.code.start() + self.thunks.get(number).copied().unwrap_or(0) as u64
    }

    /// Host address of the compiled block at `pc`.
    #[inline]
    pub fn native(&self, pc: GuestAddr) -> Option<u64> {
        self.native_block(pc).map(|block| self.code.start() + self.blocks.at(block) as u64)
    }

    /// The number of the compiled block at `pc`.
    #[inline]
    pub(crate) fn native_block(&self, pc: GuestAddr) -> Option<u32> {
        let block = self.native.get(pc.0, |block| self.blocks.entry(block));
        (block != 0).then_some(block)
    }

    /// The guest address that exit site `site` stands for.
    pub fn target(&self, site: u64) -> GuestAddr {
        GuestAddr(self.sites.to(site as u32))
    }

    /// The interpreted block at `pc`.
    #[inline]
    pub fn interp(&self, pc: GuestAddr) -> Option<InterpBlock> {
        let number = self.interp.get(pc.0, |block| self.interp_blocks.entry(block));
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

    /// The block that the host instruction at `pc` belongs to, and how far behind its start that is.
    fn containing(&self, pc: u64) -> Option<(u32, u32)> {
        let at = pc.wrapping_sub(self.code.start());
        if at >= self.code.len() as u64 {
            return None;
        }
        let block = self.blocks.containing(at as u32)?;
        Some((block, at as u32 - self.blocks.at(block)))
    }

    /// The tables that lie behind the code of a block.
    fn tables(&self, block: u32) -> impl Iterator<Item = u8> {
        self.code.bytes((self.blocks.at(block) + self.blocks.code_len(block)) as usize)
    }

    /// The guest instruction that the host instruction at `pc` belongs to. Safe in a signal
    /// handler.
    pub fn guest_pc(&self, pc: u64) -> Option<GuestAddr> {
        let (block, within) = self.containing(pc)?;
        let delta = pc_map::find(self.tables(block), within);
        Some(GuestAddr(self.blocks.entry(block)).offset(delta as i64))
    }

    /// The guest registers that a fault at host address `pc` finds elsewhere than where they are
    /// kept between translations.
    pub fn recover(&self, pc: u64) -> Vec<(Slot, ir::Place)> {
        let Some((block, within)) = self.containing(pc) else { return Vec::new() };
        let mut tables = self.tables(block);
        pc_map::skip(&mut tables);
        recover::find(tables, within)
    }

    /// The compiled block at `pc`: its code as bytes, and the host address they start at.
    pub fn listing(&self, pc: GuestAddr) -> Option<(Vec<u8>, u64)> {
        let host = self.native(pc)?;
        let block = self.blocks.containing((host - self.code.start()) as u32)?;
        let (at, len) = (self.blocks.at(block), self.blocks.code_len(block));
        let bytes = (at..at + len).map(|i| {
            let word = self.code.word32((i & !3) as usize).load(Ordering::Relaxed);
            word.to_le_bytes()[(i & 3) as usize]
        });
        Some((bytes.collect(), host))
    }

    /// The right to change the cache; waits for other writers.
    pub fn lock(&self) -> Writer<'_> {
        Writer { cache: self, inner: self.inner.lock() }
    }

    /// The right to change the cache, if nobody else has it.
    pub fn try_lock(&self) -> Option<Writer<'_>> {
        self.inner.try_lock().map(|inner| Writer { cache: self, inner })
    }

    /// What code at `base` with such exit sites is relocated by.
    pub(crate) fn place(&self, base: u32, first_site: u32) -> Placement<'_> {
        Placement { arena: self.code.start(), base, thunks: &self.thunks, first_site }
    }

    pub(crate) fn patch(&self, site: u32, to: u32) {
        let at = self.sites.at(site);
        let displacement = to.wrapping_sub(at + 4);
        self.code.word32(at as usize).store(displacement, Ordering::Release);
    }
}
