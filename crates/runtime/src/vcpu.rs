//! A guest thread.

use guest::CpuState;

use crate::cell::ThreadCell;
use crate::profile::Profile;
use crate::tables::{Age, State, Tables};
use crate::tier::InterpCache;
use crate::times::Times;
use crate::trace::Trace;
use crate::{Process, tracing};

/// A guest thread, on the host thread that runs it.
pub struct Vcpu {
    /// Registers and everything generated code touches.
    pub state: State,
    /// The process it belongs to.
    pub process: &'static Process,
    /// Host thread id, which is also the guest's.
    pub tid: i32,
    /// The kernel's own data for this thread.
    pub ext: Box<dyn std::any::Any + Send>,
    pub(crate) cell: Box<ThreadCell>,
    pub(crate) interp_cache: InterpCache,
    /// The cache's version that the jump table was filled from.
    pub(crate) seen_resets: u64,
    pub(crate) profile: Profile,
    pub(crate) trace: Trace,
    /// How often an engine left, by `Leave`.
    pub(crate) leaves: [u64; 8],
    pub(crate) times: Times,
    tables: Option<Tables>,
}

impl Vcpu {
    /// A thread that starts at `state.pc`, for the calling host thread.
    pub fn new(
        process: &'static Process,
        state: Box<CpuState>,
        ext: Box<dyn std::any::Any + Send>,
    ) -> Vcpu {
        let tables = process.take_tables();
        let mut state = State::place(&state, &tables);
        state.fuel = process.options.first_fuel().into();
        state.call_base = tables.call_base();
        state.call_sp = tables.call_base();
        state.jump_table = tables.jump_table();
        let cell = ThreadCell::new(&mut *state, &tables);
        Vcpu {
            state,
            process,
            tid: crate::threads::gettid(),
            ext,
            cell,
            interp_cache: InterpCache::default(),
            seen_resets: tables.age.resets,
            profile: Profile::default(),
            trace: Trace::default(),
            leaves: [0; 8],
            times: Times::default(),
            tables: Some(tables),
        }
    }

    /// A copy of the guest's registers for a new thread or process.
    pub fn fork_state(&self) -> Box<CpuState> {
        copy_registers(&self.state)
    }

    /// True, once, if a blocking call was begun, and put off by the signals that wait.
    pub fn take_call_begun(&mut self) -> bool {
        self.cell.take_call_begun()
    }

    /// Stops the thread for its tracer, which `value` tells what to make of it. False if there is
    /// no tracer. The answer may also be that the stop did not come about, as the kernel keeps
    /// one such signal at a time.
    pub fn stop_for_tracer(&mut self, value: u64) -> bool {
        tracing::raise(libc::SIGTRAP, tracing::STOP, value);
        !self.cell.take_untraced()
    }

    /// True if a signal waits to be delivered at the next safepoint.
    pub fn signal_pending(&self) -> bool {
        self.cell.has_pending()
    }
}

impl Vcpu {
    /// Of a thread that was killed: what it may have left half-way is not looked at again.
    pub(crate) fn abandon(mut self) {
        self.keep_tables();
        std::mem::forget(self);
    }

    fn keep_tables(&mut self) {
        if let Some((removals, mut tables)) = self.cell.removals_seen().zip(self.tables.take()) {
            tables.age = Age { resets: self.seen_resets, removals };
            self.process.idle.keep(tables);
        }
    }
}

impl Drop for Vcpu {
    fn drop(&mut self) {
        self.keep_tables();
    }
}

/// The guest's registers alone.
pub(crate) fn copy_registers(from: &CpuState) -> Box<CpuState> {
    let mut state = CpuState::new();
    state.slots = from.slots;
    state.slots[crate::instrument::COUNT_SLOT.0 as usize] = 0;
    state.pc = from.pc;
    state.fp_flags = from.fp_flags;
    state.fp_round = from.fp_round;
    state
}
