//! The cache on hand-made code: blocks that are never executed.

use guest::GuestAddr;
use ir::{CompiledCode, ExitSite, PcMapEntry, Reloc, RelocKind};

use std::slice::from_ref;

use crate::CodeCache;

/// A block with one exit to `to`: a 5-byte jump whose displacement is at 4, a stub at 8.
fn jump_to(to: u64) -> CompiledCode {
    let mut bytes = vec![0x90, 0x90, 0x90, 0xe9, 0, 0, 0, 0];
    bytes.extend([0; 8]);
    CompiledCode {
        bytes,
        relocs: vec![Reloc { at: 12, kind: RelocKind::SiteNumber(0) }],
        exits: vec![ExitSite { at: 4, stub: 8, to: GuestAddr(to) }],
        pc_map: vec![PcMapEntry { host: 0, guest: 0 }, PcMapEntry { host: 3, guest: 4 }],
        ..CompiledCode::default()
    }
}

fn cache() -> CodeCache {
    let thunks = CompiledCode { bytes: vec![0xc3; 10], ..CompiledCode::default() };
    CodeCache::new(&thunks, vec![0, 4], None).unwrap()
}

fn insert(cache: &CodeCache, at: u64, to: u64) -> u64 {
    cache.lock().insert_native(GuestAddr(at), from_ref(&(at..at + 8)), &jump_to(to)).unwrap()
}

/// Where the jump of the block at `pc` leads.
fn target(cache: &CodeCache, pc: u64) -> u64 {
    let (bytes, host) = cache.listing(GuestAddr(pc)).unwrap();
    let displacement = i32::from_le_bytes(bytes[4..8].try_into().unwrap());
    (host + 8).wrapping_add_signed(displacement as i64)
}

fn site(cache: &CodeCache, pc: u64) -> u64 {
    let (bytes, _) = cache.listing(GuestAddr(pc)).unwrap();
    u32::from_le_bytes(bytes[12..16].try_into().unwrap()) as u64
}

#[test]
fn an_exit_leads_to_its_stub_until_it_is_linked() {
    let cache = cache();
    let first = insert(&cache, 0x1000, 0x2000);
    assert_eq!(target(&cache, 0x1000), first + 8);
    assert!(!cache.lock().link(site(&cache, 0x1000)), "nothing to link to");
    let second = insert(&cache, 0x2000, 0x1000);
    assert_eq!(target(&cache, 0x2000), first, "linked at once, its target exists");
    assert!(cache.lock().link(site(&cache, 0x1000)));
    assert_eq!(target(&cache, 0x1000), second);
}

#[test]
fn invalidation_unlinks_what_led_to_the_block() {
    let cache = cache();
    insert(&cache, 0x2000, 0x1000);
    let first = insert(&cache, 0x1000, 0x2000);
    let version = cache.version();
    assert_eq!(cache.lock().invalidate(0x2004, 0x2005), 1);
    assert_ne!(cache.version(), version);
    assert_eq!(cache.native(GuestAddr(0x2000)), None);
    assert_eq!(target(&cache, 0x1000), first + 8, "back to its stub");
    let again = insert(&cache, 0x2000, 0x3000);
    assert!(cache.lock().link(site(&cache, 0x1000)));
    assert_eq!(target(&cache, 0x1000), again);
}

#[test]
fn a_block_over_two_pages_goes_with_either() {
    let cache = cache();
    cache
        .lock()
        .insert_native(GuestAddr(0x1ffc), from_ref(&(0x1ffc..0x2004)), &jump_to(0))
        .unwrap();
    assert_eq!(cache.lock().invalidate(0x2000, 0x3000), 1);
    assert_eq!(cache.native(GuestAddr(0x1ffc)), None);
}

#[test]
fn host_addresses_map_back_to_guest_instructions() {
    let cache = cache();
    let host = insert(&cache, 0x1000, 0x2000);
    let other = insert(&cache, 0x5000, 0x2000);
    assert_eq!(cache.guest_pc(host + 2), Some(GuestAddr(0x1000)));
    assert_eq!(cache.guest_pc(host + 3), Some(GuestAddr(0x1004)));
    assert_eq!(cache.guest_pc(other), Some(GuestAddr(0x5000)));
    assert_eq!(cache.guest_pc(cache.thunk(1)), None);
    assert!(cache.contains(cache.thunk(1)) && !cache.contains(0x1000));
}

