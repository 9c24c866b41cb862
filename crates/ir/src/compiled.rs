//! What a backend makes: an inert value, without a pointer in it.

use guest::{GuestAddr, Slot};

/// Compiled code before it is placed in a code cache. Reused from one compilation to the next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CompiledCode {
    /// The machine code. Execution enters at offset 0.
    pub bytes: Vec<u8>,
    /// So many of the last bytes are tables, no instructions.
    pub tables: u32,
    /// It is to lie at a multiple of this, a power of two; 4 if less is asked for.
    pub align: u32,
    /// What must be filled in once the place is known.
    pub relocs: Vec<Reloc>,
    /// Where control can leave to a known guest address: places that can be linked.
    pub exits: Vec<ExitSite>,
    /// Which guest instruction the host instructions belong to, sorted by `host`.
    pub pc_map: Vec<PcMapEntry>,
    /// Where guest registers are at faults, sorted by `host`; none for code that keeps them in
    /// their homes.
    pub recover: Vec<Recover>,
    /// The parts of `recover`.
    pub places: Vec<(Slot, Place)>,
}

impl CompiledCode {
    /// The machine code without tables.
    pub fn instructions(&self) -> &[u8] {
        &self.bytes[..self.bytes.len() - self.tables as usize]
    }
    /// Empties it for reuse; keeps its memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.tables = 0;
        self.align = 0;
        self.relocs.clear();
        self.exits.clear();
        self.pc_map.clear();
        self.recover.clear();
        self.places.clear();
    }
}

/// A place in [`CompiledCode::bytes`] that depends on where the code lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reloc {
    /// Offset of the field to fill in.
    pub at: u32,
    /// With what.
    pub kind: RelocKind,
}

/// What a relocation fills in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RelocKind {
    /// 4 bytes: distance from the end of the field to the backend's thunk of this number.
    Thunk(u16),
    /// 4 bytes: the number that the code cache gives to the exit site of this index in
    /// [`CompiledCode::exits`]; generated code stores it in `CpuState::exit_site`.
    SiteNumber(u16),
    /// 8 bytes: host address of this offset in the code.
    Here(u32),
}

/// A jump, call or conditional jump whose 4-byte displacement can be patched: the displacement
/// lies at an address that is a multiple of 4 (as the code does).
/// Unlinked, it leads to `stub`, which leaves with `Leave::Jump`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExitSite {
    /// Offset of the displacement.
    pub at: u32,
    /// Offset of the stub that it leads to while unlinked.
    pub stub: u32,
    /// The guest address it stands for.
    pub to: GuestAddr,
}

/// From host offset `host` on, code belongs to the guest instruction at `entry + guest`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PcMapEntry {
    /// Offset in the code.
    pub host: u32,
    /// Signed distance of the guest instruction from the region's entry, in bytes.
    pub guest: i32,
}

/// From host offset `host` on, up to the next entry: a fault finds these guest registers
/// elsewhere than where they are kept between translations (the home register of a pinned slot,
/// the slot's memory for others).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recover {
    /// Offset in the code.
    pub host: u32,
    /// The first of its [`CompiledCode::places`].
    pub first: u32,
    /// How many there are.
    pub count: u32,
}

/// Where the value of a guest register is once the fault thunk has run, which writes the host's
/// registers to [`crate::traits::thunk::FAULT_DUMP`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Made from this word of `CpuState::scratch`.
    Word(u16, Make),
    /// Known.
    Const(i64),
}

/// What makes the value of a guest register of what a compiler kept instead of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Make {
    /// Nothing: it is the value.
    Same,
    /// The sign extension of its low 32 bits.
    Sext32,
    /// If it is a binary64 NaN, the canonical one.
    Canonical,
    /// The binary32 value in its low half, boxed.
    Box,
    /// The same, or the canonical NaN, boxed, if that is a NaN.
    BoxCanonical,
    /// Shifted left by so many bits (0 to 63), then right, with zeros coming in.
    Shifted(u8, u8),
}

impl Make {
    /// The value.
    pub const fn apply(self, bits: u64) -> u64 {
        match self {
            Make::Same => bits,
            Make::Sext32 => bits as i32 as u64,
            Make::Canonical if f64::from_bits(bits).is_nan() => 0x7ff8_0000_0000_0000,
            Make::Canonical => bits,
            Make::BoxCanonical if f32::from_bits(bits as u32).is_nan() => 0xffff_ffff_7fc0_0000,
            Make::Box | Make::BoxCanonical => 0xffff_ffff_0000_0000 | bits,
            Make::Shifted(left, right) => bits << left >> right,
        }
    }
}
