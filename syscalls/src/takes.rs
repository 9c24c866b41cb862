//! Calls that take something away and then say what it was: bytes of a pipe, a datagram, a child
//! that ended. If the host could not write the answer, since the place is a watched page of code,
//! what was taken would be lost; so for these the watches are lifted before. Of all others,
//! `EFAULT` says in time that they have to be.

use libc::{iovec, mmsghdr, msghdr};
use runtime::Process;

use crate::mem;

/// What a call writes, by the numbers of its arguments.
#[derive(Clone, Copy)]
enum Write {
    /// This many bytes at an argument.
    Bytes(usize, u64),
    /// At an argument as many things of this size as another one says.
    Counted(usize, usize, u64),
    /// What as many `struct iovec` as another argument says lead to.
    Vectors(usize, usize),
    /// What a `struct msghdr` leads to.
    Message(usize),
    /// What as many `struct mmsghdr` as another argument says lead to.
    Messages(usize, usize),
}
use Write::{Bytes, Counted, Message, Messages, Vectors};

const SOCKADDR: u64 = size_of::<libc::sockaddr_storage>() as u64;
const SIGINFO: u64 = size_of::<libc::siginfo_t>() as u64;
const RUSAGE: u64 = size_of::<libc::rusage>() as u64;
const EPOLL_EVENT: u64 = 16;
const IO_EVENT: u64 = 32;
/// `UIO_MAXIOV`, which bounds what is looked at.
const MOST: u64 = 1024;

/// The calls by their number for riscv64.
const TAKES: &[(u16, &[Write])] = &[
    (4, &[Counted(3, 2, IO_EVENT)]),              // io_getevents
    (22, &[Counted(1, 2, EPOLL_EVENT)]),          // epoll_pwait
    (59, &[Bytes(0, 8)]),                         // pipe2
    (61, &[Counted(1, 2, 1)]),                    // getdents64
    (63, &[Counted(1, 2, 1)]),                    // read
    (65, &[Vectors(1, 2)]),                       // readv
    (95, &[Bytes(2, SIGINFO), Bytes(4, RUSAGE)]), // waitid
    (137, &[Bytes(1, SIGINFO)]),                  // rt_sigtimedwait
    (183, &[Counted(1, 2, 1), Bytes(3, 4)]),      // mq_timedreceive
    (188, &[Counted(1, 2, 1), Bytes(1, 8)]),      // msgrcv
    (199, &[Bytes(3, 8)]),                        // socketpair
    (202, &[Bytes(1, SOCKADDR), Bytes(2, 4)]),    // accept
    (207, &[Counted(1, 2, 1), Bytes(4, SOCKADDR), Bytes(5, 4)]), // recvfrom
    (212, &[Message(1)]),                         // recvmsg
    (242, &[Bytes(1, SOCKADDR), Bytes(2, 4)]),    // accept4
    (243, &[Messages(1, 2)]),                     // recvmmsg
    (260, &[Bytes(1, 4), Bytes(3, RUSAGE)]),      // wait4
    (286, &[Vectors(1, 2)]),                      // preadv2, of a pipe too
    (292, &[Counted(3, 2, IO_EVENT)]),            // io_pgetevents
    (441, &[Counted(1, 2, EPOLL_EVENT)]),         // epoll_pwait2
];

const STATX: u64 = 256;

/// Entries of io_uring(7) by their operation, as calls with four arguments: address, length, what lies where an offset or second
/// address does, and as many times the length as the descriptor says. They write when the guest may long be elsewhere: a page
/// that has had its watch lifted and is executed again before that is `EFAULT`.
const ENTRIES: &[(u8, &[Write])] = &[
    (1, &[Vectors(0, 1)]),                    // READV
    (10, &[Message(0)]),                      // RECVMSG
    (13, &[Bytes(0, SOCKADDR), Bytes(2, 4)]), // ACCEPT
    (21, &[Bytes(2, STATX)]),                 // STATX
    (22, &[Counted(0, 1, 1)]),                // READ
    (27, &[Counted(0, 1, 1)]),                // RECV
    (31, &[Counted(0, 3, 1)]),                // PROVIDE_BUFFERS
    (50, &[Bytes(2, SIGINFO)]),               // WAITID
];

/// As [`prepare`], of an entry of io_uring(7).
pub fn prepare_entry(process: &'static Process, op: u8, args: [u64; 4]) {
    let Some((_, writes)) = ENTRIES.iter().find(|(known, _)| *known == op) else { return };
    let [addr, len, other, all] = args;
    for &write in *writes {
        lift(process, write, &[addr, len, other, all, 0, 0]);
    }
}

/// Makes what the call will write writable on the host, if the guest may write it.
pub fn prepare(process: &'static Process, nr: u16, args: &[u64; 6]) {
    if !process.memory.has_watches() {
        return;
    }
    let Some((_, writes)) = TAKES.iter().find(|(taken, _)| *taken == nr) else { return };
    for &write in *writes {
        lift(process, write, args);
    }
}

fn lift(process: &'static Process, write: Write, args: &[u64; 6]) {
    let open = |at: u64, len: u64| {
        process.open_to_writes(at, at.saturating_add(len));
    };
    match write {
        Bytes(at, len) => open(args[at], len),
        Counted(at, count, size) => open(args[at], args[count].saturating_mul(size)),
        Vectors(at, count) => vectors(args[at], args[count], &open),
        Message(at) => message(args[at], &open),
        Messages(at, count) => {
            for n in 0..args[count].min(MOST) {
                let one = args[at].wrapping_add(n * size_of::<mmsghdr>() as u64);
                open(one, size_of::<mmsghdr>() as u64);
                message(one, &open);
            }
        }
    }
}

fn vectors(at: u64, count: u64, open: &impl Fn(u64, u64)) {
    for n in 0..count.min(MOST) {
        let Ok(part) = mem::read::<[u64; 2]>(at.wrapping_add(n * size_of::<iovec>() as u64)) else {
            return;
        };
        open(part[0], part[1]);
    }
}

/// The header itself, the sender's name, the vectors and the control messages.
fn message(at: u64, open: &impl Fn(u64, u64)) {
    const WORDS: usize = size_of::<msghdr>() / 8;
    open(at, size_of::<msghdr>() as u64);
    let Ok([name, name_len, parts, count, control, control_len, _]) = mem::read::<[u64; WORDS]>(at)
    else {
        return;
    };
    open(name, name_len as u32 as u64);
    vectors(parts, count, open);
    open(control, control_len);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::find;

    #[test]
    fn numbers_are_those_of_the_table() {
        let names = |nr: u16| find(nr as u64).expect("a row").name;
        let all: Vec<_> = TAKES.iter().map(|(nr, _)| names(*nr)).collect();
        let expected = "io_getevents epoll_pwait pipe2 getdents64 read readv waitid \
                        rt_sigtimedwait mq_timedreceive msgrcv socketpair accept recvfrom recvmsg \
                        accept4 recvmmsg wait4 preadv2 io_pgetevents epoll_pwait2";
        assert_eq!(all.join(" "), expected);
    }
}
