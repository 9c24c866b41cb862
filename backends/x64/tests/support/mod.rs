//! Runs compiled regions in a little machine of their own, and computes what they should do.
#![allow(dead_code, reason = "each test file uses its part")]

pub mod faults;
pub mod loops;
pub mod random;
pub mod reference;

use guest::{CpuState, JUMP_TABLE_LEN, JumpEntry, RegFile, Slot, SlotClass, SlotInfo};
use iced_x86::{Decoder, DecoderOptions};
use ir::traits::thunk;
use ir::{Backend, CompiledCode, Leave, Op, Region, RelocKind, Unsupported};
use x64::X64;

/// Integer slots 1 to 31, floating-point slots 32 to 63; the first ones are the hottest.
const SLOTS: [SlotInfo; 63] = {
    let mut slots = [SlotInfo { slot: Slot(0), name: "", class: SlotClass::Int, heat: 0 }; 63];
    let mut i = 0;
    while i < 63 {
        let class = if i < 31 { SlotClass::Int } else { SlotClass::Float };
        slots[i] = SlotInfo { slot: Slot(i as u8 + 1), name: "", class, heat: 100 - i as u16 };
        i += 1;
    }
    slots
};
pub static REG_FILE: RegFile = RegFile { slots: &SLOTS, link: Slot(1), stack: Slot(2) };
/// Slots with homes: 1 to 11 and 32 to 42.
pub const LINK: Slot = Slot(1);

const ARENA: usize = 1 << 20;
const CALLS: usize = 1 << 16;

fn map(len: usize, prot: i32) -> *mut u8 {
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    // SAFETY: a fresh private mapping.
    let at = unsafe { libc::mmap(std::ptr::null_mut(), len, prot, flags, -1, 0) };
    assert!(at != libc::MAP_FAILED);
    at.cast()
}

/// A code cache without bounds checks, one guest thread, and no runtime.
pub struct Machine {
    pub backend: X64,
    pub state: Box<CpuState>,
    pub code: CompiledCode,
    arena: *mut u8,
    first: usize,
    used: usize,
    thunks: Vec<u32>,
    /// Displacement and guest target of each exit site, by number less 1.
    pub sites: Vec<(usize, u64)>,
}

impl Machine {
    pub fn new() -> Machine {
        let backend = X64::new(&REG_FILE).expect("the processor is recent");
        let arena = map(ARENA, libc::PROT_READ | libc::PROT_WRITE | libc::PROT_EXEC);
        let (code, thunks) = backend.thunks();
        assert!(code.relocs.is_empty());
        // SAFETY: the arena is larger than any code the tests place.
        unsafe { arena.copy_from(code.bytes.as_ptr(), code.bytes.len()) };
        let first = code.bytes.len().next_multiple_of(64);
        let mut state = CpuState::new();
        let calls = map(CALLS, libc::PROT_READ | libc::PROT_WRITE);
        state.call_base = calls as u64 + CALLS as u64 - 64;
        state.call_sp = state.call_base;
        let underflow = arena as u64 + thunks[thunk::UNDERFLOW] as u64;
        // SAFETY: the call stack has eight words above its base.
        (0..8).for_each(|i| unsafe { (state.call_base as *mut u64).add(i).write(underflow) });
        let table = map(JUMP_TABLE_LEN * 16, libc::PROT_READ | libc::PROT_WRITE);
        state.jump_table = table.cast();
        for index in [0, 1] {
            // SAFETY: both are entries of the fresh table.
            unsafe { (*state.jump_table.add(index)).guest = JumpEntry::EMPTY };
        }
        let code = CompiledCode::default();
        Machine { backend, state, code, arena, first, used: first, thunks, sites: Vec::new() }
    }

    /// Forgets all translations.
    pub fn reset(&mut self) {
        self.used = self.first;
        self.sites.clear();
    }

    /// Compiles and places a region; gives its host address.
    pub fn add(&mut self, region: &Region) -> u64 {
        assert_eq!(ir::verify(region), Ok(()), "{region:#?}");
        self.backend.compile(region, &mut self.code).expect("all ops are supported");
        self.place()
    }

    /// Compiles and places a region whose values stay within their blocks; `None` if they do not.
    pub fn add_blocks(&mut self, region: &Region) -> Option<u64> {
        assert_eq!(ir::verify(region), Ok(()), "{region}");
        self.backend.compile(region, &mut self.code).ok()?;
        Some(self.place())
    }

