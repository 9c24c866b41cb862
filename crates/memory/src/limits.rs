//! What the guest's memory may be: `RLIMIT_AS` and `RLIMIT_DATA` (getrlimit(2)), whether it may
//! become code (`PR_SET_MDWE`, prctl(2)), and whether it is to be locked (mlockall(2)). The host's kernel would count the translator's too.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::regions::{Region, Regions};
use crate::{Errno, Prot};

/// Soft limits in bytes; `u64::MAX` for none.
pub struct Limits {
    /// Of all mappings (`RLIMIT_AS`).
    pub space: AtomicU64,
    /// Of private memory that may be written, stacks left out (`RLIMIT_DATA`).
    pub data: AtomicU64,
    /// `PR_MDWE_*`: 1 if no memory may become code, 2 if a child may again.
    pub write_exec: AtomicU64,
    /// `MCL_FUTURE`, perhaps with `MCL_ONFAULT`, if new mappings are to be locked; else 0.
    pub lock_future: AtomicU64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            space: AtomicU64::new(u64::MAX),
            data: AtomicU64::new(u64::MAX),
            write_exec: AtomicU64::new(0),
            lock_future: AtomicU64::new(0),
        }
    }
}

/// True for what `RLIMIT_DATA` counts.
fn is_data(region: &Region) -> bool {
    region.prot.is_write() && !region.shared && !region.kind.grows()
}

impl Limits {
    /// That `new` may be mapped in place of what is there; `ENOMEM` if not.
    pub fn admit(&self, regions: &Regions, new: &Region) -> Result<(), Errno> {
        self.check(&self.space, regions, new, |_| true)?;
        self.check(&self.data, regions, new, is_data)
    }

    /// That the mapped range `start..end` may get these rights.
    pub fn admit_rights(
        &self,
        regions: &Regions,
        range: (u64, u64),
        prot: Prot,
    ) -> Result<(), Errno> {
        let mut parts = regions.parts(range.0, range.1);
        parts
            .try_for_each(|part| self.check(&self.data, regions, &Region { prot, ..part }, is_data))
    }

    /// That memory with rights `old` may have `new` ones: `EACCES` for what becomes code, or is to
    /// be written too, where that is denied.
    pub fn admit_code(&self, old: Prot, new: Prot) -> Result<(), Errno> {
        let gain = new.is_exec() && (new.is_write() || !old.is_exec());
        let denied = self.write_exec.load(Ordering::Relaxed) & 1 != 0;
        if gain && denied { Err(Errno(libc::EACCES)) } else { Ok(()) }
    }

    fn check(
        &self,
        limit: &AtomicU64,
        regions: &Regions,
        new: &Region,
        counts: fn(&Region) -> bool,
    ) -> Result<(), Errno> {
        let limit = limit.load(Ordering::Relaxed);
        if limit == u64::MAX || !counts(new) {
            return Ok(());
        }
        let size = |regions: &mut dyn Iterator<Item = Region>| -> u64 {
            regions.filter(counts).map(|r| r.end - r.start).sum()
        };
        let before = size(&mut regions.iter().copied());
        let replaced = size(&mut regions.parts(new.start, new.end));
        let after = before - replaced + (new.end - new.start);
        if after > limit && after > before { Err(Errno(libc::ENOMEM)) } else { Ok(()) }
    }
}
