//! Protection keys (pkeys(7)): what of the translator's memory translated code can't touch.
//!
//! While Rust runs, every key is open. Generated code closes the translator's on the way in and
//! opens them on the way out; without [`start`] there are none, and nothing of this costs anything.
#![allow(unsafe_code, reason = "system calls on memory, and the register of the keys")]

use std::arch::asm;
use std::io;
use std::sync::atomic::{AtomicI32, AtomicU32, Ordering};

use crate::access::Faulted;

/// What translated code is kept from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Isolation {
    /// Writing to the translator's memory.
    Write,
    /// Reading its data, too.
    Read,
}

/// The memory of the translator that a key is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// What is none of translated code's business.
    Data,
    /// What translated code reads: itself, its constants, its jump tables.
    Shown,
}

/// The value of PKRU with every key open.
pub const OPEN: u32 = 0;
const NO_ACCESS: u32 = 1;
const NO_WRITE: u32 = 2;

/// PKRU while translated code runs; [`OPEN`] if there are no keys.
static CLOSED: AtomicU32 = AtomicU32::new(OPEN);
static KEYS: [AtomicI32; 2] = [const { AtomicI32::new(-1) }; 2];

/// PKRU while translated code runs; `None` if it is not kept from anything.
#[inline(always)]
pub fn closed() -> Option<u32> {
    Some(CLOSED.load(Ordering::Relaxed)).filter(|&closed| closed != OPEN)
}

/// Gets the keys. `ENOSPC` says that the processor, or the kernel for it, has none, or none left.
pub fn start(isolation: Isolation) -> io::Result<()> {
    let (data, shown) = (alloc()?, alloc()?);
    let kept = match isolation {
        Isolation::Write => NO_WRITE,
        Isolation::Read => NO_WRITE | NO_ACCESS,
    };
    KEYS[Kind::Data as usize].store(data, Ordering::Relaxed);
    KEYS[Kind::Shown as usize].store(shown, Ordering::Relaxed);
    open();
    CLOSED.store(kept << (2 * data) | NO_WRITE << (2 * shown), Ordering::Relaxed);
    Ok(())
}

fn alloc() -> io::Result<i32> {
    // SAFETY: no pointers.
    match unsafe { libc::syscall(libc::SYS_pkey_alloc, 0, 0) } {
        -1 => Err(io::Error::last_os_error()),
        key => Ok(key as i32),
    }
}

/// Opens every key for the calling thread.
fn open() {
    // SAFETY: there are keys, so the processor has the instruction; it changes no memory.
    unsafe { asm!("wrpkru", in("eax") OPEN, in("ecx") 0, in("edx") 0, options(nostack)) }
}

/// Puts the pages of `len` bytes at `addr`, which have the rights `prot` and keep them, under the
/// key for `kind`. Does nothing while there are no keys.
///
/// The range is the translator's own; the guest's memory has no key.
pub fn cover(addr: u64, len: usize, prot: i32, kind: Kind) -> io::Result<()> {
    if closed().is_none() || len == 0 {
        return Ok(());
    }
    let key = KEYS[kind as usize].load(Ordering::Relaxed);
    // SAFETY: the rights stay as they are; who runs Rust has the key open.
    match unsafe { libc::syscall(libc::SYS_pkey_mprotect, addr, len, prot, key) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Fails, as an access of translated code would, if it may not touch a part of `len` bytes at `addr`,
/// which are within two pages. Reads a byte there with the translator's keys closed, or
/// writes back what is there.
#[cold]
pub(crate) fn touch(closed: u32, addr: u64, len: u64, write: bool) -> Result<(), Faulted> {
    let last = addr.wrapping_add(len.max(1) - 1);
    for at in [addr, last] {
        let touched = if write { touch_to_write(closed, at) } else { touch_to_read(closed, at) };
        if touched != 0 {
            return Err(Faulted);
        }
    }
    Ok(())
}

macro_rules! touch {
    ($name:ident, $text:literal) => {
        fn $name(closed: u32, addr: u64) -> u32 {
            let failed;
            // SAFETY: an access that changes nothing; a fault goes on behind it. The keys are
            // open again at the end of both ways, and nothing but registers is used between.
            unsafe {
                asm!(
                    "wrpkru",
                    "mov {failed:e}, 1",
                    concat!("2: ", $text),
                    "mov {failed:e}, 0",
                    "3:",
                    "xor eax, eax",
                    "xor ecx, ecx",
                    "xor edx, edx",
                    "wrpkru",
                    ".pushsection metic_fixup,\"aR\",@progbits",
                    ".long 2b - .",
                    ".long 3b - .",
                    ".popsection",
                    failed = out(reg) failed,
                    addr = in(reg) addr,
                    inout("eax") closed => _,
                    inout("ecx") 0 => _,
                    inout("edx") 0 => _,
                    options(nostack)
                );
            }
            failed
        }
    };
}
touch!(touch_to_read, "test byte ptr [{addr}], 0");
touch!(touch_to_write, "lock or byte ptr [{addr}], 0");
