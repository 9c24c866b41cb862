//! `/proc/self/maps` and `smaps`: the guest's regions, with what the host knows of them.

use std::io::Write;

use memory::{AddressSpace, Kind, Region};

use crate::linux::Linux;

/// A line of the host's file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HostLine<'a> {
    pub start: u64,
    pub end: u64,
    offset: u64,
    device: &'a str,
    inode: &'a str,
    name: &'a [u8],
}

impl HostLine<'_> {
    /// `start-end perms offset device inode name`.
    pub fn parse(line: &[u8]) -> Option<HostLine<'_>> {
        let mut fields = line.splitn(6, |&b| b == b' ');
        let mut text = || std::str::from_utf8(fields.next()?).ok();
        let (range, _, offset, device, inode) = (text()?, text()?, text()?, text()?, text()?);
        let (start, end) = range.split_once('-')?;
        let number = |digits| u64::from_str_radix(digits, 16).ok();
        let name = fields.next().unwrap_or_default().trim_ascii_start();
        let name = name.strip_suffix(b"\n").unwrap_or(name);
        Some(HostLine {
            start: number(start)?,
            end: number(end)?,
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
        Kind::File | Kind::Anon => host.name,
    };
    let translators = [b"[heap]".as_slice(), b"[stack]"];
    if matches!(region.kind, Kind::File | Kind::Anon) && translators.contains(&name) {
        return Vec::new();
    }
    linux.and_then(|l| l.sysroot.as_ref()).map_or(name, |s| s.strip(name)).to_vec()
}

/// The guest's file.
pub fn text(memory: &AddressSpace, linux: &Linux) -> Vec<u8> {
    let host = std::fs::read("/proc/self/maps").unwrap_or_default();
    render(&host, &memory.regions(), Some(linux))
}

fn render(host: &[u8], regions: &[Region], linux: Option<&Linux>) -> Vec<u8> {
    let host: Vec<_> = host.split(|&b| b == b'\n').filter_map(HostLine::parse).collect();
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
    let mut out = Vec::new();
    lines.iter().for_each(|line| line.print(&mut out));
    out
}

/// The guest's `smaps`: one line a host mapping, and the host's figures below it.
pub fn detailed_text(memory: &AddressSpace, linux: &Linux) -> Vec<u8> {
    let host = std::fs::read("/proc/self/smaps").unwrap_or_default();
    render_detailed(&host, &memory.regions(), Some(linux))
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
