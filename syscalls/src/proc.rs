//! The files under `/proc` that describe a guest process, or the machine, and would show the
//! host's; see proc(5).
//!
//! Other processes are guests too if they run this program ([`peer`]). What the host's kernel can be
//! told of a guest, such as where its arguments lie, it is told ([`names`]), and answers itself.
//!
//! Their contents are made when they are opened or read from their start again ([`served`]).

pub mod exe;
mod figures;
mod find;
mod limits;
pub mod maps;
pub mod names;
pub mod own_mem;
pub mod peer;
pub mod query;
pub mod served;
pub mod standing;
mod stat;
mod status;

use std::ffi::{CStr, CString};

use memory::{Errno, Region};

use crate::abi::cpuinfo;
use crate::call::{Answer, Call, fail};
use crate::host::{self, cstring, fd_path, readlink};
use crate::linux::{Linux, read_range};
use crate::note::NOTE;
use peer::{Peer, Said};
use standing::Standing;
use status::Signals;

pub use find::{find, find_path, is_guests, mapping_start, owner, regions_of};

/// One of these files.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ProcFile {
    Exe,
    Maps,
    Smaps,
    SmapsRollup,
    NumaMaps,
    Auxv,
    Cmdline,
    Environ,
    Stat,
    Statm,
    Status,
    Limits,
    Mem,
    Syscall,
    Cpuinfo,
    /// A descriptor or a mapping of the translator.
    Hidden,
}

/// Whose file it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Whose {
    Own,
    Other(Peer),
}

/// What a path names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Found {
    pub file: ProcFile,
    whose: Whose,
    /// The directory, on the host.
    dir: Vec<u8>,
}

impl Found {
    /// The guest's program, if the path names it.
    pub fn program(&self, linux: &Linux) -> Option<CString> {
        match (self.file, self.whose) {
            (ProcFile::Exe, Whose::Own) => Some(linux.program()),
            (ProcFile::Exe, Whose::Other(peer)) => peer.program().map(cstring),
            _ => None,
        }
    }

    /// Its path on the host.
    fn path(&self) -> Vec<u8> {
        [self.dir.as_slice(), b"/", self.file.name()].concat()
    }

    /// The text of a file beside this one on the host.
    fn host(&self, name: &str) -> Result<Vec<u8>, Errno> {
        use std::os::unix::ffi::OsStrExt;
        let path = [self.dir.as_slice(), b"/", name.as_bytes()].concat();
        let path = std::path::Path::new(std::ffi::OsStr::from_bytes(&path));
        std::fs::read(path).map_err(|e| Errno(e.raw_os_error().unwrap_or(libc::EIO)))
    }
}

/// openat(2) of one of them.
pub fn open(call: &mut Call<'_>, found: &Found, flags: i32) -> Answer {
    if flags & libc::O_ACCMODE != libc::O_RDONLY {
        return call.block(libc::SYS_openat);
    }
    if flags & libc::O_DIRECTORY != 0 {
        return fail(libc::ENOTDIR);
    }
    let text = contents(call, found)?;
    Ok(served::open(&found.path(), &text, flags & libc::O_CLOEXEC)? as i64)
}

/// What is known of the guest whose file it is.
struct Subject {
    regions: Vec<Region>,
    signals: Signals,
    /// How its system calls are filtered: the mode, and how many filters; 0 of another process,
    /// which does not say.
    filters: (u8, usize),
}

impl Subject {
    fn of(call: &mut Call<'_>, found: &Found) -> Result<Subject, Errno> {
        match found.whose {
            Whose::Own => {
                let thread = call.thread();
                let waiting = thread.pending_set();
                let own = is_own_thread(&found.dir, call.vcpu.tid)
                    .then_some((call.thread().mask, waiting));
                let (caught, ignored) = (NOTE.caught(), NOTE.ignored());
                let signals = Signals { caught, ignored, own };
                let filters = call.thread().shared.seccomp.of(last_number(&found.dir));
                Ok(Subject { regions: call.process().memory.regions(), signals, filters })
            }
            Whose::Other(peer) => Subject::of_peer(found, peer),
        }
    }

    fn of_peer(found: &Found, peer: Peer) -> Result<Subject, Errno> {
        let said = peer.said();
        let regions = match said.as_ref().and_then(|said| peer.regions(said)) {
            Some(regions) => regions,
            None => {
                let translator = readlink(&cstring(peer.path("exe").into_bytes()))?;
                maps::guess_regions(&found.host("maps")?, &translator)
            }
        };
        let signals = said.map_or(Signals::UNKNOWN, |said: Said| Signals {
            caught: said.caught,
            ignored: said.ignored,
            own: None,
        });
        Ok(Subject { regions, signals, filters: (0, 0) })
    }
}

