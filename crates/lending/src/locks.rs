//! The standard library's locks, held in a [`Section`] each. A panic leaves them usable.

use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{self, PoisonError, TryLockError, TryLockResult};

use crate::Section;
use crate::baton::wait_for;

/// [`std::sync::Mutex`].
pub struct Mutex<T> {
    lock: sync::Mutex<T>,
    /// Threads of one process alone use it, who die together: it is held outside of sections.
    apart: AtomicBool,
}

impl<T: Default> Default for Mutex<T> {
    fn default() -> Mutex<T> {
        Mutex::new(T::default())
    }
}

/// [`std::sync::RwLock`].
#[derive(Default)]
pub struct RwLock<T>(sync::RwLock<T>);

macro_rules! guards {
    ($($(#[$doc:meta])* $name:ident, $inner:ident;)*) => {$(
        $(#[$doc])*
        pub struct $name<'a, T> {
            // The lock is let go of before the section ends.
            inner: sync::$inner<'a, T>,
            _section: Option<Section>,
        }
        impl<T> Deref for $name<'_, T> {
            type Target = T;
            #[inline]
            fn deref(&self) -> &T {
                &self.inner
            }
        }
    )*};
}

guards! {
    /// What [`Mutex::lock`] gives.
    MutexGuard, MutexGuard;
    /// What [`RwLock::read`] gives.
    RwLockReadGuard, RwLockReadGuard;
    /// What [`RwLock::write`] gives.
    RwLockWriteGuard, RwLockWriteGuard;
}

impl<T> DerefMut for MutexGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        &mut self.inner
    }
}
impl<T> DerefMut for RwLockWriteGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        &mut self.inner
    }
}

fn taken<G>(tried: TryLockResult<G>) -> Option<G> {
    match tried {
        Ok(guard) => Some(guard),
        Err(TryLockError::Poisoned(error)) => Some(error.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    }
}

impl<T> Mutex<T> {
    /// A lock that nobody holds.
    pub const fn new(value: T) -> Mutex<T> {
        Mutex { lock: sync::Mutex::new(value), apart: AtomicBool::new(false) }
    }
    /// One that no child in the memory of the process that makes it will use, and no lender of such a child.
    pub const fn of_one_process(value: T) -> Mutex<T> {
        Mutex { lock: sync::Mutex::new(value), apart: AtomicBool::new(true) }
    }
    /// Other processes will use it too. To be called before they do.
    pub fn share(&self) {
        self.apart.store(false, Ordering::Release);
    }
    #[inline]
    fn section(&self) -> Option<Section> {
        (!self.apart.load(Ordering::Acquire)).then(Section::enter)
    }
    /// Waits for it.
    #[inline]
    pub fn lock(&self) -> MutexGuard<'_, T> {
        let _section = self.section();
        let wait = || self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        let inner = wait_for(|| taken(self.lock.try_lock()), wait);
        MutexGuard { inner, _section }
    }
    /// Takes it if nobody has it.
    #[inline]
    pub fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
        let _section = self.section();
        Some(MutexGuard { inner: taken(self.lock.try_lock())?, _section })
    }
}

impl<T> RwLock<T> {
    /// A lock that nobody holds.
    pub const fn new(value: T) -> RwLock<T> {
        RwLock(sync::RwLock::new(value))
    }
    /// Waits until nobody writes.
    #[inline]
    pub fn read(&self) -> RwLockReadGuard<'_, T> {
        let _section = Some(Section::enter());
        let wait = || self.0.read().unwrap_or_else(PoisonError::into_inner);
        let inner = wait_for(|| taken(self.0.try_read()), wait);
        RwLockReadGuard { inner, _section }
    }
    /// Waits until nobody reads or writes.
    #[inline]
    pub fn write(&self) -> RwLockWriteGuard<'_, T> {
        let _section = Some(Section::enter());
        let wait = || self.0.write().unwrap_or_else(PoisonError::into_inner);
        let inner = wait_for(|| taken(self.0.try_write()), wait);
        RwLockWriteGuard { inner, _section }
    }
}
