//! metic runs Linux programs built for another instruction set.
//!
//! This crate composes the machine from its parts: [`registry`] names the guests, hosts and
//! engines there are, [`launch`] loads a program and runs it in this process, and the modules of
//! [`commands`] are what the command line offers.
//!
//! ```no_run
//! let mut launch = metic::launch::Launch::new("/root-riscv64/bin/true");
//! launch.options.engine = runtime::Engine::Auto;
//! let error = metic::launch::run(launch).unwrap_err(); // only returns if it can't start
//! eprintln!("{error}");
//! ```
#![deny(unsafe_code)]
#![warn(missing_docs)]

pub mod args;
pub mod commands;
mod environ;
mod heap;
pub mod invocation;
mod jitdump;
pub mod launch;
mod output;
mod perf_map;
mod process_age;
pub mod registry;
mod symbols;
