//! Whose turn it is: a word that the child, its lender and the kernel write.
#![allow(unsafe_code, reason = "asks the kernel whether a process has its memory")]

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering};
use std::time::Duration;

use crate::raw::{futex, syscall_raw};
use crate::robust::Robust;
use crate::section::is_lent;

/// The child has left this memory: the kernel writes this (`CLONE_CHILD_CLEARTID`), and wakes who waits.
const GONE: u32 = 0;
/// The child's turn.
const CHILD: u32 = 1;
/// The child waits for the lender to take the stack.
const OFFERED: u32 = 2;
/// The lender has it.
const TAKEN: u32 = 3;
/// Somebody sleeps until the word changes.
const SLEEPER: u32 = 1 << 31;

/// [`Baton::sight`]: nothing tells.
const NONE: u8 = 0;
/// The kernel marks a word at the lender's end.
const MARK: u8 = 1;
/// The lender's id leads to its memory.
const MEMORY: u8 = 2;

/// Lenders at work.
static BUSY: AtomicU32 = AtomicU32::new(0);
/// No lender of this process takes anything on.
static PAUSED: AtomicBool = AtomicBool::new(false);

/// Those whose memory this was are gone, and may have left locks behind that nobody will ever let go of.
static ORPHANED: AtomicBool = AtomicBool::new(false);

/// The turn, as the child finds it when it has waited.
#[derive(PartialEq, Eq)]
pub enum Turn {
    /// Its own: the lender has done what was wanted.
    Mine,
    /// Its own for good: there is no lender any more.
    Alone,
}

/// The word.
pub struct Baton {
    turn: AtomicU32,
    /// The lender's thread id.
    lender: AtomicU32,
    /// How the child can find out whether the lender lives.
    sight: AtomicU8,
    /// Marked at the lender's end.
    end: Robust,
}

impl Baton {
    /// The child's turn, though there is none yet.
    pub fn new() -> Baton {
        Baton { turn: CHILD.into(), lender: 0.into(), sight: NONE.into(), end: Robust::new() }
    }

    /// The word's address, for the kernel to clear when the child leaves.
    pub fn address(&self) -> u64 {
        self.turn.as_ptr() as u64
    }

    /// The calling thread is the lender.
    pub fn lend_by_caller(&self) {
        self.lender.store(syscall_raw(libc::SYS_gettid as u64, [0; 6]) as u32, Ordering::Relaxed);
        let sight = match self.end.arm() {
            true => MARK,
            false if self.has_memory() => MEMORY,
            false => NONE,
        };
        self.sight.store(sight, Ordering::Relaxed);
    }

    /// The calling thread is the lender no longer.
    pub fn end_lending(&self) {
        self.end.disarm();
    }

    /// The calling task is the child. In a namespace where it has no parent, the lender's id is none.
    pub fn begin_child(&self) {
        let apart = || syscall_raw(libc::SYS_getppid as u64, [0; 6]) == 0;
        if self.sight.load(Ordering::Relaxed) == MEMORY && !self.has_memory() && apart() {
            self.sight.store(NONE, Ordering::Relaxed);
        }
    }

    /// There is to be no child after all.
    pub fn cancel(&self) {
        self.pass(GONE);
    }

    fn pass(&self, to: u32) {
        if self.turn.swap(to, Ordering::SeqCst) & SLEEPER != 0 {
            self.wake();
        }
    }

    fn wake(&self) {
        futex(self.turn.as_ptr(), libc::FUTEX_WAKE, 1, None);
    }

    /// Sleeps until the word is not `now` any more, or the time has passed. True if it has.
    fn sleep(&self, now: u32, timeout: Option<&[u64; 2]>) -> bool {
        let asleep = now | SLEEPER;
        if now != asleep {
            let order = Ordering::SeqCst;
            if self.turn.compare_exchange(now, asleep, order, order).is_err() {
                return false;
            }
        }
        futex(self.turn.as_ptr(), libc::FUTEX_WAIT, asleep, timeout) == -libc::ETIMEDOUT as i64
    }

    /// The child's: has the lender take over, and waits until it is the child's turn again. A child whose lender died
    /// at its work dies as well: what they share is half changed.
    pub fn offer(&self) -> Turn {
        const LOOK: [u64; 2] = [0, 50_000_000];
        self.pass(OFFERED);
        loop {
            let now = self.turn.load(Ordering::SeqCst);
            if now & !SLEEPER == CHILD {
                return Turn::Mine;
            }
            if self.sleep(now, Some(&LOOK)) && !self.lender_lives() {
                match self.take_back() {
                    Some(turn) => return turn,
                    None => die(),
                }
            }
        }
    }

    /// What a lender that is dead was offered, or gave back before.
    fn take_back(&self) -> Option<Turn> {
        let order = Ordering::SeqCst;
        let taken = self
            .turn
            .fetch_update(order, order, |now| (now & !SLEEPER == OFFERED).then_some(CHILD));
        match taken {
            Ok(_) => Some(Turn::Alone),
            Err(now) => (now & !SLEEPER == CHILD).then_some(Turn::Mine),
        }
    }

    /// As far as can be seen.
    fn lender_lives(&self) -> bool {
        match self.sight.load(Ordering::Relaxed) {
            MARK => self.end.lives(),
            MEMORY => self.has_memory(),
            _ => true,
        }
    }

