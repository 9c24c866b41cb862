//! The address space against the kernel: each test works on mappings of its own.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use guest::{FaultKind, PAGE_SIZE, access};

use crate::{Access, AddressSpace, CodeListener, Errno, Kind, MapRequest, Prot, Region};

const PAGE: u64 = PAGE_SIZE;
const RWX: Prot = Prot(7);
const FIXED: i32 = libc::MAP_FIXED;

/// A guest with `pages` anonymous pages, and where they are: in a range of the test's own, out
/// of the way of what other threads map.
fn guest_with(pages: u64, prot: Prot) -> (AddressSpace, u64) {
    static NEXT: AtomicU64 = AtomicU64::new(0x10_0000_0000);
    let at = NEXT.fetch_add(1 << 30, Ordering::Relaxed);
    let space = AddressSpace::new();
    assert_eq!(space.map(anon_at(at, pages * PAGE, prot, FIXED)), Ok(at));
    (space, at)
}

fn anon_at(addr: u64, len: u64, prot: Prot, placing: i32) -> MapRequest {
    let plain = MapRequest::anon(len, prot);
    MapRequest { addr, flags: plain.flags | placing, ..plain }
}

/// Rights and borders of the regions, relative to `at`, in pages.
fn shape(space: &AddressSpace, at: u64) -> Vec<(u64, u64, String)> {
    let page = |a: u64| (a - at) / PAGE;
    space.regions().iter().map(|r| (page(r.start), page(r.end), r.prot.to_string())).collect()
}

fn rows(rows: &[(u64, u64, &str)]) -> Vec<(u64, u64, String)> {
    rows.iter().map(|r| (r.0, r.1, r.2.to_string())).collect()
}

/// The host's rights to the page at `addr`, from `/proc/self/maps`.
fn host_rights(addr: u64) -> Option<String> {
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    maps.lines().find_map(|line| {
        let (range, rest) = line.split_once(' ')?;
        let (start, end) = range.split_once('-')?;
        let start = u64::from_str_radix(start, 16).ok()?;
        let end = u64::from_str_radix(end, 16).ok()?;
        (start <= addr && addr < end).then(|| rest[..3].to_string())
    })
}

struct Log(Mutex<Vec<(u64, u64)>>);
impl CodeListener for Log {
    fn changed(&self, start: u64, end: u64) {
        self.0.lock().unwrap().push((start, end));
    }
}
impl Log {
    fn listening_to(space: &AddressSpace) -> &'static Log {
        let log: &'static Log = Box::leak(Box::new(Log(Mutex::default())));
        space.set_listener(log);
        log
    }
    fn take(&self) -> Vec<(u64, u64)> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

#[test]
fn a_mapping_holds_zeroes_and_ends_with_unmap() {
    let (space, at) = guest_with(2, Prot::RW);
    assert_eq!(access::load_u64(at + PAGE), Ok(0));
    assert_eq!(space.prot_at(at + 2 * PAGE - 1), Some(Prot::RW));
    assert_eq!(space.prot_at(at + 2 * PAGE), None);
    space.unmap(at, 2 * PAGE).unwrap();
    assert_eq!(space.regions(), []);
    assert_eq!(host_rights(at), None);
}

#[test]
fn execute_permission_never_reaches_the_host() {
    let (space, at) = guest_with(1, RWX);
    assert_eq!(host_rights(at).unwrap(), "rw-");
    space.protect(at, PAGE, Prot::EXEC).unwrap();
    assert_eq!(host_rights(at).unwrap(), "r--");
    space.protect(at, PAGE, Prot::WRITE).unwrap();
    assert_eq!(host_rights(at).unwrap(), "rw-");
    assert_eq!(space.prot_at(at), Some(Prot::WRITE));
}

#[test]
fn bad_arguments_are_refused_as_linux_does() {
    let (space, at) = guest_with(1, Prot::RW);
    let invalid = Err(Errno(libc::EINVAL));
    let no_memory = Err(Errno(libc::ENOMEM));
    assert_eq!(space.map(MapRequest::anon(0, Prot::RW)), invalid);
    assert_eq!(space.map(MapRequest::anon(u64::MAX, Prot::RW)), no_memory);
    assert_eq!(space.map(anon_at(at + 1, PAGE, Prot::RW, FIXED)), invalid);
    assert_eq!(space.map(anon_at(1 << 47, PAGE, Prot::RW, FIXED)), no_memory);
    assert_eq!(
        space.map(MapRequest { flags: libc::MAP_ANONYMOUS, ..MapRequest::anon(PAGE, Prot::RW) }),
        invalid
    );
    assert_eq!(space.unmap(at + 1, PAGE), invalid.map(drop));
    assert_eq!(space.unmap(at, 0), invalid.map(drop));
    assert_eq!(space.protect(at + 1, PAGE, Prot::RW), invalid.map(drop));
    assert_eq!(space.protect(at, 2 * PAGE, Prot::READ), no_memory.map(drop));
    assert_eq!(space.prot_at(at), Some(Prot::READ));
}

