//! The commands.

pub mod bench;
pub mod binfmt;
pub mod demo;
pub mod dump;
pub mod man;
pub mod run;
pub mod stats;
pub mod syscalls;
