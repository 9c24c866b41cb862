//! Raw system calls of the host.
#![allow(unsafe_code, reason = "the system call instruction")]

use std::arch::global_asm;

use guest::keys;
pub use lending::syscall_raw;

use crate::Vcpu;

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

// The two ways to make a system call with the keys closed: the kernel then keeps to what translated code may
// touch. Nothing is read or written but the poll, which has no key.
global_asm!(
    ".macro metic_close",
    "    push rbx",
    "    push rbp",
    "    push r12",
    "    mov r12, rcx",
    "    mov rbp, rdi",
    "    mov eax, edx",
    "    mov rdi, [rsi]",
    "    mov rbx, [rsi + 16]",
    "    mov r10, [rsi + 24]",
    "    mov r8, [rsi + 32]",
    "    mov r9, [rsi + 40]",
    "    mov rsi, [rsi + 8]",
    "    xor ecx, ecx",
    "    xor edx, edx",
    "    wrpkru",
    "    mov rdx, rbx",
    "    mov rax, rbp",
    ".endm",
    ".macro metic_open",
    "    mov rbx, rax",
    "    xor eax, eax",
    "    xor ecx, ecx",
    "    xor edx, edx",
    "    wrpkru",
    "    mov rax, rbx",
    "    pop r12",
    "    pop rbp",
    "    pop rbx",
    "    ret",
    ".endm",
    ".globl metic_closed_syscall",
    "metic_closed_syscall:",
    "    metic_close",
    "    syscall",
    "    metic_open",
    ".globl metic_closed_check",
    ".globl metic_closed_insn",
    ".globl metic_closed_abort",
    ".globl metic_closed_blocking",
    "metic_closed_blocking:",
    "    metic_close",
    "metic_closed_check:",
    "    cmp dword ptr [r12], 0",
    "    jne metic_closed_abort",
    "metic_closed_insn:",
    "    syscall",
    "    metic_open",
    "metic_closed_abort:",
    "    mov rax, -512",
    "    metic_open",
);

unsafe extern "C" {
    fn metic_closed_syscall(nr: u64, args: *const [u64; 6], closed: u32) -> i64;
    fn metic_closed_blocking(nr: u64, args: *const [u64; 6], closed: u32, poll: *const u32) -> i64;
    static metic_closed_check: u8;
    static metic_closed_insn: u8;
    static metic_closed_abort: u8;
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
    blocking(vcpu, nr, &args)
}

#[inline]
fn blocking(vcpu: &mut Vcpu, nr: u64, args: &[u64; 6]) -> Result<i64, Interrupted> {
    let poll = vcpu.state.poll.as_ptr();
    // SAFETY: the stub is an ordinary function; `poll` and `args` live over the call.
    let result = unsafe { metic_blocking_syscall(poll, nr, args) };
    if result == ABORTED { Err(Interrupted) } else { Ok(result) }
}

/// As [`syscall_raw`], with the guest's arguments alone: the kernel may not touch for it what translated
/// code may not.
#[inline(always)]
pub fn syscall_for_guest(nr: u64, args: &[u64; 6]) -> i64 {
    match keys::closed() {
        None => syscall_raw(nr, *args),
        Some(closed) => syscall_closed(nr, args, closed),
    }
}

#[cold]
fn syscall_closed(nr: u64, args: &[u64; 6], closed: u32) -> i64 {
    // SAFETY: the stub is an ordinary function; `args` lives over the call.
    unsafe { metic_closed_syscall(nr, args, closed) }
}

/// As [`syscall_blocking`] and [`syscall_for_guest`].
#[inline(always)]
pub fn blocking_for_guest(vcpu: &mut Vcpu, nr: u64, args: &[u64; 6]) -> Result<i64, Interrupted> {
    match keys::closed() {
        None => blocking(vcpu, nr, args),
        Some(closed) => blocking_closed(vcpu, nr, args, closed),
    }
}

#[cold]
fn blocking_closed(
    vcpu: &mut Vcpu,
    nr: u64,
    args: &[u64; 6],
    closed: u32,
) -> Result<i64, Interrupted> {
    let poll = vcpu.state.poll.as_ptr();
    // SAFETY: the stub is an ordinary function; `poll` and `args` live over the call.
    let result = unsafe { metic_closed_blocking(nr, args, closed, poll) };
    if result == ABORTED { Err(Interrupted) } else { Ok(result) }
}

/// First address where a call of a stub has not been made, that of its system call instruction, and
/// where it goes on instead.
fn stubs() -> [[u64; 3]; 2] {
    [
        [
            &raw const metic_blocking_check as u64,
            &raw const metic_blocking_insn as u64,
            &raw const metic_blocking_abort as u64,
        ],
        [
            &raw const metic_closed_check as u64,
            &raw const metic_closed_insn as u64,
            &raw const metic_closed_abort as u64,
        ],
    ]
}

/// Where to go on instead, if host address `pc` is in the part of a stub where the call has
/// not been made.
pub(crate) fn abort_address(pc: u64) -> Option<u64> {
    let [_, _, abort] =
        stubs().into_iter().find(|[check, insn, _]| (*check..=*insn).contains(&pc))?;
    Some(abort)
}

/// True if the call of a stub was begun and is to be made again: the kernel has put `pc` back, and
/// the processor's copy of where the call returns to is still in RCX.
pub(crate) fn was_begun(pc: u64, rcx: u64) -> bool {
    const INSN_LEN: u64 = 2;
    stubs().into_iter().any(|[_, insn, _]| pc == insn && rcx == insn + INSN_LEN)
}

/// Address of the code that returns from a signal handler.
pub(crate) fn restorer() -> u64 {
    &raw const metic_restorer as u64
}