#[test]
fn protect_splits_and_joins() {
    let (space, at) = guest_with(4, Prot::RW);
    space.protect(at + PAGE, PAGE, Prot::READ).unwrap();
    assert_eq!(shape(&space, at), rows(&[(0, 1, "rw-"), (1, 2, "r--"), (2, 4, "rw-")]));
    space.protect(at + PAGE, PAGE, Prot::RW).unwrap();
    assert_eq!(shape(&space, at), rows(&[(0, 4, "rw-")]));
    space.unmap(at + PAGE, PAGE).unwrap();
    assert_eq!(shape(&space, at), rows(&[(0, 1, "rw-"), (2, 4, "rw-")]));
}

#[test]
fn a_fixed_mapping_replaces_the_guests_own() {
    let (space, at) = guest_with(3, Prot::RW);
    access::store_u8(at + PAGE, 7).unwrap();
    assert_eq!(space.map(anon_at(at + PAGE, PAGE, Prot::READ, FIXED)), Ok(at + PAGE));
    assert_eq!(access::load_u8(at + PAGE), Ok(0));
    assert_eq!(shape(&space, at), rows(&[(0, 1, "rw-"), (1, 2, "r--"), (2, 3, "rw-")]));
}

#[test]
fn a_fixed_mapping_fills_holes_between_the_guests_own() {
    let (space, at) = guest_with(4, Prot::RW);
    space.unmap(at + PAGE, PAGE).unwrap();
    assert_eq!(space.map(anon_at(at, 4 * PAGE, Prot::READ, FIXED)), Ok(at));
    assert_eq!(shape(&space, at), rows(&[(0, 4, "r--")]));
}

#[test]
fn noreplace_fails_over_the_guests_own() {
    let (space, at) = guest_with(2, Prot::RW);
    let request = anon_at(at + PAGE, PAGE, Prot::RW, libc::MAP_FIXED_NOREPLACE);
    assert_eq!(space.map(request), Err(Errno(libc::EEXIST)));
    space.unmap(at + PAGE, PAGE).unwrap();
    assert_eq!(space.map(request), Ok(at + PAGE));
}

#[test]
fn the_translator_is_out_of_reach() {
    let (space, _) = guest_with(1, Prot::RW);
    let page = &raw const space as u64 & !(PAGE - 1);
    let rights = host_rights(page);
    let refused = Err(Errno(libc::ENOMEM));
    assert_eq!(space.map(anon_at(page, PAGE, Prot::RW, FIXED)), refused);
    assert_eq!(space.protect(page, PAGE, Prot::NONE), refused.map(drop));
    assert_eq!(space.advise(page, PAGE, libc::MADV_DONTNEED), refused.map(drop));
    assert_eq!(space.unmap(page, PAGE), Ok(()));
    assert_eq!(
        space.remap(page, PAGE, 2 * PAGE, libc::MREMAP_MAYMOVE, 0),
        Err(Errno(libc::EFAULT))
    );
    assert_eq!(host_rights(page), rights);
}

#[test]
fn a_refused_fixed_mapping_leaves_the_guests_part_alone() {
    let (space, at) = guest_with(1, Prot::RW);
    access::store_u8(at, 5).unwrap();
    let other = AddressSpace::new();
    let next = anon_at(at + PAGE, PAGE, Prot::READ, libc::MAP_FIXED_NOREPLACE);
    // Whoever owns the next page, `space` does not.
    let _ = other.map(next);
    assert_eq!(space.map(anon_at(at, 2 * PAGE, Prot::RW, FIXED)), Err(Errno(libc::ENOMEM)));
    assert_eq!(access::load_u8(at), Ok(5));
    assert_eq!(shape(&space, at), rows(&[(0, 1, "rw-")]));
}

#[test]
fn a_free_hint_is_honoured_and_an_impossible_one_ignored() {
    let (space, at) = guest_with(3, Prot::RW);
    space.unmap(at + PAGE, PAGE).unwrap();
    assert_eq!(space.map(anon_at(at + PAGE, PAGE, Prot::RW, 0)), Ok(at + PAGE));
    assert_ne!(space.map(anon_at(at, PAGE, Prot::RW, 0)), Ok(at));
    assert!(space.map(anon_at(1 << 50, PAGE, Prot::RW, 0)).unwrap() < crate::TASK_SIZE);
}

