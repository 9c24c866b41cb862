//! Which host register does what: the convention that all generated code shares.
//!
//! ```text
//! rbp          CpuState + 176            rsp         the thread's call stack
//! rax rcx rdx  temporaries               xmm0-xmm4   temporaries
//! the others   the guest's hottest integer and floating-point registers
//! ```

use guest::{RegFile, SLOT_COUNT, Slot, SlotClass};

/// A host register: 0 to 15 are rax to r15, 16 to 31 are xmm0 to xmm15.
pub type Reg = u8;

pub const RAX: Reg = 0;
pub const RCX: Reg = 1;
pub const RDX: Reg = 2;
pub const RBX: Reg = 3;
pub const RSP: Reg = 4;
pub const RBP: Reg = 5;
pub const RSI: Reg = 6;
pub const RDI: Reg = 7;
pub const XMM0: Reg = 16;

/// No register, no home.
pub const NONE: Reg = 0xff;
/// How many registers there are.
pub const COUNT: usize = 32;

/// The register that addresses `CpuState`.
pub const STATE: Reg = RBP;
/// What it is ahead of the start of `CpuState`: one-byte displacements reach `poll`,
/// `jump_table` and slots 0 to 29.
pub const BIAS: i32 = 176;

/// Temporaries, as a set of registers.
pub const TEMPS: u32 = 1 << RAX | 1 << RCX | 1 << RDX | 0x1f << XMM0;

/// All registers of one file.
pub const fn file(fp: bool) -> u32 {
    if fp { 0xffff_0000 } else { 0x0000_ffff }
}

/// Integer homes; the first ones give the shortest code.
const INT_HOMES: [Reg; 11] = [RSI, RDI, RBX, 8, 9, 10, 11, 14, 15, 13, 12];
const FP_HOMES: [Reg; 11] = [21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31];

/// The displacement from the state register of the field at `offset`.
pub const fn field(offset: usize) -> i32 {
    offset as i32 - BIAS
}

/// The displacement from the state register of a slot.
pub const fn slot_disp(slot: u8) -> i32 {
    Slot(slot).offset() - BIAS
}

/// True for xmm registers.
pub const fn is_fp(reg: Reg) -> bool {
    reg >= XMM0
}

/// Which slots live in which registers.
#[derive(Debug)]
pub struct Pins {
    home: [Reg; SLOT_COUNT],
    slots: Vec<Slot>,
    /// The link register's slot.
    pub link: u8,
}

impl Pins {
    /// Gives the hottest slots of each class their homes.
    pub fn new(file: &RegFile) -> Pins {
        let mut pins = Pins { home: [NONE; SLOT_COUNT], slots: Vec::new(), link: file.link.0 };
        pins.pin(file, SlotClass::Int, &INT_HOMES);
        pins.pin(file, SlotClass::Float, &FP_HOMES);
        pins
    }

    fn pin(&mut self, file: &RegFile, class: SlotClass, homes: &[Reg]) {
        let mut slots: Vec<_> = file.slots.iter().filter(|s| s.class == class).collect();
        slots.sort_by_key(|s| std::cmp::Reverse(s.heat));
        for (info, &reg) in slots.iter().zip(homes) {
            self.home[info.slot.0 as usize] = reg;
            self.slots.push(info.slot);
        }
    }

    /// The register that `slot` lives in, or [`NONE`].
    pub fn home(&self, slot: u8) -> Reg {
        self.home[slot as usize]
    }

    /// The slots that have homes.
    pub fn slots(&self) -> &[Slot] {
        &self.slots
    }
}
