//! Where a thread is, every millisecond of its processor time: perf_event_open(2) has the kernel write it into memory.
//! No signal, no clock of the process and no descriptor has a part in it, so the guest cannot tell.
#![allow(unsafe_code, reason = "memory that the kernel writes to")]

use std::sync::atomic::{AtomicU64, Ordering};

use crate::host::syscall_raw;

/// Nanoseconds from sample to sample.
const PERIOD: u64 = 1_000_000;
const PAGE: usize = 4096;
/// Bytes of samples, behind the page that tells how many there are. Eight seconds' worth; what does not fit is counted.
const RING: usize = 32 * PAGE;

// `struct perf_event_attr` (its first version), as words.
const ATTR_SIZE: u64 = 64;
const SOFTWARE: u64 = 1;
const CPU_CLOCK: u64 = 0;
const SAMPLE_IP: u64 = 1;
const EXCLUDE_KERNEL: u64 = 1 << 5;
const EXCLUDE_HYPERVISOR: u64 = 1 << 6;
const FD_CLOEXEC: u64 = 8;

// `struct perf_event_mmap_page`: how much was written and read.
const HEAD: usize = 1024;
const TAIL: usize = 1032;
// `struct perf_event_header`: type in the lowest 32 bits, size in the highest 16.
const LOST: u32 = 2;
const SAMPLE: u32 = 9;

/// A thread's samples.
pub struct Sampler {
    /// None if the kernel refused.
    page: Option<*mut u8>,
    /// Where the last one was.
    last: u64,
}

/// Samples at one place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Found {
    /// The host's program counter.
    pub pc: u64,
    /// How many.
    pub times: u64,
}

// SAFETY: a mapping of our own, used by one thread at a time.
unsafe impl Send for Sampler {}

impl Sampler {
    /// Samples the calling thread from here on, if the kernel lets us.
    pub fn start() -> Sampler {
        let mut attr = [0u64; ATTR_SIZE as usize / 8];
        attr[0] = ATTR_SIZE << 32 | SOFTWARE;
        (attr[1], attr[2], attr[3]) = (CPU_CLOCK, PERIOD, SAMPLE_IP);
        attr[5] = EXCLUDE_KERNEL | EXCLUDE_HYPERVISOR;
        let args = [attr.as_ptr() as u64, 0, u64::MAX, u64::MAX, FD_CLOEXEC, 0];
        let fd = syscall_raw(libc::SYS_perf_event_open as u64, args);
        let page = (fd >= 0).then(|| map(fd as i32)).flatten();
        Sampler { page, last: 0 }
    }

    /// Calls `see` for each place that was sampled since the last time.
    pub fn read(&mut self, mut see: impl FnMut(Found)) {
        let Some(page) = self.page else { return };
        let (mut tail, head) = (cell(page, TAIL).load(Ordering::Relaxed), cell(page, HEAD));
        let head = head.load(Ordering::Acquire);
        let word = |at: u64| cell(page, PAGE + at as usize % RING).load(Ordering::Relaxed);
        while tail < head {
            let header = word(tail);
            if let Some(found) = self.record(header as u32, &|i| word(tail + 8 * i)) {
                see(found);
            }
            tail += (header >> 48).max(8);
        }
        cell(page, TAIL).store(tail, Ordering::Release);
    }

    /// What a record says. While records were lost the thread did not leave translated code, or they had been read.
    fn record(&mut self, kind: u32, word: &dyn Fn(u64) -> u64) -> Option<Found> {
        let times = match kind {
            SAMPLE => 1,
            LOST => word(2),
            _ => return None,
        };
        if kind == SAMPLE {
            self.last = word(1);
        }
        Some(Found { pc: self.last, times })
    }

    /// The thread is another process's copy of the one that was sampled, and has no part of its samples.
    pub fn forget(&mut self) {
        self.page = None;
    }
}

impl Drop for Sampler {
    fn drop(&mut self) {
        if let Some(page) = self.page {
            // SAFETY: our own mapping, which nobody uses any more.
            unsafe { libc::munmap(page.cast(), PAGE + RING) };
        }
    }
}

/// The samples of an event, which live as long as the mapping does.
fn map(fd: i32) -> Option<*mut u8> {
    let prot = libc::PROT_READ | libc::PROT_WRITE;
    // SAFETY: a fresh mapping; the descriptor is ours.
    unsafe {
        let at = libc::mmap(std::ptr::null_mut(), PAGE + RING, prot, libc::MAP_SHARED, fd, 0);
        libc::close(fd);
        (at != libc::MAP_FAILED).then_some(at.cast())
    }
}

fn cell(page: *mut u8, offset: usize) -> &'static AtomicU64 {
    // SAFETY: a multiple of 8 within the mapping, which the kernel writes to; the reference does not leave this module.
    unsafe { &*page.add(offset).cast() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lost_samples_count_for_where_the_thread_was() {
        let mut sampler = Sampler { page: None, last: 0 };
        let record = |kind, words: [u64; 3]| (kind, words);
        let records = [record(SAMPLE, [0, 0x40, 0]), record(LOST, [0, 1, 7]), record(5, [0; 3])];
        let found = records.map(|(kind, words)| sampler.record(kind, &|i| words[i as usize]));
        let times = |times| Some(Found { pc: 0x40, times });
        assert_eq!(found, [times(1), times(7), None]);
    }

    /// Where the kernel allows it: a thread that is busy is found somewhere.
    #[test]
    fn a_busy_thread_is_sampled() {
        let mut sampler = Sampler::start();
        if sampler.page.is_none() {
            return;
        }
        let mut times = 0;
        while times < 3 {
            sampler.read(|found| times += found.times);
        }
    }
}
