//! `smaps` and what is made of it.

use std::collections::BTreeMap;
use std::io::Write;

use memory::Region;

use super::line::{HostLine, Line};
use crate::linux::Linux;
use crate::proc::figures::{detail, is_guests};

/// The guest's `smaps`: one line a host mapping, and the host's figures below it.
pub fn detailed_text(host: &[u8], regions: &[Region], linux: &Linux) -> Vec<u8> {
    render_detailed(host, regions, Some(linux))
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

pub(super) fn render_detailed(host: &[u8], regions: &[Region], linux: Option<&Linux>) -> Vec<u8> {
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