    /// Asks for a byte of the lender's memory, which is this one: the kernel has no objection but that there is none.
    fn has_memory(&self) -> bool {
        let (mut to, from) = (0u8, 0u8);
        let local = libc::iovec { iov_base: (&raw mut to).cast(), iov_len: 1 };
        let remote = libc::iovec { iov_base: (&raw const from).cast_mut().cast(), iov_len: 1 };
        let (local, remote) = (&raw const local as u64, &raw const remote as u64);
        let lender = self.lender.load(Ordering::Relaxed) as u64;
        syscall_raw(libc::SYS_process_vm_readv as u64, [lender, local, 1, remote, 1, 0]) == 1
    }

    /// The lender's: waits until there is something to do. False if the child is gone.
    pub fn wait(&self) -> bool {
        loop {
            let now = self.turn.load(Ordering::SeqCst);
            match now & !SLEEPER {
                GONE => return false,
                OFFERED if self.take(now) => return true,
                OFFERED => {}
                _ => drop(self.sleep(now, None)),
            }
        }
    }

    fn take(&self, now: u32) -> bool {
        BUSY.fetch_add(1, Ordering::SeqCst);
        let (taken, order) = (TAKEN | now & SLEEPER, Ordering::SeqCst);
        if PAUSED.load(order) {
            BUSY.fetch_sub(1, order);
            std::thread::yield_now();
            return false;
        }
        let done = self.turn.compare_exchange(now, taken, order, order).is_ok();
        if !done {
            BUSY.fetch_sub(1, order);
        }
        done
    }

    /// The lender's: it is the child's turn again, if there is a child.
    pub fn give_back(&self) {
        let order = Ordering::SeqCst;
        let given = self.turn.fetch_update(order, order, |now| (now != GONE).then_some(CHILD));
        BUSY.fetch_sub(1, order);
        if given.is_ok_and(|before| before & SLEEPER != 0) {
            self.wake();
        }
    }
}

/// While this lives no lender of this process begins anything, and none is at work: the process may end, or execute
/// a program, and the children go on without.
pub struct Pause(bool);

impl Pause {
    /// Waits until no lender is at work. A child in another process's memory has none that end with it.
    pub fn begin() -> Pause {
        let lends = !is_lent();
        if lends {
            PAUSED.store(true, Ordering::SeqCst);
        }
        while lends && BUSY.load(Ordering::SeqCst) != 0 {
            std::thread::yield_now();
        }
        Pause(lends)
    }
}

impl Drop for Pause {
    fn drop(&mut self) {
        if self.0 {
            PAUSED.store(false, Ordering::SeqCst);
        }
    }
}

/// In a process that has just been forked: it lends to nobody yet.
pub fn reset() {
    BUSY.store(0, Ordering::SeqCst);
    PAUSED.store(false, Ordering::SeqCst);
    ORPHANED.store(false, Ordering::SeqCst);
}

/// In a child whose lender is gone.
pub fn orphaned() {
    reset();
    ORPHANED.store(true, Ordering::SeqCst);
}

/// How often an orphan tries to get something, a millisecond apart.
pub(crate) static PATIENCE: AtomicU32 = AtomicU32::new(10_000);

/// Waits for what `attempt` takes. An orphan dies if it gets nothing: whoever had it is dead, and what it was
/// changing is half changed.
pub fn wait_for<T>(attempt: impl Fn() -> Option<T>, otherwise: impl FnOnce() -> T) -> T {
    if !ORPHANED.load(Ordering::Relaxed) {
        return otherwise();
    }
    for _ in 0..PATIENCE.load(Ordering::Relaxed) {
        if let Some(taken) = attempt() {
            return taken;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    die()
}

fn die() -> ! {
    loop {
        let pid = syscall_raw(libc::SYS_getpid as u64, [0; 6]) as u64;
        syscall_raw(libc::SYS_kill as u64, [pid, libc::SIGKILL as u64, 0, 0, 0, 0]);
        // The first process of a pid namespace can't kill itself.
        syscall_raw(libc::SYS_exit_group as u64, [128 + libc::SIGKILL as u64, 0, 0, 0, 0, 0]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Mutex;

    /// What an orphan dies of that locks what a dead thread has; 0 if it lives.
    fn orphan_locks(held: bool) -> i32 {
        static LOCK: Mutex<()> = Mutex::new(());
        // SAFETY: the child makes system calls, and takes a lock that no other thread uses.
        let child = unsafe { libc::fork() };
        if child == 0 {
            orphaned();
            PATIENCE.store(20, Ordering::Relaxed);
            if held {
                std::mem::forget(LOCK.lock());
            }
            drop(LOCK.lock());
            loop {
                syscall_raw(libc::SYS_exit_group as u64, [0; 6]);
            }
        }
        let mut status = 0;
        // SAFETY: `status` is live.
        assert_eq!(unsafe { libc::waitpid(child, &mut status, 0) }, child);
        status
    }

    #[test]
    fn an_orphan_dies_rather_than_wait_for_what_died_with_its_lender() {
        assert_eq!(orphan_locks(true), libc::SIGKILL);
        assert_eq!(orphan_locks(false), 0);
    }
}
