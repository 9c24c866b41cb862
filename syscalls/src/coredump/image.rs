//! The file itself: ELF header, a program header a region, the notes, and the memory.

use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

use guest::PAGE_SIZE;
use memory::{Kind, Region};

use crate::abi::core::MACHINE;
use crate::proc::maps::{self, Dumped};

const EHDR: u64 = 64;
const PHDR: u64 = 56;
const PT_LOAD: u32 = 1;
const PT_NOTE: u32 = 4;
/// `e_phnum` when there are more: the number is in the first section header then.
const PN_XNUM: u16 = 0xffff;

/// A core to be written.
pub struct Core<'a> {
    pub notes: Vec<u8>,
    pub regions: &'a [Region],
    /// `coredump_filter`.
    pub filter: u64,
}

/// A region and how many bytes of it are in the file.
struct Segment {
    region: Region,
    dumped: u64,
}

impl Core<'_> {
    /// Writes the file, which must not be there yet, up to `limit` bytes.
    pub fn write(&self, path: &Path, limit: u64) -> io::Result<()> {
        let segments = self.segments();
        let file = File::options().write(true).create_new(true).mode(0o600).open(path)?;
        let (head, data) = self.head(&segments);
        let mut out = Out { file, limit };
        out.put(0, &head)?;
        let mut at = data;
        for segment in &segments {
            out.put_memory(at, segment.region.start, segment.dumped)?;
            at += segment.dumped;
        }
        out.file.set_len(at.min(limit))
    }

    fn segments(&self) -> Vec<Segment> {
        let smaps = std::fs::read("/proc/self/smaps").unwrap_or_default();
        let facts = maps::dumped(&smaps, self.regions);
        let each = self.regions.iter().zip(facts);
        each.map(|(region, facts)| Segment { region: *region, dumped: self.size(region, &facts) })
            .collect()
    }

    /// `vma_dump_size`.
    fn size(&self, region: &Region, facts: &Dumped) -> u64 {
        const ANON_PRIVATE: u64 = 0;
        const ANON_SHARED: u64 = 1;
        const MAPPED_PRIVATE: u64 = 2;
        const MAPPED_SHARED: u64 = 3;
        const ELF_HEADERS: u64 = 4;
        let wanted = |bit: u64| self.filter >> bit & 1 != 0;
        let whole = region.end - region.start;
        if region.kind == Kind::Vdso {
            return whole;
        }
        if facts.never {
            return 0;
        }
        if region.shared {
            let bit = if facts.unnamed { ANON_SHARED } else { MAPPED_SHARED };
            return if wanted(bit) { whole } else { 0 };
        }
        if facts.written && wanted(ANON_PRIVATE) {
            return whole;
        }
        match region.kind {
            Kind::File if wanted(MAPPED_PRIVATE) => whole,
            Kind::File if wanted(ELF_HEADERS) && facts.from_start && is_elf(region.start) => {
                PAGE_SIZE
            }
            _ => 0,
        }
    }

    /// Everything before the memory, and where that begins.
    fn head(&self, segments: &[Segment]) -> (Vec<u8>, u64) {
        let count = segments.len() as u64 + 1;
        let extended = count >= PN_XNUM as u64;
        let notes_at = EHDR + PHDR * count;
        let notes_end = notes_at + self.notes.len() as u64;
        let section_at = if extended { notes_end.next_multiple_of(8) } else { 0 };
        let data = (notes_end + if extended { EHDR + 8 } else { 0 }).next_multiple_of(PAGE_SIZE);
        let phnum = if extended { PN_XNUM } else { count as u16 };
        let mut head = ehdr(phnum, section_at);
        head.extend(phdr([PT_NOTE, 0], notes_at, 0, [self.notes.len() as u64, 0], 4));
        let mut at = data;
        for Segment { region, dumped } in segments {
            let sizes = [*dumped, region.end - region.start];
            head.extend(phdr([PT_LOAD, rights(region)], at, region.start, sizes, PAGE_SIZE));
            at += dumped;
        }
        head.extend(&self.notes);
        if extended {
            head.resize(section_at as usize, 0);
            head.extend(first_section(count as u32));
        }
        head.resize(data as usize, 0);
        (head, data)
    }
}

/// `PF_*` of a region.
fn rights(region: &Region) -> u32 {
    let bits = region.prot.to_linux() as u32;
    // Read and execute change places.
    (bits & 1) << 2 | (bits & 2) | (bits & 4) >> 2
}

fn is_elf(addr: u64) -> bool {
    crate::mem::read::<[u8; 4]>(addr) == Ok(*b"\x7fELF")
}

fn ehdr(phnum: u16, section_at: u64) -> Vec<u8> {
    const CORE: u16 = 4;
    const SHDR: u16 = 64;
    let mut bytes = b"\x7fELF\x02\x01\x01".to_vec();
    bytes.resize(16, 0);
    [CORE, MACHINE].iter().for_each(|half| bytes.extend(half.to_le_bytes()));
    bytes.extend(1u32.to_le_bytes());
    [0, EHDR, section_at].iter().for_each(|long: &u64| bytes.extend(long.to_le_bytes()));
    bytes.extend(0u32.to_le_bytes());
    let sections = if section_at != 0 { [SHDR, 1, 0] } else { [0; 3] };
    let halves = [EHDR as u16, PHDR as u16, phnum].into_iter().chain(sections);
    halves.for_each(|half| bytes.extend(half.to_le_bytes()));
    bytes
}

