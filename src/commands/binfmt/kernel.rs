//! The kernel's table of registrations: a file each, under `/proc/sys/fs/binfmt_misc`.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;

use anyhow::{Context, anyhow, bail};
use nix::errno::Errno;
use nix::mount::{MsFlags, mount as mount_at};
use nix::sched::{CloneFlags, unshare};

/// Where it is mounted.
pub const DIR: &str = "/proc/sys/fs/binfmt_misc";

/// True if the table is there.
pub fn is_mounted() -> bool {
    Path::new(DIR).join("register").exists()
}

/// Mounts the table unless it is there.
pub fn mount() -> anyhow::Result<()> {
    if is_mounted() {
        return Ok(());
    }
    let kind = Some("binfmt_misc");
    mount_at(kind, DIR, kind, MsFlags::empty(), None::<&str>).map_err(|error| match error {
        Errno::EPERM | Errno::EACCES => {
            anyhow!("binfmt_misc is not mounted, and only root mounts it")
        }
        Errno::ENOENT | Errno::ENODEV => {
            anyhow!("this kernel has no binfmt_misc (try `modprobe binfmt_misc`)")
        }
        other => anyhow!("{DIR}: can't mount: {}", other.desc()),
    })
}

/// Mounts the table unless it is there, for this process alone: `/proc` of a container is without it.
pub fn mount_apart() -> anyhow::Result<()> {
    if is_mounted() {
        return Ok(());
    }
    let none = None::<&str>;
    let apart = unshare(CloneFlags::CLONE_NEWNS)
        .and_then(|()| mount_at(none, "/", none, MsFlags::MS_REC | MsFlags::MS_PRIVATE, none));
    apart.map_err(|_| anyhow!("binfmt_misc is not mounted at {DIR}"))?;
    mount()
}

/// True unless the whole table is switched off.
pub fn is_enabled() -> anyhow::Result<bool> {
    let path = Path::new(DIR).join("status");
    let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    Ok(text.trim() == "enabled")
}

/// Adds a registration.
pub fn register(line: &str) -> anyhow::Result<()> {
    write("register", line)
}

/// Takes a registration away.
pub fn remove(name: &str) -> anyhow::Result<()> {
    write(name, "-1")
}

fn write(name: &str, text: &str) -> anyhow::Result<()> {
    let path = Path::new(DIR).join(name);
    fs::write(&path, text).map_err(|error| match error.kind() {
        ErrorKind::PermissionDenied => anyhow!("{}: only root may change it", path.display()),
        _ => anyhow!("{}: {}", path.display(), plain(&error)),
    })
}

/// The error's text without its number.
fn plain(error: &io::Error) -> String {
    error.raw_os_error().map_or_else(|| error.to_string(), |n| Errno::from_raw(n).desc().into())
}

/// A registration.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// It is not switched off.
    pub enabled: bool,
    /// The program that runs the files.
    pub interpreter: String,
    flags: String,
    offset: usize,
    /// Empty if files are known by the ending of their names.
    magic: Vec<u8>,
    /// As long as `magic`, or empty.
    mask: Vec<u8>,
}

/// All registrations.
pub fn entries() -> anyhow::Result<Vec<Entry>> {
    if !is_mounted() {
        bail!("binfmt_misc is not mounted at {DIR}");
    }
    let mut entries = Vec::new();
    for file in fs::read_dir(DIR).context(DIR)? {
        let name = file?.file_name().to_string_lossy().into_owned();
        if name == "register" || name == "status" {
            continue;
        }
        // One that is removed meanwhile is none.
        if let Ok(text) = fs::read_to_string(Path::new(DIR).join(&name)) {
            entries.push(Entry::parse(name, &text));
        }
    }
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(entries)
}

impl Entry {
    /// Reads what the kernel shows of a registration: a line a property.
    fn parse(name: String, text: &str) -> Entry {
        let mut entry = Entry { name, ..Entry::default() };
        for line in text.lines() {
            match line.split_once(' ').unwrap_or((line, "")) {
                ("enabled", _) => entry.enabled = true,
                ("interpreter", path) => entry.interpreter = path.to_owned(),
                ("flags:", flags) => entry.flags = flags.to_owned(),
                ("offset", number) => entry.offset = number.parse().unwrap_or(0),
                ("magic", hex) => entry.magic = bytes(hex),
                ("mask", hex) => entry.mask = bytes(hex),
                _ => {}
            }
        }
        entry
    }

    /// True if files that start like this are run by it.
    pub fn takes(&self, start: &[u8]) -> bool {
        let byte = |i: usize| start.get(self.offset + i).copied().unwrap_or(0);
        let mask = |i: usize| self.mask.get(i).copied().unwrap_or(0xff);
        let differs = |(i, magic): (usize, &u8)| (byte(i) ^ magic) & mask(i) != 0;
        self.enabled && !self.magic.is_empty() && !self.magic.iter().enumerate().any(differs)
    }

    /// It in a line.
    pub fn describe(&self) -> String {
        let state = if self.enabled { "registered" } else { "disabled" };
        format!("{}: {state}, {}, flags {}", self.name, self.interpreter, self.flags)
    }
}

fn bytes(hex: &str) -> Vec<u8> {
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    hex.as_bytes().chunks(2).map_while(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const QEMU: &str = "enabled\ninterpreter /usr/bin/qemu-riscv64\nflags: POF\noffset 0\n\
                        magic 7f454c460201010000000000000000000200f300\n\
                        mask ffffffffffffff00fffffffffffffffffeffffff\n";

    #[test]
    fn a_registration_is_read() {
        let entry = Entry::parse("qemu-riscv64".into(), QEMU);
        let line = "qemu-riscv64: registered, /usr/bin/qemu-riscv64, flags POF";
        assert_eq!(entry.describe(), line);
        assert_eq!((entry.magic.len(), entry.mask.len()), (20, 20));
    }

    #[test]
    fn it_takes_what_its_magic_and_mask_say() {
        let entry = Entry::parse("qemu-riscv64".into(), QEMU);
        let mut start = *b"\x7fELF\x02\x01\x01\x03\0\0\0\0\0\0\0\0\x03\0\xf3\0";
        assert!(entry.takes(&start));
        start[18] = 0x3e;
        assert!(!entry.takes(&start));
        let off = Entry::parse("off".into(), &QEMU.replace("enabled", "disabled"));
        start[18] = 0xf3;
        assert!(!off.takes(&start));
    }

    #[test]
    fn endings_and_other_offsets_are_not_programs_of_ours() {
        let java = Entry::parse("jar".into(), "enabled\ninterpreter /j\nflags: \nextension .jar\n");
        assert!(!java.takes(b"\x7fELF"));
        let python =
            Entry::parse("py".into(), "enabled\ninterpreter /p\nflags: \noffset 2\nmagic 0d0a\n");
        assert!(!python.takes(b"\x7fELF\r\n"));
        assert!(python.takes(b"xx\r\n"));
    }
}
