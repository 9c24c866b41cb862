//! Keeping translated code out of the translator's memory, by protection keys ([`guest::keys`]).
//!
//! All that is mapped when the program starts goes under the key, and what is mapped later does so where it is mapped. The
//! allocator is made to take memory from one place only, the heap that grows. Without a key stay
//! the state of each thread, its call stack, and its signal stack: the kernel starts handlers with
//! all keys but the first closed.
#![allow(unsafe_code, reason = "the C library's memory, and its registration of rseq(2)")]

use std::arch::asm;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

use guest::keys::{self, Isolation, Kind};

use crate::host::syscall_raw;

/// Bytes by which the heap grows: what it covers at a time.
const HEAP_STEP: i32 = 64 << 20;
/// Where the part of the heap ends that is under the key.
static HEAP_END: AtomicU64 = AtomicU64::new(0);

/// Puts this process's memory under keys. To be called before there is a guest, or a second thread.
pub fn start(isolation: Isolation) -> io::Result<()> {
    keys::start(isolation)?;
    grow_heap()?;
    HEAP_END.store(heap_end(), Ordering::Relaxed);
    for (start, len, prot) in mappings(&std::fs::read_to_string("/proc/self/maps")?) {
        // Code is no secret, and some processors' emulators are slow where it can't be read.
        let kind = if prot & libc::PROT_EXEC != 0 { Kind::Shown } else { Kind::Data };
        keys::cover(start, len, prot, kind)?;
    }
    HEAP_END.fetch_min(heap_end(), Ordering::Relaxed);
    unregister_rseq()
}

/// To be called by every thread of ours before it runs translated code: its stack, and what lies
/// at the end of that, are not under the key.
pub(crate) fn start_thread() {
    if keys::closed().is_none() {
        return;
    }
    let covered = own_stack().and_then(|(start, len)| {
        keys::cover(start, len, libc::PROT_READ | libc::PROT_WRITE, Kind::Data)
    });
    covered.and_then(|()| unregister_rseq()).expect("the keys of a new thread's stack");
    cover_heap();
}

/// Covers what the heap has grown by.
pub(crate) fn cover_heap() {
    if keys::closed().is_none() {
        return;
    }
    let (covered, end) = (HEAP_END.load(Ordering::Acquire), heap_end());
    if covered < end {
        let prot = libc::PROT_READ | libc::PROT_WRITE;
        let done = keys::cover(covered, (end - covered) as usize, prot, Kind::Data);
        done.expect("the heap is there");
        HEAP_END.fetch_max(end, Ordering::AcqRel);
    }
}

fn heap_end() -> u64 {
    // SAFETY: asks only.
    unsafe { libc::sbrk(0) as u64 }
}

/// Has the allocator take everything from the heap, in large steps, and the first of them.
fn grow_heap() -> io::Result<()> {
    let settings = [
        (libc::M_ARENA_MAX, 1),
        (libc::M_MMAP_MAX, 0),
        (libc::M_TRIM_THRESHOLD, -1),
        (libc::M_TOP_PAD, HEAP_STEP),
    ];
    // SAFETY: settings of the allocator, while there is one thread.
    let set = settings.iter().all(|&(name, value)| unsafe { libc::mallopt(name, value) } == 1);
    let before = heap_end();
    drop(std::hint::black_box(Vec::<u8>::with_capacity(1 << 20)));
    match set && heap_end() > before {
        true => Ok(()),
        false => Err(io::Error::from_raw_os_error(libc::ENOMEM)),
    }
}