#[test]
fn a_full_cache_says_so_and_works_again_after_a_reset() {
    let thunks = CompiledCode::default();
    let cache = CodeCache::new(&thunks, Vec::new(), Some(1 << 16)).unwrap();
    let mut at = 0x1000;
    while cache.lock().insert_native(GuestAddr(at), from_ref(&(at..at + 8)), &jump_to(at)).is_ok() {
        at += 8;
    }
    assert!(at > 0x1000 + 8 * 500);
    cache.lock().reset();
    assert_eq!(cache.native(GuestAddr(0x1000)), None);
    insert(&cache, 0x1000, 0x1000);
    assert_eq!(cache.lock().stats().native_blocks, 1);
}

#[test]
fn interpreter_code_is_found_and_warms_up() {
    let cache = cache();
    let words = [1, 2, 3];
    cache.lock().insert_interp(GuestAddr(0x40), &(0x40..0x44), &words).unwrap();
    let block = cache.interp(GuestAddr(0x40)).unwrap();
    assert_eq!(block.words, words);
    assert_eq!((cache.warm(block), cache.warm(block)), (1, 2));
    cache.lock().invalidate(0, 0x1000);
    assert!(cache.interp(GuestAddr(0x40)).is_none());
}

#[test]
fn a_newer_translation_takes_over_the_links() {
    let cache = cache();
    insert(&cache, 0x1000, 0x2000);
    insert(&cache, 0x2000, 0x2000);
    assert!(cache.lock().link(1));
    let newer = insert(&cache, 0x2000, 0x1000);
    assert_eq!(cache.native(GuestAddr(0x2000)), Some(newer));
    assert_eq!(target(&cache, 0x1000), newer);
    assert!(cache.lock().invalidate(0x2000, 0x2001) > 0);
    assert_eq!(cache.native(GuestAddr(0x2000)), None);
    let stub = cache.native(GuestAddr(0x1000)).unwrap() + 8;
    assert_eq!(target(&cache, 0x1000), stub);
}

#[test]
fn a_region_goes_with_each_of_its_pages() {
    for page in [0x1000, 0x5000] {
        let cache = cache();
        let pieces = [0x1000..0x1008, 0x5000..0x5008];
        cache.lock().insert_native(GuestAddr(0x1000), &pieces, &jump_to(0)).unwrap();
        assert_eq!(cache.lock().invalidate(0x3000, 0x4000), 0);
        assert_eq!(cache.lock().invalidate(page, page + 1), 1);
        assert_eq!(cache.native(GuestAddr(0x1000)), None);
    }
}

#[test]
fn a_renewed_cache_remembers_what_has_run() {
    let cache = cache();
    let pc = GuestAddr;
    insert(&cache, 0x1000, 0x2000);
    insert(&cache, 0x1010, 0x2000);
    assert!(!cache.lock().goes_on(pc(0x1000), pc(0x1010)), "blocks are short at first");
    assert!(cache.lock().has_much_new());
    cache.lock().renew();
    assert_eq!(cache.native(pc(0x1000)), None);
    let mut writer = cache.lock();
    assert!(writer.had(pc(0x1010)) && !writer.had(pc(0x1020)));
    assert!(writer.goes_on(pc(0x1000), pc(0x1010)));
    assert!(!writer.goes_on(pc(0x1000), pc(0x1020)), "that code did not run");
    assert!(writer.goes_on(pc(0x3000), pc(0x3010)), "nothing is known of that");
    writer.take_in([pc(0x3010)].into_iter());
    drop(writer);
    insert(&cache, 0x1000, 0x2000);
    assert!(!cache.lock().has_much_new());
    insert(&cache, 0x3000, 0x2000);
    assert!(cache.lock().has_much_new());
    cache.lock().renew();
    assert!([0x1000, 0x1010, 0x3000, 0x3010].into_iter().all(|at| cache.lock().had(pc(at))));
    assert!(!cache.lock().goes_on(pc(0x3000), pc(0x3020)), "that code did not run");
}
