//! Reserved dynamic rounding modes (5 to 7): whatever would round by them is illegal. They are
//! as rare as a guest's mistakes, so each instruction is lifted, looked at, and executed alone.

use guest::GuestAddr;
use ir::{Effect, InterpCode, Leave, Region, Round, Trap};

use crate::Vcpu;

/// Rounding modes above this one are reserved.
const LAST_VALID: u64 = Round::Rmm as u64;

impl Vcpu {
    /// True while instructions that round dynamically are illegal.
    pub(crate) fn round_is_invalid(&self) -> bool {
        self.state.fp_round > LAST_VALID
    }

    /// Executes the instruction at `pc`, or traps if it rounds dynamically.
    pub(crate) fn step_without_round(&mut self) -> Leave {
        let (mut region, mut code) = (Region::default(), InterpCode::default());
        self.process.lift_one(GuestAddr(self.state.pc), &mut region);
        if rounds_dynamically(&region) {
            self.state.exit_value = Trap::Illegal.code();
            return Leave::Trap;
        }
        self.process.interp.lower(&region, &mut code);
        self.state.exit_site = 0;
        self.process.interp.run(&code.words, &mut self.state)
    }
}

/// Floating-point ops that don't round carry a static mode.
fn rounds_dynamically(region: &Region) -> bool {
    let mut insts = region.insts.iter();
    insts.any(|inst| inst.op.effect() == Effect::Fp && inst.round() == Round::Dyn)
}
