//! The description of a guest instruction set, as far as the machine needs it.

use crate::state::Slot;

/// What a slot of the guest state holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SlotClass {
    /// A 64-bit integer register.
    Int,
    /// A floating-point register: 64 raw bits, narrower values boxed as the guest's manual says.
    Float,
}

/// One named slot.
#[derive(Clone, Copy, Debug)]
pub struct SlotInfo {
    /// The slot.
    pub slot: Slot,
    /// Name as the guest's assembler writes it (`a0`, `fs1`).
    pub name: &'static str,
    /// What it holds.
    pub class: SlotClass,
    /// How often compiled code touches it, measured, relative; a backend gives the hottest
    /// slots fixed host registers.
    pub heat: u16,
}

/// The registers of a guest.
#[derive(Clone, Copy, Debug)]
pub struct RegFile {
    /// Every slot that guest code can name, in slot order.
    pub slots: &'static [SlotInfo],
    /// The link register that calls write and returns read (`ra`).
    pub link: Slot,
    /// The stack pointer.
    pub stack: Slot,
}

impl RegFile {
    /// The row of `slot`, if guest code can name it.
    pub fn info(&self, slot: Slot) -> Option<&'static SlotInfo> {
        self.slots.iter().find(|s| s.slot == slot)
    }
    /// The slot called `name`.
    pub fn by_name(&self, name: &str) -> Option<Slot> {
        self.slots.iter().find(|s| s.name == name).map(|s| s.slot)
    }
}

/// A guest instruction set.
#[derive(Clone, Copy, Debug)]
pub struct Isa {
    /// Name as `uname -m` prints it (`riscv64`).
    pub name: &'static str,
    /// ELF `e_machine`.
    pub elf_machine: u16,
    /// Its registers.
    pub regs: &'static RegFile,
    /// Instructions are aligned to this many bytes.
    pub code_align: u64,
    /// The longest instruction, in bytes.
    pub max_insn_len: usize,
}
