//! [`AddressSpace`]: mmap(2), munmap(2), mprotect(2) and madvise(2) for the guest.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use guest::{PAGE_MASK, PAGE_SIZE};
use lending::{RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::area::{self, Areas};
use crate::brk::Brk;
use crate::regions::{Kind, Region, Regions};
use crate::settled::Settled;
use crate::{CodeListener, Errno, Limits, Prot, TASK_SIZE, host};

/// The arguments of mmap(2).
#[derive(Clone, Copy, Debug)]
pub struct MapRequest {
    /// Where: a hint, or the address with `MAP_FIXED`.
    pub addr: u64,
    /// Bytes.
    pub len: u64,
    /// The guest's rights.
    pub prot: Prot,
    /// Linux `MAP_*` flags.
    pub flags: i32,
    /// File, or -1.
    pub fd: i32,
    /// Offset in the file, in bytes.
    pub offset: u64,
}

impl MapRequest {
    /// Private anonymous memory at a place of the kernel's choice.
    pub fn anon(len: u64, prot: Prot) -> MapRequest {
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
        MapRequest { addr: 0, len, prot, flags, fd: -1, offset: 0 }
    }
    fn kind(&self) -> Kind {
        match self.flags & (libc::MAP_ANONYMOUS | libc::MAP_GROWSDOWN) {
            libc::MAP_ANONYMOUS => Kind::Anon,
            flags if flags & libc::MAP_ANONYMOUS != 0 => Kind::Growing,
            _ => Kind::File,
        }
    }
    fn shared(&self) -> bool {
        self.flags & libc::MAP_TYPE != libc::MAP_PRIVATE
    }
    /// Flags with a meaning that only x86 gives them, or that this crate acts on itself.
    fn host_flags(&self) -> i32 {
        const MAP_ABOVE4G: i32 = 0x80;
        let own = libc::MAP_FIXED | host::MAP_FIXED_NOREPLACE;
        self.flags & !(own | libc::MAP_32BIT | MAP_ABOVE4G)
    }
    /// The length in whole pages, huge ones where asked for; `None` if it overflows.
    fn rounded_len(&self) -> Option<u64> {
        let mut page = PAGE_SIZE;
        if self.flags & libc::MAP_HUGETLB != 0 {
            let log = (self.flags as u32 >> 26) & 0x3f;
            page = if log == 0 { 2 << 20 } else { 1 << log };
        }
        Some(self.len.checked_add(page - 1)? & !(page - 1))
    }
    pub(crate) fn is_anon(&self) -> bool {
        self.flags & libc::MAP_ANONYMOUS != 0
    }
    pub(crate) fn host_map(&self, addr: u64, len: u64, placing: i32) -> Result<u64, Errno> {
        host::mmap(addr, len, self.prot.host(), self.host_flags() | placing, self.fd, self.offset)
    }
}

/// Everything behind the lock.
#[derive(Default)]
pub(crate) struct Inner {
    pub regions: Regions,
    /// Start addresses of pages that are read-only on the host although the guest may write.
    pub watched: BTreeSet<u64>,
    pub brk: Brk,
    pub areas: Areas,
    pub limits: Arc<Limits>,
}

/// The guest's address space. All methods may be called from any thread, but none from a
/// signal handler.
pub struct AddressSpace {
    inner: RwLock<Inner>,
    /// How much the guest may map.
    pub limits: Arc<Limits>,
    /// Counts exclusive locks: what was looked up holds until it changes.
    version: AtomicU64,
    /// Where code was last found to be settled.
    pub(crate) settled: Settled,
    listener: OnceLock<&'static dyn CodeListener>,
    published: Published,
    /// Some pages are watched; as of the last exclusive lock.
    watches: AtomicBool,
}

/// Where the list of regions lies: for other processes, which read it as it is at the moment.
#[derive(Default)]
#[repr(C)]
pub struct Published {
    /// Address of the first [`crate::Run`] of regions.
    pub start: AtomicU64,
    /// How many there are.
    pub count: AtomicU64,
}

/// The exclusive lock; what was changed is published when it goes.
pub(crate) struct Writing<'a> {
    inner: RwLockWriteGuard<'a, Inner>,
    published: &'a Published,
    watches: &'a AtomicBool,
}

