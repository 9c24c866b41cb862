//! Which paths name the files of this module: by their last part, and by where that really is.

use memory::Region;

use super::peer::Peer;
use super::{Found, ProcFile, Whose};
use crate::call::Call;
use crate::host::{self, Fd, cstring, getpid, path_of, sys};
use crate::linux::Linux;
use crate::mem;

const NAMES: [(&[u8], ProcFile); 15] = [
    (b"exe", ProcFile::Exe),
    (b"maps", ProcFile::Maps),
    (b"smaps", ProcFile::Smaps),
    (b"smaps_rollup", ProcFile::SmapsRollup),
    (b"numa_maps", ProcFile::NumaMaps),
    (b"auxv", ProcFile::Auxv),
    (b"cmdline", ProcFile::Cmdline),
    (b"environ", ProcFile::Environ),
    (b"stat", ProcFile::Stat),
    (b"statm", ProcFile::Statm),
    (b"status", ProcFile::Status),
    (b"limits", ProcFile::Limits),
    (b"mem", ProcFile::Mem),
    (b"syscall", ProcFile::Syscall),
    (b"cpuinfo", ProcFile::Cpuinfo),
];

impl ProcFile {
    /// The last part of its path.
    pub fn name(self) -> &'static [u8] {
        NAMES.iter().find(|(_, file)| *file == self).map_or(b"", |(name, _)| name)
    }
}

/// The file that the guest's path at `addr` names, relative to `dir`, if it is one of these.
pub fn find(call: &Call<'_>, dir: u64, addr: u64) -> Option<Found> {
    find_path(call, dir, &mem::read_path(addr).ok()?)
}

/// As [`find`], with the path itself.
pub fn find_path(call: &Call<'_>, dir: u64, path: &[u8]) -> Option<Found> {
    let (parent, last) = split(path);
    let file = candidate(call.linux, last)?;
    let dir = proc_directory(dir, parent)?;
    let file = checked(file, &dir)?;
    let whose = if file == ProcFile::Cpuinfo { Whose::Own } else { owner(call, &dir)? };
    if let Some(start) = mapping_start(last) {
        let visible = is_guests(&regions_of(call, whose)?, start);
        return (!visible).then_some(Found { file, whose, dir });
    }
    let host_knows = matches!(file, ProcFile::Auxv | ProcFile::Cmdline | ProcFile::Environ);
    let own_only = matches!(file, ProcFile::Hidden | ProcFile::Limits);
    let others = whose != Whose::Own && (host_knows || own_only);
    if others || (host_knows && call.linux.host_knows_names) {
        return None;
    }
    Some(Found { file, whose, dir })
}

/// A path's directory, as openat(2) takes it, and its last part.
fn split(path: &[u8]) -> (&[u8], &[u8]) {
    match path.iter().rposition(|&b| b == b'/') {
        Some(slash) => (&path[..slash + 1], &path[slash + 1..]),
        None => (b".", path),
    }
}

/// What the last part of a path may name.
fn candidate(linux: &Linux, last: &[u8]) -> Option<ProcFile> {
    if let Some((_, file)) = NAMES.iter().find(|(name, _)| *name == last) {
        return Some(*file);
    }
    if mapping_start(last).is_some() {
        return Some(ProcFile::Hidden);
    }
    if !last.first()?.is_ascii_digit() {
        return None;
    }
    let number: u64 = std::str::from_utf8(last).ok()?.parse().ok()?;
    linux.fds.owns(number).then_some(ProcFile::Hidden)
}

/// The regions of a guest, if they may be known.
pub fn regions_of(call: &Call<'_>, whose: Whose) -> Option<Vec<Region>> {
    match whose {
        Whose::Own => Some(call.process().memory.regions()),
        Whose::Other(peer) => peer.regions(&peer.said()?),
    }
}

/// True if a mapping that starts there is the guest's.
pub fn is_guests(regions: &[Region], start: u64) -> bool {
    regions.iter().any(|region| (region.start..region.end).contains(&start))
}

/// Where a mapping starts that an entry of `map_files` names.
pub fn mapping_start(name: &[u8]) -> Option<u64> {
    let (start, end) = std::str::from_utf8(name).ok()?.split_once('-')?;
    u64::from_str_radix(end, 16).ok()?;
    u64::from_str_radix(start, 16).ok()
}

