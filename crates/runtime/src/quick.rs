//! Calls of the kernel's that are answered between two entries of translated code, without the
//! way through the dispatch loop: it costs as much as a short system call itself.

use std::sync::atomic::Ordering;

use guest::GuestAddr;
use ir::{Leave, Trap};

use crate::{Vcpu, enter};

impl Vcpu {
    /// Answers what translated code left for, if that is quickly done. Gives the translation to
    /// go on with, or else the reason to leave for.
    pub(crate) fn answer_quickly(&mut self, leave: Leave) -> Result<u64, Leave> {
        let kernel = &self.process.kernel;
        let answered = match leave {
            Leave::Syscall => kernel.quick_syscall(self),
            Leave::Trap => match Trap::from_code(self.state.exit_value) {
                Trap::HostCall(number) => kernel.quick_host_call(self, number),
                Trap::Illegal | Trap::Breakpoint | Trap::Fetch => false,
            },
            Leave::Jump
            | Leave::Indirect
            | Leave::Poll
            | Leave::Yield
            | Leave::Fence
            | Leave::Fault => false,
        };
        if !answered {
            return Err(leave);
        }
        if leave == Leave::Syscall {
            self.unreserve();
        }
        self.leaves[leave as usize] += 1;
        if self.state.poll.load(Ordering::Relaxed) != 0 {
            return Err(Leave::Yield);
        }
        let pc = GuestAddr(self.state.pc);
        enter::find_jump_table(self.cell.jump_table, pc).ok_or(Leave::Yield)
    }

    /// Does what may take long, or wait, while the code cache may be emptied; only on behalf of
    /// [`crate::Kernel::quick_syscall`].
    pub fn aside<R>(&mut self, work: impl FnOnce(&mut Vcpu) -> R) -> R {
        self.cell.running.store(false, Ordering::Release);
        let result = work(self);
        self.start_running();
        result
    }
}
