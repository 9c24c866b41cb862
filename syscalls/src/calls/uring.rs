//! io_uring(7). All of its structures are the same on both machines but one: an entry of
//! `IORING_OP_EPOLL_CTL` points to a `struct epoll_event`, which is packed on x86-64. Such entries
//! are given the host's form for the time of the submission.
//!
//! An entry that is to be written to a page whose code is watched has the watch lifted ([`takes`]).
//!
//! So the submissions must go through io_uring_enter(2), by a descriptor: a kernel thread that
//! submits by itself (`IORING_SETUP_SQPOLL`) is refused as to a process without the right to it,
//! and registered ring descriptors as by Linux before 5.18. Programs do without either.

use std::sync::atomic::{AtomicI32, AtomicU64, Ordering};

use guest::access;
use memory::Errno;
use runtime::Process;

use crate::call::{Answer, Call, fail};
use crate::calls::epoll::{self, HOST_EVENT};
use crate::host::sys;
use crate::mem;
use crate::takes;

const SETUP: i64 = 425;
const ENTER: i64 = 426;
const REGISTER: i64 = 427;

const SETUP_SQPOLL: u32 = 1 << 1;
const SETUP_SQE128: u32 = 1 << 10;
const SETUP_NO_MMAP: u32 = 1 << 14;
const SETUP_REGISTERED_FD_ONLY: u32 = 1 << 15;
const SETUP_NO_SQARRAY: u32 = 1 << 16;
const SETUP_SQE_MIXED: u32 = 1 << 19;
const REGISTER_RING_FDS: u32 = 20;
const OFF_SQES: u64 = 0x1000_0000;
const OP_EPOLL_CTL: u64 = 29;

/// `struct io_uring_params`, as words of 32 bits; the places that count.
type Params = [u32; 30];
const ENTRIES: usize = 0;
const FLAGS: usize = 2;
/// `sq_off`: head, tail, mask, ...
const SQ_HEAD: usize = 10;
const SQ_TAIL: usize = 11;
const SQ_ARRAY: usize = 16;
/// `sq_off.user_addr` and `cq_off.user_addr`, of `IORING_SETUP_NO_MMAP`.
const SQES_GIVEN: usize = 18;
const RINGS_GIVEN: usize = 28;

/// Offsets in `struct io_uring_sqe`.
const SQE_FD: u64 = 4;
const SQE_OFF: u64 = 8;
const SQE_ADDR: u64 = 16;
const SQE_LEN: u64 = 24;

/// Rings that a process can have.
const RINGS: usize = 256;

/// A ring's submissions, in memory that the kernel shares.
struct Ring {
    /// Its descriptor; -1 for none.
    fd: AtomicI32,
    head: AtomicU64,
    tail: AtomicU64,
    /// The array of indices; 0 if the ring has none.
    array: AtomicU64,
    sqes: AtomicU64,
    /// Entries, a power of two, and above them the size of one in bytes.
    shape: AtomicU64,
    /// Address and length of what is mapped for ourselves; zeros if the memory is the guest's.
    mapped: [AtomicU64; 4],
}

/// The rings of a process. Without locks: a forked child has them too.
pub struct Rings([Ring; RINGS]);

impl Default for Rings {
    fn default() -> Rings {
        Rings(std::array::from_fn(|_| Ring {
            fd: AtomicI32::new(-1),
            head: AtomicU64::new(0),
            tail: AtomicU64::new(0),
            array: AtomicU64::new(0),
            sqes: AtomicU64::new(0),
            shape: AtomicU64::new(0),
            mapped: Default::default(),
        }))
    }
}

impl Rings {
    fn of(&self, fd: i32) -> Option<&Ring> {
        self.0.iter().find(|ring| ring.fd.load(Ordering::Acquire) == fd)
    }

    /// The ring that the guest calls by this descriptor.
    fn named(&self, fd: i32) -> Option<&Ring> {
        self.of(fd).filter(|_| fd >= 0)
    }

