//! The sockets: what plug-ins implement. `dyn` calls happen once per translation or exit.

use guest::{CpuState, GuestAddr, Isa, Slot};

use crate::{CompiledCode, Leave, Op, Region};

/// Bounds on a region.
#[derive(Clone, Copy, Debug)]
pub struct LiftLimits {
    /// Most guest instructions in a block.
    pub max_insns: u32,
    /// No rounds of a loop may be skipped: its instructions are counted.
    pub every_round: bool,
}

impl LiftLimits {
    /// Blocks of at most `max_insns` guest instructions.
    pub fn of(max_insns: u32) -> LiftLimits {
        LiftLimits { max_insns, every_round: false }
    }
}

impl Default for LiftLimits {
    fn default() -> Self {
        LiftLimits::of(64)
    }
}

/// One disassembled instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// As the guest's assembler writes it.
    pub text: String,
    /// Its length in bytes.
    pub len: usize,
}

/// A guest instruction set: decodes and lifts.
pub trait Frontend: Send + Sync {
    /// The instruction set.
    fn isa(&self) -> &'static Isa;

    /// Lifts the block that starts at `pc` into `out` (cleared first). `code` holds the guest
    /// bytes from `pc` on, as many as can be fetched (perhaps none). Always gives a region that
    /// verifies: what cannot be decoded or fetched becomes a trap.
    fn lift(&self, pc: GuestAddr, code: &[u8], limits: LiftLimits, out: &mut Region);

    /// As [`Frontend::lift`], but where a branch ahead is not taken the region goes on, in a block of its own, if
    /// `goes_on` says so of the address: see [`Region::is_chain`].
    fn lift_chain(
        &self,
        pc: GuestAddr,
        code: &[u8],
        limits: LiftLimits,
        goes_on: &dyn Fn(GuestAddr) -> bool,
        out: &mut Region,
    );

    /// Disassembles one instruction. What does not decode is listed as data.
    fn disassemble(&self, pc: GuestAddr, code: &[u8]) -> Listing;
}

/// The backend cannot compile this op; the region is left to the interpreter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Unsupported(pub Op);

/// A host: makes machine code.
pub trait Backend: Send + Sync {
    /// Name (`x64`).
    fn name(&self) -> &'static str;

    /// Compiles `region` into `out` (cleared first). It may have several blocks if values stay within theirs.
    fn compile(&self, region: &Region, out: &mut CompiledCode) -> Result<(), Unsupported>;

    /// Compiles a region of several blocks into `out` (cleared first). The region has the form
    /// that `opt::normal` makes; writes of guest registers need not be done before they can be seen.
    fn compile_region(&self, region: &Region, out: &mut CompiledCode) -> Result<(), Unsupported>;

    /// True if `region`, as it was formed, changes so many guest registers that [`Backend::compile`] does better with it,
    /// which has each of them always in the same place.
    fn is_crowded(&self, region: &Region) -> bool;

    /// The thunks that compiled code and the runtime need: one piece of code, placed once at the
    /// start of the code cache, and the offset of each thunk in it. Thunk numbers are
    /// those of [`crate::RelocKind::Thunk`]; the first ones are fixed, see [`thunk`].
    fn thunks(&self) -> (CompiledCode, Vec<u32>);

    /// The slots that live in host registers while generated code runs.
    fn pinned(&self) -> &[Slot];

    /// Puts the guest's floating-point mode into `fp_control` before generated code is entered.
    fn load_fp(&self, state: &mut CpuState);

    /// Takes accrued flags out of `fp_control` into `fp_flags` after generated code has left.
    fn save_fp(&self, state: &mut CpuState);

    /// A floating-point instruction of generated code trapped, and has not been executed. Gives the control word with which it
    /// is executed again, for the one that it trapped with. Called by a signal handler: nothing is locked or allocated.
    fn fp_exception(&self, state: &mut CpuState, control: u32) -> u32;
}

/// Numbers of the thunks that the runtime uses itself.
pub mod thunk {
    /// `extern "sysv64" fn(state: *mut CpuState, code: u64) -> u64`: saves the host's registers,
    /// loads the pinned ones, and jumps to `code`; returns a [`crate::Leave`] code.
    pub const ENTER: usize = 0;
    /// Jumped to by the fault handler with the state register and pinned registers intact:
    /// writes all host registers to [`FAULT_DUMP`], saves pinned registers and returns
    /// `Leave::Fault` from `ENTER`.
    pub const FAULT: usize = 1;
    /// What an empty call stack returns to: restores `call_sp` and goes to the link register's
    /// address through the jump table. The call stack's memory holds its address at
    /// `call_base` and above.
    pub const UNDERFLOW: usize = 2;
    /// The first word of `CpuState::scratch` that `FAULT` writes host registers to, in the
    /// backend's numbering; 32 words.
    pub const FAULT_DUMP: u16 = 416;
    /// How many are fixed.
    pub const FIXED: usize = 3;
}

/// A region made ready for an interpreter: words that only that interpreter understands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InterpCode {
    /// The words.
    pub words: Vec<u64>,
}

/// Runs regions without compiling them.
pub trait Interpreter: Send + Sync {
    /// Name (`interp`).
    fn name(&self) -> &'static str;

    /// Makes `region` ready; `out` is cleared first. Every region can be.
    fn lower(&self, region: &Region, out: &mut InterpCode);

    /// Runs from the start of `code` until the region is left. A branch back to the region's
    /// own entry may stay inside while `CpuState::poll` is 0.
    fn run(&self, code: &[u64], state: &mut CpuState) -> Leave;
}
