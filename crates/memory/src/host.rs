//! The host's memory calls. Callers pass ranges that are the guest's or free, never the
//! translator's; that is what makes these functions safe to call inside this crate.
#![allow(unsafe_code, reason = "system calls that change the address space")]

use crate::Errno;

/// Linux's `MAP_FIXED_NOREPLACE`.
pub const MAP_FIXED_NOREPLACE: i32 = libc::MAP_FIXED_NOREPLACE;

fn last_errno() -> Errno {
    Errno(std::io::Error::last_os_error().raw_os_error().unwrap_or(libc::EINVAL))
}

fn done(result: i64) -> Result<u64, Errno> {
    if result == -1 { Err(last_errno()) } else { Ok(result as u64) }
}

/// mmap(2). A child in another process's memory has descriptors of its own, and is in a section here.
pub fn mmap(
    addr: u64,
    len: u64,
    prot: i32,
    flags: i32,
    fd: i32,
    offset: u64,
) -> Result<u64, Errno> {
    const PLACING: i32 = libc::MAP_FIXED | MAP_FIXED_NOREPLACE;
    if flags & libc::MAP_ANONYMOUS == 0 && lending::is_lent() {
        let how = [addr, len, prot as u64, (flags & !PLACING) as u64, fd as u64, offset];
        return map_by_child(how, flags & PLACING);
    }
    // SAFETY: see the head of this file; nothing of Rust's lies in the range.
    done(unsafe { libc::syscall(libc::SYS_mmap, addr, len, prot, flags, fd, offset) })
}

/// mmap(2), made by the child wherever there is room: if it is killed over that, the guest has lost nothing. The
/// lender moves what was mapped to its place.
fn map_by_child(how: [u64; 6], placing: i32) -> Result<u64, Errno> {
    let [addr, len, ..] = how;
    if placing & MAP_FIXED_NOREPLACE != 0 {
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
        mmap(addr, len, libc::PROT_NONE, flags | MAP_FIXED_NOREPLACE, -1, 0)?;
    }
    let mut anywhere = how;
    anywhere[0] = if placing == 0 { addr } else { 0 };
    let mapped = match lending::syscall(libc::SYS_mmap as u64, anywhere) {
        errno @ -4095..0 => Err(Errno(-errno as i32)),
        at if placing == 0 => Ok(at as u64),
        at => {
            let flags = libc::MREMAP_MAYMOVE | libc::MREMAP_FIXED;
            let moved = mremap(at as u64, len, len, flags, addr);
            if moved.is_err() {
                let _ = munmap(at as u64, len);
            }
            moved
        }
    };
    if mapped.is_err() && placing & MAP_FIXED_NOREPLACE != 0 {
        let _ = munmap(addr, len);
    }
    mapped
}

/// munmap(2).
pub fn munmap(addr: u64, len: u64) -> Result<(), Errno> {
    // SAFETY: see the head of this file; nothing of Rust's lies in the range.
    done(unsafe { libc::syscall(libc::SYS_munmap, addr, len) }).map(drop)
}

/// mprotect(2).
pub fn mprotect(addr: u64, len: u64, prot: i32) -> Result<(), Errno> {
    // SAFETY: see the head of this file; nothing of Rust's lies in the range.
    done(unsafe { libc::syscall(libc::SYS_mprotect, addr, len, prot) }).map(drop)
}

/// mremap(2).
pub fn mremap(old: u64, old_len: u64, new_len: u64, flags: i32, new: u64) -> Result<u64, Errno> {
    // SAFETY: see the head of this file; nothing of Rust's lies in either range.
    done(unsafe { libc::syscall(libc::SYS_mremap, old, old_len, new_len, flags, new) })
}

/// madvise(2).
pub fn madvise(addr: u64, len: u64, advice: i32) -> Result<(), Errno> {
    // SAFETY: see the head of this file; nothing of Rust's lies in the range.
    done(unsafe { libc::syscall(libc::SYS_madvise, addr, len, advice) }).map(drop)
}

/// True if the byte at `addr` can be read, by process_vm_readv(2) on ourselves: it fails with
/// `EFAULT` where an access would fault.
pub fn readable(addr: u64) -> bool {
    let mut byte = 0u8;
    let local = libc::iovec { iov_base: (&raw mut byte).cast(), iov_len: 1 };
    let remote = libc::iovec { iov_base: addr as *mut libc::c_void, iov_len: 1 };
    // SAFETY: `local` is one live byte; the kernel checks `remote`.
    let got = unsafe { libc::process_vm_readv(libc::getpid(), &local, 1, &remote, 1, 0) };
    // Where the call is filtered out nothing is known: then the access is tried again.
    got == 1 || last_errno().0 != libc::EFAULT
}

/// The soft limit of the stack's size, in bytes.
pub fn stack_limit() -> u64 {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: `limit` is a live rlimit.
    unsafe { libc::getrlimit(libc::RLIMIT_STACK, &mut limit) };
    limit.rlim_cur
}

/// A random number below `end`; 0 where the process is not to be randomised (`ADDR_NO_RANDOMIZE`, see
/// personality(2)).
pub fn random_below(end: u64) -> u64 {
    const ASK: libc::c_ulong = 0xffff_ffff;
    // SAFETY: a query without pointers.
    if unsafe { libc::personality(ASK) } & libc::ADDR_NO_RANDOMIZE != 0 {
        return 0;
    }
    let mut bytes = [0; 8];
    // SAFETY: the buffer is live and has that length.
    unsafe { libc::getrandom(bytes.as_mut_ptr().cast(), bytes.len(), 0) };
    u64::from_le_bytes(bytes) % end
}