/// A program header: type and flags, where in the file, at which address, sizes there and here.
fn phdr(words: [u32; 2], offset: u64, addr: u64, sizes: [u64; 2], align: u64) -> Vec<u8> {
    let words = words.into_iter().flat_map(u32::to_le_bytes);
    let longs = [offset, addr, 0, sizes[0], sizes[1], align].into_iter().flat_map(u64::to_le_bytes);
    words.chain(longs).collect()
}

/// The section header that says how many program headers there are (`sh_info`).
fn first_section(count: u32) -> Vec<u8> {
    let mut bytes = vec![0; 64];
    bytes[44..48].copy_from_slice(&count.to_le_bytes());
    bytes
}

/// A file with a limit.
struct Out {
    file: File,
    limit: u64,
}

/// Bytes that are copied at once.
const CHUNK: u64 = 1 << 18;

impl Out {
    fn put(&self, at: u64, bytes: &[u8]) -> io::Result<()> {
        let room = self.limit.saturating_sub(at).min(bytes.len() as u64);
        self.file.write_all_at(&bytes[..room as usize], at)
    }

    /// Copies guest memory; what is not there, or zero, stays a hole.
    fn put_memory(&mut self, at: u64, start: u64, len: u64) -> io::Result<()> {
        if len == 0 {
            return Ok(());
        }
        let (memory, present) = (File::open("/proc/self/mem")?, File::open("/proc/self/pagemap")?);
        let mut bytes = vec![0; CHUNK as usize];
        let mut done = 0;
        while done < len && at + done < self.limit {
            let part = CHUNK.min(len - done);
            let pages = present_pages(&present, start + done, part);
            for page in pages {
                let page_bytes = &mut bytes[..PAGE_SIZE as usize];
                // What can't be read, such as a page behind the end of its file, is left out.
                if memory.read_exact_at(page_bytes, page).is_ok()
                    && page_bytes.iter().any(|b| *b != 0)
                {
                    self.put(at + (page - start), page_bytes)?;
                }
            }
            done += part;
        }
        Ok(())
    }
}

/// The pages of a range that are in memory or in the swap space; all where that is not known.
fn present_pages(pagemap: &File, start: u64, len: u64) -> Vec<u64> {
    const PRESENT: u64 = 3 << 62;
    let count = len / PAGE_SIZE;
    let mut entries = vec![0u8; count as usize * 8];
    let known = pagemap.read_exact_at(&mut entries, start / PAGE_SIZE * 8).is_ok();
    let present = |n: u64| {
        let entry = entries[n as usize * 8..][..8].try_into().map(u64::from_le_bytes);
        !known || entry.is_ok_and(|e| e & PRESENT != 0)
    };
    (0..count).filter(|&n| present(n)).map(|n| start + n * PAGE_SIZE).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use memory::Prot;

    fn region(prot: Prot, shared: bool, kind: Kind) -> Region {
        Region { start: 0x10000, end: 0x14000, prot, shared, kind }
    }

    fn size(filter: u64, region: &Region, facts: &Dumped) -> u64 {
        Core { notes: Vec::new(), regions: &[], filter }.size(region, facts)
    }

    #[test]
    fn the_filter_picks_what_is_dumped() {
        let none = Dumped::default();
        let written = Dumped { written: true, ..none };
        let anon = region(Prot::RW, false, Kind::Anon);
        assert_eq!(size(0x33, &anon, &written), 0x4000);
        assert_eq!(size(0x33, &anon, &none), 0);
        assert_eq!(size(0x32, &anon, &written), 0);
        assert_eq!(size(0x33, &anon, &Dumped { never: true, ..written }), 0);
        let shared = region(Prot::RW, true, Kind::Anon);
        assert_eq!(size(0x33, &shared, &Dumped { unnamed: true, ..none }), 0x4000);
        assert_eq!(size(0x33, &shared, &none), 0);
        assert_eq!(size(0, &region(Prot::RX, false, Kind::Vdso), &none), 0x4000);
    }

    #[test]
    fn the_head_ends_where_memory_begins() {
        let regions = [region(Prot::RX, false, Kind::File)];
        let core = Core { notes: vec![1; 20], regions: &regions, filter: 0 };
        let segments = [Segment { region: regions[0], dumped: 0 }];
        let (head, data) = core.head(&segments);
        assert_eq!((head.len() as u64, data), (PAGE_SIZE, PAGE_SIZE));
        assert_eq!(head[16..20], [4, 0, 243, 0]);
        assert_eq!(head[56], 2);
        // The second program header: PT_LOAD, readable and executable.
        assert_eq!(head[64 + 56..64 + 56 + 8], [1, 0, 0, 0, 5, 0, 0, 0]);
        assert_eq!(head[64 + 112..64 + 132], [1; 20]);
    }
}
