//! What a guest's instruction set decides: numbers of registers, layouts, capabilities.
//!
//! One guest is known, and its module is used under neutral names; with a second one, a row of
//! functions a guest goes here.

mod riscv64;

pub use riscv64::{core, cpuinfo, frame, hwprobe, regs, regsets};
