//! `/proc/PID/maps`, `smaps`, `smaps_rollup` and `numa_maps`: the guest's regions, with what the host
//! knows of them.

use std::collections::BTreeMap;
use std::io::Write;

use memory::{Kind, Prot, Region};

use super::figures::{detail, is_guests};

use crate::linux::Linux;

/// A line of the host's file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HostLine<'a> {
    pub start: u64,
    pub end: u64,
    rights: &'a str,
    offset: u64,
    device: &'a str,
    inode: &'a str,
    name: &'a [u8],
}

impl HostLine<'_> {
    /// The file's path, or what the kernel calls the mapping.
    pub fn name(&self) -> &[u8] {
        self.name
    }

    /// True if there is a file behind it.
    pub fn is_file(&self) -> bool {
        self.inode != "0"
    }

    /// Offset, inode, and major and minor number of the device; zeros without a file.
    pub fn file(&self) -> (u64, u64, [u32; 2]) {
        let number = |digits| u32::from_str_radix(digits, 16).unwrap_or(0);
        let device = self.device.split_once(':').map_or([0; 2], |(a, b)| [number(a), number(b)]);
        (self.offset, self.inode.parse().unwrap_or(0), device)
    }

    /// `rwx` and shared as bits 0 to 3.
    pub fn rights_bits(&self) -> u64 {
        let letters = [b"r".as_slice(), b"w", b"x", b"s"];
        let has = |n: usize| self.rights.as_bytes().get(n..n + 1) == Some(letters[n]);
        (0..4).map(|n| (has(n) as u64) << n).sum()
    }

    /// True if it is memory of a file without a disk.
    pub fn is_shmem(&self) -> bool {
        let starts: [&[u8]; 4] = [b"/dev/zero", b"/SYSV", b"/memfd:", b"/dev/shm/"];
        starts.iter().any(|start| self.name.starts_with(start))
    }

    /// The mapping as a guest's, of whom nothing else is known.
    fn region(&self) -> Region {
        let has = |at: usize, letter, prot| {
            if self.rights.as_bytes().get(at) == Some(&letter) { prot } else { Prot::NONE }
        };
        let prot = has(0, b'r', Prot::READ) | has(1, b'w', Prot::WRITE) | has(2, b'x', Prot::EXEC);
        let kind = match self.name {
            b"[stack]" => Kind::Stack,
            _ if self.inode == "0" => Kind::Anon,
            _ => Kind::File,
        };
        let shared = self.rights.ends_with('s');
        Region { start: self.start, end: self.end, prot, shared, kind }
    }

    /// `start-end perms offset device inode name`.
    pub fn parse(line: &[u8]) -> Option<HostLine<'_>> {
        let mut fields = line.splitn(6, |&b| b == b' ');
        let mut text = || std::str::from_utf8(fields.next()?).ok();
        let (range, rights, offset) = (text()?, text()?, text()?);
        let (device, inode) = (text()?, text()?);
        let (start, end) = range.split_once('-')?;
        let number = |digits| u64::from_str_radix(digits, 16).ok();
        let name = fields.next().unwrap_or_default().trim_ascii_start();
        let name = name.strip_suffix(b"\n").unwrap_or(name);
        Some(HostLine {
            start: number(start)?,
            end: number(end)?,
            rights,
            offset: number(offset)?,
            device,
            inode,
            name,
        })
    }
}

/// A line of the guest's.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Line {
    start: u64,
    end: u64,
    perms: String,
    offset: u64,
    file: String,
    name: Vec<u8>,
}

impl Line {
    fn new(region: &Region, host: &HostLine<'_>, linux: Option<&Linux>) -> Line {
        let start = region.start.max(host.start);
        let named = host.inode != "0";
        Line {
            start,
            end: region.end.min(host.end),
            perms: format!("{}{}", region.prot, if region.shared { 's' } else { 'p' }),
            offset: if named { host.offset + (start - host.start) } else { 0 },
            file: format!("{} {}", host.device, host.inode),
            name: name(region, host, linux),
        }
    }