#[test]
fn a_file_is_mapped_shared_or_private() {
    use std::os::fd::AsRawFd;
    let file = std::fs::File::open("/proc/self/exe").unwrap();
    let space = AddressSpace::new();
    let flags = libc::MAP_SHARED;
    let request = MapRequest {
        flags,
        fd: file.as_raw_fd(),
        offset: PAGE,
        ..MapRequest::anon(PAGE + 1, Prot::RX)
    };
    let at = space.map(request).unwrap();
    let region = space.region_at(at).unwrap();
    let (start, end) = (at, at + 2 * PAGE);
    assert_eq!(region, Region { start, end, prot: Prot::RX, shared: true, kind: Kind::File });
    assert_eq!(space.map(MapRequest { fd: -1, ..request }), Err(Errno(libc::EBADF)));
    assert!(space.watch(at, at + 1), "only fence.i tells of changes to shared memory");
}

#[test]
fn the_heap_grows_shrinks_and_stops_at_a_mapping() {
    let (space, at) = guest_with(4, Prot::RW);
    space.unmap(at, 3 * PAGE).unwrap();
    space.init_brk(at + 8);
    assert_eq!(space.brk(0), at + 8);
    assert_eq!(space.brk(at + PAGE + 1), at + PAGE + 1);
    assert_eq!(space.region_at(at + PAGE).unwrap().kind, Kind::Heap);
    assert_eq!(space.brk(at + 4 * PAGE), at + PAGE + 1, "a mapping is in the way");
    assert_eq!(space.brk(at + 2 * PAGE + 1), at + 2 * PAGE + 1);
    assert_eq!(space.brk(at + PAGE), at + PAGE);
    assert_eq!(space.prot_at(at + PAGE), None);
}

#[test]
fn remap_shrinks_in_place_and_moves_to_grow() {
    let (space, at) = guest_with(4, Prot::RW);
    space.protect(at + 2 * PAGE, 2 * PAGE, Prot::READ).unwrap();
    access::store_u8(at, 9).unwrap();
    assert_eq!(space.remap(at, 2 * PAGE, PAGE, 0, 0), Ok(at));
    assert_eq!(space.prot_at(at + PAGE), None);
    assert_eq!(space.remap(at, PAGE, 8 * PAGE, 0, 0), Err(Errno(libc::ENOMEM)));
    let new = space.remap(at, PAGE, 8 * PAGE, libc::MREMAP_MAYMOVE, 0).unwrap();
    assert_eq!(access::load_u8(new), Ok(9));
    assert_eq!(space.prot_at(at), None);
    assert_eq!(space.region_at(new).unwrap().end, new + 8 * PAGE);
}

#[test]
fn remap_to_a_fixed_place_replaces_the_guests_own_only() {
    let (space, at) = guest_with(4, Prot::RW);
    access::store_u8(at, 9).unwrap();
    let flags = libc::MREMAP_MAYMOVE | libc::MREMAP_FIXED;
    assert_eq!(space.remap(at, PAGE, PAGE, flags, at + 2 * PAGE), Ok(at + 2 * PAGE));
    assert_eq!(access::load_u8(at + 2 * PAGE), Ok(9));
    assert_eq!(shape(&space, at), rows(&[(1, 4, "rw-")]));
    let own = &raw const space as u64 & !(PAGE - 1);
    assert_eq!(space.remap(at + PAGE, PAGE, PAGE, flags, own), Err(Errno(libc::ENOMEM)));
    assert_eq!(shape(&space, at), rows(&[(1, 4, "rw-")]));
}

#[test]
fn remap_can_keep_the_old_mapping() {
    let (space, at) = guest_with(1, Prot::RW);
    access::store_u8(at, 9).unwrap();
    let flags = libc::MREMAP_MAYMOVE | libc::MREMAP_DONTUNMAP;
    let new = space.remap(at, PAGE, PAGE, flags, 0).unwrap();
    assert_eq!((access::load_u8(at), access::load_u8(new)), (Ok(0), Ok(9)));
    assert_eq!(space.prot_at(at), Some(Prot::RW));
    assert_eq!(space.remap(at, PAGE, 2 * PAGE, flags, 0), Err(Errno(libc::EINVAL)));
}

#[test]
fn remap_moves_memory_with_watched_pages() {
    let (space, at) = guest_with(3, RWX);
    space.watch(at + PAGE, at + PAGE + 4);
    let new = space.remap(at, 3 * PAGE, 64 * PAGE, libc::MREMAP_MAYMOVE, 0).unwrap();
    assert_eq!(host_rights(new + PAGE).unwrap(), "rw-");
    assert!(!space.has_watches());
}

