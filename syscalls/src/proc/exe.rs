//! The guest's program as an open file: marked, so that other processes find it and know that it
//! runs, which makes opening it for writing fail with `ETXTBSY`.
//!
//! The mark is a read lock of one byte far behind the end of any file (an open file description
//! lock, see fcntl(2)), and goes with the last process that has the file open.

use memory::Errno;

use crate::host::sys;

/// `metic` as an offset, far behind any data.
const MARK: i64 = 0x6d65_7469_6300_0000;

/// `struct flock` of 64-bit machines.
#[repr(C)]
struct Lock {
    kind: i16,
    whence: i16,
    start: i64,
    len: i64,
    pid: i32,
}

fn lock(fd: i32, command: i32, kind: i32) -> Result<Lock, Errno> {
    let mut lock = Lock { kind: kind as i16, whence: 0, start: MARK, len: 1, pid: 0 };
    sys(libc::SYS_fcntl, [fd as u64, command as u64, &raw mut lock as u64])?;
    Ok(lock)
}

/// Marks the open file as a program that runs. A file system without locks does without.
pub fn mark(fd: i32) {
    let _ = lock(fd, libc::F_OFD_SETLK, libc::F_RDLCK);
}

/// True if the open file is a program that runs as somebody's guest.
pub fn is_busy(fd: i32) -> bool {
    lock(fd, libc::F_OFD_GETLK, libc::F_WRLCK).is_ok_and(|found| {
        found.kind as i32 == libc::F_RDLCK && (found.start, found.len) == (MARK, 1)
    })
}

/// The descriptor of the marked file that a process has.
pub fn marked_in(pid: i32) -> Option<i32> {
    // The library's functions for directories allocate by themselves.
    let _section = lending::Section::enter();
    let numbers = std::fs::read_dir(format!("/proc/{pid}/fd")).ok()?;
    let number = |e: std::io::Result<std::fs::DirEntry>| e.ok()?.file_name().to_str()?.parse().ok();
    let mut numbers: Vec<i32> = numbers.filter_map(number).collect();
    // The translator's own are high.
    numbers.sort_unstable_by(|a, b| b.cmp(a));
    numbers.into_iter().find(|fd| is_marked(pid, *fd))
}

fn is_marked(pid: i32, fd: i32) -> bool {
    let info = std::fs::read_to_string(format!("/proc/{pid}/fdinfo/{fd}")).unwrap_or_default();
    let mark = format!(" {MARK} {MARK}");
    info.lines().any(|l| l.starts_with("lock:") && l.contains("READ") && l.ends_with(&mark))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::AsRawFd;

    #[test]
    fn a_marked_file_is_busy_until_it_is_closed() {
        let path = std::env::temp_dir().join(format!("metic-mark-{}", std::process::id()));
        std::fs::write(&path, "x").unwrap();
        let (runs, other) =
            (std::fs::File::open(&path).unwrap(), std::fs::File::open(&path).unwrap());
        assert!(!is_busy(other.as_raw_fd()));
        mark(runs.as_raw_fd());
        assert!(is_busy(other.as_raw_fd()));
        assert_eq!(marked_in(std::process::id() as i32), Some(runs.as_raw_fd()));
        drop(runs);
        assert!(!is_busy(other.as_raw_fd()));
        let _ = std::fs::remove_file(path);
    }
}
