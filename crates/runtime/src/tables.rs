//! The memory that generated code needs for a thread: a call stack, a jump table, and its state.
//! Those of threads that ended are kept for the next.
#![allow(unsafe_code, reason = "maps what generated code uses")]

use std::ops::{Deref, DerefMut, Range};

use guest::keys::{self, Kind};
use guest::{CpuState, JUMP_TABLE_LEN, JumpEntry};
use lending::Mutex;

/// Bytes of a thread's call stack: 128 Ki nested guest calls are paired.
const CALL_STACK: usize = 1 << 20;
const GUARD: usize = 4096;
/// Words above the empty call stack that lead to the underflow thunk.
const UNDERFLOW_WORDS: usize = 8;
const JUMP_TABLE: usize = JUMP_TABLE_LEN * size_of::<JumpEntry>();
const STATE: usize = size_of::<CpuState>().next_multiple_of(4096);
const LEN: usize = CALL_STACK + JUMP_TABLE + STATE;
/// Most of them that are kept.
const KEPT: usize = 16;

/// A mapping: guard page, call stack, jump table, state. Generated code only reads the jump table.
pub struct Tables {
    start: *mut u8,
    /// What the jump table holds is from this version of the code cache.
    pub age: Age,
}

/// A version of the code cache.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Age {
    /// How often it was emptied.
    pub resets: u64,
    /// How often translations were taken from it.
    pub removals: u64,
}

// SAFETY: a mapping of our own, used by one thread at a time.
unsafe impl Send for Tables {}

impl Tables {
    /// New ones: the jump table has no entries.
    pub fn map(age: Age) -> Tables {
        let prot = libc::PROT_READ | libc::PROT_WRITE;
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
        // SAFETY: a fresh private mapping, and its first page.
        let start = unsafe {
            let start = libc::mmap(std::ptr::null_mut(), LEN, prot, flags, -1, 0);
            assert!(start != libc::MAP_FAILED, "no memory for a guest thread's tables");
            libc::mprotect(start, GUARD, libc::PROT_NONE);
            start.cast()
        };
        let tables = Tables { start, age };
        let table = tables.jump_table() as u64;
        keys::cover(table, JUMP_TABLE, prot, Kind::Shown).expect("a mapping of our own");
        tables.mark_zero();
        tables
    }

    /// A jump table that no thread owns, for good.
    pub fn leak_jump_table() -> *mut JumpEntry {
        std::mem::ManuallyDrop::new(Tables::map(Age::default())).jump_table()
    }

    /// Zero is no valid guest address but at its two places, which are marked empty.
    fn mark_zero(&self) {
        for index in [0, JumpEntry::neighbour(0)] {
            // SAFETY: in our own table, which no thread uses yet.
            unsafe { (*self.jump_table().add(index)).guest = JumpEntry::EMPTY };
        }
    }

    /// Has the call stack's bottom lead to `underflow`.
    pub fn lead_to(&self, underflow: u64) {
        let base = self.call_base() as *mut u64;
        // SAFETY: the last words of our own call stack, which no thread uses yet.
        (0..UNDERFLOW_WORDS).for_each(|i| unsafe { base.add(i).write(underflow) });
    }

    /// Makes the jump table present at once, for a thread that will touch most of it.
    pub fn populate(&self) {
        // SAFETY: our own table; where the host's kernel does not know this, pages come by faults.
        unsafe {
            libc::madvise(self.jump_table().cast(), JUMP_TABLE, libc::MADV_POPULATE_WRITE);
        }
    }

    /// Takes every entry from the jump table.
    fn clear(&self) {
        // SAFETY: our own table, which no thread uses; private memory reads as zero then.
        unsafe { libc::madvise(self.jump_table().cast(), JUMP_TABLE, libc::MADV_DONTNEED) };
        self.mark_zero();
    }

    /// The call stack's pointer when it is empty.
    pub fn call_base(&self) -> u64 {
        self.start as u64 + (CALL_STACK - UNDERFLOW_WORDS * 8) as u64
    }

