//! The socket for the guest's operating system.

use ir::Trap;

use crate::Vcpu;

/// The kernel's `siginfo_t`: 128 bytes, the same layout on every 64-bit Linux.
#[derive(Clone, Copy)]
#[repr(C, align(8))]
pub struct SigInfo {
    /// `si_signo`.
    pub signo: i32,
    /// `si_errno`.
    pub errno: i32,
    /// `si_code`.
    pub code: i32,
    _pad: i32,
    /// The union: `si_addr`, `si_pid` and so on.
    pub fields: [u64; 14],
}

impl SigInfo {
    /// A fault's signal: `si_addr` = `addr`.
    pub fn fault(signo: i32, code: i32, addr: u64) -> SigInfo {
        let mut info = SigInfo { signo, errno: 0, code, _pad: 0, fields: [0; 14] };
        info.fields[0] = addr;
        info
    }
    /// All zero.
    pub const fn zeroed() -> SigInfo {
        SigInfo { signo: 0, errno: 0, code: 0, _pad: 0, fields: [0; 14] }
    }
}

/// What the dispatch loop does next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Flow {
    /// Goes on at `CpuState::pc`.
    Continue,
    /// This guest thread has ended.
    ExitThread,
    /// The guest process has ended with this status.
    ExitProcess(i32),
}

/// The operating system as the guest sees it. `pc` is up to date at every call.
pub trait Kernel: Send + Sync {
    /// A guest thread is about to run its first instruction.
    fn start(&self, vcpu: &mut Vcpu) -> Flow {
        let _ = vcpu;
        Flow::Continue
    }

    /// The guest made a system call; `pc` is behind the instruction.
    fn syscall(&self, vcpu: &mut Vcpu) -> Flow;

    /// As [`Kernel::syscall`], for calls that are answered at once: no translation is dropped, no
    /// signal is delivered, nothing waits but within [`Vcpu::aside`]. False, with nothing
    /// changed, for others.
    fn quick_syscall(&self, vcpu: &mut Vcpu) -> bool {
        let _ = vcpu;
        false
    }

    /// As [`Kernel::trap`] for `Trap::HostCall(number)`, with the bounds of
    /// [`Kernel::quick_syscall`].
    fn quick_host_call(&self, vcpu: &mut Vcpu, number: u16) -> bool {
        let _ = (vcpu, number);
        false
    }

    /// The instruction at `pc` trapped.
    fn trap(&self, vcpu: &mut Vcpu, trap: Trap) -> Flow;

    /// The instruction at `pc` accessed memory it may not: `CpuState::fault`.
    fn fault(&self, vcpu: &mut Vcpu) -> Flow;

    /// A signal arrived from outside; called at a safepoint, with every signal blocked on the
    /// host. Builds the guest's frame, and sets the host's mask to the handler's.
    fn deliver(&self, vcpu: &mut Vcpu, info: &SigInfo) -> Flow;
}
