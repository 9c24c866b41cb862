//! Signals: what the guest wants done, and how its handlers are entered and left.
//!
//! Queues, masks and default actions are the host kernel's (`runtime::signals`). Kept here are
//! the guest's handlers, the masks as the guest knows them, and the alternate stacks.

mod actions;
mod altstack;
mod deliver;
mod start;

pub use actions::{Action, Actions, SIG_DFL, SIG_IGN, host_disposition};
pub use altstack::AltStack;
pub use deliver::{
    call_again, deliver, deliver_unblocked, force, force_segv, not_delivered, note_interrupted,
};
pub use start::{close_what_was_closed, inherited_actions, inherited_mask};

use runtime::Vcpu;
use runtime::signals::{SYNCHRONOUS, bit, set_host_mask};

use crate::thread::Thread;

/// Bytes of a signal set.
pub const SET_LEN: u64 = 8;
/// Signals that can't be caught, blocked or ignored.
pub const UNBLOCKABLE: u64 = bit(libc::SIGKILL) | bit(libc::SIGSTOP);

/// True for signals that generated code can raise; the host never blocks them.
pub fn is_synchronous(signo: i32) -> bool {
    SYNCHRONOUS & bit(signo) != 0
}

/// Makes the host's mask the guest's. A thread with a signal in hand has all of them blocked
/// until that is delivered, and stays so.
pub fn apply_mask(vcpu: &mut Vcpu) {
    if !vcpu.signal_pending() {
        set_host_mask(Thread::of(vcpu).mask);
    }
}
