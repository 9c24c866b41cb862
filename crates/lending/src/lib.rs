//! What a process shares with a child in its memory, kept whole although the child may be killed at any moment.
//!
//! A child in our memory (clone(2) with `CLONE_VM`) may die of SIGKILL between any two instructions. Were it to hold a lock or the
//! allocator then, whoever goes on in this memory would wait for good. So it does not: such a child has a *lender*, a thread of
//! the process that goes on, and what must not stop half-way is done by the lender. The two are one thread as far as Rust can tell:
//! one stack, one thread-local storage. At a [`Section`] the stack changes hands.
//!
//! ```text
//!   child  ── guest code ──┐ asleep                  ┌── guest code ──
//!                          ▼ Section::enter          │ dropped
//!   lender    asleep       └── lock, change, unlock ─┘   asleep
//! ```
//!
//! [`Mutex`], [`RwLock`] and [`Heap`] enter a section by themselves, and cost everyone else the look at a thread-local pointer.
//! Inside a section, what the kernel does for the calling process is the child's to ask for: [`syscall`], [`fork`].
#![deny(unsafe_code)]
#![warn(missing_docs)]

mod baton;
mod heap;
mod locks;
mod raw;
mod robust;
mod section;
mod work;

pub use baton::{Pause, reset};
pub use heap::Heap;
pub use locks::{Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard};
pub use raw::syscall_raw;
pub use section::{Section, fork, is_lent, leaving, syscall};
pub use work::{Lending, Work};
