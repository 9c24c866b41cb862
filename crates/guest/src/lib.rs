//! What a guest is, as data: addresses, the description of an instruction set, and the
//! state of one guest thread. Everything imports this crate; it imports nothing.
#![deny(unsafe_code)]
#![warn(missing_docs)]

pub mod access;
mod addr;
mod isa;
pub mod keys;
mod state;

pub use addr::{GuestAddr, PAGE_MASK, PAGE_SIZE};
pub use isa::{Isa, RegFile, SlotClass, SlotInfo};
pub use state::{
    CpuState, Fault, FaultKind, JUMP_TABLE_LEN, JumpEntry, Reservation, SCRATCH_LEN, SLOT_COUNT,
    Slot, offsets,
};
