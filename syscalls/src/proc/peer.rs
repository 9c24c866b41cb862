//! Other processes that run this program too: what of them is their guest's.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::atomic::Ordering;

use memory::{Errno, Region, Run};

use super::exe;
use super::maps::HostLine;
use crate::host::{Fd, cstring, readlink, sys};
use crate::linux::Linux;
use crate::note::{MAGIC, NOTE, OWN_FDS, WORDS};

/// A guest process other than the own.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Peer {
    pid: i32,
}

/// What a peer's note says.
pub struct Said {
    pub caught: u64,
    pub ignored: u64,
    /// Address of the list in `standing`.
    pub places: u64,
    regions: u64,
    fds: [i32; OWN_FDS],
}

impl Peer {
    /// The process, if it runs this program, by its file or under its name.
    pub fn find(linux: &Linux, pid: i32) -> Option<Peer> {
        let own = readlink(c"/proc/self/exe").ok()?;
        let link = cstring(format!("/proc/{pid}/exe").into_bytes());
        let other = readlink(&link).ok()?;
        let name = |path: &[u8]| path.rsplit(|&b| b == b'/').next().map(<[u8]>::to_vec);
        let alike = name(&own) == name(&other) || same_file(linux, &link);
        alike.then_some(Peer { pid })
    }

    /// A file of its directory under `/proc`.
    pub fn path(&self, file: &str) -> String {
        format!("/proc/{}/{file}", self.pid)
    }

    /// The host's path of its guest's program, which works without a name too.
    pub fn program(&self) -> Option<Vec<u8>> {
        let fd = exe::marked_in(self.pid)?;
        Some(self.path(&format!("fd/{fd}")).into_bytes())
    }

    /// Its note, if it may be read.
    pub fn said(&self) -> Option<Said> {
        let here = program_start("/proc/self/maps")?;
        let there = program_start(&self.path("maps"))?;
        let at = (&raw const NOTE as u64).wrapping_sub(here).wrapping_add(there);
        let words: [u64; WORDS] = self.read(at, WORDS).ok()?.try_into().ok()?;
        let [magic, caught, ignored, regions, places, fds @ ..] = words;
        let number = |n: usize| (fds[n / 2] >> (n % 2 * 32)) as i32;
        let fds = std::array::from_fn(number);
        let said = Said { caught, ignored, places, regions, fds };
        (magic == MAGIC).then_some(said)
    }

    /// Its regions: they must come out alike twice, as it runs on.
    pub fn regions(&self, said: &Said) -> Option<Vec<Region>> {
        const TRIES: usize = 10;
        let mut before = self.regions_once(said.regions);
        for _ in 0..TRIES {
            let again = self.regions_once(said.regions);
            if again.is_some() && again == before {
                let host = std::fs::read(self.path("maps")).unwrap_or_default();
                return again.map(|regions| caught_up(regions, &host));
            }
            before = again;
        }
        None
    }

    fn regions_once(&self, published: u64) -> Option<Vec<Region>> {
        let [start, count]: [u64; 2] = self.read(published, 2).ok()?.try_into().ok()?;
        let runs = self.read_all(start, count, Run::WORDS)?;
        let runs = runs.as_chunks().0.iter().map(|[start, count]| {
            let words = self.read_all(*start, *count, Region::WORDS)?;
            words.as_chunks().0.iter().map(|words| Region::from_words(*words)).collect()
        });
        runs.collect::<Option<Vec<Vec<Region>>>>().map(|runs| runs.concat())
    }

    /// So many records of so many words, if that may be a list.
    fn read_all(&self, start: u64, count: u64, words: usize) -> Option<Vec<u64>> {
        const MOST: u64 = 1 << 20;
        (count <= MOST).then(|| self.read(start, count as usize * words).ok())?
    }

    /// Words of its memory.
    pub fn read(&self, addr: u64, words: usize) -> Result<Vec<u64>, Errno> {
        let mut buffer = vec![0u64; words];
        self.read_to(addr, buffer.as_mut_ptr() as u64, words as u64 * 8)?;
        Ok(buffer)
    }