    /// The place for a ring with this descriptor: that of an earlier ring which had it, or a
    /// free one.
    fn place(&self, fd: i32) -> Option<&Ring> {
        self.of(fd).or_else(|| self.of(-1))
    }
}

/// Bytes from the start of the shared memory to the end of what concerns submissions.
fn ring_len(params: &Params) -> u64 {
    let indices = params[SQ_ARRAY] as u64 + 4 * params[ENTRIES] as u64;
    indices.max(params[SQ_TAIL] as u64 + 4)
}

fn entry_size(params: &Params) -> u64 {
    if params[FLAGS] & SETUP_SQE128 != 0 { 128 } else { 64 }
}

/// Maps part of a ring for ourselves.
fn map(fd: i32, len: u64, offset: u64) -> Result<u64, Errno> {
    let prot = (libc::PROT_READ | libc::PROT_WRITE) as u64;
    let args = [0, len, prot, libc::MAP_SHARED as u64, fd as u64, offset];
    sys(libc::SYS_mmap, args).map(|addr| addr as u64)
}

impl Ring {
    /// Where the rings and the entries are: the guest's own memory, or mappings of the ring.
    fn locate(&self, fd: i32, params: &Params) -> Result<(u64, u64), Errno> {
        if params[FLAGS] & SETUP_NO_MMAP != 0 {
            let address = |at: usize| params[at] as u64 | (params[at + 1] as u64) << 32;
            return Ok((address(RINGS_GIVEN), address(SQES_GIVEN)));
        }
        let (len, sqes_len) = (ring_len(params), params[ENTRIES] as u64 * entry_size(params));
        let (rings, sqes) = (map(fd, len, 0)?, map(fd, sqes_len, OFF_SQES)?);
        let words = [rings, len, sqes, sqes_len];
        self.mapped.iter().zip(words).for_each(|(at, word)| at.store(word, Ordering::Relaxed));
        Ok((rings, sqes))
    }

    /// Lets go of what an earlier ring had mapped.
    fn forget(&self) {
        let [rings, len, sqes, sqes_len] = self.mapped.each_ref();
        for (addr, len) in [(rings, len), (sqes, sqes_len)] {
            let args = [addr.load(Ordering::Relaxed), len.swap(0, Ordering::Relaxed)];
            if args[1] != 0 {
                let _ = sys(libc::SYS_munmap, args);
            }
        }
    }

    /// Takes note of a ring, which has the descriptor of the one that was noted here.
    fn note(&self, fd: i32, params: &Params) -> Result<(), Errno> {
        self.forget();
        let (rings, sqes) = self.locate(fd, params)?;
        let array = rings + params[SQ_ARRAY] as u64;
        let indexed = params[FLAGS] & SETUP_NO_SQARRAY == 0;
        self.head.store(rings + params[SQ_HEAD] as u64, Ordering::Relaxed);
        self.tail.store(rings + params[SQ_TAIL] as u64, Ordering::Relaxed);
        self.array.store(if indexed { array } else { 0 }, Ordering::Relaxed);
        self.sqes.store(sqes, Ordering::Relaxed);
        let shape = params[ENTRIES] as u64 | entry_size(params) << 32;
        self.shape.store(shape, Ordering::Relaxed);
        self.fd.store(fd, Ordering::Release);
        Ok(())
    }

    /// The address of the entry that is submitted `n` places after the first.
    fn entry(&self, n: u64) -> Option<u64> {
        let shape = self.shape.load(Ordering::Relaxed);
        let (count, size) = (shape & 0xffff_ffff, shape >> 32);
        let head = access::load_u32(self.head.load(Ordering::Relaxed)).ok()?;
        let place = (head + n) & (count - 1);
        let index = match self.array.load(Ordering::Relaxed) {
            0 => place,
            array => access::load_u32(array + 4 * place).ok()?,
        };
        (index < count).then(|| self.sqes.load(Ordering::Relaxed) + index * size)
    }

