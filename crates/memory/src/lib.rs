//! The guest's address space: what is mapped where and with which rights.
//!
//! The mapping from guest to host addresses is the identity. Host pages never carry execute
//! permission; a guest page that holds translated code *and* is writable is kept read-only on
//! the host until it is written to ([`AddressSpace::watch`]).
//!
//! What is not in the list of regions belongs to the translator or is free. The guest's calls
//! only ever touch its own regions; new ones are made with `MAP_FIXED_NOREPLACE` wherever they
//! are not already the guest's, so the kernel keeps the translator's mappings safe.
#![deny(unsafe_code)]
#![warn(missing_docs)]

mod area;
mod brk;
mod code;
mod host;
mod limits;
mod prot;
mod regions;
mod remap;
mod runs;
mod settled;
mod space;
mod stack;
#[cfg(test)]
mod tests;

pub use code::{Access, CodeListener};
pub use limits::Limits;
pub use prot::Prot;
pub use regions::{Kind, Region};
pub use runs::Run;
pub use space::{AddressSpace, MapRequest, Published};

/// A Linux error number, positive.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Errno(pub i32);

impl std::fmt::Display for Errno {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = std::io::Error::from_raw_os_error(self.0).to_string();
        // Without the number that `io::Error` adds.
        f.write_str(text.split(" (os error").next().unwrap_or(&text))
    }
}
impl std::error::Error for Errno {}

/// One past the highest address a guest may map: 47 bits, as RISC-V Linux with sv48 and
/// x86-64 Linux both have, less the page that x86-64 keeps free.
pub const TASK_SIZE: u64 = (1 << 47) - guest::PAGE_SIZE;