/// The real path of a directory, if it is of a proc file system.
fn proc_directory(dir: u64, parent: &[u8]) -> Option<Vec<u8>> {
    const PROC_SUPER_MAGIC: u64 = 0x9fa0;
    let Fd(fd) = &host::open(dir, &cstring(parent.to_vec()), libc::O_PATH).ok()?;
    let mut statfs = [0u64; size_of::<libc::statfs>().div_ceil(8)];
    sys(libc::SYS_fstatfs, [*fd as u64, statfs.as_mut_ptr() as u64]).ok()?;
    (statfs[0] == PROC_SUPER_MAGIC).then(|| path_of(*fd).ok())?
}

/// The file, if there is one of its name in the directory.
fn checked(file: ProcFile, dir: &[u8]) -> Option<ProcFile> {
    let last = dir.rsplit(|&b| b == b'/').next()?;
    let fits = match file {
        ProcFile::Hidden => matches!(last, b"fd" | b"fdinfo" | b"map_files"),
        ProcFile::Cpuinfo => number(last).is_none(),
        _ => number(last).is_some(),
    };
    fits.then_some(file)
}

fn number(part: &[u8]) -> Option<i32> {
    std::str::from_utf8(part).ok()?.parse().ok()
}

/// Whose a directory under `/proc` is; `None` for a process of the host.
pub fn owner(call: &Call<'_>, dir: &[u8]) -> Option<Whose> {
    let pid = process_of(dir)?;
    let own = pid == getpid() || pid == call.vcpu.tid || is_own_thread(pid);
    if own { Some(Whose::Own) } else { Peer::find(call.linux, pid).map(Whose::Other) }
}

fn is_own_thread(tid: i32) -> bool {
    sys(libc::SYS_tgkill, [getpid() as u64, tid as u64, 0]).is_ok()
}

/// The process (or the thread, without its process) whose directory this is, or one below it.
fn process_of(dir: &[u8]) -> Option<i32> {
    let parts: Vec<&[u8]> = dir.split(|&b| b == b'/').collect();
    let parts = match parts.as_slice() {
        [rest @ .., b"fd" | b"fdinfo" | b"map_files"] => rest,
        all => all,
    };
    match parts {
        [.., pid, b"task", tid] if number(tid).is_some() => number(pid),
        [.., pid] => number(pid),
        [] => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_has_several_directories() {
        assert_eq!(process_of(b"/proc/42"), Some(42));
        assert_eq!(process_of(b"/mnt/proc/42/task/43"), Some(42));
        assert_eq!(process_of(b"/proc/42/task/43/fdinfo"), Some(42));
        assert_eq!(process_of(b"/proc/42/fd"), Some(42));
        assert_eq!(process_of(b"/proc/42/map_files"), Some(42));
        assert_eq!(process_of(b"/proc/sys"), None);
    }

    #[test]
    fn an_entry_of_map_files_is_a_range() {
        assert_eq!(mapping_start(b"10000-1f000"), Some(0x10000));
        assert_eq!(mapping_start(b"10000"), None);
        assert_eq!(mapping_start(b"x-y"), None);
    }

    #[test]
    fn a_path_is_split_before_its_last_part() {
        assert_eq!(split(b"/proc/self/exe"), (b"/proc/self/".as_slice(), b"exe".as_slice()));
        assert_eq!(split(b"exe"), (b".".as_slice(), b"exe".as_slice()));
    }

    #[test]
    fn directories_of_proc_are_known_by_their_file_system() {
        let cwd = host::CWD;
        let pid = getpid();
        let own = proc_directory(cwd, b"/proc/self/");
        assert_eq!(own, Some(format!("/proc/{pid}").into_bytes()));
        assert_eq!(proc_directory(cwd, b"/sys/"), None);
        assert_eq!(checked(ProcFile::Stat, b"/proc"), None);
        assert_eq!(checked(ProcFile::Cpuinfo, b"/proc"), Some(ProcFile::Cpuinfo));
        assert_eq!(checked(ProcFile::Hidden, b"/proc/42/fd"), Some(ProcFile::Hidden));
    }
}