    /// Entries that wait to be submitted.
    fn waiting(&self) -> u64 {
        let load = |at: &AtomicU64| access::load_u32(at.load(Ordering::Relaxed)).unwrap_or(0);
        (load(&self.tail) as u32).wrapping_sub(load(&self.head) as u32) as u64
    }
}

/// An entry whose event has the host's form for now.
struct Patched {
    entry: u64,
    guests: u64,
    event: Box<[u8; HOST_EVENT]>,
}

impl Patched {
    /// The entry, if it is of `IORING_OP_EPOLL_CTL` and has an event that can be read.
    fn of(entry: u64) -> Option<Patched> {
        let op = access::load_u32(entry + SQE_LEN).ok()? as i32;
        if access::load_u8(entry).ok()? != OP_EPOLL_CTL || op == libc::EPOLL_CTL_DEL {
            return None;
        }
        let guests = access::load_u64(entry + SQE_ADDR).ok()?;
        let event = Box::new(epoll::to_host(&mem::read(guests).ok()?));
        let patched = Patched { entry, guests, event };
        access::store_u64(entry + SQE_ADDR, patched.host()).ok()?;
        Some(patched)
    }

    fn host(&self) -> u64 {
        self.event.as_ptr() as u64
    }
}

impl Drop for Patched {
    /// The guest finds its entry as it made it, unless it has made another one there by now.
    fn drop(&mut self) {
        let at = self.entry + SQE_ADDR;
        let _ = access::cas_u64(at, self.host(), self.guests);
    }
}

/// io_uring_setup(2).
pub fn setup(call: &mut Call<'_>) -> Answer {
    let wanted: [u32; 3] = mem::read(call.args[1])?;
    if wanted[FLAGS] & SETUP_SQPOLL != 0 {
        return fail(libc::EPERM);
    }
    if wanted[FLAGS] & (SETUP_REGISTERED_FD_ONLY | SETUP_SQE_MIXED) != 0 {
        return fail(libc::EINVAL);
    }
    let fd = call.pass(SETUP)? as i32;
    let noted = mem::read::<Params>(call.args[1]).and_then(|params| {
        let ring = call.linux.rings.place(fd).ok_or(Errno(libc::ENFILE))?;
        ring.note(fd, &params)
    });
    if let Err(Errno(errno)) = noted {
        let _ = sys(libc::SYS_close, [fd as u64]);
        return fail(errno);
    }
    Ok(fd as i64)
}

/// io_uring_enter(2).
pub fn enter(call: &mut Call<'_>) -> Answer {
    let to_submit = call.args[1] as u32 as u64;
    let ring = call.linux.rings.named(call.int(0)).filter(|_| to_submit != 0);
    let Some(ring) = ring else { return call.block(ENTER) };
    let count = ring.waiting().min(to_submit);
    if call.process().memory.has_watches() {
        (0..count).filter_map(|n| ring.entry(n)).for_each(|entry| open(call.process(), entry));
    }
    let _patched: Vec<Patched> =
        (0..count).filter_map(|n| ring.entry(n)).filter_map(Patched::of).collect();
    call.block(ENTER)
}

/// Makes what the entry will write writable on the host, if the guest may write it.
fn open(process: &'static Process, entry: u64) {
    let load = |offset| access::load_u64(entry + offset);
    let number = |offset| access::load_u32(entry + offset);
    let found =
        (access::load_u8(entry), number(SQE_FD), load(SQE_OFF), load(SQE_ADDR), number(SQE_LEN));
    if let (Ok(op), Ok(fd), Ok(other), Ok(addr), Ok(len)) = found {
        takes::prepare_entry(process, op as u8, [addr, len, other, len.saturating_mul(fd)]);
    }
}

/// io_uring_register(2).
pub fn register(call: &mut Call<'_>) -> Answer {
    if call.args[1] as u32 == REGISTER_RING_FDS {
        return fail(libc::EINVAL);
    }
    call.block(REGISTER)
}
