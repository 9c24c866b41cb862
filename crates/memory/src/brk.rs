//! brk(2): the heap directly behind the program.

use guest::PAGE_MASK;

use crate::regions::{Kind, Region};
use crate::space::{AddressSpace, Changes, Inner};
use crate::{Errno, Prot, TASK_SIZE, host};

/// The heap's borders, in bytes as the guest gave them.
#[derive(Default)]
pub struct Brk {
    start: u64,
    end: u64,
}

impl AddressSpace {
    /// Sets where the heap begins; it is empty.
    pub fn init_brk(&self, start: u64) {
        self.write().brk = Brk { start, end: start };
    }

    /// The system call brk(2): moves the end of the heap to `addr` and returns it; returns the
    /// old end if that is not possible.
    pub fn brk(&self, addr: u64) -> u64 {
        self.change(|inner, changes| {
            if inner.move_brk(addr, changes).is_ok() {
                inner.brk.end = addr;
            }
            inner.brk.end
        })
    }
}

impl Inner {
    fn move_brk(&mut self, addr: u64, changes: &mut Changes) -> Result<(), Errno> {
        if addr < self.brk.start || addr > TASK_SIZE {
            return Err(Errno(libc::EINVAL));
        }
        let old = (self.brk.end + PAGE_MASK) & !PAGE_MASK;
        let new = (addr + PAGE_MASK) & !PAGE_MASK;
        if new < old {
            return self.unmap(new, old, changes);
        }
        if new > old {
            self.grow_heap(old, new, changes)?;
        }
        Ok(())
    }

    fn grow_heap(&mut self, start: u64, end: u64, changes: &mut Changes) -> Result<(), Errno> {
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | host::MAP_FIXED_NOREPLACE;
        let prot = Prot::RW;
        let heap = Region { start, end, prot, shared: false, kind: Kind::Heap };
        self.limits.admit(&self.regions, &heap)?;
        host::mmap(start, end - start, prot.host(), flags, -1, 0)?;
        self.replace(heap, changes);
        Ok(())
    }
}
