//! What a program inherits through execve(2): its mask, and the signals that are ignored.
#![allow(unsafe_code, reason = "a function in .init_array; raw rt_sigaction")]

use std::sync::atomic::{AtomicU64, Ordering};

use runtime::host::syscall_raw;
use runtime::signals::host_mask;

use super::actions::{Action, Actions, SIG_DFL, SIG_IGN};

/// The disposition of SIGPIPE before Rust's runtime ignored it.
static SIGPIPE_AT_START: AtomicU64 = AtomicU64::new(SIG_DFL);

extern "C" fn note_sigpipe() {
    SIGPIPE_AT_START.store(host_handler(libc::SIGPIPE), Ordering::Relaxed);
}

// SAFETY: the function makes one system call and needs nothing that is set up later.
#[used]
#[unsafe(link_section = ".init_array")]
static NOTE_SIGPIPE: extern "C" fn() = note_sigpipe;

/// The host's handler of a signal.
fn host_handler(signo: i32) -> u64 {
    let mut action = [0u64; 4];
    let args = [signo as u64, 0, action.as_mut_ptr() as u64, super::SET_LEN, 0, 0];
    syscall_raw(libc::SYS_rt_sigaction as u64, args);
    action[0]
}

/// The guest's actions at its start; before the runtime takes any signal.
pub fn inherited_actions() -> Actions {
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
    let pipe = super::host_disposition(&actions.get(libc::SIGPIPE));
    runtime::signals::set_host_action(libc::SIGPIPE, pipe);
    actions
}

/// The guest's mask at its start.
pub fn inherited_mask() -> u64 {
    host_mask()
}