    /// Adds `next` if one line says both.
    fn join(&mut self, next: &Line) -> bool {
        let anonymous = self.file.ends_with(" 0");
        let follows = anonymous || next.offset == self.offset + (self.end - self.start);
        let alike = self.perms == next.perms && self.file == next.file && self.name == next.name;
        let joins = alike && follows && self.end == next.start;
        if joins {
            self.end = next.end;
        }
        joins
    }

    fn print(&self, out: &mut Vec<u8>) {
        const NAME_COLUMN: usize = 73;
        let Line { start, end, perms, offset, file, name } = self;
        let text = format!("{start:08x}-{end:08x} {perms} {offset:08x} {file} ");
        if name.is_empty() {
            let _ = writeln!(out, "{text}");
            return;
        }
        let _ = write!(out, "{text:<NAME_COLUMN$}");
        out.extend_from_slice(name);
        out.push(b'\n');
    }
}

fn name(region: &Region, host: &HostLine<'_>, linux: Option<&Linux>) -> Vec<u8> {
    let name: &[u8] = match region.kind {
        Kind::Stack => b"[stack]",
        Kind::Heap => b"[heap]",
        Kind::Vdso => b"[vdso]",
        Kind::File | Kind::Anon | Kind::Growing => host.name,
    };
    let translators = [b"[heap]".as_slice(), b"[stack]"];
    if matches!(region.kind, Kind::File | Kind::Anon | Kind::Growing) && translators.contains(&name)
    {
        return Vec::new();
    }
    linux.and_then(|l| l.sysroot.as_ref()).map_or(name, |s| s.strip(name)).to_vec()
}

/// The regions of a guest that can't be asked: what of its host's mappings is not the program
/// `translator`'s nor looks like it.
pub fn guess_regions(host: &[u8], translator: &[u8]) -> Vec<Region> {
    let own: [&[u8]; 5] = [translator, b"[heap]", b"[vdso]", b"[vvar]", b"[vsyscall]"];
    let lines = host.split(|&b| b == b'\n').filter_map(HostLine::parse);
    let guests = lines.filter(|line| {
        let code = line.rights.starts_with("rwx");
        !code && !own.contains(&line.name) && !line.name.starts_with(b"[vvar")
    });
    guests.map(|line| line.region()).collect()
}

/// The guest's `maps`, from the host's.
pub fn text(host: &[u8], regions: &[Region], linux: &Linux) -> Vec<u8> {
    render(host, regions, Some(linux))
}

fn render(host: &[u8], regions: &[Region], linux: Option<&Linux>) -> Vec<u8> {
    let host: Vec<_> = host.split(|&b| b == b'\n').filter_map(HostLine::parse).collect();
    let mut out = Vec::new();
    lines(&host, regions, linux).iter().for_each(|line| line.print(&mut out));
    out
}

/// The guest's lines, joined where one says as much as two.
fn lines(host: &[HostLine<'_>], regions: &[Region], linux: Option<&Linux>) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for region in regions {
        let first = host.partition_point(|h| h.end <= region.start);
        for line in host[first..].iter().take_while(|h| h.start < region.end) {
            let line = Line::new(region, line, linux);
            if !lines.last_mut().is_some_and(|last| last.join(&line)) {
                lines.push(line);
            }
        }
    }
    lines
}

/// The guest's `smaps`: one line a host mapping, and the host's figures below it.
pub fn detailed_text(host: &[u8], regions: &[Region], linux: &Linux) -> Vec<u8> {
    render_detailed(host, regions, Some(linux))
}

/// A mapped file: where, from which byte on, and its path for the guest.
pub type MappedFile = (std::ops::Range<u64>, u64, Vec<u8>);

