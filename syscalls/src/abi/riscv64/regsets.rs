//! Sets of registers as ptrace(2) gives them (`arch/riscv/kernel/ptrace.c`).

use guest::{CpuState, Slot};

use super::regs::{SP, arg, float};

/// Words of `NT_PRSTATUS`: `pc`, and `x1` to `x31`.
pub const REGS: usize = 32;
/// Words of `NT_PRFPREG`: `f0` to `f31`, and `fcsr`.
pub const FLOATS: usize = 33;
/// Where in `NT_PRSTATUS` the stack pointer and the first argument, which is the result too, are.
pub const AT_SP: usize = SP.0 as usize;
pub const AT_RESULT: usize = arg(0).0 as usize;

const FCSR_FLAGS: u64 = 0x1f;
const FCSR_ROUND: u64 = 7;

/// `NT_PRSTATUS`.
pub fn regs(state: &CpuState) -> [u64; REGS] {
    std::array::from_fn(|n| if n == 0 { state.pc } else { state.get(Slot(n as u8)) })
}

/// `NT_PRFPREG`.
pub fn floats(state: &CpuState) -> [u64; FLOATS] {
    std::array::from_fn(|n| match n {
        32 => (state.fp_round & FCSR_ROUND) << 5 | (state.fp_flags & FCSR_FLAGS),
        _ => state.get(float(n)),
    })
}

/// Sets both.
pub fn set(state: &mut CpuState, regs: &[u64; REGS], floats: &[u64; FLOATS]) {
    state.pc = regs[0] & !1;
    (1..REGS).for_each(|n| state.set(Slot(n as u8), regs[n]));
    (0..32).for_each(|n| state.set(float(n), floats[n]));
    state.fp_flags = floats[32] & FCSR_FLAGS;
    state.fp_round = floats[32] >> 5 & FCSR_ROUND;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_can_be_written_back() {
        let mut state = CpuState::new();
        (1..64).for_each(|n| state.set(Slot(n), 1000 + n as u64));
        (state.pc, state.fp_flags, state.fp_round) = (0x4000, 0x11, 3);
        let mut other = CpuState::new();
        set(&mut other, &regs(&state), &floats(&state));
        assert_eq!(other.slots[1..64], state.slots[1..64]);
        assert_eq!((other.pc, other.fp_flags, other.fp_round), (0x4000, 0x11, 3));
        assert_eq!((regs(&state)[AT_SP], regs(&state)[AT_RESULT]), (1002, 1010));
        assert_eq!(floats(&state)[32], 0x71);
    }
}