#[test]
fn a_watched_page_is_read_only_until_the_watch_ends() {
    let (space, at) = guest_with(3, RWX);
    assert!(!space.has_watches());
    assert!(!space.watch(at + PAGE + 10, at + PAGE + 12));
    assert!(space.has_watches());
    assert_eq!(host_rights(at + PAGE).unwrap(), "r--");
    assert_eq!(host_rights(at).unwrap(), "rw-");
    assert_eq!(space.classify(at + PAGE + 8, true, false), Access::Watched);
    assert_eq!(space.watched_in(at, at + 3 * PAGE), [at + PAGE]);
    space.unwatch(at + PAGE, at + PAGE + 1);
    assert!(!space.has_watches());
    assert_eq!(host_rights(at + PAGE).unwrap(), "rw-");
    assert_eq!(space.classify(at + PAGE + 8, true, false), Access::Retry);
}

#[test]
fn protect_and_map_end_watches() {
    let (space, at) = guest_with(2, RWX);
    space.watch(at, at + 2 * PAGE);
    space.protect(at, PAGE, RWX).unwrap();
    assert_eq!(host_rights(at).unwrap(), "r--", "nothing changed, so the watch stays");
    space.protect(at, PAGE, Prot::RW).unwrap();
    assert_eq!(host_rights(at).unwrap(), "rw-");
    space.map(anon_at(at + PAGE, PAGE, RWX, FIXED)).unwrap();
    assert_eq!(host_rights(at + PAGE).unwrap(), "rw-");
    assert!(!space.has_watches());
}

#[test]
fn the_listener_hears_of_code_that_changes() {
    let (space, at) = guest_with(3, Prot::RX);
    let log = Log::listening_to(&space);
    space.protect(at + PAGE, PAGE, Prot::RW).unwrap();
    assert_eq!(log.take(), [(at + PAGE, at + 2 * PAGE)]);
    space.protect(at + PAGE, PAGE, Prot::READ).unwrap();
    assert_eq!(log.take(), []);
    space.advise(at, PAGE, libc::MADV_DONTNEED).unwrap();
    assert_eq!(log.take(), [(at, at + PAGE)]);
    space.unmap(at, PAGE).unwrap();
    assert_eq!(log.take(), [(at, at + PAGE)]);
    space.map(anon_at(at + PAGE, 2 * PAGE, Prot::RW, FIXED)).unwrap();
    assert_eq!(log.take(), [(at + 2 * PAGE, at + 3 * PAGE)]);
}

#[test]
fn the_listener_hears_of_every_place_that_becomes_code() {
    let (space, at) = guest_with(3, Prot::RW);
    let log = Log::listening_to(&space);
    space.map(anon_at(at, PAGE, Prot::RX, FIXED)).unwrap();
    assert_eq!(log.take(), [(at, at + PAGE)]);
    space.protect(at + PAGE, PAGE, Prot::RX).unwrap();
    assert_eq!(log.take(), [(at + PAGE, at + 2 * PAGE)]);
    let flags = libc::MREMAP_MAYMOVE | libc::MREMAP_FIXED;
    space.remap(at, PAGE, PAGE, flags, at + 2 * PAGE).unwrap();
    assert!(log.take().contains(&(at + 2 * PAGE, at + 3 * PAGE)));
}

#[test]
fn fetch_stops_where_code_ends() {
    let (space, at) = guest_with(2, RWX);
    access::store_u8(at + PAGE - 1, 0x42).unwrap();
    space.protect(at + PAGE, PAGE, Prot::RW).unwrap();
    let mut buf = [0; 8];
    assert_eq!(space.fetch(at + PAGE - 2, &mut buf), 2);
    assert_eq!(buf[..2], [0, 0x42]);
    assert_eq!(space.fetch(at + PAGE, &mut buf), 0);
    assert_eq!(space.fetch(u64::MAX, &mut buf), 0);
}

#[test]
fn faults_are_classified() {
    let (space, at) = guest_with(3, Prot::RW);
    space.protect(at + PAGE, PAGE, Prot::READ).unwrap();
    space.protect(at + 2 * PAGE, PAGE, Prot::NONE).unwrap();
    let guest = Access::Guest;
    assert_eq!(space.classify(8, false, false), guest(FaultKind::Unmapped));
    assert_eq!(space.classify(at + PAGE, true, false), guest(FaultKind::Denied));
    assert_eq!(space.classify(at + 2 * PAGE, false, false), guest(FaultKind::Denied));
    assert_eq!(space.classify(at, true, true), guest(FaultKind::BeyondFile));
    assert_eq!(space.classify(at, true, false), Access::Retry);
}

