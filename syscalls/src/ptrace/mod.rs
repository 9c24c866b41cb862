//! ptrace(2) between guests.
//!
//! The host's ptrace(2) carries the relation: who traces whom, the stopped state, children that are
//! traced from their start, the death of the tracer, wakes through wait4(2) and waitid(2). What a
//! stop means is settled between the two translators (docs/adr/0016):
//!
//! ```text
//! tracee    stop       says why in a record, and stops itself at a safepoint
//!           stops      the occasions: calls, signals, events, a start
//! tracer    tracees    whom this process traces, and where they stand
//!           look       what a stop of the host's means; most are none of the guest's
//!           told       those that are the guest's
//!           wait       wait4(2), waitid(2)
//!           attach     PTRACE_TRACEME, _ATTACH, _SEIZE, _INTERRUPT
//!           request    ptrace(2), by the table of its requests
//!           resume     PTRACE_CONT, _SYSCALL, _DETACH, _LISTEN
//!           data       registers, signals and calls of a stopped tracee
//! both      record     what the one tells the other
//! ```

mod attach;
mod data;
mod host;
mod look;
mod record;
mod request;
mod resume;
mod stop;
mod stops;
mod told;
mod tracees;
mod wait;

pub use attach::executes;
pub use record::Record;
pub use request::{process_vm_writev, ptrace};
pub use stop::Trace;
pub use stops::{
    Hello, after_call, before_call, child, ends, event, event_of, group_stop, seccomp, signal,
    start, stops_vfork, take_from_tracer, vfork_done, vfork_starts,
};
pub use tracees::{hold, wrote};
pub use wait::{wait4, waitid};

/// Events (`PTRACE_EVENT_*`), which are the numbers of the options that ask for them, too.
mod events {
    pub const FORK: u64 = 1;
    pub const VFORK: u64 = 2;
    pub const CLONE: u64 = 3;
    pub const EXEC: u64 = 4;
    pub const VFORK_DONE: u64 = 5;
    pub const EXIT: u64 = 6;
    pub const SECCOMP: u64 = 7;
    pub const STOP: u64 = 128;
}

/// Options (`PTRACE_O_*`).
mod options {
    pub const SYSGOOD: u64 = 1;
    pub const EXITKILL: u64 = 1 << 20;
    /// The option that asks for an event.
    pub const fn of(event: u64) -> u64 {
        1 << event
    }
    /// All that there are but `PTRACE_O_SUSPEND_SECCOMP`, which nobody but checkpointing needs.
    pub const KNOWN: u64 = 0xff | EXITKILL;
}
