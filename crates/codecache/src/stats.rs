//! What the cache holds.

use crate::cache::Writer;

/// What the cache holds and did.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stats {
    /// Compiled blocks since the last reset.
    pub native_blocks: usize,
    /// Bytes of the arena in use: machine code, the tables behind it, gaps.
    pub native_bytes: usize,
    /// Of these, tables of guest instructions and of registers at faults.
    pub table_bytes: usize,
    /// Bytes of records of compiled blocks.
    pub block_bytes: usize,
    /// Bytes of records of exits.
    pub exit_bytes: usize,
    /// Bytes of the table that finds compiled blocks.
    pub lookup_bytes: usize,
    /// Bytes of the lists of blocks by page.
    pub page_bytes: usize,
    /// Interpreted blocks since the last reset.
    pub interp_blocks: usize,
    /// Bytes of interpreter code.
    pub interp_bytes: usize,
    /// Links made.
    pub links: u64,
    /// Blocks thrown away because their code changed.
    pub invalidated: u64,
    /// Times the cache was emptied: it was full, or was to be filled with longer blocks.
    pub resets: u64,
}

impl Stats {
    /// Bytes of all that compiled code needs.
    pub fn bytes(&self) -> usize {
        let tables = [self.block_bytes, self.exit_bytes, self.lookup_bytes, self.page_bytes];
        self.native_bytes + tables.iter().sum::<usize>()
    }
}

impl Writer<'_> {
    /// What the cache holds and did.
    pub fn stats(&self) -> Stats {
        let (cache, inner) = (self.cache, &self.inner);
        Stats {
            native_blocks: cache.blocks.len(),
            native_bytes: inner.code_used - cache.first_block,
            block_bytes: cache.blocks.bytes(),
            exit_bytes: cache.sites.bytes(),
            lookup_bytes: cache.native.bytes(),
            page_bytes: inner.pages.bytes(),
            interp_blocks: cache.interp_blocks.len(),
            interp_bytes: inner.interp_used * 8,
            ..inner.stats
        }
    }
}