impl std::ops::Deref for Writing<'_> {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.inner
    }
}
impl std::ops::DerefMut for Writing<'_> {
    fn deref_mut(&mut self) -> &mut Inner {
        &mut self.inner
    }
}
impl Drop for Writing<'_> {
    fn drop(&mut self) {
        let runs = self.inner.regions.list();
        self.published.start.store(runs.as_ptr() as u64, Ordering::Relaxed);
        self.published.count.store(runs.len() as u64, Ordering::Release);
        self.watches.store(!self.inner.watched.is_empty(), Ordering::Release);
    }
}

/// Ranges whose translations must go; reported once the lock is free, so other threads may have mapped something else there by then.
pub(crate) type Changes = Vec<(u64, u64)>;

/// Page-rounded `addr..addr+len`, or `None` if it leaves the guest's range.
pub(crate) fn span(addr: u64, len: u64) -> Option<(u64, u64)> {
    let len = len.checked_add(PAGE_MASK)? & !PAGE_MASK;
    let end = addr.checked_add(len)?;
    (end <= TASK_SIZE).then_some((addr, end))
}

impl Default for AddressSpace {
    fn default() -> AddressSpace {
        AddressSpace::new()
    }
}

impl AddressSpace {
    /// An empty guest. The translator's own mappings, made before or later, are not in it and
    /// so are out of the guest's reach.
    pub fn new() -> AddressSpace {
        let limits = Arc::<Limits>::default();
        let inner = Inner { limits: Arc::clone(&limits), ..Inner::default() };
        AddressSpace {
            inner: RwLock::new(inner),
            limits,
            version: AtomicU64::default(),
            settled: Settled::default(),
            listener: OnceLock::new(),
            published: Published::default(),
            watches: AtomicBool::default(),
        }
    }

    /// Names the one to tell when guest code changes; the first call counts.
    pub fn set_listener(&self, listener: &'static dyn CodeListener) {
        let _ = self.listener.set(listener);
    }

