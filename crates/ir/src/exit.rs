//! How control leaves a region, and how an engine hands control back to the runtime.

use guest::GuestAddr;

use crate::Value;

/// Where control goes when it leaves a region: a closed list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Exit {
    /// To a known address; can be chained.
    Jump {
        /// Where to.
        to: GuestAddr,
    },
    /// A call to a known address; the link register is already set. A backend may pair it with
    /// a host call.
    Call {
        /// Where to.
        to: GuestAddr,
        /// The address that the callee will return to.
        ret: GuestAddr,
    },
    /// To a computed address.
    Indirect {
        /// Where to.
        to: Value,
    },
    /// A call to a computed address; the link register is already set.
    CallIndirect {
        /// Where to.
        to: Value,
        /// The address that the callee will return to.
        ret: GuestAddr,
    },
    /// A return: to the address in the link register, most likely the one that the latest
    /// call left there.
    Return {
        /// Where to: the value that was in the link register.
        to: Value,
    },
    /// A system call; its registers are set.
    Syscall {
        /// The instruction behind it.
        next: GuestAddr,
    },
    /// A trap at `pc`.
    Trap {
        /// Why.
        cause: Trap,
        /// The instruction that trapped.
        pc: GuestAddr,
    },
    /// Back to the dispatch loop: code or modes may have changed.
    Yield {
        /// Where to go on.
        next: GuestAddr,
        /// True after an instruction-stream fence: translations of changed code are stale.
        fence: bool,
    },
}

/// Why guest code trapped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Trap {
    /// An instruction that does not exist or is not enabled.
    Illegal,
    /// A breakpoint instruction.
    Breakpoint,
    /// The instruction could not be fetched.
    Fetch,
    /// A call from the guest's vDSO to the host, by number.
    HostCall(u16),
}

impl Trap {
    /// The form that generated code leaves in `CpuState::exit_value`.
    pub const fn code(self) -> u64 {
        match self {
            Trap::Illegal => 0,
            Trap::Breakpoint => 1,
            Trap::Fetch => 2,
            Trap::HostCall(n) => 0x100 | n as u64,
        }
    }
    /// The inverse of [`Trap::code`].
    pub const fn from_code(code: u64) -> Trap {
        match code {
            0 => Trap::Illegal,
            1 => Trap::Breakpoint,
            2 => Trap::Fetch,
            n => Trap::HostCall((n & 0xff) as u16),
        }
    }
}

/// Why an engine returned to the dispatch loop. `CpuState::pc` says where to go on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u64)]
pub enum Leave {
    /// At the end of a region with a known target. `CpuState::exit_site` names the site that
    /// can be linked to the target's translation (0: none); if there is one, [`crate::ExitSite::to`]
    /// is where to go on, and not yet in `pc`.
    Jump = 0,
    /// A computed jump missed the jump table.
    Indirect = 1,
    /// A system call.
    Syscall = 2,
    /// A trap at `pc`; `CpuState::exit_value` is its [`Trap::code`].
    Trap = 3,
    /// A safepoint found `CpuState::poll` set, or the fuel used up.
    Poll = 4,
    /// [`Exit::Yield`] without a fence.
    Yield = 5,
    /// [`Exit::Yield`] with a fence.
    Fence = 6,
    /// The instruction at `pc` faulted; `CpuState::fault` has the access. Its effects before
    /// the fault stand, its registers are not written.
    Fault = 7,
}

impl Leave {
    /// From the number that generated code returns.
    pub const fn from_code(code: u64) -> Leave {
        match code {
            0 => Leave::Jump,
            1 => Leave::Indirect,
            2 => Leave::Syscall,
            3 => Leave::Trap,
            4 => Leave::Poll,
            5 => Leave::Yield,
            6 => Leave::Fence,
            _ => Leave::Fault,
        }
    }
}
