//! The core that a guest leaves: an ELF file in the guest's format, as `fs/coredump.c` and
//! `fs/binfmt_elf.c` write it; see core(5).
//!
//! That a process dumped core is something only the host's kernel can say, and it says so when it
//! wrote a core itself. So it is let write one of the translator, as small as can be, and a helper
//! puts the guest's in its place before anybody learns of the death:
//!
//! ```text
//! stop the other threads -> notes, segments -> NAME.PID~ -> helper traces us -> die
//! kernel: small NAME, tells the helper -> helper: rename NAME.PID~ to NAME, lets go -> parent
//! ```

mod image;
mod notes;
mod pattern;
mod replace;

use runtime::signals::{DUMPING, SYNCHRONOUS, bit, die_of};
use runtime::{SigInfo, Vcpu};

use crate::host::sys;
use crate::linux::Linux;
use crate::thread::Thread;
use crate::usage;

/// The kernel leaves no core when less than this is allowed.
const SMALLEST: u64 = 4096;

/// Ends the process by a signal, as the guest would end by it, with a core if there is to be one.
pub fn die(linux: &Linux, vcpu: &mut Vcpu, info: &SigInfo) -> ! {
    usage::tell(linux, vcpu, usage::Stage::Ends);
    if (DUMPING | SYNCHRONOUS) & bit(info.signo) != 0
        && let Some(limit) = allowed()
        && let Some(names) = pattern::names(linux, info.signo, limit)
    {
        let _ = leave(linux, vcpu, info, limit, &names);
    }
    die_of(info.signo)
}

/// Bytes that a core may have; `None` for no core.
fn allowed() -> Option<u64> {
    let mut limits = [0u64; 2];
    let args = [0, libc::RLIMIT_CORE as u64, 0, limits.as_mut_ptr() as u64];
    sys(libc::SYS_prlimit64, args).ok()?;
    let dumpable = sys(libc::SYS_prctl, [libc::PR_GET_DUMPABLE as u64, 0, 0, 0, 0]) == Ok(1);
    (dumpable && limits[0] >= SMALLEST).then_some(limits[0])
}

fn leave(
    linux: &Linux,
    vcpu: &mut Vcpu,
    info: &SigInfo,
    limit: u64,
    names: &pattern::Names,
) -> std::io::Result<()> {
    runtime::signals::block_all();
    let borrows = Thread::of(vcpu).vfork_child;
    // The other threads of a child in its parent's memory are the parent's.
    let others = if borrows { Vec::new() } else { runtime::postmortem::stop_others(vcpu) };
    let regions = vcpu.process.memory.regions();
    let core = image::Core {
        notes: notes::all(linux, vcpu, &others, info, &regions),
        regions: &regions,
        filter: coredump_filter(),
    };
    if let Err(error) = core.write(&names.ours, limit) {
        let _ = std::fs::remove_file(&names.ours);
        return Err(error);
    }
    replace::arrange(names);
    shrink(borrows);
    Ok(())
}

/// Which memory the process wants dumped (core(5)): private and shared anonymous memory, and the
/// first pages of ELF files, unless it says otherwise.
fn coredump_filter() -> u64 {
    const DEFAULT: u64 = 0x33;
    let text = std::fs::read_to_string("/proc/self/coredump_filter").unwrap_or_default();
    u64::from_str_radix(text.trim(), 16).unwrap_or(DEFAULT)
}

/// Makes the kernel's core as small as can be.
fn shrink(borrows: bool) {
    let limits = [SMALLEST, SMALLEST];
    let args = [0, libc::RLIMIT_CORE as u64, limits.as_ptr() as u64, 0];
    let _ = sys(libc::SYS_prlimit64, args);
    if !borrows {
        let _ = std::fs::write("/proc/self/coredump_filter", "0");
    }
}
