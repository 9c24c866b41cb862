//! Segments into memory: `load_elf_binary` and `elf_load` of `fs/binfmt_elf.c`.

use std::ops::Range;
use std::os::fd::AsRawFd;

use guest::{PAGE_MASK, access};
use memory::{AddressSpace, Errno, MapRequest, Prot, TASK_SIZE};

use crate::LoadError;
use crate::file::Binary;
use crate::headers::Segment;
use crate::host;

/// Where Linux puts position-independent programs: two thirds of RISC-V's smallest user range.
const PIE_BASE: u64 = 0x2a_aaaa_a000;
/// And how far behind that by chance (`arch_mmap_rnd`).
const PIE_RANDOM: u64 = 1 << (18 + 12);
/// How far behind the program the heap starts by chance (`arch_randomize_brk`).
const BRK_RANDOM: u64 = 1 << 30;
const PRIVATE: i32 = libc::MAP_PRIVATE;
const ANON: i32 = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;

/// Where a movable file goes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Placement {
    /// At the base of programs.
    Program,
    /// Wherever the kernel finds room, as for any mapping.
    Library,
}

/// A file in memory; all addresses are final.
#[derive(Debug)]
pub struct Loaded {
    pub bias: u64,
    pub entry: u64,
    pub phdr: u64,
    pub phnum: u64,
    pub brk: u64,
    pub code: Range<u64>,
    pub data: Range<u64>,
}

/// Maps all segments of a file.
pub fn load(
    memory: &AddressSpace,
    file: &Binary,
    placement: Placement,
) -> Result<Loaded, LoadError> {
    let bias = if file.headers.movable { place(memory, file, placement)? } else { 0 };
    for segment in &file.headers.segments {
        map_segment(memory, file, segment, bias)?;
    }
    if file.headers.movable {
        drop_gaps(memory, file, bias)?;
    }
    let entry = file.headers.entry.wrapping_add(bias);
    if entry >= TASK_SIZE {
        return Err(file.damaged("the entry lies outside the address space"));
    }
    Ok(summary(file, bias, entry))
}

/// Reserves the range of a movable file; returns what to add to its addresses.
fn place(memory: &AddressSpace, file: &Binary, placement: Placement) -> Result<u64, LoadError> {
    let span = file.headers.span();
    let (len, align) = (span.end - span.start, file.headers.align);
    let no_room = |errno| file.unmappable("its segments", errno);
    let flags = ANON | libc::MAP_NORESERVE;
    if placement == Placement::Program {
        // The lowest page must be as far from its alignment as the file says.
        let skew = span.start & (align - 1);
        let base = PIE_BASE + host::random_below(PIE_RANDOM, 12);
        let base = base.checked_next_multiple_of(align).and_then(|b| b.checked_add(skew));
        let fixed = flags | libc::MAP_FIXED_NOREPLACE;
        let at = |addr| MapRequest { addr, flags: fixed, ..MapRequest::anon(len, Prot::NONE) };
        if let Some(start) = base.and_then(|base| memory.map(at(base)).ok()) {
            return Ok(start.wrapping_sub(span.start));
        }
    }
    // Too much, so that an aligned part is in it; then the rest goes.
    let slack = (align - 1) & !PAGE_MASK;
    let room = len.checked_add(slack).ok_or(Errno(libc::ENOMEM)).map_err(no_room)?;
    let request = MapRequest { flags, ..MapRequest::anon(room, Prot::NONE) };
    let got = memory.map(request).map_err(no_room)?;
    let skip = span.start.wrapping_sub(got) & (align - 1);
    let start = got + skip;
    trim(memory, got, start).map_err(no_room)?;
    trim(memory, start + len, got + room).map_err(no_room)?;
    Ok(start.wrapping_sub(span.start))
}

fn trim(memory: &AddressSpace, start: u64, end: u64) -> Result<(), Errno> {
    if start < end { memory.unmap(start, end - start) } else { Ok(()) }
}

/// Unmaps what lies between the segments of a movable file.
fn drop_gaps(memory: &AddressSpace, file: &Binary, bias: u64) -> Result<(), LoadError> {
    let mut pages: Vec<(u64, u64)> = file.headers.segments.iter().map(page_range).collect();
    pages.sort_unstable();
    let mut end = pages.first().map_or(0, |p| p.0);
    for (start, next_end) in pages {
        trim(memory, end.wrapping_add(bias), start.max(end).wrapping_add(bias))
            .map_err(|e| file.unmappable("the gaps between segments", e))?;
        end = end.max(next_end);
    }
    Ok(())
}

fn page_range(segment: &Segment) -> (u64, u64) {
    (segment.vaddr & !PAGE_MASK, (segment.end() + PAGE_MASK) & !PAGE_MASK)
}

/// Maps the file's part of a segment, then zeroes up to the end of its memory.
fn map_segment(
    memory: &AddressSpace,
    file: &Binary,
    segment: &Segment,
    bias: u64,
) -> Result<(), LoadError> {
    let failed = |errno| file.unmappable(format!("the segment at {:#x}", segment.vaddr), errno);
    let start = segment.vaddr.wrapping_add(bias);
    let first_page = start & !PAGE_MASK;
    let file_end = start + segment.filesz;
    let end = start + segment.memsz;
    let mut zero_from = first_page;
    if segment.filesz != 0 {
        let request = MapRequest {
            addr: first_page,
            len: file_end - first_page,
            prot: segment.prot,
            flags: PRIVATE | libc::MAP_FIXED,
            fd: file.file.as_raw_fd(),
            offset: segment.offset & !PAGE_MASK,
        };
        memory.map(request).map_err(failed)?;
        zero_from = (file_end + PAGE_MASK) & !PAGE_MASK;
        // As in Linux: a read-only page keeps what the file has behind the segment.
        if segment.prot.is_write() && end > file_end {
            let zeroes = [0; PAGE_MASK as usize + 1];
            let len = (zero_from - file_end) as usize;
            access::copy_out(file_end, &zeroes[..len]).map_err(|_| failed(Errno(libc::EFAULT)))?;
        }
    }
    if end > zero_from {
        let anon = MapRequest::anon(end - zero_from, segment.prot);
        let flags = ANON | libc::MAP_FIXED;
        memory.map(MapRequest { addr: zero_from, flags, ..anon }).map_err(failed)?;
    }
    Ok(())
}

fn summary(file: &Binary, bias: u64, entry: u64) -> Loaded {
    let headers = &file.headers;
    let at = |addr: u64| addr.wrapping_add(bias);
    let around = |mut ranges: Vec<(u64, u64)>| {
        ranges.sort_unstable();
        let start = ranges.first().map_or(0, |r| at(r.0));
        start..ranges.iter().map(|r| at(r.1)).max().unwrap_or(start)
    };
    let part = |code: bool| -> Vec<(u64, u64)> {
        let chosen = headers.segments.iter().filter(|s| s.prot.is_exec() == code);
        chosen.map(|s| (s.vaddr, s.vaddr + s.filesz)).collect()
    };
    let phoff = headers.phoff;
    let holder = headers.segments.iter().find(|s| (s.offset..s.offset + s.filesz).contains(&phoff));
    let last = headers.segments.iter().map(Segment::end).max().unwrap_or(0);
    Loaded {
        bias,
        entry,
        phdr: holder.map_or(0, |s| at(phoff - s.offset + s.vaddr)),
        phnum: headers.phnum,
        brk: ((at(last) + PAGE_MASK) & !PAGE_MASK) + host::random_below(BRK_RANDOM, 12),
        code: around(part(true)),
        data: around(part(false)),
    }
}
