//! System calls that leave the thread's `errno` alone, and changing stacks.
#![allow(unsafe_code, reason = "the system call instruction, the stack pointer")]

use std::arch::{asm, global_asm};
use std::cell::UnsafeCell;

/// Makes a host system call. Gives the result, or minus the error number. Safe to use in a
/// signal handler.
///
/// # Panics
/// Never; what the kernel does with pointers in `args` is the caller's business: they are
/// guest addresses or live buffers.
#[inline]
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

/// futex(2), for a word that processes share.
pub fn futex(word: *const u32, op: i32, value: u32, timeout: Option<&[u64; 2]>) -> i64 {
    let timeout = timeout.map_or(0, |t| t.as_ptr() as u64);
    syscall_raw(libc::SYS_futex as u64, [word as u64, op as u64, value as u64, timeout, 0, 0])
}

/// Sets the calling task's signal mask; gives the one before.
pub fn exchange_mask(mask: u64) -> u64 {
    let mut before = 0u64;
    let (new, old) = (&raw const mask as u64, &raw mut before as u64);
    let args = [libc::SIG_SETMASK as u64, new, old, size_of::<u64>() as u64, 0, 0];
    syscall_raw(libc::SYS_rt_sigprocmask as u64, args);
    before
}

/// Where a stack that nobody runs on is to go on: what a call must preserve lies on it.
#[derive(Default)]
pub struct Context(UnsafeCell<u64>);

/// What a fresh stack runs. It must not return.
pub type Entry = extern "C" fn(*mut libc::c_void);

impl Context {
    /// Has the stack `stack` begin with `entry(argument)`.
    pub fn begin(&self, stack: &mut [u64], entry: Entry, argument: *mut libc::c_void) {
        const MXCSR_AND_CONTROL: u64 = 0x037f_0000_1f80;
        // The stack pointer is a multiple of 16 where the entry is called.
        let odd = (stack.as_ptr_range().end as usize / 8) & 1;
        let top = stack.len() - odd;
        let frame = &mut stack[top - 8..top];
        frame.copy_from_slice(&[
            MXCSR_AND_CONTROL,
            0,
            0,
            entry as *const () as u64,
            argument as u64,
            0,
            0,
            metic_begin as *const () as u64,
        ]);
        // SAFETY: nobody runs on the stack yet, so nobody reads this.
        unsafe { *self.0.get() = frame.as_ptr() as u64 };
    }
}

/// Goes on where `to` was left; what called this goes on when somebody comes back to `from`.
///
/// # Safety
/// `to` was left by this function or made by [`Context::begin`], has not been gone on with since, and its stack
/// lives.
pub unsafe fn change(from: &Context, to: &Context) {
    // SAFETY: the caller's promise; the callee keeps to the calling convention.
    unsafe { metic_change(from.0.get(), to.0.get()) }
}

global_asm!(
    ".globl metic_change",
    "metic_change:",
    "    push rbp",
    "    push rbx",
    "    push r12",
    "    push r13",
    "    push r14",
    "    push r15",
    "    sub rsp, 8",
    "    stmxcsr [rsp]",
    "    fnstcw [rsp + 4]",
    "    mov [rdi], rsp",
    "    mov rsp, [rsi]",
    "    ldmxcsr [rsp]",
    "    fldcw [rsp + 4]",
    "    add rsp, 8",
    "    pop r15",
    "    pop r14",
    "    pop r13",
    "    pop r12",
    "    pop rbx",
    "    pop rbp",
    "    ret",
    ".globl metic_begin",
    "metic_begin:",
    "    mov rdi, r12",
    "    call r13",
    "    ud2",
);

unsafe extern "C" {
    fn metic_change(from: *mut u64, to: *const u64);
    fn metic_begin();
}