    /// The page below the call stack: a call that touches it has run out of room.
    pub fn call_guard(&self) -> Range<u64> {
        self.start as u64..self.start as u64 + GUARD as u64
    }

    /// The jump table.
    pub fn jump_table(&self) -> *mut JumpEntry {
        // SAFETY: the table follows the call stack in the mapping.
        unsafe { self.start.add(CALL_STACK).cast() }
    }
}

/// A thread's [`CpuState`], in the memory of its tables.
pub struct State(*mut CpuState);

// SAFETY: the raw pointers in the state are null or belong to the thread that runs it.
unsafe impl Send for State {}

impl State {
    /// Puts `state` in its place in `tables`, which nobody uses yet, and which must live longer.
    pub(crate) fn place(state: &CpuState, tables: &Tables) -> State {
        // SAFETY: page-aligned memory of our own behind the jump table, large enough; the
        // structure has nothing to drop.
        unsafe {
            let place = tables.start.add(CALL_STACK + JUMP_TABLE).cast::<CpuState>();
            std::ptr::copy_nonoverlapping(state, place, 1);
            State(place)
        }
    }
}

impl Deref for State {
    type Target = CpuState;
    fn deref(&self) -> &CpuState {
        // SAFETY: `place` made it, and the tables live.
        unsafe { &*self.0 }
    }
}

impl DerefMut for State {
    fn deref_mut(&mut self) -> &mut CpuState {
        // SAFETY: as above.
        unsafe { &mut *self.0 }
    }
}

impl Drop for Tables {
    fn drop(&mut self) {
        // SAFETY: our own mapping; its thread does not run generated code any more.
        unsafe { libc::munmap(self.start.cast(), LEN) };
    }
}

/// Tables of threads that ended. Whoever finds it locked does without: the holder may be gone with a fork.
#[derive(Default)]
pub struct Idle(Mutex<Vec<Tables>>);

impl Idle {
    /// Tables whose jump table holds nothing that was removed before the version `now`. Entries
    /// of a cache that was emptied since are for the new thread to take out.
    pub fn take(&self, now: Age) -> Tables {
        let Some(kept) = self.0.try_lock().and_then(|mut idle| idle.pop()) else {
            return Tables::map(now);
        };
        if kept.age.removals != now.removals {
            kept.clear();
        }
        kept
    }

    /// Keeps `tables`, if there is room.
    pub fn keep(&self, tables: Tables) {
        if let Some(mut idle) = self.0.try_lock()
            && idle.len() < KEPT
        {
            idle.push(tables);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zero(tables: &Tables) -> [u64; 2] {
        // SAFETY: both places of address 0 are in bounds.
        [0, 1].map(|i| unsafe { tables.jump_table().add(i).read().guest })
    }

    #[test]
    fn fresh_and_cleared_tables_do_not_know_address_zero() {
        let tables = Tables::map(Age::default());
        assert_eq!(zero(&tables), [JumpEntry::EMPTY; 2]);
        tables.clear();
        assert_eq!(zero(&tables), [JumpEntry::EMPTY; 2]);
    }

    #[test]
    fn what_was_kept_comes_back_without_what_was_removed() {
        let (idle, old) = (Idle::default(), Age { resets: 3, removals: 7 });
        let tables = idle.take(old);
        assert_eq!(tables.age, old);
        // SAFETY: in bounds.
        let entry = |tables: &Tables| unsafe { tables.jump_table().add(5) };
        // SAFETY: in bounds.
        unsafe { entry(&tables).write(JumpEntry { guest: 10, host: 20 }) };
        idle.keep(tables);
        let same = idle.take(old);
        // SAFETY: in bounds.
        assert_eq!(unsafe { entry(&same).read().guest }, 10);
        idle.keep(same);
        let later = idle.take(Age { removals: 8, ..old });
        // SAFETY: in bounds.
        assert_eq!(unsafe { entry(&later).read().guest }, 0);
        assert_eq!(zero(&later), [JumpEntry::EMPTY; 2]);
    }
}