    /// Compiles and places a region by the compiler of several blocks, unless it refuses an op.
    pub fn add_region(&mut self, region: &Region) -> Option<u64> {
        assert_eq!(ir::verify(region), Ok(()), "{region}");
        match self.backend.compile_region(region, &mut self.code) {
            Ok(()) => Some(self.place()),
            Err(Unsupported(op)) => {
                assert!(op != Op::Param, "no op's fault: {region}");
                None
            }
        }
    }

    /// Places the code compiled last.
    pub fn place(&mut self) -> u64 {
        check_instructions(self.code.instructions());
        let base = self.used;
        assert!(base + self.code.bytes.len() <= ARENA);
        // SAFETY: the arena is larger than any code the tests place.
        unsafe { self.arena.add(base).copy_from(self.code.bytes.as_ptr(), self.code.bytes.len()) };
        self.used = (base + self.code.bytes.len()).next_multiple_of(64);
        let first_site = self.sites.len() as u32 + 1;
        for exit in self.code.exits.clone() {
            assert_eq!(exit.at % 4, 0);
            self.sites.push((base + exit.at as usize, exit.to.0));
            self.patch(base + exit.at as usize, base as u64 + exit.stub as u64);
        }
        for reloc in self.code.relocs.clone() {
            let at = base + reloc.at as usize;
            match reloc.kind {
                RelocKind::Thunk(n) => self.patch(at, self.thunks[n as usize] as u64),
                RelocKind::SiteNumber(n) => self.write(at, (first_site + n as u32) as i32),
                RelocKind::Here(_) => panic!("not in use"),
            }
        }
        self.arena as u64 + base as u64
    }

    fn write(&mut self, at: usize, value: i32) {
        // SAFETY: a relocation lies inside the code just placed.
        unsafe { self.arena.add(at).cast::<i32>().write_unaligned(value) };
    }
    fn patch(&mut self, at: usize, to: u64) {
        self.write(at, (to as i64 - (at as i64 + 4)) as i32);
    }
    /// Links an exit site to a translation.
    pub fn link(&mut self, site: u64, host: u64) {
        let (at, _) = self.sites[site as usize - 1];
        self.patch(at, host - self.arena as u64);
    }
    pub fn thunk(&self, number: usize) -> u64 {
        self.arena as u64 + self.thunks[number] as u64
    }
    /// Lets computed jumps to `guest` go to `host`.
    pub fn know(&mut self, guest: u64, host: u64) {
        self.know_at(JumpEntry::index(guest::GuestAddr(guest)), guest, host);
    }
    /// The same, in the neighbour's place.
    pub fn know_beside(&mut self, guest: u64, host: u64) {
        let index = JumpEntry::index(guest::GuestAddr(guest));
        self.know_at(JumpEntry::neighbour(index), guest, host);
    }
    fn know_at(&mut self, index: usize, guest: u64, host: u64) {
        // SAFETY: the index is below the table's length.
        unsafe { self.state.jump_table.add(index).write(JumpEntry { guest, host }) };
    }

    /// Enters at a host address.
    pub fn run(&mut self, host: u64) -> Leave {
        type Enter = unsafe extern "sysv64" fn(*mut CpuState, u64) -> u64;
        let state = &raw mut *self.state;
        self.backend.load_fp(&mut self.state);
        // SAFETY: the thunk has this signature, by the backend's contract.
        let enter = unsafe { std::mem::transmute::<u64, Enter>(self.thunk(thunk::ENTER)) };
        // SAFETY: the code was placed in the arena and its relocations are filled in.
        let code = unsafe { enter(state, host) };
        self.backend.save_fp(&mut self.state);
        let leave = Leave::from_code(code);
        if leave == Leave::Jump {
            self.state.pc = self.sites[self.state.exit_site as usize - 1].1;
        }
        leave
    }
}

/// Every byte belongs to a valid instruction.
pub fn check_instructions(bytes: &[u8]) {
    let mut decoder = Decoder::new(64, bytes, DecoderOptions::NONE);
    while decoder.can_decode() {
        let at = decoder.position();
        let insn = decoder.decode();
        assert!(!insn.is_invalid(), "at {at} in {bytes:02x?}");
    }
}

/// The code as text.
pub fn listing(bytes: &[u8]) -> String {
    use iced_x86::{FastFormatter, Instruction};
    let mut text = String::new();
    let mut formatter = FastFormatter::new();
    let mut insn = Instruction::default();
    let mut decoder = Decoder::new(64, bytes, DecoderOptions::NONE);
    while decoder.can_decode() {
        decoder.decode_out(&mut insn);
        text.push_str(&format!("{:4x} ", insn.ip()));
        formatter.format(&insn, &mut text);
        text.push('\n');
    }
    text
}
