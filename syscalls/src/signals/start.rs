//! What a program inherits through execve(2) and Rust's runtime changes before `main`: ignored
//! signals, and standard descriptors that are closed.
#![allow(unsafe_code, reason = "a function in .init_array; raw rt_sigaction")]

use std::sync::atomic::{AtomicU64, Ordering};

use runtime::host::syscall_raw;
use runtime::signals::{DUMPING, bit, host_mask, set_host_action};

use super::actions::{Action, Actions, SIG_DFL, SIG_IGN};

/// The disposition of SIGPIPE before Rust's runtime ignored it.
static SIGPIPE_AT_START: AtomicU64 = AtomicU64::new(SIG_DFL);

/// Bit n: standard descriptor n was closed before Rust's runtime opened /dev/null in its place.
static CLOSED_AT_START: AtomicU64 = AtomicU64::new(0);

extern "C" fn note_start() {
    SIGPIPE_AT_START.store(host_handler(libc::SIGPIPE), Ordering::Relaxed);
    for fd in 0..3 {
        let args = [fd, libc::F_GETFD as u64, 0, 0, 0, 0];
        if syscall_raw(libc::SYS_fcntl as u64, args) < 0 {
            CLOSED_AT_START.fetch_or(1 << fd, Ordering::Relaxed);
        }
    }
}

/// Closes the standard descriptors that the program was started without. What the translator
/// opened for itself is not among them: those numbers were taken by then.
pub fn close_what_was_closed() {
    let closed = CLOSED_AT_START.load(Ordering::Relaxed);
    for fd in (0..3).filter(|fd| closed >> fd & 1 != 0) {
        syscall_raw(libc::SYS_close as u64, [fd, 0, 0, 0, 0, 0]);
    }
}

// SAFETY: the function makes system calls and needs nothing that is set up later.
#[used]
#[unsafe(link_section = ".init_array")]
static NOTE_START: extern "C" fn() = note_start;

/// The host's handler of a signal.
fn host_handler(signo: i32) -> u64 {
    let mut action = [0u64; 4];
    let args = [signo as u64, 0, action.as_mut_ptr() as u64, super::SET_LEN, 0, 0];
    syscall_raw(libc::SYS_rt_sigaction as u64, args);
    action[0]
}

/// The guest's actions at its start; before the runtime takes any signal.
pub fn inherited_actions() -> Actions {
    // A use, without which link-time optimisation drops the row of .init_array.
    std::hint::black_box(&NOTE_START);
    let mut actions = Actions::default();
    for signo in 1..=64 {
        let handler = match signo {
            libc::SIGPIPE => SIGPIPE_AT_START.load(Ordering::Relaxed),
            _ => host_handler(signo),
        };
        if handler == SIG_IGN {
            actions.set(signo, Action { handler, ..Action::default() });
        }
    }
    for signo in (1..=64).filter(|signo| DUMPING & bit(*signo) != 0) {
        set_host_action(signo, super::host_disposition(&actions.get(signo)));
    }
    let pipe = super::host_disposition(&actions.get(libc::SIGPIPE));
    set_host_action(libc::SIGPIPE, pipe);
    actions
}

/// The guest's mask at its start.
pub fn inherited_mask() -> u64 {
    host_mask()
}
