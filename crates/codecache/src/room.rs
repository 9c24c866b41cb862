//! The memory of a cache: as much as there is to be had.

use std::io;

use crate::arena::Mapping;
use crate::blocks::{Blocks, InterpBlocks};
use crate::pages::Pages;
use crate::sites::Sites;
use crate::table::{self, Table};

const CODE_BYTES: usize = 128 << 20;
const INTERP_BYTES: usize = 64 << 20;
const BLOCKS: usize = table::BLOCKS;
/// Entries in the lists of pages: most blocks lie on one page.
const PAGE_ENTRIES: usize = 2 * BLOCKS;
const SITES: usize = 3 << 20;
/// How often all of these may be halved.
const MOST_HALVINGS: u32 = 7;
/// So many times as much address space as the cache takes is left to the guest.
const SHARE: usize = 3;

/// The parts, all of them empty.
pub struct Room {
    pub code: Mapping,
    pub interp_code: Mapping,
    pub blocks: Blocks,
    pub interp_blocks: InterpBlocks,
    pub sites: Sites,
    pub pages: Pages,
    pub native: Table,
    pub interp: Table,
}

impl Room {
    /// Room for `limit` bytes of code, if given, and for less of everything under a limit of address
    /// space (`RLIMIT_AS`). Fails if even the least is too much.
    pub fn new(limit: Option<usize>) -> io::Result<Room> {
        let code = limit.unwrap_or(CODE_BYTES).clamp(1 << 16, CODE_BYTES);
        let tried = (0..MOST_HALVINGS).find_map(|halvings| Room::halved(code, halvings).ok());
        tried.map_or_else(|| Room::halved(code, MOST_HALVINGS), Ok)
    }

    fn halved(code: usize, halvings: u32) -> io::Result<Room> {
        let room = Room {
            code: Mapping::new((code >> halvings).max(1 << 16), true)?,
            interp_code: Mapping::new(INTERP_BYTES >> halvings, false)?,
            blocks: Blocks::new(BLOCKS >> halvings)?,
            interp_blocks: InterpBlocks::new(BLOCKS >> halvings)?,
            sites: Sites::new(SITES >> halvings)?,
            pages: Pages::new(PAGE_ENTRIES >> halvings)?,
            native: Table::new(BLOCKS >> halvings)?,
            interp: Table::new(BLOCKS >> halvings)?,
        };
        Mapping::probe((SHARE * (CODE_BYTES + INTERP_BYTES)) >> halvings)?;
        Ok(room)
    }
}
