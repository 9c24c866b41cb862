//! The stack of the first thread, and the room below it.

use guest::{PAGE_MASK, PAGE_SIZE};

use crate::regions::{Kind, Region};
use crate::space::{AddressSpace, Inner};
use crate::{Errno, Prot, host};

/// A stack never grows beyond this.
const LARGEST: u64 = 1 << 30;

/// Inaccessible memory below the stack, for it to grow into; `start == end` when there is none.
/// The lowest page stays as a guard. The guest does not see it.
#[derive(Default)]
pub struct Reserve {
    start: u64,
    end: u64,
    /// The address behind the stack.
    top: u64,
}

impl Reserve {
    /// Gives everything up.
    pub fn drop_all(&mut self) -> Result<(), Errno> {
        self.yield_to(self.start, self.end)
    }
    /// Gives up what lies below the end of `start..end`, which the guest maps for itself.
    pub fn yield_to(&mut self, start: u64, end: u64) -> Result<(), Errno> {
        let (from, to) = (start.max(self.start), end.min(self.end));
        if from < to {
            host::munmap(self.start, to - self.start)?;
            self.start = to;
        }
        Ok(())
    }
}

fn round_up(bytes: u64) -> u64 {
    bytes.saturating_add(PAGE_MASK) & !PAGE_MASK
}

fn reserve(bytes: u64) -> Result<u64, Errno> {
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
    host::mmap(0, bytes, libc::PROT_NONE, flags, -1, 0)
}

impl AddressSpace {
    /// Maps the stack of the first thread with `size` bytes (the soft limit; at most 1 GiB) and
    /// room to grow to the hard limit; returns the address behind it.
    pub fn map_stack(&self, size: u64) -> Result<u64, Errno> {
        let size = round_up(size.clamp(PAGE_SIZE, LARGEST));
        let room = round_up(host::stack_hard_limit().min(LARGEST)).max(size);
        self.change(|inner, _| {
            let (start, bytes) = reserve(room + PAGE_SIZE)
                .map(|start| (start, room + PAGE_SIZE))
                .or_else(|_| Ok((reserve(size + PAGE_SIZE)?, size + PAGE_SIZE)))?;
            let top = start + bytes;
            inner.stack = Reserve { start, end: top, top };
            inner.grow_stack(size)?;
            Ok(top)
        })
    }

    /// `RLIMIT_STACK` is now `bytes`: the stack extends down to it, as far as there is room.
    /// It never shrinks.
    pub fn set_stack_limit(&self, bytes: u64) {
        // A stack that can't grow faults when it is used, as Linux's does.
        let _ = self.write().grow_stack(bytes);
    }
}

impl Inner {
    /// Makes the top `bytes` below the stack's end accessible.
    fn grow_stack(&mut self, bytes: u64) -> Result<(), Errno> {
        let Reserve { start: lowest, end, top } = self.stack;
        let guarded = lowest + PAGE_SIZE;
        let start = top.saturating_sub(round_up(bytes)).max(guarded);
        if start >= end {
            return Ok(());
        }
        let prot = Prot::RW;
        host::mprotect(start, end - start, prot.host())?;
        self.stack.end = start;
        self.regions.insert(Region { start, end, prot, shared: false, kind: Kind::Stack });
        Ok(())
    }
}
