//! `/proc/PID/maps`, `smaps`, `smaps_rollup` and `numa_maps`: the guest's regions, with what the host
//! knows of them.

mod line;
mod smaps;

use memory::Region;

use crate::linux::Linux;
pub use line::HostLine;
use line::Line;
pub use smaps::{Dumped, detailed_text, dumped, rollup};

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

/// A mapped file: where, from which byte on, and its path for the guest.
pub type MappedFile = (std::ops::Range<u64>, u64, Vec<u8>);

/// The mapped files among the regions.
pub fn files(host: &[u8], regions: &[Region], linux: &Linux) -> Vec<MappedFile> {
    let host: Vec<_> = host.split(|&b| b == b'\n').filter_map(HostLine::parse).collect();
    let lines = lines(&host, regions, Some(linux)).into_iter();
    let named = lines.filter(|line| line.name.starts_with(b"/"));
    named.map(|line| (line.start..line.end, line.offset, line.name)).collect()
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

#[cfg(test)]
mod tests {
    use super::smaps::render_detailed;
    use super::*;
    use memory::{Kind, Prot};

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