    pub(crate) fn read(&self) -> RwLockReadGuard<'_, Inner> {
        self.inner.read()
    }

    pub(crate) fn write(&self) -> Writing<'_> {
        let inner = self.inner.write();
        self.version.fetch_add(1, Ordering::AcqRel);
        Writing { inner, published: &self.published, watches: &self.watches }
    }

    /// Where other processes find the list of regions.
    pub fn published(&self) -> &Published {
        &self.published
    }

    /// True if code is watched that the guest may write.
    pub fn has_watches(&self) -> bool {
        self.watches.load(Ordering::Acquire)
    }

    /// Changes whenever [`Self::write`] gives the lock; stays while [`Self::read`] holds it.
    pub(crate) fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }

    /// Runs `change` under the lock, then tells the listener what it reported. The lock is free
    /// by then, as the listener calls back to lift watches.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut Inner, &mut Changes) -> T) -> T {
        let mut changes = Changes::new();
        let result = change(&mut self.write(), &mut changes);
        if let Some(listener) = self.listener.get() {
            for (start, end) in changes {
                listener.changed(start, end);
            }
        }
        result
    }

    /// Holds the lock, for the time of a fork: the child finds it in a state it can release.
    pub fn freeze(&self) -> impl Drop + '_ {
        self.write()
    }

    /// mmap(2). A fixed mapping over the translator fails with `ENOMEM`.
    pub fn map(&self, request: MapRequest) -> Result<u64, Errno> {
        if request.len == 0 {
            return Err(Errno(libc::EINVAL));
        }
        let len = request.rounded_len().ok_or(Errno(libc::ENOMEM))?;
        self.limits.admit_code(request.prot, request.prot)?;
        self.change(|inner, changes| {
            let placing = request.flags & (libc::MAP_FIXED | host::MAP_FIXED_NOREPLACE);
            let addr = if placing != 0 {
                inner.map_fixed(&request, len, changes)?
            } else {
                // A hint beyond 47 bits would ask an x86 kernel for five-level paging.
                let hint = if span(request.addr, len).is_some() { request.addr } else { 0 };
                // Not at an address that anything has.
                inner.admit(&request, TASK_SIZE, len)?;
                inner.map_near(&request, hint & !PAGE_MASK, len)?
            };
            let (prot, shared, kind) = (request.prot, request.shared(), request.kind());
            inner.replace(Region { start: addr, end: addr + len, prot, shared, kind }, changes);
            Ok(addr)
        })
    }

    /// munmap(2): whatever in the range is the guest's goes.
    pub fn unmap(&self, addr: u64, len: u64) -> Result<(), Errno> {
        let (start, end) = span(addr, len).ok_or(Errno(libc::EINVAL))?;
        if addr & PAGE_MASK != 0 || len == 0 {
            return Err(Errno(libc::EINVAL));
        }
        self.change(|inner, changes| inner.unmap(start, end, changes))
    }

    /// mprotect(2). Pages before the first that is not the guest's change even when the call
    /// fails with `ENOMEM`, as in Linux.
    pub fn protect(&self, addr: u64, len: u64, prot: Prot) -> Result<(), Errno> {
        if addr & PAGE_MASK != 0 {
            return Err(Errno(libc::EINVAL));
        }
        let (start, end) = span(addr, len).ok_or(Errno(libc::ENOMEM))?;
        self.change(|inner, changes| inner.protect(start, end, prot, changes))
    }

    /// mprotect(2) with `PROT_GROWSDOWN`: from the start of the mapping that holds `addr`, which
    /// must be one that grows.
    pub fn protect_grows_down(&self, addr: u64, len: u64, prot: Prot) -> Result<(), Errno> {
        self.change(|inner, changes| inner.catch_up_all(changes));
        let region = self.region_at(addr).ok_or(Errno(libc::ENOMEM))?;
        if !region.kind.grows() {
            return Err(Errno(libc::EINVAL));
        }
        let start = region.start;
        let end = addr.checked_add(len).ok_or(Errno(libc::ENOMEM))?;
        self.protect(start, end - start, prot)
    }

    /// madvise(2), for the parts of the range that are the guest's; `ENOMEM` if there are others.
    pub fn advise(&self, addr: u64, len: u64, advice: i32) -> Result<(), Errno> {
        if addr & PAGE_MASK != 0 {
            return Err(Errno(libc::EINVAL));
        }
        let (start, end) = span(addr, len).ok_or(Errno(libc::EINVAL))?;
        if let Some(done) = self.advise_plain(start, end, advice) {
            return done;
        }
        // Of nothing, the host says whether it knows the advice.
        host::madvise(addr, 0, advice)?;
        self.change(|inner, changes| inner.advise(start, end, advice, changes))
    }

    /// Where the list of regions stays as it is and tells of no code, as for stacks of threads: beside others who read it,
    /// in one call. `None` elsewhere.
    fn advise_plain(&self, start: u64, end: u64, advice: i32) -> Option<Result<(), Errno>> {
        let inner = self.read();
        let mut at = start;
        for part in inner.regions.parts(start, end).take_while(|part| !part.prot.is_exec()) {
            if part.start != at {
                break;
            }
            at = part.end;
        }
        (start < end && at == end).then(|| host::madvise(start, end - start, advice))
    }

    /// Unmaps everything of the guest.
    pub fn clear(&self) {
        self.change(|inner, changes| {
            let _ = inner.unmap(0, TASK_SIZE, changes);
            inner.brk = Brk::default();
        });
    }

    /// Records a mapping that another system call made for the guest (shmat(2), io_uring).
    pub fn adopt(&self, region: Region) {
        self.change(|inner, changes| inner.replace(region, changes));
    }

    /// Forgets a range that another system call unmapped for the guest (shmdt(2)).
    pub fn forget(&self, start: u64, end: u64) {
        self.change(|inner, changes| inner.drop_range(start, end, changes));
    }

    /// Says what the mapped range `start..end` is for.
    pub fn label(&self, start: u64, end: u64, kind: Kind) {
        let mut inner = self.write();
        for part in inner.regions.remove(start, end) {
            inner.regions.insert(Region { kind, ..part });
        }
    }

    /// The first address of `start..end` that is not the guest's.
    pub fn first_hole(&self, start: u64, end: u64) -> Option<u64> {
        self.change(|inner, changes| {
            inner.catch_up(start, end, changes);
            inner.regions.holes(start, end).first().map(|hole| hole.0)
        })
    }

    /// The rights at `addr`; `None` if nothing is mapped.
    pub fn prot_at(&self, addr: u64) -> Option<Prot> {
        self.region_at(addr).map(|r| r.prot)
    }

    /// The mapping that holds `addr`.
    pub fn region_at(&self, addr: u64) -> Option<Region> {
        let find = || self.read().regions.at(addr).copied();
        find().or_else(|| self.has_grown_to(addr).then(find)?)
    }

    /// True if all of `start..end` is mapped.
    pub fn covers(&self, start: u64, end: u64) -> bool {
        self.read().regions.holes(start, end).is_empty()
    }

    /// Mappings from `addr` on, without what a stack has grown lately.
    pub fn beyond(&self, addr: u64) -> Vec<Region> {
        self.read().regions.parts(addr, u64::MAX).collect()
    }

    /// All mappings, ascending.
    pub fn regions(&self) -> Vec<Region> {
        self.change(|inner, changes| inner.catch_up_all(changes));
        self.read().regions.iter().copied().collect()
    }
}

