//! Registers and the calling convention of system calls: number in `a7`, arguments in `a0` to
//! `a5`, result in `a0`; see syscall(2).

use guest::{CpuState, Slot};

/// The machine's name for uname(2).
pub const MACHINE: &str = "riscv64";
/// `AUDIT_ARCH_RISCV64`: how filters of system calls know the machine.
pub const AUDIT_ARCH: u32 = 0xc000_00f3;
/// Bytes of the system call instruction.
pub const SYSCALL_LEN: u64 = 4;
/// The instruction, `ecall`.
pub const SYSCALL: [u8; SYSCALL_LEN as usize] = [0x73, 0, 0, 0];

/// Return address.
pub const RA: Slot = Slot(1);
/// Stack pointer.
pub const SP: Slot = Slot(2);
/// Thread pointer.
pub const TP: Slot = Slot(4);
const A0: u8 = 10;
const A7: Slot = Slot(17);

/// Argument register `n`.
pub const fn arg(n: u8) -> Slot {
    Slot(A0 + n)
}

/// Floating-point register `n`.
pub const fn float(n: usize) -> Slot {
    Slot(32 + n as u8)
}

/// The system call's number.
pub fn number(state: &CpuState) -> u64 {
    state.get(A7)
}

/// Sets the system call's number.
pub fn set_number(state: &mut CpuState, number: u64) {
    state.set(A7, number);
}

/// The system call's arguments.
pub fn args(state: &CpuState) -> [u64; 6] {
    std::array::from_fn(|n| state.get(arg(n as u8)))
}

/// Sets the system call's result.
pub fn set_result(state: &mut CpuState, value: i64) {
    state.set(arg(0), value as u64);
}
