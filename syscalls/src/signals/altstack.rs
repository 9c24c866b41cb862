//! sigaltstack(2).

use memory::Errno;

/// The smallest alternate stack.
const MINSIGSTKSZ: u64 = 2048;
const SS_ONSTACK: i32 = libc::SS_ONSTACK;
const SS_DISABLE: i32 = libc::SS_DISABLE;
const SS_AUTODISARM: i32 = i32::MIN;

/// `stack_t`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(C)]
pub struct AltStack {
    pub sp: u64,
    pub flags: i32,
    pad: i32,
    pub size: u64,
}

impl AltStack {
    /// None.
    pub const NONE: AltStack = AltStack { sp: 0, flags: SS_DISABLE, pad: 0, size: 0 };

    /// True if `sp` is on this stack, by address.
    pub fn holds(&self, sp: u64) -> bool {
        sp > self.sp && sp - self.sp <= self.size
    }
    /// True if a handler that is entered now would already be on it.
    pub fn in_use(&self, sp: u64) -> bool {
        self.flags & SS_AUTODISARM == 0 && self.holds(sp)
    }
    pub fn is_set(&self) -> bool {
        self.size != 0
    }
    pub fn disarms_itself(&self) -> bool {
        self.flags & SS_AUTODISARM != 0
    }
    /// One past its highest address.
    pub fn top(&self) -> u64 {
        self.sp.wrapping_add(self.size)
    }

    /// As the system call reports it to a thread with this stack pointer.
    pub fn reported(&self, sp: u64) -> AltStack {
        let state = match () {
            () if !self.is_set() => SS_DISABLE,
            () if self.in_use(sp) => SS_ONSTACK,
            () => 0,
        };
        AltStack { flags: state | (self.flags & SS_AUTODISARM), pad: 0, ..*self }
    }

    /// The stack after a request to replace `self` by `new`.
    pub fn replaced(&self, new: AltStack, sp: u64) -> Result<AltStack, Errno> {
        if self.in_use(sp) {
            return Err(Errno(libc::EPERM));
        }
        match new.flags & !SS_AUTODISARM {
            SS_DISABLE => Ok(AltStack { flags: new.flags, ..AltStack::NONE }),
            0 | SS_ONSTACK if new.size < MINSIGSTKSZ => Err(Errno(libc::ENOMEM)),
            0 | SS_ONSTACK => Ok(AltStack { pad: 0, ..new }),
            _ => Err(Errno(libc::EINVAL)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stack(flags: i32, size: u64) -> AltStack {
        AltStack { sp: 0x1000, flags, pad: 0, size }
    }

    #[test]
    fn the_layout_is_the_kernels() {
        assert_eq!(size_of::<AltStack>(), 24);
        assert_eq!(std::mem::offset_of!(AltStack, size), 16);
    }

    #[test]
    fn a_stack_in_use_can_not_be_replaced() {
        let used = stack(0, 0x2000);
        assert_eq!(used.replaced(AltStack::NONE, 0x2000), Err(Errno(libc::EPERM)));
        assert!(stack(SS_AUTODISARM, 0x2000).replaced(AltStack::NONE, 0x2000).is_ok());
        assert_eq!(used.reported(0x2000).flags, SS_ONSTACK);
    }

    #[test]
    fn a_small_stack_is_refused() {
        assert_eq!(AltStack::NONE.replaced(stack(0, 2047), 0), Err(Errno(libc::ENOMEM)));
        assert_eq!(AltStack::NONE.replaced(stack(7, 4096), 0), Err(Errno(libc::EINVAL)));
    }
}
