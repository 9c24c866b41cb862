//! A line of maps, the host's and the guest's.

use std::io::Write;

use memory::{Kind, Prot, Region};

use crate::linux::Linux;

/// A line of the host's file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HostLine<'a> {
    pub start: u64,
    pub end: u64,
    pub(super) rights: &'a str,
    pub(super) offset: u64,
    pub(super) device: &'a str,
    pub(super) inode: &'a str,
    pub(super) name: &'a [u8],
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
    pub(super) fn region(&self) -> Region {
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
pub(super) struct Line {
    pub(super) start: u64,
    pub(super) end: u64,
    pub(super) perms: String,
    pub(super) offset: u64,
    pub(super) file: String,
    pub(super) name: Vec<u8>,
}

impl Line {
    pub(super) fn new(region: &Region, host: &HostLine<'_>, linux: Option<&Linux>) -> Line {
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
    pub(super) fn join(&mut self, next: &Line) -> bool {
        let anonymous = self.file.ends_with(" 0");
        let follows = anonymous || next.offset == self.offset + (self.end - self.start);
        let alike = self.perms == next.perms && self.file == next.file && self.name == next.name;
        let joins = alike && follows && self.end == next.start;
        if joins {
            self.end = next.end;
        }
        joins
    }

    pub(super) fn print(&self, out: &mut Vec<u8>) {
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