/// The mapped files among the regions.
pub fn files(host: &[u8], regions: &[Region], linux: &Linux) -> Vec<MappedFile> {
    let host: Vec<_> = host.split(|&b| b == b'\n').filter_map(HostLine::parse).collect();
    let lines = lines(&host, regions, Some(linux)).into_iter();
    let named = lines.filter(|line| line.name.starts_with(b"/"));
    named.map(|line| (line.start..line.end, line.offset, line.name)).collect()
}

/// What decides whether a region is in a core.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Dumped {
    /// Has pages of its own.
    pub written: bool,
    /// Is not to be (`MADV_DONTDUMP`), or can't be.
    pub never: bool,
    /// The file has no name any more, or never had.
    pub unnamed: bool,
    /// Starts at the file's start.
    pub from_start: bool,
}

/// The facts for each region.
pub fn dumped(smaps: &[u8], regions: &[Region]) -> Vec<Dumped> {
    let mut facts = vec![Dumped::default(); regions.len()];
    let mut inside = 0..0;
    for text in smaps.split(|&b| b == b'\n') {
        if let Some(line) = HostLine::parse(text) {
            let first = regions.partition_point(|r| r.end <= line.start);
            inside = first..regions.partition_point(|r| r.start < line.end).max(first);
            for (fact, region) in facts[inside.clone()].iter_mut().zip(&regions[inside.clone()]) {
                fact.unnamed = line.is_shmem() || line.name.ends_with(b" (deleted)");
                fact.from_start |= line.offset == 0 && line.start == region.start;
            }
        } else if let Some((name, value)) = detail(text) {
            let flag = |flag| value.split(' ').any(|f| f == flag);
            let some = matches!(name, "Anonymous" | "Swap") && value.trim() != "0 kB";
            let never = name == "VmFlags" && (flag("dd") || flag("io"));
            for fact in &mut facts[inside.clone()] {
                fact.written |= some;
                fact.never |= never;
            }
        }
    }
    facts
}

/// The guest's `smaps_rollup`: the sums over `smaps`, in the order and with the lines of the
/// host's.
pub fn rollup(rollup: &[u8], smaps: &[u8], regions: &[Region]) -> Vec<u8> {
    let sums = sums(smaps, regions);
    let mut out = Vec::new();
    if let (Some(first), Some(last)) = (regions.first(), regions.last()) {
        let range = format!("{:08x}-{:08x} ---p 00000000 00:00 0 ", first.start, last.end);
        let _ = writeln!(out, "{range:<73}[rollup]");
    }
    for line in rollup.split(|&b| b == b'\n') {
        if HostLine::parse(line).is_none()
            && let Some((name, _)) = detail(line)
        {
            let sum = sums.get(name).copied().unwrap_or(0);
            let _ = writeln!(out, "{:<15}{sum:9} kB", format!("{name}:"));
        }
    }
    out
}

/// The sum of each figure in KiB; those of proportional size also by what is mapped.
fn sums(smaps: &[u8], regions: &[Region]) -> BTreeMap<String, u64> {
    let mut sums: BTreeMap<String, u64> = BTreeMap::new();
    let mut kind = None;
    for text in smaps.split(|&b| b == b'\n') {
        if let Some(line) = HostLine::parse(text) {
            let name = match () {
                () if line.is_shmem() => "Pss_Shmem",
                () if line.inode == "0" => "Pss_Anon",
                () => "Pss_File",
            };
            kind = is_guests(&line, regions).then_some(name);
        } else if let Some((kind, (name, value))) = kind.zip(detail(text))
            && let Some(kib) = value.trim().strip_suffix(" kB").and_then(|v| v.parse::<u64>().ok())
        {
            *sums.entry(name.to_owned()).or_default() += kib;
            if name == "Pss" {
                *sums.entry(kind.to_owned()).or_default() += kib;
            }
        }
    }
    sums
}

