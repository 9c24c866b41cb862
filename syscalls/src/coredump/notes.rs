//! The notes of a core: threads, process, signal, auxiliary vector, mapped files.

use runtime::postmortem::Stopped;
use runtime::{SigInfo, Vcpu};

use memory::{Kind, Region};

use crate::abi::core::{self, Program, Status};
use crate::host::{getpid, sys};
use crate::linux::{Linux, read_range};
use crate::mem::bytes_of;
use crate::proc::maps;
use crate::thread::Thread;

const NT_PRSTATUS: u32 = 1;
const NT_FPREGSET: u32 = 2;
const NT_PRPSINFO: u32 = 3;
const NT_AUXV: u32 = 6;
const NT_SIGINFO: u32 = 0x5349_4749;
const NT_FILE: u32 = 0x4649_4c45;

/// All notes, in Linux's order: the thread that dies comes first.
pub fn all(
    linux: &Linux,
    vcpu: &mut Vcpu,
    others: &[Stopped],
    info: &SigInfo,
    regions: &[Region],
) -> Vec<u8> {
    let mut notes = Vec::new();
    let thread = Thread::of(vcpu);
    let (blocked, pending) = (thread.mask, thread.pending_set());
    let status = Status { tid: vcpu.tid, signo: info.signo, pending, blocked, ids: ids() };
    note(&mut notes, NT_PRSTATUS, &core::prstatus(&status, &vcpu.state));
    note(&mut notes, NT_PRPSINFO, &core::prpsinfo(&program(linux)));
    note(&mut notes, NT_SIGINFO, bytes_of(info));
    note(&mut notes, NT_AUXV, &linux.image().auxv_bytes());
    note(&mut notes, NT_FILE, &files(linux, regions));
    note(&mut notes, NT_FPREGSET, &core::fpregset(&vcpu.state));
    for other in others {
        let status = Status { tid: other.tid, pending: 0, blocked: 0, ..status };
        note(&mut notes, NT_PRSTATUS, &core::prstatus(&status, &other.state));
        note(&mut notes, NT_FPREGSET, &core::fpregset(&other.state));
    }
    notes
}

/// `struct elf_note`, the name `CORE`, and what it is about, each in whole words.
fn note(notes: &mut Vec<u8>, kind: u32, text: &[u8]) {
    const NAME: &[u8; 8] = b"CORE\0\0\0\0";
    for word in [5, text.len() as u32, kind] {
        notes.extend(word.to_le_bytes());
    }
    notes.extend(NAME);
    notes.extend(text);
    notes.resize(notes.len().next_multiple_of(4), 0);
}

/// Parent, process group, session.
fn ids() -> [i32; 3] {
    let id = |nr| sys(nr, [0]).unwrap_or(0) as i32;
    [id(libc::SYS_getppid), id(libc::SYS_getpgid), id(libc::SYS_getsid)]
}

fn program(linux: &Linux) -> Program {
    let id = |nr| sys(nr, []).unwrap_or(0) as u32;
    let mut args = read_range(&linux.image().args);
    args.iter_mut().filter(|b| **b == 0).for_each(|b| *b = b' ');
    let mut name = std::fs::read("/proc/self/comm").unwrap_or_default();
    name.truncate(name.trim_ascii_end().len());
    let user = [id(libc::SYS_getuid), id(libc::SYS_getgid)];
    Program { pid: getpid(), user, ids: ids(), name, args }
}

/// `NT_FILE`: how many, the page size, a row of start, end and offset in pages for each, and the
/// names.
fn files(linux: &Linux, regions: &[Region]) -> Vec<u8> {
    let host = std::fs::read("/proc/self/maps").unwrap_or_default();
    let files: Vec<Region> = regions.iter().copied().filter(|r| r.kind == Kind::File).collect();
    let rows = maps::files(&host, &files, linux);
    let mut words = vec![rows.len() as u64, guest::PAGE_SIZE];
    let mut names = Vec::new();
    for (range, offset, name) in rows {
        words.extend([range.start, range.end, offset / guest::PAGE_SIZE]);
        names.extend(name);
        names.push(0);
    }
    let words = words.into_iter().flat_map(u64::to_le_bytes);
    words.chain(names).collect()
}
