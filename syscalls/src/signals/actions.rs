//! rt_sigaction(2): the table of handlers.

use runtime::signals::{Disposition, set_host_action};

use crate::note::NOTE;

pub const SIG_DFL: u64 = libc::SIG_DFL as u64;
pub const SIG_IGN: u64 = libc::SIG_IGN as u64;

/// Flags that Linux knows on this guest; others are dropped, which is how programs find out.
const KNOWN_FLAGS: u64 = (libc::SA_NOCLDSTOP
    | libc::SA_NOCLDWAIT
    | libc::SA_SIGINFO
    | 0x800
    | libc::SA_ONSTACK
    | libc::SA_RESTART
    | libc::SA_NODEFER) as u32 as u64
    | libc::SA_RESETHAND as u32 as u64;

/// The kernel's `struct sigaction` where it has no restorer (asm-generic).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[repr(C)]
pub struct Action {
    pub handler: u64,
    pub flags: u64,
    pub mask: u64,
}

impl Action {
    pub fn has(&self, flag: i32) -> bool {
        self.flags & flag as u32 as u64 != 0
    }
    /// As Linux stores it.
    pub fn normal(self) -> Action {
        Action { flags: self.flags & KNOWN_FLAGS, mask: self.mask & !super::UNBLOCKABLE, ..self }
    }
}

/// An action for each of the 64 signals.
pub struct Actions {
    all: [Action; 64],
    /// Other processes are told. A copy is of a child in this memory, for which nobody asks.
    noted: bool,
}

impl Default for Actions {
    fn default() -> Actions {
        Actions { all: [Action::default(); 64], noted: true }
    }
}

impl Clone for Actions {
    fn clone(&self) -> Actions {
        Actions { all: self.all, noted: false }
    }
}

impl Actions {
    pub fn get(&self, signo: i32) -> Action {
        self.all[signo as usize - 1]
    }
    pub fn set(&mut self, signo: i32, action: Action) {
        self.all[signo as usize - 1] = action;
        if self.noted {
            NOTE.set_handler(signo, action.handler);
        }
    }
    /// Sets what has a handler to its default action; on the host too if `on_host`.
    pub fn clear_handlers(&mut self, on_host: bool) {
        for signo in 1..=64 {
            if !matches!(self.get(signo).handler, SIG_DFL | SIG_IGN) {
                self.set(signo, Action::default());
                if on_host {
                    set_host_action(signo, Disposition::Default);
                }
            }
        }
    }
}

/// What the host is to do.
pub fn host_disposition(action: &Action) -> Disposition {
    match action.handler {
        SIG_DFL => Disposition::Default,
        SIG_IGN => Disposition::Ignore,
        _ => Disposition::Handler {
            restart: action.has(libc::SA_RESTART),
            child_flags: action.flags & (libc::SA_NOCLDSTOP | libc::SA_NOCLDWAIT) as u64,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_layout_is_the_kernels() {
        assert_eq!(size_of::<Action>(), 24);
        assert_eq!(std::mem::offset_of!(Action, mask), 16);
    }

    #[test]
    fn unknown_flags_and_unblockable_signals_are_dropped() {
        let all = Action { handler: 5, flags: u64::MAX, mask: u64::MAX }.normal();
        assert_eq!(all.flags, 0xd800_0807);
        assert_eq!(all.mask, !(1 << 8 | 1 << 18));
    }
}
