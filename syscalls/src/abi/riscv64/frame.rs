//! The signal frame: `struct rt_sigframe` of `arch/riscv/kernel/signal.c`, without the vector
//! part.

use guest::{CpuState, Slot};
use runtime::SigInfo;

use super::regs::{RA, SP, arg, float};
use crate::signals::AltStack;

/// `struct ucontext`, `uc_mcontext` included.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Context {
    pub flags: u64,
    pub link: u64,
    pub stack: AltStack,
    pub mask: u64,
    unused: [u64; 15],
    /// `sigcontext` is aligned to 16 bytes.
    gap: u64,
    pc: u64,
    /// `x1` to `x31`.
    regs: [u64; 31],
    floats: [u64; 32],
    fcsr: u32,
    /// Up to where the vector state would start: a padding that Linux leaves alone.
    quad: [u32; 64],
    /// Must be zero: a reserved word, and the header that ends the list of extensions.
    reserved: [u32; 3],
}

/// `struct rt_sigframe`.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Frame {
    pub info: SigInfo,
    pub context: Context,
}

/// Bytes of a frame.
pub const SIZE: u64 = size_of::<Frame>() as u64;

const FCSR_FLAGS: u64 = 0x1f;
const FCSR_ROUND: u64 = 7;

impl Frame {
    /// The frame for a thread in `state`.
    pub fn new(state: &CpuState, info: &SigInfo, mask: u64, stack: AltStack) -> Frame {
        let mut frame: Frame = crate::mem::zeroed();
        frame.info = *info;
        let context = &mut frame.context;
        context.mask = mask;
        context.stack = stack;
        context.pc = state.pc;
        context.regs = std::array::from_fn(|n| state.get(Slot(n as u8 + 1)));
        context.floats = std::array::from_fn(|n| state.get(float(n)));
        context.fcsr = ((state.fp_round & FCSR_ROUND) << 5 | (state.fp_flags & FCSR_FLAGS)) as u32;
        frame
    }

    /// Where a frame goes below stack pointer `sp`.
    pub fn place(sp: u64) -> u64 {
        sp.wrapping_sub(SIZE) & !15
    }

    /// Puts the registers back; false if the frame is not one of Linux's.
    pub fn restore(&self, state: &mut CpuState) -> bool {
        let context = &self.context;
        if context.reserved != [0; 3] {
            return false;
        }
        state.pc = context.pc;
        for (n, &value) in context.regs.iter().enumerate() {
            state.set(Slot(n as u8 + 1), value);
        }
        for (n, &value) in context.floats.iter().enumerate() {
            state.set(float(n), value);
        }
        state.fp_flags = context.fcsr as u64 & FCSR_FLAGS;
        state.fp_round = context.fcsr as u64 >> 5 & FCSR_ROUND;
        true
    }
}

/// Makes the thread enter `handler` with the frame at `at`; it returns to `ret`.
pub fn enter(state: &mut CpuState, at: u64, signo: i32, handler: u64, ret: u64) {
    let context = at + std::mem::offset_of!(Frame, context) as u64;
    state.set(RA, ret);
    state.set(SP, at);
    state.set(arg(0), signo as u64);
    state.set(arg(1), at);
    state.set(arg(2), context);
    state.pc = handler;
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::mem::offset_of;

    #[test]
    fn the_layout_is_the_kernels() {
        assert_eq!(SIZE, 1088);
        assert_eq!(offset_of!(Frame, context), 128);
        assert_eq!(offset_of!(Context, stack), 16);
        assert_eq!(offset_of!(Context, mask), 40);
        assert_eq!(offset_of!(Context, pc), 176);
        assert_eq!(offset_of!(Context, floats), 176 + 256);
        assert_eq!(offset_of!(Context, fcsr), 176 + 256 + 256);
        assert_eq!(offset_of!(Context, reserved), 176 + 256 + 516);
    }

    #[test]
    fn what_is_saved_is_restored() {
        let mut state = CpuState::new();
        (1..64).for_each(|n| state.set(Slot(n), 1000 + n as u64));
        (state.pc, state.fp_flags, state.fp_round) = (0x4000, 0x11, 3);
        let frame = Frame::new(&state, &SigInfo::zeroed(), 5, AltStack::NONE);
        let mut other = CpuState::new();
        assert!(frame.restore(&mut other));
        assert_eq!(other.slots[1..64], state.slots[1..64]);
        assert_eq!((other.pc, other.fp_flags, other.fp_round), (0x4000, 0x11, 3));
        assert_eq!(frame.context.fcsr, 0x71);
    }
}
