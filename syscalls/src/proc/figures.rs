//! How much memory a guest has: figures for `status`, `stat` and `statm`, from the host's `smaps`
//! and the guest's regions.

use guest::PAGE_SIZE;
use memory::Region;

use super::maps::HostLine;

/// Memory in bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Figures {
    /// Mapped.
    pub size: u64,
    /// Mapped, private, writable, not the stack's.
    pub data: u64,
    /// The stack's.
    pub stack: u64,
    /// Mapped executable and not writable.
    pub code: u64,
    /// Locked by mlock(2).
    pub locked: u64,
    /// Resident and anonymous.
    pub anon: u64,
    /// Resident pages of files.
    pub file: u64,
    /// Resident shared memory.
    pub shmem: u64,
    /// In the swap space.
    pub swap: u64,
}

impl Figures {
    /// Of a guest with these regions, whose host has this `smaps`.
    pub fn new(regions: &[Region], smaps: &[u8]) -> Figures {
        let mut figures = Figures::default();
        regions.iter().for_each(|region| figures.add_region(region));
        let mut inside: Option<HostLine<'_>> = None;
        for text in smaps.split(|&b| b == b'\n') {
            if let Some(line) = HostLine::parse(text) {
                inside = is_guests(&line, regions).then_some(line);
            } else if let Some((line, (name, value))) = inside.as_ref().zip(detail(text)) {
                figures.add_detail(line, name, value);
            }
        }
        // What is resident is not all anonymous.
        figures.file = figures.file.saturating_sub(figures.anon);
        figures
    }

    /// Resident.
    pub fn resident(&self) -> u64 {
        self.anon + self.file + self.shmem
    }

    fn add_region(&mut self, region: &Region) {
        let len = region.end - region.start;
        self.size += len;
        let (write, stack) = (region.prot.is_write(), region.kind.grows());
        if stack {
            self.stack += len;
        } else if write && !region.shared {
            self.data += len;
        } else if region.prot.is_exec() && !write {
            self.code += len;
        }
    }

    fn add_detail(&mut self, line: &HostLine<'_>, name: &str, value: &str) {
        let bytes = || value.trim().strip_suffix(" kB").and_then(|n| n.trim().parse::<u64>().ok());
        let bytes = || bytes().unwrap_or(0) * 1024;
        match name {
            "Rss" if line.is_shmem() => self.shmem += bytes(),
            "Rss" => self.file += bytes(),
            "Anonymous" => self.anon += bytes(),
            "Swap" => self.swap += bytes(),
            "VmFlags" if value.split(' ').any(|flag| flag == "lo") => {
                self.locked += line.end - line.start;
            }
            _ => {}
        }
    }

    /// Bytes as pages.
    pub fn pages(bytes: u64) -> u64 {
        bytes / PAGE_SIZE
    }
}

/// Bytes of all mappings that are resident.
pub fn all_resident(smaps: &[u8]) -> u64 {
    let lines = smaps.split(|&b| b == b'\n').filter_map(detail);
    let kib = lines
        .filter(|(name, _)| *name == "Rss")
        .filter_map(|(_, value)| value.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    kib.sum::<u64>() << 10
}

/// True if a host mapping holds a region.
pub fn is_guests(line: &HostLine<'_>, regions: &[Region]) -> bool {
    let first = regions.partition_point(|r| r.end <= line.start);
    regions.get(first).is_some_and(|r| r.start < line.end)
}

/// `Name:   value`.
pub fn detail(text: &[u8]) -> Option<(&str, &str)> {
    std::str::from_utf8(text).ok()?.split_once(':')
}

#[cfg(test)]
mod tests {
    use super::*;
    use memory::{Kind, Prot};

    #[test]
    fn only_the_guests_memory_counts() {
        let smaps = b"\
10000-12000 r--p 00000000 fe:01 7  /bin/a
Rss:                   8 kB
Anonymous:             4 kB
VmFlags: rd mr lo
20000-30000 rw-p 00000000 00:00 0
Rss:                  64 kB
Anonymous:            64 kB
30000-31000 rw-s 00000000 00:01 9  /dev/zero (deleted)
Rss:                   4 kB
";
        let region =
            |start, end, prot, shared| Region { start, end, prot, shared, kind: Kind::File };
        let regions =
            [region(0x10000, 0x12000, Prot::RX, false), region(0x30000, 0x31000, Prot::RW, true)];
        let figures = Figures::new(&regions, smaps);
        let expected = Figures {
            size: 0x3000,
            code: 0x2000,
            locked: 0x2000,
            anon: 4096,
            file: 4096,
            shmem: 4096,
            ..Figures::default()
        };
        assert_eq!(figures, expected);
        assert_eq!(figures.resident(), 3 * 4096);
    }
}
