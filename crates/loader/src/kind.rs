//! What kind of program a file is, for execve(2).

use std::ffi::OsString;
use std::io;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use goblin::elf::Elf;
use goblin::elf::header;
use guest::Isa;

use crate::file::{open_host, read_at};
use crate::headers::describe;

/// Linux looks at this much of a script's first line.
pub const SCRIPT_LINE: usize = 256;

/// What execve(2) finds in a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum FileKind {
    /// A program for the guest.
    GuestElf,
    /// A program for the host itself.
    HostElf,
    /// A program for another machine, which is named.
    OtherElf(String),
    /// A script: `#!interp arg`.
    Script {
        /// The program that runs it.
        interp: PathBuf,
        /// Everything behind it on the line.
        arg: Option<OsString>,
    },
    /// None of these.
    Unknown,
}

/// Looks at the start of the file at `path`, on the host.
pub fn classify_file(path: &Path, isa: &Isa) -> io::Result<FileKind> {
    let file = open_host(path)?;
    let kind = file.metadata()?.file_type();
    if !kind.is_file() {
        return Err(io::Error::from_raw_os_error(libc::EACCES));
    }
    let start = read_at(&file, 0, SCRIPT_LINE)?;
    Ok(classify_start(&start, isa))
}

/// What a file is that starts with these bytes: the first [`SCRIPT_LINE`], or all there are.
pub fn classify_start(start: &[u8], isa: &Isa) -> FileKind {
    if let Some(line) = start.strip_prefix(b"#!") {
        return script(line, start.len() == SCRIPT_LINE).unwrap_or(FileKind::Unknown);
    }
    let Ok(elf) = Elf::parse_header(start) else { return FileKind::Unknown };
    let machine = describe(&elf);
    match elf.e_machine {
        m if m == isa.elf_machine && !machine.odd => FileKind::GuestElf,
        header::EM_X86_64 | header::EM_386 if cfg!(target_arch = "x86_64") => FileKind::HostElf,
        header::EM_AARCH64 if cfg!(target_arch = "aarch64") => FileKind::HostElf,
        _ => FileKind::OtherElf(machine.name),
    }
}

/// The first line of a script, behind `#!`, as `fs/binfmt_script.c` reads it; `None` if it
/// names no program, or is cut off within the program's name.
fn script(text: &[u8], cut: bool) -> Option<FileKind> {
    let blank = |b: &u8| matches!(b, b' ' | b'\t');
    let newline = text.iter().position(|&b| b == b'\n' || b == 0);
    let line = text[..newline.unwrap_or(text.len())].trim_ascii();
    let name_end = line.iter().position(blank);
    if line.is_empty() || (cut && newline.is_none() && name_end.is_none()) {
        return None;
    }
    let (name, rest) = line.split_at(name_end.unwrap_or(line.len()));
    let rest = rest.trim_ascii();
    let own = |bytes: &[u8]| OsString::from_vec(bytes.to_vec());
    Some(FileKind::Script { interp: own(name).into(), arg: (!rest.is_empty()).then(|| own(rest)) })
}
