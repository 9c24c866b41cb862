//! Raw memory: reserved address space that is filled from the bottom.
#![allow(unsafe_code, reason = "owns the memory that holds code and tables")]

use std::io;
use std::sync::atomic::{AtomicU8, AtomicU32, AtomicU64, Ordering};

use guest::keys::{self, Kind};

/// Reserved, zero-filled memory; pages are only used once touched.
pub struct Mapping {
    base: *mut u8,
    len: usize,
}

// SAFETY: the memory is plain bytes; users of the accessors below keep to their contracts.
unsafe impl Send for Mapping {}
// SAFETY: as above.
unsafe impl Sync for Mapping {}

impl Mapping {
    /// Reserves `len` bytes, executable or not.
    pub fn new(len: usize, executable: bool) -> io::Result<Mapping> {
        let prot =
            libc::PROT_READ | libc::PROT_WRITE | if executable { libc::PROT_EXEC } else { 0 };
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
        // SAFETY: a fresh private mapping at an address of the kernel's choice.
        let base = unsafe { libc::mmap(std::ptr::null_mut(), len, prot, flags, -1, 0) };
        if base == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let kind = if executable { Kind::Shown } else { Kind::Data };
        keys::cover(base as u64, len, prot, kind)?;
        Ok(Mapping { base: base.cast(), len })
    }

    /// Fails if there is no address space for `len` bytes more.
    pub fn probe(len: usize) -> io::Result<()> {
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
        // SAFETY: a fresh mapping at an address of the kernel's choice.
        let base = unsafe { libc::mmap(std::ptr::null_mut(), len, libc::PROT_NONE, flags, -1, 0) };
        if base == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        drop(Mapping { base: base.cast(), len });
        Ok(())
    }

    /// Address of the first byte.
    pub fn start(&self) -> u64 {
        self.base as u64
    }

    /// Length in bytes.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Copies `bytes` to `at`. No other thread reads that part yet.
    pub fn write(&self, at: usize, bytes: &[u8]) {
        assert!(at + bytes.len() <= self.len);
        // SAFETY: in bounds, and the caller owns this part of the arena.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), self.base.add(at), bytes.len()) }
    }

    /// The aligned 32-bit word at byte `at`, which code may be executing.
    pub fn word32(&self, at: usize) -> &AtomicU32 {
        assert!(at.is_multiple_of(4) && at + 4 <= self.len);
        // SAFETY: in bounds and aligned; the mapping lives as long as `self`.
        unsafe { AtomicU32::from_ptr(self.base.add(at).cast()) }
    }

    /// The aligned 64-bit word at byte `at`.
    pub fn word64(&self, at: usize) -> &AtomicU64 {
        assert!(at.is_multiple_of(8) && at + 8 <= self.len);
        // SAFETY: in bounds and aligned; the mapping lives as long as `self`.
        unsafe { AtomicU64::from_ptr(self.base.add(at).cast()) }
    }

    /// The bytes from `at` on, of tables that were written before and are not written again until a reset.
    pub fn bytes(&self, at: usize) -> impl Iterator<Item = u8> {
        // SAFETY: in bounds; the mapping lives as long as `self`.
        let byte = |at: usize| unsafe { AtomicU8::from_ptr(self.base.add(at)) };
        (at..self.len).map(move |at| byte(at).load(Ordering::Relaxed))
    }

    /// `len` words from byte `at` on; they were written before and are not written again until
    /// a reset, which happens only when nobody holds such a slice.
    pub fn words(&self, at: usize, len: usize) -> &'static [u64] {
        assert!(at.is_multiple_of(8) && at + len * 8 <= self.len);
        // SAFETY: in bounds, aligned, initialised; see above for the lifetime.
        unsafe { std::slice::from_raw_parts(self.base.add(at).cast(), len) }
    }

    /// Makes the pages of `len` bytes at `at` present at once, cheaper than by a fault each. They
    /// come by faults where the host's kernel does not know this.
    pub fn populate(&self, at: usize, len: usize) {
        self.advise(at, len, libc::MADV_POPULATE_WRITE);
    }

    /// Asks for huge pages from `at` on.
    pub fn prefer_huge(&self, at: usize) {
        self.advise(at, self.len, libc::MADV_HUGEPAGE);
    }

    fn advise(&self, at: usize, len: usize, advice: libc::c_int) {
        let at = at.min(self.len) & !4095;
        let len = len.min(self.len - at);
        // SAFETY: whole pages of our own private mapping, whose users know what they give back.
        unsafe { libc::madvise(self.base.add(at).cast(), len, advice) };
    }

    /// Gives the first `len` bytes back to the system; they read as zero again.
    pub fn discard(&self, len: usize) {
        self.discard_part(0, len);
    }

    /// Gives the pages of the `len` bytes at `at` back to the system, as [`Mapping::discard`] does.
    pub fn discard_part(&self, at: usize, len: usize) {
        self.advise(at, len.next_multiple_of(4096), libc::MADV_DONTNEED);
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: our own mapping, and the last user is gone.
        unsafe { libc::munmap(self.base.cast(), self.len) };
    }
}

/// Records are made present by so many bytes at once.
const STEP: usize = 32 << 10;

/// A growing array of records of `N` words each, readable without a lock up to its length.
pub struct Records<const N: usize> {
    mapping: Mapping,
    len: AtomicU64,
    /// Bytes that were made present.
    present: AtomicU64,
}

impl<const N: usize> Records<N> {
    /// Room for `capacity` records. Record 0 exists and is never used: 0 means "none".
    pub fn new(capacity: usize) -> io::Result<Self> {
        let mapping = Mapping::new(capacity * N * 8, false)?;
        Ok(Records { mapping, len: AtomicU64::new(1), present: AtomicU64::new(0) })
    }
    /// Records in use, the unused record 0 included.
    pub fn len(&self) -> usize {
        self.len.load(Ordering::Acquire) as usize
    }
    /// Bytes in use.
    pub fn bytes(&self) -> usize {
        self.len() * N * 8
    }
    /// True if `n` more fit.
    pub fn has_room(&self, n: usize) -> bool {
        (self.len() + n) * N * 8 <= self.mapping.len()
    }
    /// Appends a record and gives its number.
    pub fn push(&self, words: [u64; N]) -> u32 {
        let at = self.len();
        let present = self.present.load(Ordering::Relaxed);
        if ((at + 1) * N * 8) as u64 > present {
            self.mapping.populate(present as usize, STEP);
            self.present.store(present + STEP as u64, Ordering::Relaxed);
        }
        for (i, word) in words.into_iter().enumerate() {
            self.field(at as u32, i).store(word, Ordering::Relaxed);
        }
        self.len.store(at as u64 + 1, Ordering::Release);
        at as u32
    }
    /// Word `field` of record `number`.
    pub fn field(&self, number: u32, field: usize) -> &AtomicU64 {
        self.mapping.word64((number as usize * N + field) * 8)
    }
    /// Word `field` of record `number`, loaded.
    pub fn get(&self, number: u32, field: usize) -> u64 {
        self.field(number, field).load(Ordering::Relaxed)
    }
    /// Forgets all records.
    pub fn reset(&self) {
        self.len.store(1, Ordering::Release);
        self.mapping.discard(self.present.swap(0, Ordering::Relaxed) as usize);
    }
}
