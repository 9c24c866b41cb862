//! Into generated code and back, and the memory it needs per thread.
#![allow(unsafe_code, reason = "calls generated code, maps its tables")]

use std::arch::asm;
use std::ops::Range;

use guest::{CpuState, GuestAddr, JUMP_TABLE_LEN, JumpEntry};
use ir::Leave;

/// Bytes of a thread's call stack: 128 Ki nested guest calls are paired.
const CALL_STACK: usize = 1 << 20;
const GUARD: usize = 4096;
/// Words above the empty call stack that lead to the underflow thunk.
const UNDERFLOW_WORDS: usize = 8;

/// Runs generated code from `host` on until it leaves.
///
/// There and back are jumps, not a call and a return: the host's prediction of returns belongs
/// to the guest's calls, which are still open when the guest makes a system call.
pub fn enter(thunk: u64, state: &mut CpuState, host: u64) -> Leave {
    let code: u64;
    // SAFETY: `thunk` is the backend's ENTER, placed in the code cache; `host` is a translation
    // in the same cache, which is not reset while this thread is marked as running. The thunk
    // keeps to the calling convention, and pops the address that it finds on the stack.
    unsafe {
        asm!(
            "lea rax, [rip + 2f]",
            "push rax",
            "jmp {thunk}",
            "2:",
            thunk = in(reg) thunk,
            in("rdi") state,
            in("rsi") host,
            out("rax") code,
            clobber_abi("sysv64"),
        );
    }
    Leave::from_code(code)
}

fn map(len: usize) -> *mut u8 {
    let prot = libc::PROT_READ | libc::PROT_WRITE;
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
    // SAFETY: a fresh private mapping.
    let at = unsafe { libc::mmap(std::ptr::null_mut(), len, prot, flags, -1, 0) };
    assert!(at != libc::MAP_FAILED, "no memory for a guest thread's tables");
    at.cast()
}

/// A zeroed jump table. Zero is no valid guest address but at its two places, which are marked
/// empty.
pub fn map_jump_table() -> *mut JumpEntry {
    let table: *mut JumpEntry = map(JUMP_TABLE_LEN * size_of::<JumpEntry>()).cast();
    for index in [0, JumpEntry::neighbour(0)] {
        // SAFETY: freshly mapped, large enough.
        unsafe { (*table.add(index)).guest = JumpEntry::EMPTY };
    }
    table
}

/// Frees a jump table.
pub fn unmap_jump_table(table: *mut JumpEntry) {
    // SAFETY: made by `map_jump_table`, its last user is gone.
    unsafe { libc::munmap(table.cast(), JUMP_TABLE_LEN * size_of::<JumpEntry>()) };
}

/// Enters a translation in the calling thread's own jump table. What lay in its place moves to
/// the neighbour, where generated code looks next.
pub fn fill_jump_table(table: *mut JumpEntry, pc: GuestAddr, host: u64) {
    let index = JumpEntry::index(pc);
    // SAFETY: both indices are in bounds.
    unsafe {
        let old = table.add(index).read_volatile();
        let valid = !matches!(old.guest, 0 | JumpEntry::EMPTY);
        if valid && old.guest != pc.0 {
            set_entry(table.add(JumpEntry::neighbour(index)), old.guest, old.host);
        }
        set_entry(table.add(index), pc.0, host);
    }
}

/// The translation of `pc` that the calling thread's own jump table holds.
pub fn find_jump_table(table: *mut JumpEntry, pc: GuestAddr) -> Option<u64> {
    let index = JumpEntry::index(pc);
    [index, JumpEntry::neighbour(index)].into_iter().find_map(|i| {
        // SAFETY: both indices are in bounds; others may only mark the entry as empty.
        let entry = unsafe { table.add(i).read_volatile() };
        (entry.guest == pc.0).then_some(entry.host)
    })
}

/// # Safety
/// `entry` is one of the calling thread's own.
unsafe fn set_entry(entry: *mut JumpEntry, guest: u64, host: u64) {
    // SAFETY: only the owner fills entries. The host address is written while the entry is
    // empty, though only this thread reads it.
    unsafe {
        std::ptr::write_volatile(&raw mut (*entry).guest, JumpEntry::EMPTY);
        std::ptr::write_volatile(&raw mut (*entry).host, host);
        std::ptr::write_volatile(&raw mut (*entry).guest, guest);
    }
}

/// The stack that pairs guest calls with host calls.
pub struct CallStack {
    start: *mut u8,
}

impl CallStack {
    /// An empty call stack whose bottom leads to `underflow`.
    pub fn new(underflow: u64) -> CallStack {
        let start = map(CALL_STACK);
        let stack = CallStack { start };
        // SAFETY: all in the fresh mapping: the guard page is its first, the words its last.
        unsafe {
            libc::mprotect(start.cast(), GUARD, libc::PROT_NONE);
            let base = stack.base() as *mut u64;
            (0..UNDERFLOW_WORDS).for_each(|i| base.add(i).write(underflow));
        }
        stack
    }
    /// Its pointer when it is empty.
    pub fn base(&self) -> u64 {
        self.start as u64 + (CALL_STACK - UNDERFLOW_WORDS * 8) as u64
    }
    /// The page below it: a call that touches it has run out of room.
    pub fn guard(&self) -> Range<u64> {
        self.start as u64..self.start as u64 + GUARD as u64
    }
}

impl Drop for CallStack {
    fn drop(&mut self) {
        // SAFETY: our own mapping; its thread does not run generated code any more.
        unsafe { libc::munmap(self.start.cast(), CALL_STACK) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leaves_its_place_moves_to_the_neighbour() {
        let table = map_jump_table();
        let far = GuestAddr(0x1000 + 2 * JUMP_TABLE_LEN as u64);
        fill_jump_table(table, GuestAddr(0x1000), 1);
        fill_jump_table(table, far, 2);
        let index = JumpEntry::index(far);
        // SAFETY: both indices are in bounds.
        let [first, second] =
            [index, JumpEntry::neighbour(index)].map(|i| unsafe { table.add(i).read() });
        assert_eq!((first.guest, first.host), (far.0, 2));
        assert_eq!((second.guest, second.host), (0x1000, 1));
        unmap_jump_table(table);
    }

    #[test]
    fn a_fresh_table_does_not_know_address_zero() {
        let table = map_jump_table();
        // SAFETY: both places of address 0 are in bounds.
        let zero = [0, 1].map(|i| unsafe { table.add(i).read().guest });
        assert_eq!(zero, [JumpEntry::EMPTY; 2]);
        unmap_jump_table(table);
    }
}
