//! The calls that need more than the host's answer, by topic.

pub mod across;
pub mod clone;
pub mod dir;
pub mod epoll;
pub mod exit;
pub mod fd;
pub mod file;
pub mod info;
pub mod ioctl;
pub mod ipc;
pub mod limits;
pub mod machine;
pub mod memory;
pub mod mount;
pub mod path;
pub mod poll;
pub mod prctl;
pub mod seccomp;
pub mod signal;
pub mod signal_wait;
pub mod socket;
pub mod stat;
pub mod thread;
pub mod uring;
pub mod usage;
pub mod vdso;
