//! ELF header and program headers, checked as `fs/binfmt_elf.c` checks them, and a little more.

use std::ops::Range;
use std::path::Path;

use goblin::container::{Container, Ctx, Endian};
use goblin::elf::Elf;
use goblin::elf::header::{self, Header};
use goblin::elf::program_header::{self, ProgramHeader};
use guest::{Isa, PAGE_MASK};
use memory::{Prot, TASK_SIZE};

use crate::LoadError;

/// Bytes of a program header.
pub const PHENT: u64 = 56;
/// Bytes of the file's start that hold the header.
const HEADER: usize = 64;
/// Linux reads no more program headers than this many bytes.
const LARGEST_TABLE: u64 = 65536;

/// A PT_LOAD entry. `vaddr + memsz` and `offset + filesz` don't overflow, the file holds it all,
/// and offset and address agree within a page.
#[derive(Clone, Debug)]
pub struct Segment {
    pub vaddr: u64,
    pub memsz: u64,
    pub offset: u64,
    pub filesz: u64,
    pub prot: Prot,
}

impl Segment {
    /// One past the last byte.
    pub fn end(&self) -> u64 {
        self.vaddr + self.memsz
    }
}

/// What the headers of a runnable file say.
pub struct Headers {
    /// ET_DYN: may be loaded anywhere.
    pub movable: bool,
    pub entry: u64,
    pub phoff: u64,
    pub phnum: u64,
    /// In file order, none of them empty.
    pub segments: Vec<Segment>,
    /// Where the file holds the interpreter's name.
    pub interp: Option<Range<u64>>,
    /// PT_GNU_STACK asks for an executable stack.
    pub exec_stack: bool,
    /// The largest alignment of a segment, a power of two, at least a page.
    pub align: u64,
}

impl Headers {
    /// The addresses of all segments, in whole pages.
    pub fn span(&self) -> Range<u64> {
        let start = self.segments.iter().map(|s| s.vaddr & !PAGE_MASK).min().unwrap_or(0);
        let end = self.segments.iter().map(|s| (s.end() + PAGE_MASK) & !PAGE_MASK).max();
        start..end.unwrap_or(0)
    }
}

/// Reads and checks the headers of the file at `path`, of `len` bytes, through `read`.
pub fn parse(
    path: &Path,
    len: u64,
    isa: &Isa,
    read: impl Fn(u64, usize) -> Result<Vec<u8>, LoadError>,
) -> Result<Headers, LoadError> {
    let damaged = |what: String| LoadError::Damaged { path: path.to_owned(), what };
    let first = read(0, HEADER)?;
    if !first.starts_with(header::ELFMAG) {
        return Err(LoadError::NotElf { path: path.to_owned() });
    }
    let header = Elf::parse_header(&first)
        .map_err(|_| damaged("the ELF header is truncated or invalid".into()))?;
    if let Some(what) = not_runnable(&header, isa) {
        return Err(LoadError::Foreign { path: path.to_owned(), what });
    }
    let table_len = header.e_phnum as u64 * PHENT;
    if header.e_phentsize as u64 != PHENT || table_len == 0 || table_len > LARGEST_TABLE {
        return Err(damaged("no usable program headers".into()));
    }
    let table = read(header.e_phoff, table_len as usize)?;
    let ctx = Ctx::new(Container::Big, Endian::Little);
    let rows = ProgramHeader::parse(&table, 0, header.e_phnum as usize, ctx)
        .map_err(|_| damaged("the program headers are truncated".into()))?;
    digest(&header, &rows, len).map_err(damaged)
}

/// What keeps a well-formed ELF file from being run as a program of `isa`.
fn not_runnable(header: &Header, isa: &Isa) -> Option<String> {
    let machine = describe(header);
    if header.e_machine != isa.elf_machine || machine.odd {
        return Some(format!("{} executable, not {}", machine.name, isa.name));
    }
    match header.e_type {
        header::ET_EXEC | header::ET_DYN => None,
        header::ET_REL => Some("an object file, not linked".into()),
        header::ET_CORE => Some("a core dump, not a program".into()),
        other => Some(format!("not an executable (ELF type {other})")),
    }
}

