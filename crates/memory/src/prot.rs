//! Page rights.

use std::fmt;

/// The rights of the guest to a page: the bits of `PROT_*` in mmap(2).
#[derive(Clone, Copy, PartialEq, Eq, Default)]
#[repr(transparent)]
pub struct Prot(pub u8);

impl Prot {
    /// No access.
    pub const NONE: Prot = Prot(0);
    /// `PROT_READ`.
    pub const READ: Prot = Prot(1);
    /// `PROT_WRITE`.
    pub const WRITE: Prot = Prot(2);
    /// `PROT_EXEC`.
    pub const EXEC: Prot = Prot(4);
    /// Read and write.
    pub const RW: Prot = Prot(3);
    /// Read and execute.
    pub const RX: Prot = Prot(5);

    /// From the argument of mmap(2); other bits are dropped.
    pub const fn from_linux(prot: i32) -> Prot {
        Prot((prot & 7) as u8)
    }
    /// As the argument of mmap(2).
    pub const fn to_linux(self) -> i32 {
        self.0 as i32
    }
    /// The rights the host page gets: never execute; what can be executed or written can be
    /// read (translation reads code, and a RISC-V PTE with write but no read is reserved).
    pub const fn host(self) -> i32 {
        (self.0 as i32 & 2) | (self.0 != 0) as i32
    }
    /// True if all of `other` is in `self`.
    pub const fn contains(self, other: Prot) -> bool {
        self.0 & other.0 == other.0
    }
    /// True if guest code may run here.
    pub const fn is_exec(self) -> bool {
        self.contains(Prot::EXEC)
    }
    /// True if the guest may write here.
    pub const fn is_write(self) -> bool {
        self.contains(Prot::WRITE)
    }
}

impl std::ops::BitOr for Prot {
    type Output = Prot;
    fn bitor(self, other: Prot) -> Prot {
        Prot(self.0 | other.0)
    }
}

impl fmt::Display for Prot {
    /// `rwx` as in `/proc/self/maps`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letter = |bit, c| if self.contains(bit) { c } else { '-' };
        write!(
            f,
            "{}{}{}",
            letter(Prot::READ, 'r'),
            letter(Prot::WRITE, 'w'),
            letter(Prot::EXEC, 'x')
        )
    }
}
impl fmt::Debug for Prot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
