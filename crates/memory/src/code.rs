//! Guest code in memory: fetching it, noticing when it changes, and what faults mean.

use guest::{FaultKind, PAGE_MASK, PAGE_SIZE, access};

use crate::regions::Region;
use crate::space::{AddressSpace, Inner};
use crate::{Prot, host};

/// Told when guest code may have changed.
pub trait CodeListener: Send + Sync {
    /// Translations of guest code in `start..end` are no longer valid.
    fn changed(&self, start: u64, end: u64);
}

/// What an access that faulted on the host means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Access {
    /// The guest's own fault.
    Guest(FaultKind),
    /// A write to a page that is watched; allowed once it is no longer.
    Watched,
    /// Allowed by now: another thread changed the mapping.
    Retry,
}

impl AddressSpace {
    /// Copies guest code from `pc` on, up to `buf.len()`, as far as it is mapped executable;
    /// returns how many bytes, 0 if none.
    pub fn fetch(&self, pc: u64, buf: &mut [u8]) -> usize {
        let end = pc.saturating_add(buf.len() as u64);
        if self.is_known_settled(pc, end) && access::copy_in(pc, buf).is_ok() {
            return buf.len();
        }
        match self.fetch_parts(pc, buf) {
            0 if self.has_grown_to(pc) => self.fetch_parts(pc, buf),
            n => n,
        }
    }

    /// [`Self::watch`], then [`Self::fetch`]: how many bytes, and what the former says.
    pub fn watch_and_fetch(&self, pc: u64, buf: &mut [u8]) -> (usize, bool) {
        let end = pc.saturating_add(buf.len() as u64);
        if self.is_known_settled(pc, end) && access::copy_in(pc, buf).is_ok() {
            return (buf.len(), false);
        }
        let unnoticed = self.watch(pc, end);
        (self.fetch(pc, buf), unnoticed)
    }

    fn fetch_parts(&self, pc: u64, buf: &mut [u8]) -> usize {
        let inner = self.read();
        let mut done = 0;
        while done < buf.len() {
            let Some(at) = pc.checked_add(done as u64) else { break };
            let Some(region) = inner.regions.at(at).filter(|r| r.prot.is_exec()) else { break };
            // Page by page: a mapped file may end before its mapping.
            let end = ((at | PAGE_MASK) + 1).min(region.end);
            let len = ((end - at) as usize).min(buf.len() - done);
            if access::copy_in(at, &mut buf[done..done + len]).is_err() {
                break;
            }
            done += len;
        }
        done
    }

    /// The pages of `start..end` have translations: those that the guest may write are kept
    /// read-only on the host. Returns true if code here can change unnoticed, through another
    /// mapping of the memory, so that only `fence.i` tells.
    pub fn watch(&self, start: u64, end: u64) -> bool {
        if self.is_known_settled(start, end) {
            return false;
        }
        let (start, end) = pages(start, end);
        if self.is_settled(start, end) {
            return false;
        }
        let mut inner = self.write();
        let parts: Vec<Region> = inner.regions.parts(start, end).collect();
        let mut unnoticed = false;
        for part in parts {
            unnoticed |= part.shared;
            if part.prot.is_write() && inner.watch_part(&part).is_err() {
                unnoticed = true;
            }
        }
        unnoticed
    }

    /// True if [`Self::watch`] has nothing to do; cheaper than the exclusive lock.
    fn is_settled(&self, start: u64, end: u64) -> bool {
        let inner = self.read();
        if let Some(region) = inner.regions.at(start) {
            self.note_settled(region);
        }
        inner.regions.parts(start, end).all(|part| {
            let mut pages = (part.start..part.end).step_by(PAGE_SIZE as usize);
            let settled = !part.prot.is_write() || pages.all(|p| inner.watched.contains(&p));
            settled && !part.shared
        })
    }

    /// Notes, under the lock, that nobody can write the code of `region`, if so.
    fn note_settled(&self, region: &Region) {
        if region.prot.is_exec() && !region.prot.is_write() && !region.shared {
            self.settled.note(region.start, region.end, self.version());
        }
    }

    /// True if `start..end` is code that nobody can write, by what was noted last. A change that
    /// comes later is reported to the listener.
    fn is_known_settled(&self, start: u64, end: u64) -> bool {
        self.settled.holds(start, end, self.version())
    }

    /// Gives watched pages of `start..end` the guest's rights back; their translations must be
    /// gone.
    pub fn unwatch(&self, start: u64, end: u64) {
        let (start, end) = pages(start, end);
        self.write().lift_watches(start, end);
    }

    /// The watched pages that overlap `start..end`, ascending.
    pub fn watched_in(&self, start: u64, end: u64) -> Vec<u64> {
        let (start, end) = pages(start, end);
        self.read().watched.range(start..end.max(start)).copied().collect()
    }

    /// What an access at `addr` that faulted on the host means; `bus` says the signal was
    /// SIGBUS.
    pub fn classify(&self, addr: u64, write: bool, bus: bool) -> Access {
        let inner = self.read();
        let Some(region) = inner.regions.at(addr) else {
            drop(inner);
            let grown = self.has_grown_to(addr);
            return if grown { Access::Retry } else { Access::Guest(FaultKind::Unmapped) };
        };
        let allowed = if write { region.prot.is_write() } else { region.prot != Prot::NONE };
        if !allowed {
            return Access::Guest(FaultKind::Denied);
        }
        if bus {
            return Access::Guest(FaultKind::BeyondFile);
        }
        if write && inner.watched.contains(&(addr & !PAGE_MASK)) {
            return Access::Watched;
        }
        // Guard pages of MADV_GUARD_INSTALL fault whatever the mapping's rights are.
        if host::readable(addr) { Access::Retry } else { Access::Guest(FaultKind::Unmapped) }
    }
}

/// `start..end` widened to whole pages.
fn pages(start: u64, end: u64) -> (u64, u64) {
    (start & !PAGE_MASK, end.saturating_add(PAGE_MASK) & !PAGE_MASK)
}

impl Inner {
    /// Takes write permission from the pages of `part`.
    fn watch_part(&mut self, part: &Region) -> Result<(), crate::Errno> {
        host::mprotect(part.start, part.end - part.start, libc::PROT_READ)?;
        self.watched.extend((part.start..part.end).step_by(PAGE_SIZE as usize));
        Ok(())
    }

    /// Forgets watches without touching the pages: their rights change anyway.
    pub fn forget_watches(&mut self, start: u64, end: u64) {
        self.take_watched(start, end);
    }

    /// Ends watches and gives the pages the guest's rights back.
    pub fn lift_watches(&mut self, start: u64, end: u64) {
        for (from, to) in runs(&self.take_watched(start, end)) {
            for part in self.regions.parts(from, to) {
                // Can only fail for want of kernel memory; the write is then seen as a retry.
                let _ = host::mprotect(part.start, part.end - part.start, part.prot.host());
            }
        }
    }

    fn take_watched(&mut self, start: u64, end: u64) -> Vec<u64> {
        let pages: Vec<u64> = self.watched.range(start..end.max(start)).copied().collect();
        for page in &pages {
            self.watched.remove(page);
        }
        pages
    }
}

/// Adjacent pages as ranges.
fn runs(pages: &[u64]) -> Vec<(u64, u64)> {
    let mut runs: Vec<(u64, u64)> = Vec::new();
    for &page in pages {
        match runs.last_mut() {
            Some(run) if run.1 == page => run.1 += PAGE_SIZE,
            _ => runs.push((page, page + PAGE_SIZE)),
        }
    }
    runs
}