impl Inner {
    /// That the limits allow for `len` bytes more at `start`.
    fn admit(&self, request: &MapRequest, start: u64, len: u64) -> Result<(), Errno> {
        let (prot, shared, kind) = (request.prot, request.shared(), request.kind());
        let end = start.checked_add(len).ok_or(Errno(libc::ENOMEM))?;
        self.limits.admit(&self.regions, &Region { start, end, prot, shared, kind })
    }

    /// Maps at `hint` if that is free, else where there is room.
    fn map_near(&mut self, request: &MapRequest, hint: u64, len: u64) -> Result<u64, Errno> {
        if hint != 0
            && !self.regions.overlaps(hint, hint + len)
            && self.regions.growth_zone(hint, hint + len + area::GAP).is_none()
            && let Ok(at) = request.host_map(hint, len, host::MAP_FIXED_NOREPLACE)
        {
            return Ok(at);
        }
        self.map_anywhere(request, len)
    }

    /// Maps at exactly `request.addr`, over mappings of the guest only.
    fn map_fixed(
        &mut self,
        request: &MapRequest,
        len: u64,
        changes: &mut Changes,
    ) -> Result<u64, Errno> {
        let (start, end) = span(request.addr, len).ok_or(Errno(libc::ENOMEM))?;
        if start & PAGE_MASK != 0 {
            return Err(Errno(libc::EINVAL));
        }
        self.catch_up(start, end, changes);
        let keep = request.flags & host::MAP_FIXED_NOREPLACE != 0;
        if keep && self.regions.overlaps(start, end) {
            return Err(Errno(libc::EEXIST));
        }
        self.admit(request, start, len)?;
        let held = self.hold(start, end).map_err(|e| if keep { Errno(libc::EEXIST) } else { e })?;
        request.host_map(start, len, libc::MAP_FIXED).inspect_err(|_| release(&held))
    }

