//! A word that the kernel marks when a thread ends, however it ends, for whoever still has its memory: the thread's robust
//! list (get_robust_list(2)) has it. Unlike the thread's id it means the same in every pid namespace.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use crate::raw::syscall_raw;

/// `struct robust_list_head`, with the one entry that it leads to, and the word.
#[repr(C)]
pub struct Robust {
    first: AtomicU64,
    /// From an entry to its word.
    offset: AtomicU64,
    pending: AtomicU64,
    /// An entry: where the next one is, which is the head, as there is none.
    next: AtomicU64,
    /// The thread's id.
    word: AtomicU32,
    /// The list that the thread had before.
    before: AtomicU64,
    armed: AtomicBool,
}

/// Bytes of a head.
const HEAD: u64 = 24;
const OFFSET: u64 = 8;

impl Robust {
    /// Nobody's.
    pub fn new() -> Robust {
        let [first, pending, next, before] = [const { AtomicU64::new(0) }; 4];
        let (word, armed) = (0.into(), false.into());
        Robust { first, offset: OFFSET.into(), pending, next, word, before, armed }
    }

    /// The calling thread's from now on, up to its end or [`Robust::disarm`]. False if the thread has locks in a list of its own,
    /// which must be marked, too.
    pub fn arm(&self) -> bool {
        let Some(before) = list() else { return false };
        if before != 0 && read(before) != Some(before) {
            return false;
        }
        self.next.store(&raw const self.first as u64, Ordering::Relaxed);
        self.first.store(&raw const self.next as u64, Ordering::Relaxed);
        let id = syscall_raw(libc::SYS_gettid as u64, [0; 6]) as u32;
        self.word.store(id, Ordering::SeqCst);
        self.before.store(before, Ordering::Relaxed);
        let armed = set_list(&raw const *self as u64);
        self.armed.store(armed, Ordering::Relaxed);
        armed
    }

    /// By the same thread: it has the list that it had.
    pub fn disarm(&self) {
        if self.armed.swap(false, Ordering::Relaxed) {
            set_list(self.before.load(Ordering::Relaxed));
        }
    }

    /// The thread has not ended.
    pub fn lives(&self) -> bool {
        self.word.load(Ordering::SeqCst) & libc::FUTEX_OWNER_DIED == 0
    }
}

/// The head of the calling thread's list; 0 for none.
fn list() -> Option<u64> {
    let mut words = [0u64; 2];
    let [head, len] = words.each_mut().map(|word| &raw mut *word as u64);
    let got = syscall_raw(libc::SYS_get_robust_list as u64, [0, head, len, 0, 0, 0]);
    (got == 0).then_some(words[0])
}

fn set_list(head: u64) -> bool {
    syscall_raw(libc::SYS_set_robust_list as u64, [head, HEAD, 0, 0, 0, 0]) == 0
}

/// A word of this memory, which may be the guest's, and gone.
fn read(at: u64) -> Option<u64> {
    let mut word = 0u64;
    let len = size_of::<u64>();
    let local = libc::iovec { iov_base: (&raw mut word).cast(), iov_len: len };
    let remote = libc::iovec { iov_base: at as *mut libc::c_void, iov_len: len };
    let (local, remote) = (&raw const local as u64, &raw const remote as u64);
    let own = syscall_raw(libc::SYS_getpid as u64, [0; 6]) as u64;
    let got = syscall_raw(libc::SYS_process_vm_readv as u64, [own, local, 1, remote, 1, 0]);
    (got == len as i64).then_some(word)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    fn shared() -> &'static Robust {
        Box::leak(Box::new(Robust::new()))
    }

    #[test]
    fn the_end_of_a_thread_is_seen() {
        let robust = shared();
        std::thread::spawn(|| {
            assert!(robust.arm());
            loop {
                syscall_raw(libc::SYS_exit as u64, [0; 6]);
            }
        });
        let begun = Instant::now();
        while robust.lives() {
            assert!(begun.elapsed() < Duration::from_secs(60));
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    #[test]
    fn a_thread_gets_its_own_list_back() {
        let robust = shared();
        let body = || {
            assert!(robust.arm() && robust.lives());
            robust.disarm();
        };
        std::thread::spawn(body).join().unwrap();
        assert!(robust.lives());
    }

    #[test]
    fn a_list_with_locks_stays() {
        let (robust, own) = (shared(), shared());
        let body = || {
            assert!(own.arm());
            assert!(!robust.arm());
            own.disarm();
        };
        std::thread::spawn(body).join().unwrap();
    }
}
