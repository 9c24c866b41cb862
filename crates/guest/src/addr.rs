//! Guest addresses.

use std::fmt;

/// Bytes in a page; guest and host pages have the same size.
pub const PAGE_SIZE: u64 = 4096;
/// The bits of an address below its page.
pub const PAGE_MASK: u64 = PAGE_SIZE - 1;

/// An address in the guest's address space. The mapping to host addresses is the identity,
/// but only `memory` and `access` may use one as a pointer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[repr(transparent)]
pub struct GuestAddr(pub u64);

impl GuestAddr {
    /// The start of the page that holds this address.
    pub const fn page(self) -> GuestAddr {
        GuestAddr(self.0 & !PAGE_MASK)
    }
    /// This address rounded up to a page border; saturates at the last page.
    pub const fn page_up(self) -> GuestAddr {
        GuestAddr(self.0.saturating_add(PAGE_MASK) & !PAGE_MASK)
    }
    /// `self + n`, wrapping as address arithmetic does.
    #[must_use]
    pub const fn offset(self, n: i64) -> GuestAddr {
        GuestAddr(self.0.wrapping_add_signed(n))
    }
}

impl fmt::Display for GuestAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.0)
    }
}
impl fmt::Debug for GuestAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
impl fmt::LowerHex for GuestAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::LowerHex::fmt(&self.0, f)
    }
}
