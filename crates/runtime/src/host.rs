//! Raw system calls of the host.
#![allow(unsafe_code, reason = "the system call instruction")]

use std::arch::{asm, global_asm};

use crate::Vcpu;

/// Makes a host system call. Gives the result, or minus the error number. Safe to use in a
/// signal handler.
///
/// # Panics
/// Never; what the kernel does with pointers in `args` is the caller's business: they are
/// guest addresses or live buffers.
pub fn syscall_raw(nr: u64, args: [u64; 6]) -> i64 {
    let result: i64;
    // SAFETY: the kernel checks its arguments; memory it writes is the guest's or the caller's.
    unsafe {
        asm!(
            "syscall",
            inlateout("rax") nr => result,
            in("rdi") args[0],
            in("rsi") args[1],
            in("rdx") args[2],
            in("r10") args[3],
            in("r8") args[4],
            in("r9") args[5],
            out("rcx") _,
            out("r11") _,
            options(nostack)
        );
    }
    result
}

// A system call that does not begin while a signal waits for the guest. The signal handler
// knows the addresses: interrupted anywhere from `_check` to `_insn` (where the kernel also
// puts a call that is to be restarted), it goes on at `_abort`.
global_asm!(
    ".globl metic_blocking_check",
    ".globl metic_blocking_insn",
    ".globl metic_blocking_abort",
    ".globl metic_blocking_syscall",
    "metic_blocking_syscall:",
    "    mov rcx, rdi",
    "    mov rax, rsi",
    "    mov r11, rdx",
    "    mov rdi, [r11]",
    "    mov rsi, [r11 + 8]",
    "    mov rdx, [r11 + 16]",
    "    mov r10, [r11 + 24]",
    "    mov r8, [r11 + 32]",
    "    mov r9, [r11 + 40]",
    "metic_blocking_check:",
    "    cmp dword ptr [rcx], 0",
    "    jne metic_blocking_abort",
    "metic_blocking_insn:",
    "    syscall",
    "    ret",
    "metic_blocking_abort:",
    "    mov rax, -512",
    "    ret",
    // What the kernel returns to from a signal handler.
    ".globl metic_restorer",
    "metic_restorer:",
    "    mov eax, 15",
    "    syscall",
);

unsafe extern "C" {
    fn metic_blocking_syscall(poll: *const u32, nr: u64, args: *const [u64; 6]) -> i64;
    static metic_blocking_check: u8;
    static metic_blocking_insn: u8;
    static metic_blocking_abort: u8;
    static metic_restorer: u8;
}

const ABORTED: i64 = -512;

/// A signal waits for the guest: the call has not been made, or is to be made again after the
/// handler. The caller puts `pc` back on the guest's system call instruction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Interrupted;

/// Processor time of the calling thread, in nanoseconds.
pub(crate) fn thread_time() -> u64 {
    let mut time = [0u64; 2];
    let args = [libc::CLOCK_THREAD_CPUTIME_ID as u64, time.as_mut_ptr() as u64, 0, 0, 0, 0];
    syscall_raw(libc::SYS_clock_gettime as u64, args);
    time[0] * 1_000_000_000 + time[1]
}

/// Makes a host system call that may block.
pub fn syscall_blocking(vcpu: &mut Vcpu, nr: u64, args: [u64; 6]) -> Result<i64, Interrupted> {
    let poll = vcpu.state.poll.as_ptr();
    // SAFETY: the stub is an ordinary function; `poll` and `args` live over the call.
    let result = unsafe { metic_blocking_syscall(poll, nr, &args) };
    if result == ABORTED { Err(Interrupted) } else { Ok(result) }
}

/// Where to go on instead, if host address `pc` is in the part of the stub where the call has
/// not been made.
pub(crate) fn abort_address(pc: u64) -> Option<u64> {
    let (check, insn) =
        (&raw const metic_blocking_check as u64, &raw const metic_blocking_insn as u64);
    (check..=insn).contains(&pc).then_some(&raw const metic_blocking_abort as u64)
}

/// True if the call of the stub was begun and is to be made again: the kernel has put `pc` back, and
/// the processor's copy of where the call returns to is still in RCX.
pub(crate) fn was_begun(pc: u64, rcx: u64) -> bool {
    const INSN_LEN: u64 = 2;
    let insn = &raw const metic_blocking_insn as u64;
    pc == insn && rcx == insn + INSN_LEN
}

/// Address of the code that returns from a signal handler.
pub(crate) fn restorer() -> u64 {
    &raw const metic_restorer as u64
}
