//! fstat(2), newfstatat(2), statx(2).

use crate::call::{Answer, Call};
use crate::calls::path;
use crate::host::checked;
use crate::sysroot::Last;
use runtime::host::syscall_raw;

/// `struct stat` of asm-generic.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Stat {
    dev: u64,
    ino: u64,
    mode: u32,
    nlink: u32,
    uid: u32,
    gid: u32,
    rdev: u64,
    pad1: u64,
    size: i64,
    blksize: i32,
    pad2: i32,
    blocks: i64,
    /// Access, modification and change, each in seconds and nanoseconds.
    times: [i64; 6],
    unused: [u32; 2],
}

impl From<&libc::stat> for Stat {
    fn from(s: &libc::stat) -> Stat {
        Stat {
            dev: s.st_dev,
            ino: s.st_ino,
            mode: s.st_mode,
            nlink: s.st_nlink as u32,
            uid: s.st_uid,
            gid: s.st_gid,
            rdev: s.st_rdev,
            pad1: 0,
            size: s.st_size,
            blksize: s.st_blksize as i32,
            pad2: 0,
            blocks: s.st_blocks,
            times: [
                s.st_atime,
                s.st_atime_nsec,
                s.st_mtime,
                s.st_mtime_nsec,
                s.st_ctime,
                s.st_ctime_nsec,
            ],
            unused: [0; 2],
        }
    }
}

/// fstat(2).
pub fn fstat(call: &mut Call<'_>) -> Answer {
    let mut stat = crate::mem::zeroed_stat();
    let args = [call.args[0], &raw mut stat as u64, 0, 0, 0, 0];
    checked(syscall_raw(libc::SYS_fstat as u64, args))?;
    call.write(call.args[1], &Stat::from(&stat))?;
    Ok(0)
}

/// newfstatat(2).
pub fn newfstatat(call: &mut Call<'_>) -> Answer {
    let [dir, path, to, flags, ..] = call.args;
    let place = path::find(call, dir, path, last_of(flags as i32));
    let (dir, path, empty) = place.at(dir, path);
    let mut stat = crate::mem::zeroed_stat();
    let args = [dir, path, &raw mut stat as u64, flags | empty, 0, 0];
    call.block_with(libc::SYS_newfstatat, args)?;
    call.write(to, &Stat::from(&stat))?;
    Ok(0)
}

/// statx(2).
pub fn statx(call: &mut Call<'_>) -> Answer {
    let [dir, path, flags, mask, to, _] = call.args;
    let place = path::find(call, dir, path, last_of(flags as i32));
    let (dir, path, empty) = place.at(dir, path);
    call.block_with(libc::SYS_statx, [dir, path, flags | empty, mask, to, 0])
}

fn last_of(flags: i32) -> Last {
    if flags & libc::AT_SYMLINK_NOFOLLOW != 0 { Last::Link } else { Last::Follow }
}

#[cfg(test)]
mod tests {
    use super::Stat;
    use std::mem::offset_of;

    #[test]
    fn the_layout_is_the_kernels() {
        assert_eq!(size_of::<Stat>(), 128);
        assert_eq!(offset_of!(Stat, mode), 16);
        assert_eq!(offset_of!(Stat, rdev), 32);
        assert_eq!(offset_of!(Stat, size), 48);
        assert_eq!(offset_of!(Stat, blksize), 56);
        assert_eq!(offset_of!(Stat, blocks), 64);
        assert_eq!(offset_of!(Stat, times), 72);
    }
}