#[test]
fn the_stack_grows_with_use_and_the_regions_catch_up() {
    let space = AddressSpace::new();
    let top = space.map_stack(4 * PAGE).unwrap();
    let stack = space.region_at(top - 1).unwrap();
    assert_eq!((stack.start, stack.end, stack.kind), (top - 4 * PAGE, top, Kind::Stack));
    let deep = top - 100 * PAGE;
    assert_eq!(space.classify(deep, true, false), Access::Guest(FaultKind::Unmapped));
    assert_eq!(access::store_u64(deep, 1), Ok(()));
    assert_eq!(space.classify(deep, true, false), Access::Retry);
    assert_eq!(space.region_at(deep).unwrap().start, deep);
    assert_eq!(space.regions().len(), 1);
}

#[test]
fn what_has_grown_is_unmapped_and_replaced_like_the_rest() {
    let space = AddressSpace::new();
    let (growing, at) = guest_with(64, Prot::NONE);
    growing.unmap(at, 64 * PAGE).unwrap();
    let grows = anon_at(at + 60 * PAGE, 4 * PAGE, Prot::RW, FIXED | libc::MAP_GROWSDOWN);
    assert_eq!(space.map(grows), Ok(at + 60 * PAGE));
    assert_eq!(access::store_u64(at + 40 * PAGE, 1), Ok(()));
    assert_eq!(space.map(anon_at(at + 42 * PAGE, PAGE, Prot::READ, FIXED)), Ok(at + 42 * PAGE));
    let expected = rows(&[(40, 42, "rw-"), (42, 43, "r--"), (43, 64, "rw-")]);
    assert_eq!(shape(&space, at), expected);
    assert_eq!(access::store_u64(at + 30 * PAGE, 1), Ok(()));
    assert_eq!(space.unmap(at + 20 * PAGE, 15 * PAGE), Ok(()));
    assert_eq!(host_rights(at + 30 * PAGE), None);
    assert_eq!(space.regions()[0].start, at + 35 * PAGE);
    space.protect_grows_down(at + 60 * PAGE, PAGE, Prot::READ).unwrap();
    assert_eq!(space.prot_at(at + 43 * PAGE), Some(Prot::READ));
    let plain = guest_with(1, Prot::RW);
    let refused = plain.0.protect_grows_down(plain.1, PAGE, Prot::READ);
    assert_eq!(refused, Err(Errno(libc::EINVAL)));
}

#[test]
fn limits_count_the_guests_memory_alone() {
    let (space, at) = guest_with(4, Prot::RW);
    space.limits.space.store(6 * PAGE, Ordering::Relaxed);
    let full = Err(Errno(libc::ENOMEM));
    assert_eq!(space.map(anon_at(at + 4 * PAGE, 3 * PAGE, Prot::NONE, FIXED)), full);
    assert_eq!(space.map(anon_at(at, 6 * PAGE, Prot::NONE, FIXED)), Ok(at));
    assert_eq!(space.remap(at, 6 * PAGE, 7 * PAGE, libc::MREMAP_MAYMOVE, 0), full);
    space.limits.space.store(u64::MAX, Ordering::Relaxed);
    space.limits.data.store(2 * PAGE, Ordering::Relaxed);
    assert_eq!(space.map(anon_at(at, 3 * PAGE, Prot::RW, FIXED)), full);
    assert_eq!(space.protect(at, 3 * PAGE, Prot::RW), Err(Errno(libc::ENOMEM)));
    assert_eq!(space.map(anon_at(at, 3 * PAGE, Prot::READ, FIXED)), Ok(at));
    assert_eq!(space.protect(at, 2 * PAGE, Prot::RW), Ok(()));
}

#[test]
fn a_frozen_space_stays_as_it_is_until_the_guard_goes() {
    let (space, at) = guest_with(1, Prot::RW);
    let guard = space.freeze();
    let (done, finished) = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        let space = &space;
        scope.spawn(move || done.send(space.unmap(at, PAGE)).unwrap());
        assert!(finished.recv_timeout(Duration::from_millis(20)).is_err());
        drop(guard);
        assert_eq!(finished.recv().unwrap(), Ok(()));
    });
}

#[test]
fn clearing_leaves_nothing() {
    let space = AddressSpace::new();
    let top = space.map_stack(4 * PAGE).unwrap();
    space.clear();
    assert_eq!(space.regions(), []);
    assert_eq!(space.brk(0), 0);
    assert_eq!(space.classify(top - 8, true, false), Access::Guest(FaultKind::Unmapped));
}
