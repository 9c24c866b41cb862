//! From an ELF file to a guest that is ready to start: its segments, its interpreter, the
//! vDSO and the first stack, in the guest's memory as Linux's `fs/binfmt_elf.c` lays them out.
//!
//! ```text
//! open -> headers (goblin, checked) -> segments -> interpreter -> vDSO -> stack -> Image
//! ```
#![deny(unsafe_code)]
#![warn(missing_docs)]

mod abi;
mod error;
mod file;
mod headers;
mod host;
mod kind;
mod segments;
mod stack;
mod vdso;

use std::ffi::OsString;
use std::ops::Range;
use std::os::fd::RawFd;
use std::path::{Path, PathBuf};

use guest::Isa;
use memory::AddressSpace;

pub use error::LoadError;
pub use host::{own_auxv, own_execfn};
pub use kind::{FileKind, SCRIPT_LINE, classify_file, classify_start};

use file::Binary;
use segments::{Loaded, Placement};

/// What to load and what to give it.
#[derive(Clone, Debug)]
pub struct LoadRequest<'a> {
    /// The program's file on the host.
    pub path: &'a Path,
    /// That file, already open for reading, if `path` is only its name.
    pub fd: Option<RawFd>,
    /// Its arguments, `argv[0]` first.
    pub args: Vec<OsString>,
    /// Its environment, `NAME=value` each.
    pub env: Vec<OsString>,
    /// The file name as execve(2) was given it (`AT_EXECFN`).
    pub execfn: OsString,
    /// The directory in which the program's interpreter is looked up; the host's root if none.
    pub sysroot: Option<&'a Path>,
    /// The guest.
    pub isa: &'static Isa,
}

/// A loaded program.
#[derive(Clone, Debug)]
pub struct Image {
    /// Where the guest starts: the interpreter's entry if there is one, else the program's.
    pub entry: u64,
    /// The stack pointer at the start; it points to `argc`.
    pub stack_pointer: u64,
    /// The program's own entry (`AT_ENTRY`).
    pub program_entry: u64,
    /// The program headers in memory (`AT_PHDR`); 0 if no segment holds them.
    pub phdr: u64,
    /// Where the interpreter is loaded (`AT_BASE`); 0 without one.
    pub interp_base: u64,
    /// What is added to the program's addresses.
    pub load_bias: u64,
    /// Where the heap starts.
    pub brk: u64,
    /// The auxiliary vector, without the final `AT_NULL`; see getauxval(3).
    pub auxv: Vec<(u64, u64)>,
    /// The file, as `/proc/self/exe` names it.
    pub exe: PathBuf,
    /// The program's code, as in `/proc/self/stat`.
    pub code: Range<u64>,
    /// The program's data.
    pub data: Range<u64>,
    /// The strings of `argv`, for `/proc/self/cmdline`.
    pub args: Range<u64>,
    /// The strings of the environment, for `/proc/self/environ`.
    pub env: Range<u64>,
    /// One past the stack.
    pub stack_top: u64,
    /// The vDSO; empty if the guest has none.
    pub vdso: Range<u64>,
    /// `__vdso_rt_sigreturn`: where a signal handler returns to; 0 without a vDSO.
    pub sigreturn: u64,
}

impl Image {
    /// The auxiliary vector as `/proc/self/auxv` has it.
    pub fn auxv_bytes(&self) -> Vec<u8> {
        let rows = self.auxv.iter().copied().chain([(0, 0)]);
        rows.flat_map(|(key, value)| [key, value]).flat_map(u64::to_le_bytes).collect()
    }
}

/// Loads a program into an empty address space. When it fails, some of the program may be
/// mapped already; [`AddressSpace::clear`] takes it away.
pub fn load(memory: &AddressSpace, request: &LoadRequest) -> Result<Image, LoadError> {
    let abi = abi::of(request.isa);
    let program = Binary::open(request.path, request.fd, request.isa)?;
    let interp = program.open_interpreter(request.sysroot, request.isa)?;
    let main = segments::load(memory, &program, Placement::Program)?;
    memory.init_brk(main.brk);
    let linker =
        interp.map(|file| segments::load(memory, &file, Placement::Library)).transpose()?;
    let vdso = vdso::map(memory, abi)?;
    let stack = stack::build(memory, request, &program, |strings| {
        auxv(abi, &main, linker.as_ref(), &vdso.range, strings)
    })?;
    Ok(Image {
        entry: linker.as_ref().map_or(main.entry, |l| l.entry),
        stack_pointer: stack.pointer,
        program_entry: main.entry,
        phdr: main.phdr,
        interp_base: linker.map_or(0, |l| l.bias),
        load_bias: main.bias,
        brk: main.brk,
        auxv: stack.auxv,
        exe: program.real_path(),
        code: main.code,
        data: main.data,
        args: stack.args,
        env: stack.env,
        stack_top: stack.top,
        vdso: vdso.range,
        sigreturn: vdso.sigreturn,
    })
}

/// The auxiliary vector, in Linux's order.
fn auxv(
    abi: &abi::Abi,
    main: &Loaded,
    linker: Option<&Loaded>,
    vdso: &Range<u64>,
    strings: &stack::AuxStrings,
) -> Vec<(u64, u64)> {
    const AT_MINSIGSTKSZ: u64 = 51;
    let ids = host::ids();
    let mut auxv = Vec::new();
    if !vdso.is_empty() {
        auxv.push((libc::AT_SYSINFO_EHDR, vdso.start));
    }
    auxv.extend([
        (AT_MINSIGSTKSZ, abi.signal_frame),
        (libc::AT_HWCAP, abi.hwcap),
        (libc::AT_PAGESZ, guest::PAGE_SIZE),
        (libc::AT_CLKTCK, host::clock_ticks()),
        (libc::AT_PHDR, main.phdr),
        (libc::AT_PHENT, headers::PHENT),
        (libc::AT_PHNUM, main.phnum),
        (libc::AT_BASE, linker.map_or(0, |l| l.bias)),
        (libc::AT_FLAGS, 0),
        (libc::AT_ENTRY, main.entry),
        (libc::AT_UID, ids.uid),
        (libc::AT_EUID, ids.euid),
        (libc::AT_GID, ids.gid),
        (libc::AT_EGID, ids.egid),
        (libc::AT_SECURE, own_auxv(libc::AT_SECURE).unwrap_or(0)),
        (libc::AT_RANDOM, strings.random),
        (libc::AT_HWCAP2, 0),
        (libc::AT_EXECFN, strings.execfn),
    ]);
    auxv
}

#[cfg(test)]
mod tests;
