//! The host's clone(2) and clone3(2), for children that run on a stack of ours.
#![allow(unsafe_code, reason = "the clone system call, whose child returns on another stack")]

use std::arch::global_asm;

use crate::host::syscall_raw;

/// `struct clone_args` of clone3(2), as far as this translator knows it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[repr(C)]
pub struct CloneArgs {
    /// `CLONE_*`.
    pub flags: u64,
    /// Where the child's pidfd goes.
    pub pidfd: u64,
    /// Where the child's id goes in its own memory.
    pub child_tid: u64,
    /// Where the child's id goes in its maker's memory.
    pub parent_tid: u64,
    /// The signal that tells the parent of the child's end.
    pub exit_signal: u64,
    /// The lowest byte of its stack.
    pub stack: u64,
    /// Bytes of its stack.
    pub stack_size: u64,
    /// Its thread pointer.
    pub tls: u64,
    /// An array of ids to choose, from the innermost pid namespace outward.
    pub set_tid: u64,
    /// Its length.
    pub set_tid_size: u64,
    /// The descriptor of a cgroup.
    pub cgroup: u64,
}

/// `CLONE_CLEAR_SIGHAND`: signals with handlers get their default action.
pub const CLEAR_SIGHAND: u64 = 1 << 32;
/// `CLONE_INTO_CGROUP`.
pub const INTO_CGROUP: u64 = 1 << 33;
/// `CLONE_NEWTIME`, in the bits of clone(2)'s signal.
pub const NEWTIME: u64 = 0x80;

const fn bits(flags: i32) -> u64 {
    flags as u32 as u64
}

impl CloneArgs {
    /// True if every flag in `flags` of `libc` is set.
    pub fn has(&self, flags: i32) -> bool {
        self.flags & bits(flags) == bits(flags)
    }
    /// True if the child shares its maker's memory.
    pub fn shares_memory(&self) -> bool {
        self.has(libc::CLONE_VM)
    }
    /// As the host is to be asked: the guest's stack, thread pointer and handlers are not its
    /// business, nor are the places of flags that are not set.
    pub(crate) fn for_host(&self) -> CloneArgs {
        let kept = |flag, value| if self.has(flag) { value } else { 0 };
        CloneArgs {
            flags: self.flags & !(bits(libc::CLONE_SETTLS) | CLEAR_SIGHAND),
            stack: 0,
            stack_size: 0,
            tls: 0,
            pidfd: kept(libc::CLONE_PIDFD, self.pidfd),
            parent_tid: kept(libc::CLONE_PARENT_SETTID, self.parent_tid),
            child_tid: kept(libc::CLONE_CHILD_SETTID, self.child_tid)
                | kept(libc::CLONE_CHILD_CLEARTID, self.child_tid),
            ..*self
        }
    }
    /// True for what fork(3) of the C library does too, but for the child's own places.
    pub(crate) fn is_fork(&self) -> bool {
        let child = bits(libc::CLONE_CHILD_SETTID | libc::CLONE_CHILD_CLEARTID);
        let plain = CloneArgs { exit_signal: libc::SIGCHLD as u64, ..CloneArgs::default() };
        CloneArgs { child_tid: 0, ..*self }.dropping(child) == plain
    }
    /// Without `flags`.
    pub(crate) fn dropping(self, flags: u64) -> CloneArgs {
        CloneArgs { flags: self.flags & !flags, ..self }
    }
    /// True if clone(2) has no place for something that is asked for. Some sandboxes have no
    /// clone3(2), so it is made only where it must be.
    fn needs_clone3(&self) -> bool {
        self.set_tid_size != 0
            || self.flags & (INTO_CGROUP | NEWTIME) != 0
            || self.has(libc::CLONE_PIDFD | libc::CLONE_PARENT_SETTID)
    }
    /// The place that clone(2) has for two things.
    fn shared_place(&self) -> u64 {
        if self.has(libc::CLONE_PIDFD) { self.pidfd } else { self.parent_tid }
    }
    fn legacy(&self, stack: u64) -> [u64; 5] {
        [self.flags | self.exit_signal, stack, self.shared_place(), self.child_tid, self.tls]
    }
}

