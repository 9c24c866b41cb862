//! Linux, as the guest sees it: system calls, signals, processes, and the files under `/proc`
//! that tell a program about itself.
//!
//! Guest addresses are host addresses and a guest thread is a host thread, so most calls are
//! the host's own. What is left is here:
//!
//! ```text
//! table      a row a system call: number, name, arguments, how it is answered
//!   |        (dispatch, strace and `metic syscalls` are made from the rows)
//!   +- calls/<topic>   the calls that need more than the host's answer
//!   +- sysroot         guest paths to host paths
//!   +- proc/           the files under /proc that would show the translator
//!   +- takes           calls whose answer must not fail for the sake of watched code
//!   +- quick           calls that go neither here nor there, but straight to the host
//!   +- seccomp/        filters of system calls, run before the row is looked up
//!   +- signals/        actions, masks, delivery
//!   +- usage/          the most memory that a guest had resident
//!   +- ptrace/         guests that trace guests: strace and debuggers
//!   +- exec            execve(2), also of guest programs
//! abi/riscv64   numbers of registers, layouts, the signal frame, what the processor can do
//! strace/       prints a call
//! ```
#![deny(unsafe_code)]
#![warn(missing_docs)]

mod abi;
mod call;
mod calls;
mod config;
mod coredump;
mod cpus;
mod exec;
mod fds;
mod host;
mod linux;
mod mem;
mod note;
mod proc;
mod ptrace;
mod quick;
mod seccomp;
mod signals;
mod strace;
mod sysroot;
mod table;
mod takes;
mod thread;
mod usage;
mod user_dispatch;

pub use calls::limits::parse as parse_limits;
pub use config::{Config, Strace, Uname};
pub use fds::raise_fd;
pub use linux::Linux;
pub use table::{Row, Status, rows};
