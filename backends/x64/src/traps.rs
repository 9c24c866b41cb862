//! Exceptions that trap. A guest that reads its flags all the time has those that are not accrued yet trap, each once, so that
//! `fp_flags` holds them all and MXCSR need not be asked, which would wait for all arithmetic (docs/adr/0022).

use guest::CpuState;

use crate::thunks::{DEFAULT_MXCSR, guest_flags};

/// Flags read from MXCSR before exceptions trap.
const OFTEN: u32 = 4096;
/// A guest that clears flags puts an end to it, and gets this many tries: a trap costs as much as a hundred reads.
const TRIES: u64 = 8;

/// MXCSR: invalid, zero-divide, overflow, underflow, inexact; not denormal, which guests do not have.
const EXCEPTIONS: u32 = 0x3d;
const UNDERFLOW: u32 = 0x10;
/// From the bit of an exception to that of its mask.
const TO_MASK: u32 = 7;

/// Has exceptions trap if flags were read often, and the processor `delivers` them, which is asked only then.
pub fn decide(state: &mut CpuState, delivers: impl Fn() -> bool) {
    if state.fp_settles < OFTEN || state.fp_trap_tries >= TRIES {
        return;
    }
    state.fp_settles = 0;
    if delivers() {
        state.fp_trap_tries += 1;
        state.fp_traps = 1;
    } else {
        state.fp_trap_tries = TRIES;
    }
}

/// The masks that are off in MXCSR.
pub fn unmasked(state: &CpuState) -> u32 {
    if state.fp_traps == 0 {
        return 0;
    }
    let bits = (0..6).map(|bit| 1 << bit).filter(|bit| EXCEPTIONS & bit != 0);
    let open = bits.filter(|&bit| state.fp_flags & guest_flags(bit) as u64 == 0);
    open.fold(0, |masks, bit| masks | bit << TO_MASK)
}

/// An instruction trapped with MXCSR as in `control`: notes what it raises, and gives MXCSR to execute it with.
/// A tiny result traps even if it is exact, and then is no exception: from there on MXCSR is asked again.
pub fn taken(state: &mut CpuState, control: u32) -> u32 {
    let raised = control & EXCEPTIONS & !(control >> TO_MASK);
    if raised & UNDERFLOW != 0 || raised == 0 {
        (state.fp_traps, state.fp_settled) = (0, 0);
        return control & !raised | DEFAULT_MXCSR;
    }
    state.fp_flags |= guest_flags(raised) as u64;
    control | raised << TO_MASK
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    const INEXACT: u32 = 0x20;
    const OVERFLOW: u32 = 0x08;

    fn trapping(flags: u64) -> Box<CpuState> {
        let mut state = CpuState::new();
        (state.fp_flags, state.fp_settles) = (flags, OFTEN);
        decide(&mut state, || true);
        state
    }

    #[test]
    fn only_what_is_not_accrued_traps() {
        assert_eq!(unmasked(&trapping(0)), EXCEPTIONS << TO_MASK);
        assert_eq!(unmasked(&trapping(0x1f)), 0);
        assert_eq!(unmasked(&trapping(0x1e)), INEXACT << TO_MASK);
        assert_eq!(unmasked(&CpuState::new()), 0);
    }

    #[test]
    fn an_exception_is_accrued_and_traps_no_more() {
        let mut state = trapping(0);
        let open = DEFAULT_MXCSR & !unmasked(&state);
        let control = taken(&mut state, open | INEXACT);
        assert_eq!((state.fp_flags, control), (1, open | INEXACT | INEXACT << TO_MASK));
        // What is accrued already is set, but was no reason to trap.
        let control = taken(&mut state, control | OVERFLOW);
        assert_eq!((state.fp_flags, state.fp_traps), (5, 1));
        assert_eq!(control >> TO_MASK & EXCEPTIONS, INEXACT | OVERFLOW);
    }

    #[test]
    fn a_tiny_result_says_nothing_and_ends_it() {
        let mut state = trapping(0);
        let open = DEFAULT_MXCSR & !unmasked(&state);
        assert_eq!(taken(&mut state, open | UNDERFLOW), DEFAULT_MXCSR);
        assert_eq!((state.fp_flags, state.fp_traps, unmasked(&state)), (0, 0, 0));
    }

    #[test]
    fn tries_come_to_an_end() {
        let mut state = CpuState::new();
        let tries = (0..100).filter(|_| {
            (state.fp_traps, state.fp_settles) = (0, OFTEN);
            decide(&mut state, || true);
            state.fp_traps == 1
        });
        assert_eq!(tries.count(), TRIES as usize);
    }

    #[test]
    fn a_processor_that_delivers_none_is_asked_once() {
        let mut state = CpuState::new();
        let asked = Cell::new(0);
        for _ in 0..10 {
            state.fp_settles = OFTEN;
            decide(&mut state, || asked.replace(asked.get() + 1) < 0);
        }
        assert_eq!((asked.get(), state.fp_traps, unmasked(&state)), (1, 0, 0));
    }
}
