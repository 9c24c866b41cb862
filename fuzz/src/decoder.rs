//! Any bytes as guest code: they are listed, lifted and optimised, and every region verifies.

use guest::GuestAddr;
use ir::{Frontend, LiftLimits, Region};
use riscv64::Riscv64;

const PC: GuestAddr = GuestAddr(0x10000);

/// Takes the bytes as code.
pub fn run(data: &[u8]) {
    let frontend = Riscv64::with_vdso(PC.0, PC.0 + 64);
    let listing = frontend.disassemble(PC, data);
    assert!(listing.len <= data.len(), "{listing:?} is longer than the code");
    for max_insns in [1, 64] {
        let mut region = Region::default();
        frontend.lift(PC, data, LiftLimits::of(max_insns), &mut region);
        ir::verify(&region).unwrap_or_else(|e| panic!("as lifted: {e}\n{}", ir::print(&region)));
        assert!(region.guest_insns <= max_insns, "more instructions than asked for");
        opt::run(opt::BASELINE, &mut region);
        ir::verify(&region).unwrap_or_else(|e| panic!("optimised: {e}\n{}", ir::print(&region)));
    }
}
