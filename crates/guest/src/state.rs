//! `CpuState`: the state of one guest thread, the only structure that generated code touches.

use std::sync::atomic::{AtomicI32, AtomicU32};

use crate::GuestAddr;

/// Slots for guest registers.
pub const SLOT_COUNT: usize = 128;
/// Words of working space for an engine: the interpreter's values, the compiler's spills.
pub const SCRATCH_LEN: usize = 1024;
/// Entries of a thread's jump table; a power of two.
pub const JUMP_TABLE_LEN: usize = 16384;

/// The index of a guest register in [`CpuState::slots`]. The frontend decides what is where.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct Slot(pub u8);

impl Slot {
    /// Byte offset of the slot from the start of `CpuState`.
    pub const fn offset(self) -> i32 {
        (offsets::SLOTS + self.0 as usize * 8) as i32
    }
}
impl std::fmt::Debug for Slot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "r{}", self.0)
    }
}

/// One entry of a thread's jump table. An address lies at [`JumpEntry::index`] or at
/// [`JumpEntry::neighbour`] of it.
///
/// Only the owning thread fills entries; others may clear `guest` to [`JumpEntry::EMPTY`].
#[derive(Clone, Copy, Debug)]
#[repr(C, align(16))]
pub struct JumpEntry {
    /// Guest address, or [`JumpEntry::EMPTY`].
    pub guest: u64,
    /// Host address of the translation.
    pub host: u64,
}

impl JumpEntry {
    /// No guest instruction has this address.
    pub const EMPTY: u64 = u64::MAX;
    /// The entry that `pc` maps to: bits 1 and up, as instructions are 2-byte aligned.
    /// Generated code computes the same: byte offset `(pc & (LEN-1)*2) * 8`.
    pub const fn index(pc: GuestAddr) -> usize {
        (pc.0 >> 1) as usize & (JUMP_TABLE_LEN - 1)
    }
    /// The other place of an address that maps to `index`.
    pub const fn neighbour(index: usize) -> usize {
        index ^ 1
    }
}

/// What went wrong with a guest memory access.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub enum FaultKind {
    /// Nothing is mapped there (SEGV_MAPERR).
    Unmapped = 1,
    /// The mapping does not allow the access (SEGV_ACCERR).
    Denied = 2,
    /// A mapped file ends before the page (BUS_ADRERR).
    BeyondFile = 3,
    /// A misaligned atomic (BUS_ADRALN).
    Misaligned = 4,
}

/// The memory access that stopped guest code.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Fault {
    /// The address that was accessed.
    pub addr: u64,
    /// What is wrong with it.
    pub kind: FaultKind,
    /// 1 for a store, 0 for a load.
    pub write: u32,
}

/// The load reservation of the guest's LR/SC or exclusive pair.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Reservation {
    /// Reserved address; [`Reservation::NONE`] when there is none.
    pub addr: u64,
    /// The value that was loaded, sign-extended.
    pub value: u64,
    /// Version of the address's line at the load (strict reservations only).
    pub version: u64,
    /// Bytes reserved; bit 8 set for a strict reservation.
    pub size: u64,
}

impl Reservation {
    /// The address of no reservation.
    pub const NONE: u64 = u64::MAX;
    /// Set in `size` when the value alone does not prove that nothing was stored in between.
    pub const STRICT: u64 = 1 << 8;
}

/// The state of one guest thread. Generated code addresses it relative to one register.
///
/// Field order is part of the contract with generated code; see [`offsets`].
#[repr(C, align(64))]
pub struct CpuState {
    /// Stack pointer of the runtime while generated code runs.
    pub host_sp: u64,
    /// Pointer of the call stack that pairs guest calls with host calls; kept between entries.
    pub call_sp: u64,
    /// Highest valid `call_sp`: the empty call stack.
    pub call_base: u64,
    /// Number of the exit site through which generated code left (0: none that can be linked).
    pub exit_site: u64,
    /// Detail of the exit: the trap's cause.
    pub exit_value: u64,
    /// The backend's floating-point control word while generated code runs (MXCSR).
    pub fp_control: u32,
    /// A second control word for instructions with a static rounding mode.
    pub fp_control_tmp: u32,
    /// Non-zero asks generated code to leave at the next safepoint. Written by signal handlers
    /// and other threads.
    pub poll: AtomicU32,
    /// Counts jumps back down; generated code leaves at a safepoint once it is negative, so that
    /// the runtime sees now and then where loops are. Negative while `poll` is set, too.
    pub fuel: AtomicI32,
    /// The thread's jump table, [`JUMP_TABLE_LEN`] entries. While a poll is pending it points to
    /// an empty table, so that indirect jumps are safepoints too.
    pub jump_table: *mut JumpEntry,
    /// The guest's registers.
    pub slots: [u64; SLOT_COUNT],
    /// The guest's program counter; up to date whenever no engine runs.
    pub pc: u64,
    /// Accrued floating-point exceptions, in RISC-V's bit order (NX 1, UF 2, OF 4, DZ 8, NV 16).
    /// While generated code runs, the host's sticky flags are or-ed in on reads.
    pub fp_flags: u64,
    /// 1 while `fp_flags` holds all exceptions that generated code has raised, else 0. Only backends look.
    pub fp_settled: u8,
    /// How often generated code had to ask the host for exceptions since they last trapped. Only backends look.
    pub fp_settles: u32,
    /// Dynamic rounding mode, RISC-V's coding (RNE 0, RTZ 1, RDN 2, RUP 3, RMM 4).
    /// Generated code may only run with modes 0 to 3.
    pub fp_round: u64,
    /// The load reservation.
    pub reservation: Reservation,
    /// The access that made an engine leave with `Leave::Fault`.
    pub fault: Fault,
    /// The runtime's own structure for this thread; engines do not look at it.
    pub owner: *mut (),
    /// Working space of engines; holds nothing between two entries.
    pub scratch: [u64; SCRATCH_LEN],
    /// 1 while exceptions that `fp_flags` does not hold trap, so that it holds them all. Only backends look. Far from what is
    /// written all the time: a read next to a write of the same word waits for it.
    pub fp_traps: u64,
    /// How often they were made to. Only backends look.
    pub fp_trap_tries: u64,
}

