//! The system calls of the guest, one a row. A row is number, name, arguments, and how the call
//! is answered; it drives dispatch, strace's printing and `metic syscalls`.

mod rows;

use crate::call::{Answer, Call, fail};
use crate::calls::path::with_paths;
use crate::strace::names::Name;

use rows::ROWS;

/// What an argument is: for strace, and for paths that are looked up in the sysroot.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Arg {
    /// A signed 32-bit number.
    Int,
    /// A signed 64-bit number.
    Long,
    /// A 64-bit number in hexadecimal.
    Hex,
    /// A number in octal: a file mode.
    Octal,
    /// An address.
    Ptr,
    /// A descriptor.
    Fd,
    /// The directory of the path that comes next, or `AT_FDCWD`.
    Dir,
    /// A path; a symbolic link at its end is followed unless an [`Arg::AtFlags`] says not to.
    Path,
    /// A path; a symbolic link at its end is meant itself unless `AT_SYMLINK_FOLLOW` is given.
    Link,
    /// The path of what may have to be made.
    New,
    /// A string.
    Str,
    /// Bytes for the call; the next argument is their number.
    In,
    /// Bytes from the call; the result is their number.
    Out,
    /// `AT_*` flags.
    AtFlags,
    /// A signal.
    Signal,
    /// A set of named bits.
    Bits(&'static [Name]),
    /// A named value.
    One(&'static [Name]),
}

/// How a call is answered.
#[derive(Clone, Copy)]
pub(crate) enum How {
    /// By this call of the host, which does not block.
    Pass(i64),
    /// By this call of the host, which may block.
    Block(i64),
    /// By this call of the host, after its paths are looked up.
    Paths(i64),
    /// By this call of the host, which may block, until the guest opens a `/proc/PID/mem`; by a
    /// function then.
    Memory(i64, fn(&mut Call<'_>) -> Answer),
    /// By a function.
    Do(fn(&mut Call<'_>) -> Answer),
    /// With this error, for this reason.
    Refuse(i32, &'static str),
    /// With `ENOSYS`, as long as nobody does better.
    #[allow(dead_code, reason = "the next kernel's calls start as this")]
    Open,
}

/// Whether a call works.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Status {
    /// It does.
    Done,
    /// It is refused on purpose, as some Linux refuses it, for this reason.
    Refused(&'static str),
    /// It answers `ENOSYS`.
    Open,
}

/// A system call.
pub struct Row {
    /// Its number.
    pub nr: u16,
    /// Its name, as in the manual.
    pub name: &'static str,
    pub(crate) args: &'static [Arg],
    pub(crate) how: How,
}

impl Row {
    /// Whether it works.
    pub fn status(&self) -> Status {
        match self.how {
            How::Open => Status::Open,
            How::Refuse(_, reason) => Status::Refused(reason),
            How::Pass(_) | How::Block(_) | How::Paths(_) | How::Memory(..) | How::Do(_) => {
                Status::Done
            }
        }
    }

    pub(crate) fn answer(&self, call: &mut Call<'_>) -> Answer {
        match self.how {
            How::Pass(nr) => call.pass(nr),
            How::Block(nr) => call.block(nr),
            How::Paths(nr) => with_paths(call, self, nr),
            How::Do(handler) | How::Memory(_, handler) => handler(call),
            How::Refuse(errno, _) => fail(errno),
            How::Open => fail(libc::ENOSYS),
        }
    }
}

/// All system calls, by number.
pub fn rows() -> &'static [Row] {
    ROWS
}

const NONE: u16 = u16::MAX;
const INDEX_LEN: usize = 512;

/// Row by number.
static INDEX: [u16; INDEX_LEN] = {
    let mut index = [NONE; INDEX_LEN];
    let mut i = 0;
    while i < ROWS.len() {
        let nr = ROWS[i].nr as usize;
        assert!(index[nr] == NONE, "two rows with one number");
        index[nr] = i as u16;
        i += 1;
    }
    index
};

/// The row of a number.
pub(crate) fn find(nr: u64) -> Option<&'static Row> {
    let index = *INDEX.get(nr as usize).filter(|_| nr < INDEX_LEN as u64)?;
    ROWS.get(index as usize)
}

/// A call that the host answers just so.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Quick {
    /// It is not one.
    No,
    /// By this call, which does not block.
    Pass(u16),
    /// By this call, which may block.
    Block(u16),
    /// By this call, which may block, until the guest opens a `/proc/PID/mem`.
    Memory(u16),
}

static QUICK: [Quick; INDEX_LEN] = {
    let mut quick = [Quick::No; INDEX_LEN];
    let mut i = 0;
    while i < ROWS.len() {
        quick[ROWS[i].nr as usize] = match ROWS[i].how {
            How::Pass(nr) => Quick::Pass(nr as u16),
            How::Block(nr) => Quick::Block(nr as u16),
            How::Memory(nr, _) => Quick::Memory(nr as u16),
            How::Paths(_) | How::Do(_) | How::Refuse(..) | How::Open => Quick::No,
        };
        i += 1;
    }
    quick
};

/// How a number is answered, if that is simple.
pub(crate) fn quick(nr: u64) -> Quick {
    QUICK.get(nr as usize).copied().unwrap_or(Quick::No)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_in_order() {
        assert!(ROWS.windows(2).all(|w| w[0].nr < w[1].nr));
    }

    #[test]
    fn known_numbers_have_their_names() {
        let known = [
            (17, "getcwd"),
            (56, "openat"),
            (63, "read"),
            (93, "exit"),
            (94, "exit_group"),
            (139, "rt_sigreturn"),
            (172, "getpid"),
            (214, "brk"),
            (220, "clone"),
            (221, "execve"),
            (222, "mmap"),
            (258, "riscv_hwprobe"),
            (259, "riscv_flush_icache"),
            (278, "getrandom"),
            (435, "clone3"),
            (462, "mseal"),
            (469, "file_setattr"),
        ];
        for (nr, name) in known {
            assert_eq!(find(nr).map(|r| r.name), Some(name));
        }
        assert!(find(38).is_none() && find(300).is_none() && find(9999).is_none());
        assert!(find(u64::MAX).is_none());
    }

    #[test]
    fn calls_that_all_machines_number_alike_keep_their_number() {
        for row in ROWS.iter().filter(|r| r.nr >= 424) {
            if let How::Pass(nr) | How::Block(nr) | How::Paths(nr) = row.how {
                assert_eq!(nr, row.nr as i64, "{}", row.name);
            }
        }
    }

    #[test]
    fn no_row_has_more_than_six_arguments() {
        assert!(ROWS.iter().all(|r| r.args.len() <= 6));
    }
}