/// Makes the child go on where its maker does, on a copy of its stack. Gives what the kernel
/// gives.
///
/// # Panics
/// If the child would share the maker's memory.
pub(crate) fn in_place(args: &CloneArgs) -> i64 {
    assert!(!args.shares_memory(), "two threads on one stack");
    if args.needs_clone3() {
        let size = size_of::<CloneArgs>() as u64;
        return syscall_raw(libc::SYS_clone3 as u64, [&raw const *args as u64, size, 0, 0, 0, 0]);
    }
    let [flags, stack, parent, child, tls] = args.legacy(0);
    syscall_raw(libc::SYS_clone as u64, [flags, stack, parent, child, tls, 0])
}

/// What a child on a stack of its own runs; its result is its exit status.
pub(crate) type Body = extern "C" fn(*mut libc::c_void) -> i32;

/// Makes a child that runs `body(argument)` on `stack`. Gives what the kernel gives.
///
/// # Safety
/// The stack and what the argument points to must live as long as the child uses this memory,
/// and the child's thread-local storage, which is the calling thread's unless `args` name another, must not be used by
/// anyone else meanwhile.
pub(crate) unsafe fn on_stack(
    args: &CloneArgs,
    stack: &mut [u64],
    body: Body,
    argument: *mut libc::c_void,
) -> i64 {
    // The child takes both from its stack.
    let len = stack.len() & !1;
    stack[len - 2] = body as *const () as u64;
    stack[len - 1] = argument as u64;
    let start = stack.as_ptr() as u64;
    let size = (len as u64 - 2) * 8;
    let full = CloneArgs { stack: start, stack_size: size, ..*args };
    let (nr, words) = if args.needs_clone3() {
        let words = [&raw const full as u64, size_of::<CloneArgs>() as u64, 0, 0, 0];
        (libc::SYS_clone3, words)
    } else {
        (libc::SYS_clone, args.legacy(start + size))
    };
    // SAFETY: the child finds body and argument on top of its stack, which the caller keeps.
    unsafe { metic_clone(nr as u64, &words) }
}

global_asm!(
    ".globl metic_clone",
    "metic_clone:",
    "    mov rax, rdi",
    "    mov r11, rsi",
    "    mov rdi, [r11]",
    "    mov rsi, [r11 + 8]",
    "    mov rdx, [r11 + 16]",
    "    mov r10, [r11 + 24]",
    "    mov r8, [r11 + 32]",
    "    syscall",
    "    test rax, rax",
    "    jz 2f",
    "    ret",
    "2:  xor ebp, ebp",
    "    pop rax",
    "    pop rdi",
    "    call rax",
    "    mov edi, eax",
    "    mov eax, 231",
    "    syscall",
    "    ud2",
);

unsafe extern "C" {
    fn metic_clone(nr: u64, args: *const [u64; 5]) -> i64;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_layout_is_the_kernels() {
        assert_eq!(size_of::<CloneArgs>(), 88);
        assert_eq!(std::mem::offset_of!(CloneArgs, set_tid), 64);
    }

    #[test]
    fn only_what_fork_does_is_a_fork() {
        let fork = CloneArgs {
            flags: bits(libc::CLONE_CHILD_SETTID | libc::CLONE_CHILD_CLEARTID),
            exit_signal: libc::SIGCHLD as u64,
            child_tid: 8,
            parent_tid: 16,
            stack: 24,
            ..CloneArgs::default()
        };
        assert!(fork.for_host().is_fork());
        for flag in [libc::CLONE_FS, libc::CLONE_PARENT_SETTID, libc::CLONE_NEWPID] {
            let other = CloneArgs { flags: fork.flags | bits(flag), ..fork };
            assert!(!other.for_host().is_fork());
        }
        assert!(!CloneArgs { exit_signal: 0, ..fork }.for_host().is_fork());
    }
}
