//! Where translations live: an arena of machine code, the table that finds a block by its guest
//! address, the links between blocks, and the index of pages for self-modifying code.
//!
//! Lookups ([`CodeCache::native`], [`CodeCache::interp`], [`CodeCache::guest_pc`]) take no lock;
//! everything that changes the cache goes through [`CodeCache::lock`]. Memory is given back only
//! by [`Writer::reset`], when no thread runs translated code.
#![deny(unsafe_code)]
#![warn(missing_docs)]

mod arena;
mod blocks;
mod cache;
mod history;
mod image;
mod pages;
mod pc_map;
mod recover;
mod room;
mod sites;
mod stats;
mod table;
#[cfg(test)]
mod tests;
mod varint;
mod writer;

pub use cache::{CodeCache, Full, InterpBlock, Writer};
pub use stats::Stats;
