//! A translation as it comes to lie in the arena: it is put together elsewhere and written once, since the processor starts anew
//! after each write near code that ran lately.

use ir::{CompiledCode, Reloc, RelocKind};

use crate::{pc_map, recover};

/// The code with its tables behind it.
#[derive(Default)]
pub struct Image {
    bytes: Vec<u8>,
}

impl Image {
    /// Fills it with `code`; gives how many bytes its tables have.
    pub fn fill(&mut self, code: &CompiledCode) -> usize {
        self.bytes.clear();
        self.bytes.extend_from_slice(&code.bytes);
        pc_map::put(&code.pc_map, &mut self.bytes);
        recover::put(code, &mut self.bytes);
        self.bytes.len() - code.bytes.len()
    }

    /// All of it.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Writes `field` at `at`.
    pub fn set<const N: usize>(&mut self, at: u32, field: [u8; N]) {
        self.bytes[at as usize..][..N].copy_from_slice(&field);
    }

    /// Lets the displacement at `at` lead to `to`, an offset from the start of the code.
    pub fn lead(&mut self, at: u32, to: u32) {
        self.set(at, to.wrapping_sub(at + 4).to_le_bytes());
    }
}

/// What relocations ask for.
pub struct Placement<'a> {
    /// Host address of the arena.
    pub arena: u64,
    /// Where in the arena the code lies.
    pub base: u32,
    /// Where in the arena the thunks lie.
    pub thunks: &'a [u32],
    /// The number of its first exit site.
    pub first_site: u32,
}

impl Placement<'_> {
    /// Fills in what depends on the place.
    pub fn relocate(&self, image: &mut Image, relocs: &[Reloc]) {
        for &Reloc { at, kind } in relocs {
            match kind {
                RelocKind::Thunk(n) => {
                    image.lead(at, self.thunks[n as usize].wrapping_sub(self.base))
                }
                RelocKind::SiteNumber(i) => {
                    image.set(at, (self.first_site + i as u32).to_le_bytes())
                }
                RelocKind::Here(offset) => {
                    let to = self.arena + self.base as u64 + offset as u64;
                    image.set(at, to.to_le_bytes());
                }
            }
        }
    }
}
