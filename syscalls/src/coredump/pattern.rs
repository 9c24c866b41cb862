//! Where a core goes: `/proc/sys/kernel/core_pattern`; see core(5).

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

use crate::host::{getpid, readlink, sys};
use crate::linux::Linux;

/// Paths of cores.
pub struct Names {
    /// Where the guest's core belongs.
    pub guest: PathBuf,
    /// Where the kernel puts the translator's: one of these, as time goes on.
    pub host: Vec<PathBuf>,
    /// Where the guest's core waits.
    pub ours: PathBuf,
}

/// What `%` letters stand for.
struct Facts {
    pid: i32,
    tid: i32,
    signo: i32,
    limit: u64,
    time: u64,
    host: Vec<u8>,
    comm: Vec<u8>,
    exe: Vec<u8>,
}

/// The paths, if a core is a file: not if it goes to a program or a socket.
pub fn names(linux: &Linux, signo: i32, limit: u64) -> Option<Names> {
    let mut pattern = std::fs::read("/proc/sys/kernel/core_pattern").ok()?;
    pattern.truncate(pattern.trim_ascii_end().len());
    if matches!(pattern.first(), None | Some(b'|' | b'@')) {
        return None;
    }
    let with_pid = std::fs::read("/proc/sys/kernel/core_uses_pid").ok()?.starts_with(b"1");
    let mut facts = Facts::new(signo, limit);
    facts.exe = linux.guest_path(&linux.program());
    let path = |facts: &Facts| to_path(expand(&pattern, with_pid, facts));
    let guest = path(&facts);
    facts.exe = readlink(c"/proc/self/exe").ok()?;
    facts.limit = super::SMALLEST;
    const SECONDS: u64 = 5;
    let mut host: Vec<PathBuf> = Vec::new();
    for _ in 0..SECONDS {
        host.push(path(&facts));
        facts.time += 1;
    }
    host.dedup();
    let ours = to_path(
        [guest.as_os_str().as_encoded_bytes(), format!(".{}~", facts.pid).as_bytes()].concat(),
    );
    Some(Names { guest, host, ours })
}

fn to_path(bytes: Vec<u8>) -> PathBuf {
    OsString::from_vec(bytes).into()
}

impl Facts {
    fn new(signo: i32, limit: u64) -> Facts {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let mut comm = std::fs::read("/proc/self/comm").unwrap_or_default();
        comm.truncate(comm.trim_ascii_end().len());
        let mut host = std::fs::read("/proc/sys/kernel/hostname").unwrap_or_default();
        host.truncate(host.trim_ascii_end().len());
        let tid = sys(libc::SYS_gettid, []).unwrap_or(0) as i32;
        let time = since.map_or(0, |t| t.as_secs());
        Facts { pid: getpid(), tid, signo, limit, time, host, comm, exe: Vec::new() }
    }

    fn letter(&self, letter: u8) -> Vec<u8> {
        let id = |nr| sys(nr, []).unwrap_or(0).to_string().into_bytes();
        let plain = |text: &[u8]| text.iter().map(|b| if *b == b'/' { b'!' } else { *b }).collect();
        let number = |n: u64| n.to_string().into_bytes();
        match letter {
            b'%' => b"%".to_vec(),
            b'p' | b'P' => number(self.pid as u64),
            b'i' | b'I' => number(self.tid as u64),
            b'u' => id(libc::SYS_getuid),
            b'g' => id(libc::SYS_getgid),
            b'd' => number(1),
            b's' => number(self.signo as u64),
            b't' => number(self.time),
            b'c' => number(self.limit),
            b'h' => plain(&self.host),
            b'e' => plain(&self.comm),
            b'f' => plain(self.exe.rsplit(|&b| b == b'/').next().unwrap_or_default()),
            b'E' => plain(&self.exe),
            _ => Vec::new(),
        }
    }
}

/// `format_corename`.
fn expand(pattern: &[u8], with_pid: bool, facts: &Facts) -> Vec<u8> {
    let mut name = Vec::new();
    let mut has_pid = false;
    let mut rest = pattern.iter();
    while let Some(&byte) = rest.next() {
        if byte != b'%' {
            name.push(byte);
            continue;
        }
        let Some(&letter) = rest.next() else { break };
        has_pid |= letter == b'p';
        name.extend(facts.letter(letter));
    }
    if with_pid && !has_pid {
        name.extend(format!(".{}", facts.pid).into_bytes());
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(pattern: &str, with_pid: bool) -> String {
        let facts = Facts {
            pid: 7,
            tid: 8,
            signo: 11,
            limit: 99,
            time: 5,
            host: b"box".to_vec(),
            comm: b"a/b".to_vec(),
            exe: b"/usr/bin/x".to_vec(),
        };
        String::from_utf8(expand(pattern.as_bytes(), with_pid, &facts)).unwrap()
    }

    #[test]
    fn letters_stand_for_facts() {
        assert_eq!(name("core", false), "core");
        assert_eq!(name("core", true), "core.7");
        assert_eq!(name("/c/%e.%p.%i.%s.%t.%h.%c", true), "/c/a!b.7.8.11.5.box.99");
        assert_eq!(name("%E-%f-%%-%q%", false), "!usr!bin!x-x-%-");
    }
}