/// True for the directory of the calling thread, or of the process it is the first thread of.
fn is_own_thread(dir: &[u8], tid: i32) -> bool {
    last_number(dir) == tid
}

/// The process or thread that a directory is of.
fn last_number(dir: &[u8]) -> i32 {
    let last = dir.rsplit(|&b| b == b'/').next().unwrap_or_default();
    std::str::from_utf8(last).ok().and_then(|text| text.parse().ok()).unwrap_or(0)
}

fn contents(call: &mut Call<'_>, found: &Found) -> Result<Vec<u8>, Errno> {
    match found.file {
        ProcFile::Exe | ProcFile::Hidden | ProcFile::Mem => return Ok(Vec::new()),
        ProcFile::Auxv => return Ok(call.linux.image().auxv_bytes()),
        ProcFile::Cmdline => return Ok(read_range(&call.linux.image().args)),
        ProcFile::Environ => return Ok(read_range(&call.linux.image().env)),
        ProcFile::Cpuinfo => return Ok(cpuinfo::text(processors()).into_bytes()),
        ProcFile::Syscall => return syscall(call.linux, found),
        _ => {}
    }
    if found.file == ProcFile::Limits {
        return Ok(limits::text(&found.host("limits")?, &call.own_limits()));
    }
    let Subject { regions, signals, filters } = Subject::of(call, found)?;
    let linux = call.linux;
    Ok(match found.file {
        ProcFile::Maps => maps::text(&found.host("maps")?, &regions, linux),
        ProcFile::Smaps => maps::detailed_text(&found.host("smaps")?, &regions, linux),
        ProcFile::SmapsRollup => {
            maps::rollup(&found.host("smaps_rollup")?, &found.host("smaps")?, &regions)
        }
        ProcFile::NumaMaps => maps::numa(&found.host("numa_maps")?, &regions),
        ProcFile::Status => {
            let figures = figures::Figures::new(&regions, &found.host("smaps").unwrap_or_default());
            let host = String::from_utf8_lossy(&found.host("status")?).into_owned();
            status::status(&host, &figures, &signals, filters).into_bytes()
        }
        _ => figures(linux, found, &regions, &signals)?,
    })
}

/// A thread that waits for something of the translator's runs, to the guest.
fn syscall(linux: &Linux, found: &Found) -> Result<Vec<u8>, Errno> {
    const RUNNING: &str = "running\n";
    let host = found.host("syscall")?;
    let waits = host != RUNNING.as_bytes();
    let standing = waits.then(|| Standing::of(linux, last_number(&found.dir))).flatten();
    Ok(standing.map_or(RUNNING.into(), |standing| standing.text()).into_bytes())
}

/// `stat` and `statm`.
fn figures(
    linux: &Linux,
    found: &Found,
    regions: &[Region],
    signals: &Signals,
) -> Result<Vec<u8>, Errno> {
    let figures = figures::Figures::new(regions, &found.host("smaps").unwrap_or_default());
    let stat = found.host("stat")?;
    Ok(match found.file {
        ProcFile::Statm => {
            let code = stat::field(&stat, 26)..stat::field(&stat, 27);
            status::statm(&figures, &code).into_bytes()
        }
        _ => {
            let mut fields = status::stat_fields(&figures, signals, &stat::signals(&stat));
            if found.whose == Whose::Own {
                fields.extend(stat::addresses(linux.image()));
            }
            stat::replace(&stat, &fields)
        }
    })
}

/// Bytes that are resident: of the process on the host, and of the guest with these regions.
pub fn resident(regions: &[Region]) -> (u64, u64) {
    let smaps = std::fs::read("/proc/self/smaps").unwrap_or_default();
    (figures::all_resident(&smaps), figures::Figures::new(regions, &smaps).resident())
}

fn processors() -> usize {
    let text = std::fs::read("/proc/cpuinfo").unwrap_or_default();
    let lines = text.split(|&b| b == b'\n').filter(|l| l.starts_with(b"processor"));
    lines.count().max(1)
}

impl Linux {
    /// What a guest is told of a host path of a program: where the file is, inside the sysroot.
    pub(crate) fn guest_path(&self, program: &CStr) -> Vec<u8> {
        let path = readlink(program).unwrap_or_else(|_| program.to_bytes().to_vec());
        self.sysroot.as_ref().map_or(path.as_slice(), |s| s.strip(&path)).to_vec()
    }

    /// A path of the host for the guest's program, which works without a name too.
    pub(crate) fn program(&self) -> CString {
        let open = self.fds.program.get().map(fd_path);
        open.filter(|path| host::exists(path, true)).unwrap_or_else(|| self.exe.clone())
    }
}