/// Start, length and rights of the mappings in the text of `/proc/self/maps`, but for the kernel's own.
fn mappings(maps: &str) -> impl Iterator<Item = (u64, usize, i32)> {
    maps.lines().filter(|line| !line.contains("[v")).filter_map(|line| {
        let (range, rest) = line.split_once(' ')?;
        let (start, end) = range.split_once('-')?;
        let number = |text| u64::from_str_radix(text, 16).ok();
        let (start, end) = (number(start)?, number(end)?);
        let rights = [('r', libc::PROT_READ), ('w', libc::PROT_WRITE), ('x', libc::PROT_EXEC)];
        let given = rights.iter().zip(rest.chars()).filter(|((name, _), letter)| name == letter);
        let prot = given.fold(0, |all, ((_, right), _)| all | right);
        Some((start, (end - start) as usize, prot))
    })
}

/// The calling thread's stack, with what the C library keeps at its end, without its guard.
fn own_stack() -> io::Result<(u64, usize)> {
    let (mut start, mut len) = (std::ptr::null_mut(), 0);
    // SAFETY: the attributes are initialised by the first call and freed by the last.
    let errors = unsafe {
        let mut attributes: libc::pthread_attr_t = std::mem::zeroed();
        let error = libc::pthread_getattr_np(libc::pthread_self(), &mut attributes);
        if error != 0 {
            return Err(io::Error::from_raw_os_error(error));
        }
        let error = libc::pthread_attr_getstack(&attributes, &mut start, &mut len);
        [error, libc::pthread_attr_destroy(&mut attributes)]
    };
    match errors {
        [0, 0] => Ok((start as u64, len)),
        [error, other] => Err(io::Error::from_raw_os_error(error | other)),
    }
}

/// Ends the C library's use of rseq(2): the kernel writes to the thread's own memory whenever it
/// has been preempted, and kills it if a key is in the way.
fn unregister_rseq() -> io::Result<()> {
    const UNREGISTER: u64 = 1;
    const SIGNATURE: u64 = 0x5305_3053;
    const LEAST: u32 = 32;
    let Some((place, len)) = rseq() else { return Ok(()) };
    let mut lens = [LEAST, len, len.next_multiple_of(LEAST)].into_iter();
    let nr = libc::SYS_rseq as u64;
    let mut ended = |len| syscall_raw(nr, [place, len as u64, UNREGISTER, SIGNATURE, 0, 0]) == 0;
    match lens.any(&mut ended) {
        true => Ok(()),
        false => Err(io::Error::other("the C library's rseq stays registered")),
    }
}

/// Address and length of the calling thread's `struct rseq`, if the C library has registered it: it does
/// so for a new thread only if its maker's is.
fn rseq() -> Option<(u64, u32)> {
    let (offset, size, thread): (*const i64, *const u32, u64);
    // SAFETY: weak symbols: their addresses are 0 in libraries that don't know them. The thread
    // pointer is the first word of what it points to. The second word of the structure is a number
    // of a processor, or negative.
    unsafe {
        asm!(
            ".weak __rseq_offset",
            ".weak __rseq_size",
            "mov {offset}, qword ptr [rip + __rseq_offset@GOTPCREL]",
            "mov {size}, qword ptr [rip + __rseq_size@GOTPCREL]",
            "mov {thread}, fs:[0]",
            offset = out(reg) offset,
            size = out(reg) size,
            thread = out(reg) thread,
            options(nostack, readonly)
        );
        let size = size.as_ref().copied().filter(|&size| size != 0)?;
        let place = thread.wrapping_add_signed(offset.read());
        let processor = (place as *const i32).add(1).read_volatile();
        (processor >= 0).then_some((place, size))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_but_the_kernels_own_mappings_are_taken() {
        let maps = "7f0-7f8 r--p 00000000 fe:00 10 /bin/a b\n800-900 rw-p 0 00:00 0 [heap]\n\
            a00-b00 r-xp 0 00:00 0 [vdso]\nc00-d00 ---p 0 00:00 0\n";
        let write = libc::PROT_READ | libc::PROT_WRITE;
        let all = [(0x7f0, 8, libc::PROT_READ), (0x800, 0x100, write), (0xc00, 0x100, 0)];
        assert_eq!(mappings(maps).collect::<Vec<_>>(), all);
    }
}
