//! What the start of a program depends on, a row per guest.

use goblin::elf::header;
use guest::Isa;

/// The row of a guest.
pub struct Abi {
    /// ELF `e_machine`.
    pub machine: u16,
    /// `AT_HWCAP`.
    pub hwcap: u64,
    /// `AT_MINSIGSTKSZ`: the size of a signal frame.
    pub signal_frame: u64,
    /// The vDSO, an ELF shared object; empty for none.
    pub vdso: &'static [u8],
}

/// `AT_HWCAP` of RISC-V: bit 0 for A and so on; only single letters
/// (`arch/riscv/include/uapi/asm/hwcap.h`).
const fn letters(isa: &[u8]) -> u64 {
    let mut bits = 0;
    let mut i = 0;
    while i < isa.len() {
        bits |= 1 << (isa[i] - b'A');
        i += 1;
    }
    bits
}

static ABIS: &[Abi] = &[Abi {
    machine: header::EM_RISCV,
    hwcap: letters(b"IMAFDC"),
    // struct rt_sigframe: 128 bytes of siginfo, 176 before the context, 256 of integer and
    // 528 of floating-point registers.
    signal_frame: 1088,
    vdso: include_bytes!("../vdso/vdso.so"),
}];

static PLAIN: Abi = Abi { machine: 0, hwcap: 0, signal_frame: 2048, vdso: &[] };

/// The row of `isa`; one without particulars if there is none.
pub fn of(isa: &Isa) -> &'static Abi {
    ABIS.iter().find(|a| a.machine == isa.elf_machine).unwrap_or(&PLAIN)
}