    /// Makes sure that `start..end` holds nothing but the guest's mappings, by placeholders in
    /// the holes, which are returned. `ENOMEM` if the translator is in the way.
    pub fn hold(&mut self, start: u64, end: u64) -> Result<Vec<(u64, u64)>, Errno> {
        let mut held = Vec::new();
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
        for (from, to) in self.regions.holes(start, end) {
            let placing = flags | host::MAP_FIXED_NOREPLACE;
            match host::mmap(from, to - from, libc::PROT_NONE, placing, -1, 0) {
                Ok(_) => held.push((from, to)),
                Err(e) => {
                    release(&held);
                    return Err(if e.0 == libc::EEXIST { Errno(libc::ENOMEM) } else { e });
                }
            }
        }
        Ok(held)
    }

    /// Forgets watches and regions in `start..end`; reports code that was there.
    pub fn drop_range(&mut self, start: u64, end: u64, changes: &mut Changes) -> Vec<Region> {
        self.forget_watches(start, end);
        let gone = self.regions.remove(start, end);
        if !gone.is_empty() {
            self.areas.freed(end);
        }
        changes.extend(gone.iter().filter(|r| r.prot.is_exec()).map(|r| (r.start, r.end)));
        gone
    }

    /// Records `region` in place of whatever was there.
    pub fn replace(&mut self, region: Region, changes: &mut Changes) {
        self.drop_range(region.start, region.end, changes);
        self.insert(region, changes);
    }

    /// Records `region` where nothing is. That code can be there is reported: who took away what was there before may
    /// not have come to tell of it.
    pub fn insert(&mut self, region: Region, changes: &mut Changes) {
        if region.prot.is_exec() {
            changes.push((region.start, region.end));
        }
        self.regions.insert(region);
    }

    pub fn unmap(&mut self, start: u64, end: u64, changes: &mut Changes) -> Result<(), Errno> {
        self.catch_up(start, end, changes);
        for (start, end) in self.regions.covered(start, end) {
            host::munmap(start, end - start)?;
            self.drop_range(start, end, changes);
        }
        Ok(())
    }

    fn protect(
        &mut self,
        start: u64,
        end: u64,
        prot: Prot,
        changes: &mut Changes,
    ) -> Result<(), Errno> {
        self.catch_up(start, end, changes);
        let hole = self.regions.holes(start, end).first().map_or(end, |h| h.0);
        self.limits.admit_rights(&self.regions, (start, hole), prot)?;
        let parts: Vec<Region> = self.regions.parts(start, hole).collect();
        for part in parts {
            self.limits.admit_code(part.prot, prot)?;
            if part.prot == prot {
                continue;
            }
            host::mprotect(part.start, part.end - part.start, prot.host())?;
            self.replace(Region { prot, ..part }, changes);
        }
        if hole < end { Err(Errno(libc::ENOMEM)) } else { Ok(()) }
    }

    fn advise(
        &mut self,
        start: u64,
        end: u64,
        advice: i32,
        changes: &mut Changes,
    ) -> Result<(), Errno> {
        self.catch_up(start, end, changes);
        let parts: Vec<Region> = self.regions.parts(start, end).collect();
        for part in &parts {
            host::madvise(part.start, part.end - part.start, advice)?;
            if discards(advice) && part.prot.is_exec() {
                changes.push((part.start, part.end));
            }
        }
        let covered: u64 = parts.iter().map(|p| p.end - p.start).sum();
        if covered == end - start { Ok(()) } else { Err(Errno(libc::ENOMEM)) }
    }
}

/// True if the advice may change what the pages hold.
fn discards(advice: i32) -> bool {
    const MADV_DONTNEED_LOCKED: i32 = 24;
    const MADV_GUARD_INSTALL: i32 = 102;
    matches!(
        advice,
        libc::MADV_DONTNEED
            | libc::MADV_FREE
            | libc::MADV_REMOVE
            | MADV_DONTNEED_LOCKED
            | MADV_GUARD_INSTALL
    )
}

/// Takes placeholders away again.
pub(crate) fn release(held: &[(u64, u64)]) {
    for &(start, end) in held {
        let _ = host::munmap(start, end - start);
    }
}
