//! The dispatch loop.

use std::sync::atomic::Ordering;

use ir::{Leave, Trap};

use crate::instrument::COUNT_SLOT;
use crate::stats::Counters;
use crate::{Flow, Vcpu};

impl Vcpu {
    /// Runs guest code until the thread ends. Ends the host process itself when the guest's does.
    pub(crate) fn run(&mut self) {
        let mut first = true;
        loop {
            let flow = if std::mem::take(&mut first) {
                self.process.kernel.start(self)
            } else if self.state.poll.load(Ordering::Relaxed) != 0 {
                self.safepoint()
            } else {
                self.trace();
                let leave = self.step();
                self.leaves[leave as usize] += 1;
                if leave == Leave::Poll {
                    self.sample();
                }
                self.handle(leave)
            };
            match flow {
                Flow::Continue => {}
                Flow::ExitThread => break,
                Flow::ExitProcess(status) => self.exit_process(status),
            }
        }
        self.merge_stats();
    }

    pub(crate) fn handle(&mut self, leave: Leave) -> Flow {
        match leave {
            Leave::Jump | Leave::Indirect | Leave::Poll | Leave::Yield => Flow::Continue,
            Leave::Syscall => {
                // As Linux's way back to user mode does; sigreturn is one of these.
                self.unreserve();
                let kernel = &self.process.kernel;
                kernel.syscall(self)
            }
            Leave::Trap => {
                let trap = Trap::from_code(self.state.exit_value);
                self.process.kernel.trap(self, trap)
            }
            Leave::Fence => {
                self.process.fence();
                Flow::Continue
            }
            Leave::Fault => self.memory_fault(),
        }
    }

    /// Delivers what is pending, and stands aside while the code cache is emptied.
    fn safepoint(&mut self) -> Flow {
        self.cell.disarm(self.process.options.first_fuel());
        self.process.wait_for_reset();
        while let Some(info) = self.cell.take() {
            self.unreserve();
            let flow = self.process.kernel.deliver(self, &info);
            if flow != Flow::Continue {
                return flow;
            }
        }
        Flow::Continue
    }

    pub(crate) fn unreserve(&mut self) {
        self.state.reservation.addr = guest::Reservation::NONE;
    }

    fn exit_process(&mut self, status: i32) -> ! {
        self.merge_stats();
        if let Some(hook) = self.process.at_exit {
            hook(self.process, status);
        }
        let _pause = lending::Pause::begin();
        loop {
            crate::host::syscall_raw(libc::SYS_exit_group as u64, [status as u64, 0, 0, 0, 0, 0]);
        }
    }

    fn merge_stats(&mut self) {
        self.times.read(self.process);
        let executed = std::mem::take(&mut self.state.slots[COUNT_SLOT.0 as usize]);
        Counters::add(&self.process.counters.executed, executed);
        for (total, n) in self.process.counters.leaves.iter().zip(&mut self.leaves) {
            Counters::add(total, std::mem::take(n));
        }
    }
}
