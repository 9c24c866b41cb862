//! Into generated code and back, and a thread's table of computed jumps.
#![allow(unsafe_code, reason = "calls generated code, fills its tables")]

use std::arch::asm;

use guest::{CpuState, GuestAddr, JumpEntry};
use ir::Leave;

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

#[cfg(test)]
mod tests {
    use guest::JUMP_TABLE_LEN;

    use super::*;
    use crate::tables::{Age, Tables};

    #[test]
    fn what_leaves_its_place_moves_to_the_neighbour() {
        let tables = Tables::map(Age::default());
        let table = tables.jump_table();
        let far = GuestAddr(0x1000 + 2 * JUMP_TABLE_LEN as u64);
        fill_jump_table(table, GuestAddr(0x1000), 1);
        fill_jump_table(table, far, 2);
        let index = JumpEntry::index(far);
        // SAFETY: both indices are in bounds.
        let [first, second] =
            [index, JumpEntry::neighbour(index)].map(|i| unsafe { table.add(i).read() });
        assert_eq!((first.guest, first.host), (far.0, 2));
        assert_eq!((second.guest, second.host), (0x1000, 1));
    }
}
