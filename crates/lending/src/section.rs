//! What must not stop half-way, and what is the child's to do meanwhile.

use std::cell::Cell;
use std::marker::PhantomData;

use crate::raw::syscall_raw;
use crate::work::{Errand, Lending};

thread_local! {
    static CURRENT: Cell<Option<&'static Lending>> = const { Cell::new(None) };
}

/// The lending that the calling thread is a part of, if it is.
#[inline]
pub(crate) fn current() -> Option<&'static Lending> {
    CURRENT.get()
}

pub(crate) fn set_current(lending: Option<&'static Lending>) {
    CURRENT.set(lending);
}

/// While this lives, a thread of a process that goes on runs what is a child's in its memory: nothing of it is lost
/// if the child is killed. Sections may lie in each other. For everyone but such a child, this is nothing.
///
/// A section must end, and must not wait for something that another child does outside of one.
pub struct Section(PhantomData<*const ()>);

impl Section {
    /// Begins one.
    #[inline]
    pub fn enter() -> Section {
        if let Some(lending) = current() {
            lending.enter();
        }
        Section(PhantomData)
    }
}

impl Drop for Section {
    #[inline]
    fn drop(&mut self) {
        if let Some(lending) = current() {
            lending.leave();
        }
    }
}

/// True for a child in the memory of another process.
pub fn is_lent() -> bool {
    current().is_some()
}

/// A system call whose meaning depends on the process that makes it, on its own account. In a section it is the child's; if that
/// is no more, the answer is minus `ESRCH`.
pub fn syscall(nr: u64, args: [u64; 6]) -> i64 {
    match current().filter(|lending| lending.is_inside()) {
        None => syscall_raw(nr, args),
        Some(lending) => lending.send(Errand::Call(nr, args)),
    }
}

/// A system call that makes a process with memory of its own. It is the child's to make, as in [`syscall`]; where it gives 0, in the
/// new process, nothing is lent any more.
pub fn fork(make: fn(*const ()) -> i64, argument: *const ()) -> i64 {
    match current().filter(|lending| lending.is_inside()) {
        None => make(argument),
        Some(lending) => lending.send(Errand::Fork(make, argument)),
    }
}

/// The calling process is about to end, or to execute a program (`true`); or is not after all. Where that was so when it went,
/// nothing it had was half changed.
pub fn leaving(now: bool) {
    if let Some(lending) = current() {
        lending.leaving.set(now);
    }
}
