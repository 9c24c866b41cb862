//! RISC-V, 64 bit; see the kernel's `arch/riscv` and the psABI.

pub mod core;
pub mod cpuinfo;
pub mod extensions;
pub mod frame;
pub mod hwprobe;
pub mod regs;
pub mod regsets;
