//! The machine: runs guest threads on engines, and hands what they ask for to a [`Kernel`].
//! Mechanism only: no instruction set and no system call number of a guest is named here.
//!
//! ```text
//!   dispatch::run ── safepoint: deliver a signal, stand aside for a cache reset
//!        │
//!        ├─ tier::step ── translate ── frontend → opt → backend or interpreter → code cache
//!        │       └─ enter: generated code, chained, until it leaves
//!        └─ Leave: syscall, trap, fault → Kernel;  write to code → smc
//! ```
#![deny(unsafe_code)]
#![warn(missing_docs)]

pub mod borrowers;
mod cell;
pub mod clone;
mod dispatch;
mod enter;
mod handlers;
pub mod host;
pub mod host_stack;
mod hot;
mod instrument;
mod invalid_round;
pub mod isolation;
mod kernel;
mod observe;
pub mod postmortem;
mod process;
pub mod processes;
mod profile;
mod quick;
mod regions;
mod running;
mod sampler;
mod seen;
pub mod signals;
mod smc;
mod stats;
mod substitute;
mod tables;
pub mod threads;
mod tier;
mod times;
mod trace;
pub mod tracing;
mod translate;
mod vcpu;

pub use hot::HotRegion;
pub use kernel::{Flow, Kernel, SigInfo};
pub use observe::{Observer, Placed};
pub use process::{Engine, Options, Parts, Process};
pub use stats::Stats;
pub use vcpu::Vcpu;
