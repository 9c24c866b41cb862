//! Access to guest memory that survives faults.
//!
//! Each access is one host instruction with a row in the section `metic_fixup`: two 32-bit
//! offsets, relative to themselves, of the instruction and of the place to go on when it
//! faults. The host's SIGSEGV/SIGBUS handler looks the program counter up with [`fixup`],
//! records the fault in the thread's `CpuState`, and continues there; the access then
//! returns `Err(Faulted)`.
#![allow(unsafe_code, reason = "the one place where guest addresses become pointers for engines")]

use std::arch::asm;

use crate::{PAGE_MASK, PAGE_SIZE, keys};

/// The access faulted; details are in `CpuState::fault` of the running thread.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Faulted;

/// The access `$text` as one `asm!` that leaves 0 in `failed`, or 1 after a fault.
macro_rules! guarded {
    ($text:literal, $failed:ident, $($operand:tt)*) => {
        asm!(
            "mov {failed:e}, 1",
            concat!("2: ", $text),
            "mov {failed:e}, 0",
            "3:",
            ".pushsection metic_fixup,\"aR\",@progbits",
            ".long 2b - .",
            ".long 3b - .",
            ".popsection",
            failed = out(reg) $failed,
            $($operand)*
        )
    };
}

fn outcome<T>(failed: u64, value: T) -> Result<T, Faulted> {
    if failed == 0 { Ok(value) } else { Err(Faulted) }
}

/// Fails where translated code would not be let.
#[inline(always)]
fn permitted(addr: u64, len: u64, write: bool) -> Result<(), Faulted> {
    keys::closed().map_or(Ok(()), |closed| keys::touch(closed, addr, len, write))
}