    /// Bytes of its memory.
    pub fn read_bytes<const N: usize>(&self, addr: u64) -> Result<[u8; N], Errno> {
        let mut buffer = [0; N];
        self.read_to(addr, buffer.as_mut_ptr() as u64, N as u64)?;
        Ok(buffer)
    }

    /// To `len` bytes of a live buffer.
    fn read_to(&self, addr: u64, buffer: u64, len: u64) -> Result<(), Errno> {
        let (local, remote) = ([buffer, len], [addr, len]);
        let args = [self.pid as u64, local.as_ptr() as u64, 1, remote.as_ptr() as u64, 1, 0];
        let got = sys(libc::SYS_process_vm_readv, args)?;
        if got as u64 == len { Ok(()) } else { Err(Errno(libc::EFAULT)) }
    }
}

impl Said {
    /// The translator's descriptors.
    pub fn fds(&self) -> Vec<i32> {
        self.fds.iter().copied().filter(|fd| *fd >= 0).collect()
    }
}

fn same_file(linux: &Linux, link: &std::ffi::CStr) -> bool {
    let Some(own) = linux.fds.exe.get() else { return false };
    let Ok(other) = crate::host::open(crate::host::CWD, link, libc::O_PATH) else { return false };
    let identity = |fd: &i32| {
        let mut stat = crate::mem::zeroed_stat();
        let stat_at = &raw mut stat as u64;
        sys(libc::SYS_fstat, [*fd as u64, stat_at]).ok().map(|_| (stat.st_dev, stat.st_ino))
    };
    let Fd(other_fd) = &other;
    identity(&own).is_some() && identity(&own) == identity(other_fd)
}

/// The regions with what has grown downwards since they were listed.
fn caught_up(mut regions: Vec<Region>, host: &[u8]) -> Vec<Region> {
    let lines: Vec<_> = host.split(|&b| b == b'\n').filter_map(HostLine::parse).collect();
    for n in 0..regions.len() {
        let (below, region) = (n.checked_sub(1).map_or(0, |n| regions[n].end), &mut regions[n]);
        let line = lines.iter().find(|line| (line.start..line.end).contains(&region.start));
        if let Some(line) = line.filter(|_| region.kind.grows()) {
            region.start = line.start.max(below).min(region.start);
        }
    }
    regions
}

/// Where a process has the first page of its program's file.
fn program_start(maps: &str) -> Option<u64> {
    let dir = maps.strip_suffix("maps")?;
    let exe = std::fs::read_link(format!("{dir}exe")).ok()?;
    let text = std::fs::read(Path::new(maps)).ok()?;
    let lines = text.split(|&b| b == b'\n').filter_map(HostLine::parse);
    let mut own = lines.filter(|l| l.name() == exe.as_os_str().as_bytes());
    own.next().map(|l| l.start)
}

/// Publishes where the lists of regions and of threads are.
pub fn publish(at: &memory::Published) {
    NOTE.places.store(super::standing::list(), Ordering::Relaxed);
    NOTE.regions.store(std::ptr::from_ref(at) as u64, Ordering::Relaxed);
}

#[cfg(test)]
mod tests {
    use super::*;
    use memory::{Kind, Prot};

    #[test]
    fn a_stack_is_as_far_down_as_the_hosts_mapping() {
        let region = |start, end, kind| Region { start, end, prot: Prot::RW, shared: false, kind };
        let regions = vec![region(0x1000, 0x2000, Kind::Anon), region(0x9000, 0xa000, Kind::Stack)];
        let host = b"1000-2000 rw-p 0 00:00 0\n5000-a000 rw-p 0 00:00 0 [stack]\n";
        let starts: Vec<u64> = caught_up(regions, host).iter().map(|r| r.start).collect();
        assert_eq!(starts, [0x1000, 0x5000]);
    }
}
