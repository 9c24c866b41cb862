//! What signal handlers and other threads may touch of a guest thread.
#![allow(unsafe_code, reason = "shared with signal handlers, which know no lifetimes")]

use std::cell::{Cell, UnsafeCell};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, AtomicUsize, Ordering};

use guest::{CpuState, GuestAddr, JUMP_TABLE_LEN, JumpEntry};

use crate::kernel::SigInfo;
use crate::tables::Tables;

/// Signals remembered for one thread. Everything else is blocked once one is here, so only
/// synchronous signals sent by `kill` can need more room.
const PENDING_MAX: usize = 8;

/// A thread as others see it. Lives as long as the thread runs guest code.
pub struct ThreadCell {
    pub state: *mut CpuState,
    pub jump_table: *mut JumpEntry,
    pub call_guard: std::ops::Range<u64>,
    pub call_base: u64,
    /// The thread's id; 0 until it is registered.
    pub tid: AtomicI32,
    /// How often translations had been removed when it was taken off the list of threads;
    /// `u64::MAX` before that.
    removals: AtomicU64,
    /// True while the thread may be in translated code or hold lookups of the cache.
    pub running: AtomicBool,
    /// A call that was begun is to be made again after the signals that wait.
    call_begun: AtomicBool,
    /// The thread tried to stop for a tracer, and there is none.
    untraced: AtomicBool,
    pending: UnsafeCell<[SigInfo; PENDING_MAX]>,
    pending_len: AtomicUsize,
}

// SAFETY: pointers are used as documented: `state.poll` and `state.jump_table` by anyone, the
// pending list by the owning thread and its handlers only.
unsafe impl Send for ThreadCell {}
// SAFETY: as above.
unsafe impl Sync for ThreadCell {}

thread_local! {
    static CURRENT: Cell<*const ThreadCell> = const { Cell::new(std::ptr::null()) };
}

/// A jump table in which nothing is found.
pub fn empty_table() -> *mut JumpEntry {
    static TABLE: OnceLock<usize> = OnceLock::new();
    *TABLE.get_or_init(|| Tables::leak_jump_table() as usize) as *mut JumpEntry
}

impl ThreadCell {
    pub fn new(state: *mut CpuState, tables: &Tables) -> Box<ThreadCell> {
        empty_table();
        Box::new(ThreadCell {
            state,
            jump_table: tables.jump_table(),
            call_guard: tables.call_guard(),
            call_base: tables.call_base(),
            tid: AtomicI32::new(0),
            removals: AtomicU64::new(u64::MAX),
            running: AtomicBool::new(false),
            call_begun: AtomicBool::new(false),
            untraced: AtomicBool::new(false),
            pending: UnsafeCell::new([SigInfo::zeroed(); PENDING_MAX]),
            pending_len: AtomicUsize::new(0),
        })
    }

    /// Makes this the cell of the calling host thread; gives the one before.
    pub fn install(cell: *const ThreadCell) -> *const ThreadCell {
        CURRENT.with(|c| c.replace(cell))
    }

