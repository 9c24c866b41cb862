//! mlockall(2), munlockall(2): the guest's mappings. The host's own calls would bring in, lock and count all that the
//! translator reserves, too.

use std::sync::atomic::Ordering;

use guest::PAGE_MASK;
use memory::{AddressSpace, Region};

use super::limits::host_limit;
use crate::call::{Answer, Call, fail};
use crate::host::{has_capability, sys};

const CURRENT: u64 = libc::MCL_CURRENT as u64;
const FUTURE: u64 = libc::MCL_FUTURE as u64;
const ON_FAULT: u64 = libc::MCL_ONFAULT as u64;

/// mlockall(2).
pub fn mlockall(call: &mut Call<'_>) -> Answer {
    let flags = call.args[0] as u32 as u64;
    if flags & (CURRENT | FUTURE) == 0 || flags & !(CURRENT | FUTURE | ON_FAULT) != 0 {
        return fail(libc::EINVAL);
    }
    let memory = &call.process().memory;
    let regions = memory.regions();
    let limit = if may_lock() { u64::MAX } else { most() };
    let asked: u64 = regions.iter().map(|region| region.end - region.start).sum();
    if limit == 0 {
        return fail(libc::EPERM);
    }
    if flags & CURRENT != 0 && asked > limit {
        return fail(libc::ENOMEM);
    }
    let future = if flags & FUTURE != 0 { flags & (FUTURE | ON_FAULT) } else { 0 };
    memory.limits.lock_future.store(future, Ordering::Relaxed);
    if flags & CURRENT != 0 {
        regions.iter().for_each(|region| lock(region.start, region.end, flags));
    }
    Ok(0)
}

/// munlockall(2).
pub fn munlockall(call: &mut Call<'_>) -> Answer {
    let memory = &call.process().memory;
    memory.limits.lock_future.store(0, Ordering::Relaxed);
    for Region { start, end, .. } in memory.regions() {
        let _ = sys(libc::SYS_munlock, [start, end - start]);
    }
    Ok(0)
}

/// What mmap(2) is to be told as well: the kernel refuses what is more than the limit, and brings pages in.
pub fn flags_for_new(memory: &AddressSpace) -> i32 {
    let future = memory.limits.lock_future.load(Ordering::Relaxed);
    if future == FUTURE { libc::MAP_LOCKED } else { 0 }
}

/// `start..end` is mapped that was not before.
pub fn lock_new(memory: &AddressSpace, start: u64, end: u64) {
    let future = memory.limits.lock_future.load(Ordering::Relaxed);
    if future != 0 && start < end {
        lock(start & !PAGE_MASK, end, future);
    }
}

/// Locks what can be: nobody is told that a page can't be brought in, as with mlockall(2).
fn lock(start: u64, end: u64, flags: u64) {
    let on_fault = flags & ON_FAULT != 0;
    let how = if on_fault { libc::MLOCK_ONFAULT as u64 } else { 0 };
    let _ = sys(libc::SYS_mlock2, [start, end - start, how]);
}

fn may_lock() -> bool {
    const CAP_IPC_LOCK: u32 = 14;
    has_capability(CAP_IPC_LOCK)
}

/// The limit in bytes.
fn most() -> u64 {
    host_limit(libc::RLIMIT_MEMLOCK as u64, None).map_or(0, |[soft, _]| soft)
}