/// The guest's `numa_maps`: the host's lines of its mappings.
pub fn numa(host: &[u8], regions: &[Region]) -> Vec<u8> {
    let lines = host.split_inclusive(|&b| b == b'\n');
    let guests = lines.filter(|line| {
        let address = line.split(|&b| b == b' ').next().unwrap_or_default();
        let start = std::str::from_utf8(address).ok().and_then(|a| u64::from_str_radix(a, 16).ok());
        start.is_some_and(|at| {
            let first = regions.partition_point(|r| r.end <= at);
            regions.get(first).is_some_and(|r| r.start <= at)
        })
    });
    guests.flatten().copied().collect()
}

fn render_detailed(host: &[u8], regions: &[Region], linux: Option<&Linux>) -> Vec<u8> {
    let mut out = Vec::new();
    let mut shown = false;
    for text in host.split_inclusive(|&b| b == b'\n') {
        if let Some(mapping) = HostLine::parse(text) {
            let line = whole(&mapping, regions, linux);
            shown = line.is_some();
            line.iter().for_each(|line| line.print(&mut out));
        } else if shown {
            out.extend_from_slice(text);
        }
    }
    out
}

/// The guest's part of a host mapping, with the rights of its first region.
fn whole(host: &HostLine<'_>, regions: &[Region], linux: Option<&Linux>) -> Option<Line> {
    let first = regions.partition_point(|r| r.end <= host.start);
    let inside = regions[first..].iter().take_while(|r| r.start < host.end);
    let mut lines = inside.map(|region| Line::new(region, host, linux));
    let line = lines.next()?;
    let end = lines.last().map_or(line.end, |last| last.end);
    Some(Line { end, ..line })
}

#[cfg(test)]
mod tests {
    use super::*;
    use memory::Prot;

    const HOST: &[u8] = b"\
10000-12000 r--p 00001000 fe:01 77                         /bin/a b
12000-13000 rw-p 00003000 fe:01 77                         /bin/a b
20000-30000 rw-p 00000000 00:00 0                          [heap]
7f0000000000-7f0000001000 r-xp 00000000 fe:01 5            /usr/bin/metic
";

    fn region(start: u64, end: u64, prot: Prot, kind: Kind) -> Region {
        Region { start, end, prot, shared: false, kind }
    }

    fn lines(regions: &[Region]) -> Vec<String> {
        let text = String::from_utf8(render(HOST, regions, None)).unwrap();
        text.lines().map(|l| l.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
    }

    #[test]
    fn only_the_guests_regions_show_with_its_rights() {
        let regions = [
            region(0x10000, 0x13000, Prot::RX, Kind::File),
            region(0x21000, 0x22000, Prot::RW, Kind::Anon),
        ];
        let expected = [
            "00010000-00013000 r-xp 00001000 fe:01 77 /bin/a b",
            "00021000-00022000 rw-p 00000000 00:00 0",
        ];
        assert_eq!(lines(&regions), expected);
    }

    #[test]
    fn a_part_of_a_file_has_its_offset() {
        let regions = [region(0x11000, 0x12000, Prot::READ, Kind::File)];
        assert_eq!(lines(&regions), ["00011000-00012000 r--p 00002000 fe:01 77 /bin/a b"]);
    }

    #[test]
    fn figures_of_the_translator_do_not_show() {
        let details = "Rss:                   4 kB\nVmFlags: rd mr\n";
        let host = String::from_utf8(HOST.to_vec()).unwrap().replace('\n', &format!("\n{details}"));
        let regions = [
            region(0x12000, 0x12800, Prot::RX, Kind::File),
            region(0x12800, 0x13000, Prot::READ, Kind::File),
        ];
        let text = String::from_utf8(render_detailed(host.as_bytes(), &regions, None)).unwrap();
        let (line, rest) = text.split_once('\n').unwrap();
        assert!(line.starts_with("00012000-00013000 r-xp 00003000 fe:01 77 "));
        assert_eq!(rest, details);
    }

    #[test]
    fn names_start_where_the_kernel_puts_them() {
        let regions = [region(0x21000, 0x22000, Prot::RW, Kind::Stack)];
        let text = String::from_utf8(render(HOST, &regions, None)).unwrap();
        assert_eq!(text.find("[stack]"), Some(73));
    }
}