    /// The cell of the calling host thread. Safe in a signal handler.
    pub fn current() -> Option<&'static ThreadCell> {
        // SAFETY: a cell is uninstalled before it is dropped.
        unsafe { CURRENT.with(Cell::get).as_ref() }
    }

    /// Translations removed from now on are not told to this thread.
    pub fn taken_off_the_list(&self, removals: u64) {
        self.removals.store(removals, Ordering::Relaxed);
    }

    /// How often translations had been removed when its jump table was last told, if that is over.
    pub fn removals_seen(&self) -> Option<u64> {
        Some(self.removals.load(Ordering::Relaxed)).filter(|&removals| removals != u64::MAX)
    }

    /// Asks the thread to leave generated code at its next safepoint.
    pub fn arm(&self) {
        // SAFETY: the state lives as long as the cell; the fields are single words, of which generated
        // code writes `fuel` only, by one instruction.
        unsafe {
            (*self.state).poll.store(1, Ordering::SeqCst);
            // Generated code may overwrite this if it comes from another thread: then it is
            // late to leave, by as much fuel as it has left.
            (*self.state).fuel.store(-1, Ordering::SeqCst);
            std::ptr::write_volatile(&raw mut (*self.state).jump_table, empty_table());
        }
    }

    /// Undoes [`ThreadCell::arm`]; by the owning thread, which looks for work afterwards.
    pub fn disarm(&self, fuel: i32) {
        // SAFETY: as in `arm`.
        unsafe {
            std::ptr::write_volatile(&raw mut (*self.state).jump_table, self.jump_table);
            (*self.state).fuel.store(fuel, Ordering::SeqCst);
            (*self.state).poll.store(0, Ordering::SeqCst);
        }
    }

    /// Notes whether the signal that comes next put a call off that had begun.
    pub fn note_call(&self, begun: bool) {
        let before = self.has_pending() && self.call_begun.load(Ordering::Relaxed);
        self.call_begun.store(begun || before, Ordering::Relaxed);
    }

    /// True, once, if a call that had begun was put off.
    pub fn take_call_begun(&self) -> bool {
        self.call_begun.swap(false, Ordering::Relaxed)
    }

    /// Notes that nobody traces the thread.
    pub fn set_untraced(&self) {
        self.untraced.store(true, Ordering::Relaxed);
    }

    /// True, once, if that was noted.
    pub fn take_untraced(&self) -> bool {
        self.untraced.swap(false, Ordering::Relaxed)
    }

    /// Remembers a signal; from a handler on the owning thread.
    pub fn remember(&self, info: &SigInfo) {
        let len = self.pending_len.load(Ordering::Relaxed);
        if len < PENDING_MAX {
            // SAFETY: only handlers of this thread and `take` (which blocks them) write here.
            unsafe { (*self.pending.get())[len] = *info };
            self.pending_len.store(len + 1, Ordering::Release);
        }
    }

    /// The oldest remembered signal; every signal is blocked while this runs.
    pub fn take(&self) -> Option<SigInfo> {
        let len = self.pending_len.load(Ordering::Acquire);
        if len == 0 {
            return None;
        }
        // SAFETY: as in `remember`.
        let info = unsafe {
            let list = &mut *self.pending.get();
            let first = list[0];
            list.copy_within(1..len, 0);
            first
        };
        self.pending_len.store(len - 1, Ordering::Release);
        Some(info)
    }

    /// True if a signal is remembered.
    pub fn has_pending(&self) -> bool {
        self.pending_len.load(Ordering::Acquire) != 0
    }

    /// Has the thread run on after its fuel was used up.
    pub fn refuel(&self, fuel: i32) {
        // SAFETY: as in `arm`. A request that comes between the two words stands.
        unsafe {
            (*self.state).fuel.store(fuel, Ordering::SeqCst);
            if (*self.state).poll.load(Ordering::SeqCst) != 0 {
                (*self.state).fuel.store(-1, Ordering::SeqCst);
            }
        }
    }

    /// Forgets one address.
    pub fn forget(&self, pc: GuestAddr) {
        let index = JumpEntry::index(pc);
        for place in [index, JumpEntry::neighbour(index)] {
            // SAFETY: as in `clear_jump_table`.
            unsafe {
                let entry = &raw mut (*self.jump_table.add(place)).guest;
                if std::ptr::read_volatile(entry) == pc.0 {
                    std::ptr::write_volatile(entry, JumpEntry::EMPTY);
                }
            }
        }
    }

    /// Removes from the jump table everything that was found in the cache.
    pub fn clear_jump_table(&self) {
        for i in 0..JUMP_TABLE_LEN {
            // SAFETY: the table lives as long as the cell; a reader that has compared the
            // address already may still go to the old translation, which stays valid.
            unsafe {
                let entry = &raw mut (*self.jump_table.add(i)).guest;
                if std::ptr::read_volatile(entry) != 0 {
                    std::ptr::write_volatile(entry, JumpEntry::EMPTY);
                }
            }
        }
    }
}
