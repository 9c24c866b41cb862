//! The stack that Rust runs on in the first thread. The one that the process was started with grows up to the guest's
//! limit (`RLIMIT_STACK`), which may be less than the translator needs.
#![allow(unsafe_code, reason = "maps memory, changes the stack pointer")]

use std::arch::asm;
use std::io;
use std::ptr::null_mut;

use crate::threads::HOST_STACK;

/// A page below the stack that nobody may touch.
const GUARD: usize = 4096;
/// Bytes of the stack, of which few are ever touched: too few for a huge page, which would be cleared at once.
const LEN: usize = 2 * HOST_STACK;

/// Runs `work` on a stack of its own, which is larger than those of other threads. A panic must not unwind out of it.
/// Fails if there is no memory for the stack.
pub fn on_own<R, F: FnOnce() -> R>(work: F) -> io::Result<R> {
    let stack = Stack::map()?;
    let mut call = Call { work: Some(work), result: None };
    // SAFETY: `start` takes what it is given, which lives until it returns; nobody else uses the stack. The stack pointer is
    // put back, and is a multiple of 16 where the function is called.
    unsafe {
        asm!(
            "mov r12, rsp",
            "mov rsp, {top}",
            "call {start}",
            "mov rsp, r12",
            top = in(reg) stack.top(),
            start = in(reg) start::<R, F>,
            in("rdi") &raw mut call,
            out("r12") _,
            clobber_abi("sysv64"),
        );
    }
    Ok(call.result.expect("the work was done"))
}

struct Call<R, F> {
    work: Option<F>,
    result: Option<R>,
}

extern "sysv64" fn start<R, F: FnOnce() -> R>(call: &mut Call<R, F>) {
    call.result = call.work.take().map(|work| work());
}

struct Stack(*mut libc::c_void);

impl Stack {
    fn map() -> io::Result<Stack> {
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
        let prot = libc::PROT_READ | libc::PROT_WRITE;
        // SAFETY: a fresh mapping, whose lowest page nobody uses.
        unsafe {
            let at = libc::mmap(null_mut(), GUARD + LEN, prot, flags, -1, 0);
            if at == libc::MAP_FAILED {
                return Err(io::Error::last_os_error());
            }
            libc::mprotect(at, GUARD, libc::PROT_NONE);
            Ok(Stack(at))
        }
    }

    fn top(&self) -> u64 {
        self.0 as u64 + (GUARD + LEN) as u64
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        // SAFETY: our own mapping, which nobody uses any more.
        unsafe { libc::munmap(self.0, GUARD + LEN) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_done_elsewhere_and_gives_its_result() {
        let place = || {
            let local = 0u8;
            std::hint::black_box(&raw const local) as u64
        };
        let [first, second] = [on_own(place).unwrap(), on_own(place).unwrap()];
        let here = place();
        assert!(here.abs_diff(first) > GUARD as u64 && here.abs_diff(second) > GUARD as u64);
        assert_eq!(on_own(|| vec![1, 2]).unwrap(), [1, 2]);
    }

    #[test]
    fn there_is_more_room_than_other_threads_have() {
        let room = || [std::hint::black_box(1u8); HOST_STACK];
        let last = on_own(|| std::hint::black_box(&room())[HOST_STACK / 2]);
        assert_eq!(last.unwrap(), 1);
    }
}
