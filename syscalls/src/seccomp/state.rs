//! Which filters a thread has, and setting them for all threads of a process.

use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU8, Ordering};
use std::sync::{Arc, Weak};

use lending::{Mutex, MutexGuard};
use memory::Errno;

use super::Filter;

/// Not in use.
pub const DISABLED: u8 = libc::SECCOMP_MODE_DISABLED as u8;
/// Four calls only.
pub const STRICT: u8 = libc::SECCOMP_MODE_STRICT as u8;
/// Filters.
pub const FILTER: u8 = libc::SECCOMP_MODE_FILTER as u8;

/// A thread's state, which others of its process may set (`SECCOMP_FILTER_FLAG_TSYNC`).
pub struct Seccomp {
    mode: AtomicU8,
    filter: Mutex<Option<Arc<Filter>>>,
    /// The thread is to set `PR_SET_NO_NEW_PRIVS` for itself.
    privileges: AtomicBool,
    tid: AtomicI32,
}

impl Seccomp {
    /// The state of a thread at its start.
    pub fn new(mode: u8, filter: Option<Arc<Filter>>) -> Arc<Seccomp> {
        let (mode, filter) = (AtomicU8::new(mode), Mutex::of_one_process(filter));
        Arc::new(Seccomp { mode, filter, privileges: false.into(), tid: 0.into() })
    }
    /// Filters from the start, if there are any.
    pub fn started_with(filter: Option<Arc<Filter>>) -> Arc<Seccomp> {
        Seccomp::new(if filter.is_some() { FILTER } else { DISABLED }, filter)
    }
    /// The same for another thread.
    pub fn inherited(&self) -> Arc<Seccomp> {
        Seccomp::new(self.mode(), self.filter())
    }
    /// Tells whose it is.
    pub fn belongs_to(&self, tid: i32) {
        self.tid.store(tid, Ordering::Relaxed);
    }
    /// How calls are looked at.
    pub fn mode(&self) -> u8 {
        self.mode.load(Ordering::Acquire)
    }
    /// The newest filter.
    pub fn filter(&self) -> Option<Arc<Filter>> {
        self.filter.lock().clone()
    }
    /// Sets how calls are looked at from now on.
    pub fn set(&self, mode: u8, filter: Option<Arc<Filter>>) {
        *self.filter.lock() = filter;
        self.mode.store(mode, Ordering::Release);
    }
    /// True once for each time that another thread gave up new privileges for this one.
    pub fn take_privileges(&self) -> bool {
        self.privileges.load(Ordering::Relaxed) && self.privileges.swap(false, Ordering::Relaxed)
    }
}

/// The states of a process's threads.
pub struct Threads(Mutex<Vec<Weak<Seccomp>>>);

impl Default for Threads {
    fn default() -> Threads {
        Threads(Mutex::of_one_process(Vec::new()))
    }
}

impl Threads {
    fn lock(&self) -> MutexGuard<'_, Vec<Weak<Seccomp>>> {
        self.0.lock()
    }

    /// Adds a thread's.
    pub fn add(&self, state: &Arc<Seccomp>) {
        let mut all = self.lock();
        all.retain(|s| s.strong_count() != 0);
        all.push(Arc::downgrade(state));
    }

    /// The mode of a thread, and how many filters it has.
    pub fn of(&self, tid: i32) -> (u8, usize) {
        let all = self.lock();
        let mut states = all.iter().filter_map(Weak::upgrade);
        let found = states.find(|s| s.tid.load(Ordering::Relaxed) == tid);
        let depth = |s: &Seccomp| s.filter().map_or(0, |f| f.depth);
        found.map_or((DISABLED, 0), |s| (s.mode(), depth(&s)))
    }

    /// While this lives no state is set by another thread; over a fork, whose child has one
    /// thread.
    pub fn hold(&self) -> impl FnOnce(Option<&Arc<Seccomp>>) + '_ {
        let mut all = self.lock();
        move |only| {
            if let Some(state) = only {
                all.clear();
                all.push(Arc::downgrade(state));
            }
        }
    }

    /// Gives all threads the filter of `own`, which is `filter` from now on, once `first` is done. A thread whose
    /// filters `own` does not have is the error within.
    pub fn synchronise(
        &self,
        own: &Arc<Seccomp>,
        filter: &Arc<Filter>,
        privileges: bool,
        first: impl FnOnce() -> Result<i64, Errno>,
    ) -> Result<Result<i64, i32>, Errno> {
        let all = self.lock();
        let states: Vec<_> = all.iter().filter_map(Weak::upgrade).collect();
        let odd = states.iter().find(|s| !Arc::ptr_eq(s, own) && !s.may_follow(filter));
        if let Some(odd) = odd {
            return Ok(Err(odd.tid.load(Ordering::Relaxed)));
        }
        let result = first()?;
        for state in &states {
            if privileges && !Arc::ptr_eq(state, own) {
                state.privileges.store(true, Ordering::Relaxed);
            }
            state.set(FILTER, Some(Arc::clone(filter)));
        }
        Ok(Ok(result))
    }
}

impl Seccomp {
    fn may_follow(&self, filter: &Arc<Filter>) -> bool {
        match self.mode() {
            DISABLED => true,
            FILTER => filter.descends_from(self.filter().as_ref()),
            _ => false,
        }
    }
}