/// The machine of a file, for messages.
pub struct Machine {
    pub name: String,
    /// 32-bit or big-endian.
    pub odd: bool,
}

/// Names the machine that an ELF file is for.
pub fn describe(header: &Header) -> Machine {
    let narrow = header.e_ident[header::EI_CLASS] != header::ELFCLASS64;
    let big = header.e_ident[header::EI_DATA] != header::ELFDATA2LSB;
    let known = match header.e_machine {
        header::EM_X86_64 => "x86-64",
        header::EM_386 => "i386",
        header::EM_AARCH64 => "aarch64",
        header::EM_ARM => "arm",
        header::EM_RISCV if narrow => "riscv32",
        header::EM_RISCV => "riscv64",
        header::EM_PPC64 => "ppc64",
        header::EM_S390 => "s390x",
        header::EM_MIPS => "mips",
        258 => "loongarch",
        _ => "",
    };
    let base = match known {
        "" => format!("unknown machine ({})", header.e_machine),
        name => name.to_owned(),
    };
    let bits = if narrow { " 32-bit" } else { "" };
    let order = if big { " big-endian" } else { "" };
    Machine { name: format!("{base}{bits}{order}"), odd: narrow || big }
}

fn digest(header: &Header, rows: &[ProgramHeader], len: u64) -> Result<Headers, String> {
    let loads = || rows.iter().filter(|r| r.p_type == program_header::PT_LOAD);
    let segments = loads()
        .filter(|r| r.p_memsz != 0 || r.p_filesz != 0)
        .map(|r| segment(r, len))
        .collect::<Result<Vec<_>, _>>()?;
    if segments.is_empty() {
        return Err("no loadable segment".into());
    }
    let named = rows.iter().find(|r| r.p_type == program_header::PT_INTERP);
    let interp = named.map(|r| file_range(r, len)).transpose()?;
    let stack = rows.iter().rev().find(|r| r.p_type == program_header::PT_GNU_STACK);
    let aligns = loads().map(|r| r.p_align).filter(|a| a.is_power_of_two());
    Ok(Headers {
        movable: header.e_type == header::ET_DYN,
        entry: header.e_entry,
        phoff: header.e_phoff,
        phnum: header.e_phnum as u64,
        segments,
        interp,
        exec_stack: stack.is_some_and(|r| r.p_flags & program_header::PF_X != 0),
        align: aligns.max().unwrap_or(0).max(PAGE_MASK + 1),
    })
}

/// The bytes of the file that a program header names.
fn file_range(row: &ProgramHeader, len: u64) -> Result<Range<u64>, String> {
    match row.p_offset.checked_add(row.p_filesz) {
        Some(end) if end <= len => Ok(row.p_offset..end),
        _ => Err(format!("a segment lies beyond the end of the file ({len} bytes)")),
    }
}

fn segment(row: &ProgramHeader, len: u64) -> Result<Segment, String> {
    file_range(row, len)?;
    if row.p_filesz > row.p_memsz {
        return Err("a segment is larger in the file than in memory".into());
    }
    match row.p_vaddr.checked_add(row.p_memsz) {
        Some(end) if end <= TASK_SIZE => {}
        _ => return Err(format!("the segment at {:#x} is too big", row.p_vaddr)),
    }
    if row.p_filesz != 0 && (row.p_vaddr ^ row.p_offset) & PAGE_MASK != 0 {
        return Err(format!("the segment at {:#x} is badly aligned", row.p_vaddr));
    }
    Ok(Segment {
        vaddr: row.p_vaddr,
        memsz: row.p_memsz,
        offset: row.p_offset,
        filesz: row.p_filesz,
        prot: rights(row.p_flags),
    })
}

fn rights(flags: u32) -> Prot {
    let pick = |bit, right| if flags & bit != 0 { right } else { Prot::NONE };
    pick(program_header::PF_R, Prot::READ)
        | pick(program_header::PF_W, Prot::WRITE)
        | pick(program_header::PF_X, Prot::EXEC)
}