impl CpuState {
    /// A zeroed state without a jump table.
    pub fn new() -> Box<CpuState> {
        Box::new(CpuState {
            host_sp: 0,
            call_sp: 0,
            call_base: 0,
            exit_site: 0,
            exit_value: 0,
            fp_control: 0x1f80,
            fp_control_tmp: 0x1f80,
            poll: AtomicU32::new(0),
            fuel: AtomicI32::new(i32::MAX),
            jump_table: std::ptr::null_mut(),
            slots: [0; SLOT_COUNT],
            pc: 0,
            fp_flags: 0,
            fp_settled: 0,
            fp_settles: 0,
            fp_round: 0,
            reservation: Reservation { addr: Reservation::NONE, value: 0, version: 0, size: 0 },
            fault: Fault { addr: 0, kind: FaultKind::Unmapped, write: 0 },
            owner: std::ptr::null_mut(),
            scratch: [0; SCRATCH_LEN],
            fp_traps: 0,
            fp_trap_tries: 0,
        })
    }
    /// The value of a guest register.
    pub fn get(&self, slot: Slot) -> u64 {
        self.slots[slot.0 as usize]
    }
    /// Sets a guest register.
    pub fn set(&mut self, slot: Slot, value: u64) {
        self.slots[slot.0 as usize] = value;
    }
}

/// Byte offsets of `CpuState` fields, for generated code.
pub mod offsets {
    use super::CpuState;
    use std::mem::offset_of;

    /// `host_sp`.
    pub const HOST_SP: usize = offset_of!(CpuState, host_sp);
    /// `call_sp`.
    pub const CALL_SP: usize = offset_of!(CpuState, call_sp);
    /// `call_base`.
    pub const CALL_BASE: usize = offset_of!(CpuState, call_base);
    /// `exit_site`.
    pub const EXIT_SITE: usize = offset_of!(CpuState, exit_site);
    /// `exit_value`.
    pub const EXIT_VALUE: usize = offset_of!(CpuState, exit_value);
    /// `fp_control`.
    pub const FP_CONTROL: usize = offset_of!(CpuState, fp_control);
    /// `fp_control_tmp`.
    pub const FP_CONTROL_TMP: usize = offset_of!(CpuState, fp_control_tmp);
    /// `poll`.
    pub const POLL: usize = offset_of!(CpuState, poll);
    /// `fuel`.
    pub const FUEL: usize = offset_of!(CpuState, fuel);
    /// `jump_table`.
    pub const JUMP_TABLE: usize = offset_of!(CpuState, jump_table);
    /// `slots`.
    pub const SLOTS: usize = offset_of!(CpuState, slots);
    /// `pc`.
    pub const PC: usize = offset_of!(CpuState, pc);
    /// `fp_flags`.
    pub const FP_FLAGS: usize = offset_of!(CpuState, fp_flags);
    /// `fp_settled`.
    pub const FP_SETTLED: usize = offset_of!(CpuState, fp_settled);
    /// `fp_traps`.
    pub const FP_TRAPS: usize = offset_of!(CpuState, fp_traps);
    /// `fp_settles`.
    pub const FP_SETTLES: usize = offset_of!(CpuState, fp_settles);
    /// `fp_round`.
    pub const FP_ROUND: usize = offset_of!(CpuState, fp_round);
    /// `reservation`.
    pub const RESERVATION: usize = offset_of!(CpuState, reservation);
    /// `scratch`.
    pub const SCRATCH: usize = offset_of!(CpuState, scratch);

    // Slots start at 64, so that a state register biased by 176 reaches `poll`, `jump_table`
    // and slots 0 to 29 with one-byte displacements.
    const _: () = assert!(POLL == 48 && JUMP_TABLE == 56 && SLOTS == 64);
}