macro_rules! load {
    ($(#[$doc:meta])* $name:ident, $len:literal, $text:literal) => {
        $(#[$doc])*
        #[inline(always)]
        pub fn $name(addr: u64) -> Result<u64, Faulted> {
            permitted(addr, $len, false)?;
            let (value, failed): (u64, u64);
            // SAFETY: one load from guest memory; a fault resumes behind it with `failed` set.
            unsafe {
                guarded!($text, failed, addr = in(reg) addr, value = out(reg) value,
                    options(nostack, preserves_flags, readonly));
            }
            outcome(failed, value)
        }
    };
}

load!(/** Loads a byte, zero-extended. */ load_u8, 1, "movzx {value:e}, byte ptr [{addr}]");
load!(/** Loads a byte, sign-extended. */ load_i8, 1, "movsx {value}, byte ptr [{addr}]");
load!(/** Loads 16 bits, zero-extended. */ load_u16, 2, "movzx {value:e}, word ptr [{addr}]");
load!(/** Loads 16 bits, sign-extended. */ load_i16, 2, "movsx {value}, word ptr [{addr}]");
load!(/** Loads 32 bits, zero-extended. */ load_u32, 4, "mov {value:e}, dword ptr [{addr}]");
load!(/** Loads 32 bits, sign-extended. */ load_i32, 4, "movsxd {value}, dword ptr [{addr}]");
load!(/** Loads 64 bits. */ load_u64, 8, "mov {value}, qword ptr [{addr}]");

macro_rules! store {
    ($(#[$doc:meta])* $name:ident, $class:ident, $ty:ty, $text:literal) => {
        $(#[$doc])*
        #[inline(always)]
        pub fn $name(addr: u64, value: u64) -> Result<(), Faulted> {
            permitted(addr, size_of::<$ty>() as u64, true)?;
            let failed: u64;
            // SAFETY: one store to guest memory; a fault resumes behind it with `failed` set.
            unsafe {
                guarded!($text, failed, addr = in(reg) addr, value = in($class) value as $ty,
                    options(nostack, preserves_flags));
            }
            outcome(failed, ())
        }
    };
}

store!(/** Stores the low byte. */ store_u8, reg_byte, u8, "mov byte ptr [{addr}], {value}");
store!(/** Stores the low 16 bits. */ store_u16, reg, u16, "mov word ptr [{addr}], {value:x}");
store!(/** Stores the low 32 bits. */ store_u32, reg, u32, "mov dword ptr [{addr}], {value:e}");
store!(/** Stores 64 bits. */ store_u64, reg, u64, "mov qword ptr [{addr}], {value}");

macro_rules! compare_exchange {
    ($(#[$doc:meta])* $name:ident, $class:ident, $ty:ty, $acc:tt, $text:literal) => {
        $(#[$doc])*
        #[inline]
        pub fn $name(addr: u64, expected: $ty, new: $ty) -> Result<$ty, Faulted> {
            permitted(addr, size_of::<$ty>() as u64, true)?;
            let old: $ty;
            let failed: u64;
            // SAFETY: one locked instruction on guest memory; a fault resumes behind it.
            unsafe {
                guarded!($text, failed, addr = in(reg) addr, new = in($class) new,
                    inout($acc) expected => old, options(nostack));
            }
            outcome(failed, old)
        }
    };
}

compare_exchange!(
    /** Compares and exchanges a byte; returns what was there. */
    cas_u8, reg_byte, u8, "al", "lock cmpxchg byte ptr [{addr}], {new}");
compare_exchange!(
    /** Compares and exchanges 16 bits; returns what was there. */
    cas_u16, reg, u16, "ax", "lock cmpxchg word ptr [{addr}], {new:x}");
compare_exchange!(
    /** Compares and exchanges 32 bits; returns what was there. */
    cas_u32, reg, u32, "eax", "lock cmpxchg dword ptr [{addr}], {new:e}");
compare_exchange!(
    /** Compares and exchanges 64 bits; returns what was there. */
    cas_u64, reg, u64, "rax", "lock cmpxchg qword ptr [{addr}], {new}");

/// Compares and exchanges 16 aligned bytes, `(low, high)`; returns what was there.
#[inline]
pub fn cas_u128(addr: u64, expected: (u64, u64), new: (u64, u64)) -> Result<(u64, u64), Faulted> {
    permitted(addr, 16, true)?;
    let (low, high): (u64, u64);
    // SAFETY: one locked instruction; rbx is restored on both ways out. A fault continues
    // behind the exchange that restores it, with the flag register telling the two apart.
    unsafe {
        let failed: u64;
        asm!(
            "xchg rbx, rsi",
            "2: lock cmpxchg16b xmmword ptr [rdi]",
            "xor r8d, r8d",
            "jmp 4f",
            "3: mov r8d, 1",
            "4: xchg rbx, rsi",
            ".pushsection metic_fixup,\"aR\",@progbits",
            ".long 2b - .",
            ".long 3b - .",
            ".popsection",
            in("rdi") addr,
            inout("rsi") new.0 => _,
            out("r8") failed,
            inout("rax") expected.0 => low,
            inout("rdx") expected.1 => high,
            in("rcx") new.1,
            options(nostack)
        );
        if failed != 0 {
            return Err(Faulted);
        }
    }
    Ok((low, high))
}

/// Copies guest memory to `to`; stops at the first byte that faults.
pub fn copy_in(from: u64, to: &mut [u8]) -> Result<(), Faulted> {
    let start = to.as_mut_ptr() as u64;
    by_pages(from, to.len(), false, |at, len| copy(start + at, from.wrapping_add(at), len))
}

/// Copies `from` to guest memory; bytes before a fault are written.
pub fn copy_out(to: u64, from: &[u8]) -> Result<(), Faulted> {
    let start = from.as_ptr() as u64;
    by_pages(to, from.len(), true, |at, len| copy(to.wrapping_add(at), start + at, len))
}

/// Copies the whole, or page by page where translated code would be let. `copy` gets offset and length.
fn by_pages(
    guest: u64,
    len: usize,
    write: bool,
    copy: impl Fn(u64, usize) -> Result<(), Faulted>,
) -> Result<(), Faulted> {
    if keys::closed().is_none() {
        return copy(0, len);
    }
    let mut done = 0;
    while done < len {
        let at = guest.wrapping_add(done as u64);
        let part = (PAGE_SIZE - (at & PAGE_MASK)).min((len - done) as u64);
        permitted(at, part, write)?;
        copy(done as u64, part as usize)?;
        done += part as usize;
    }
    Ok(())
}

fn copy(to: u64, from: u64, len: usize) -> Result<(), Faulted> {
    let failed: u64;
    // SAFETY: a forward copy; a fault on either side resumes behind it with `failed` set. One
    // side is a live slice of `len` bytes, the other is guest memory.
    unsafe {
        guarded!("rep movsb", failed, inout("rdi") to => _, inout("rsi") from => _,
            inout("rcx") len => _, options(nostack, preserves_flags));
    }
    outcome(failed, ())
}

unsafe extern "C" {
    #[link_name = "__start_metic_fixup"]
    static FIXUP_START: [i32; 2];
    #[link_name = "__stop_metic_fixup"]
    static FIXUP_STOP: [i32; 2];
}

/// Where to go on when the instruction at host address `pc` faults; `None` if it is no guest
/// access. Safe in a signal handler.
pub fn fixup(pc: u64) -> Option<u64> {
    // SAFETY: the linker puts all rows of the section between the two symbols.
    unsafe {
        let mut row = &raw const FIXUP_START;
        let stop = &raw const FIXUP_STOP;
        while row < stop {
            let insn = row as u64;
            let resume = insn + 4;
            if insn.wrapping_add_signed((*row)[0] as i64) == pc {
                return Some(resume.wrapping_add_signed((*row)[1] as i64));
            }
            row = row.add(1);
        }
    }
    None
}
