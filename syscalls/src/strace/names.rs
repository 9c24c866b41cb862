//! Names of values and bits. They are asm-generic's, which the guest uses.

/// Value, mask within which it is compared, name.
pub type Name = (u64, u64, &'static str);

macro_rules! flags {
    ($($name:ident),* $(,)?) => { &[$((libc::$name as u32 as u64, libc::$name as u32 as u64, stringify!($name))),*] };
}
macro_rules! values {
    ($($name:ident),* $(,)?) => { &[$((libc::$name as u32 as u64, u64::MAX, stringify!($name))),*] };
}

const ACCESS: u64 = 3;
const fn bit(value: i32, name: &'static str) -> Name {
    (value as u32 as u64, value as u32 as u64, name)
}

/// open(2).
pub const OPEN: &[Name] = &[
    (0, ACCESS, "O_RDONLY"),
    (1, ACCESS, "O_WRONLY"),
    (2, ACCESS, "O_RDWR"),
    bit(libc::O_CREAT, "O_CREAT"),
    bit(libc::O_EXCL, "O_EXCL"),
    bit(libc::O_NOCTTY, "O_NOCTTY"),
    bit(libc::O_TRUNC, "O_TRUNC"),
    bit(libc::O_APPEND, "O_APPEND"),
    bit(libc::O_NONBLOCK, "O_NONBLOCK"),
    bit(libc::O_DIRECT, "O_DIRECT"),
    bit(0o100000, "O_LARGEFILE"),
    bit(libc::O_DIRECTORY, "O_DIRECTORY"),
    bit(libc::O_NOFOLLOW, "O_NOFOLLOW"),
    bit(libc::O_NOATIME, "O_NOATIME"),
    bit(libc::O_CLOEXEC, "O_CLOEXEC"),
    bit(libc::O_PATH, "O_PATH"),
];

/// mmap(2): rights.
pub const PROT: &[Name] = &[
    (0, 7, "PROT_NONE"),
    bit(libc::PROT_READ, "PROT_READ"),
    bit(libc::PROT_WRITE, "PROT_WRITE"),
    bit(libc::PROT_EXEC, "PROT_EXEC"),
    bit(libc::PROT_GROWSDOWN, "PROT_GROWSDOWN"),
];

/// mmap(2): flags.
pub const MAP: &[Name] = &[
    (1, 15, "MAP_SHARED"),
    (2, 15, "MAP_PRIVATE"),
    (3, 15, "MAP_SHARED_VALIDATE"),
    bit(libc::MAP_FIXED, "MAP_FIXED"),
    bit(libc::MAP_ANONYMOUS, "MAP_ANONYMOUS"),
    bit(libc::MAP_GROWSDOWN, "MAP_GROWSDOWN"),
    bit(libc::MAP_DENYWRITE, "MAP_DENYWRITE"),
    bit(libc::MAP_LOCKED, "MAP_LOCKED"),
    bit(libc::MAP_NORESERVE, "MAP_NORESERVE"),
    bit(libc::MAP_POPULATE, "MAP_POPULATE"),
    bit(libc::MAP_STACK, "MAP_STACK"),
    bit(libc::MAP_HUGETLB, "MAP_HUGETLB"),
    bit(libc::MAP_FIXED_NOREPLACE, "MAP_FIXED_NOREPLACE"),
];

/// `AT_*` flags.
pub const AT: &[Name] = &[
    bit(libc::AT_SYMLINK_NOFOLLOW, "AT_SYMLINK_NOFOLLOW"),
    bit(libc::AT_REMOVEDIR, "AT_REMOVEDIR"),
    bit(libc::AT_SYMLINK_FOLLOW, "AT_SYMLINK_FOLLOW"),
    bit(libc::AT_NO_AUTOMOUNT, "AT_NO_AUTOMOUNT"),
    bit(libc::AT_EMPTY_PATH, "AT_EMPTY_PATH"),
];

/// clone(2); the lowest byte is a signal.
pub const CLONE: &[Name] = &[
    (libc::SIGCHLD as u64, 0xff, "SIGCHLD"),
    bit(libc::CLONE_VM, "CLONE_VM"),
    bit(libc::CLONE_FS, "CLONE_FS"),
    bit(libc::CLONE_FILES, "CLONE_FILES"),
    bit(libc::CLONE_SIGHAND, "CLONE_SIGHAND"),
    bit(libc::CLONE_PIDFD, "CLONE_PIDFD"),
    bit(libc::CLONE_VFORK, "CLONE_VFORK"),
    bit(libc::CLONE_PARENT, "CLONE_PARENT"),
    bit(libc::CLONE_THREAD, "CLONE_THREAD"),
    bit(libc::CLONE_NEWNS, "CLONE_NEWNS"),
    bit(libc::CLONE_SYSVSEM, "CLONE_SYSVSEM"),
    bit(libc::CLONE_SETTLS, "CLONE_SETTLS"),
    bit(libc::CLONE_PARENT_SETTID, "CLONE_PARENT_SETTID"),
    bit(libc::CLONE_CHILD_CLEARTID, "CLONE_CHILD_CLEARTID"),
    bit(libc::CLONE_CHILD_SETTID, "CLONE_CHILD_SETTID"),
    bit(libc::CLONE_NEWUTS, "CLONE_NEWUTS"),
    bit(libc::CLONE_NEWIPC, "CLONE_NEWIPC"),
    bit(libc::CLONE_NEWUSER, "CLONE_NEWUSER"),
    bit(libc::CLONE_NEWPID, "CLONE_NEWPID"),
    bit(libc::CLONE_NEWNET, "CLONE_NEWNET"),
];

/// socket(2): type and flags.
pub const SOCKET: &[Name] = &[
    (1, 15, "SOCK_STREAM"),
    (2, 15, "SOCK_DGRAM"),
    (3, 15, "SOCK_RAW"),
    (5, 15, "SOCK_SEQPACKET"),
    bit(libc::SOCK_CLOEXEC, "SOCK_CLOEXEC"),
    bit(libc::SOCK_NONBLOCK, "SOCK_NONBLOCK"),
];

/// send(2), recv(2).
pub const MSG: &[Name] = flags![
    MSG_OOB,
    MSG_PEEK,
    MSG_DONTROUTE,
    MSG_TRUNC,
    MSG_DONTWAIT,
    MSG_WAITALL,
    MSG_NOSIGNAL,
    MSG_MORE,
    MSG_CMSG_CLOEXEC,
];

/// wait4(2), waitid(2).
pub const WAIT: &[Name] = flags![WNOHANG, WUNTRACED, WEXITED, WCONTINUED, WNOWAIT];

/// socket(2): families.
pub const FAMILY: &[Name] =
    values![AF_UNSPEC, AF_UNIX, AF_INET, AF_INET6, AF_NETLINK, AF_PACKET, AF_VSOCK, AF_ALG];

/// lseek(2).
pub const WHENCE: &[Name] = values![SEEK_SET, SEEK_CUR, SEEK_END, SEEK_DATA, SEEK_HOLE];

/// epoll_ctl(2).
pub const EPOLL_OP: &[Name] = values![EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLL_CTL_MOD];

/// sigprocmask(2).
pub const SIGHOW: &[Name] = values![SIG_BLOCK, SIG_UNBLOCK, SIG_SETMASK];

/// clock_gettime(2).
pub const CLOCK: &[Name] = values![
    CLOCK_REALTIME,
    CLOCK_MONOTONIC,
    CLOCK_PROCESS_CPUTIME_ID,
    CLOCK_THREAD_CPUTIME_ID,
    CLOCK_MONOTONIC_RAW,
    CLOCK_REALTIME_COARSE,
    CLOCK_MONOTONIC_COARSE,
    CLOCK_BOOTTIME,
    CLOCK_REALTIME_ALARM,
    CLOCK_BOOTTIME_ALARM,
    CLOCK_TAI,
];

/// getrlimit(2).
pub const RLIMIT: &[Name] = values![
    RLIMIT_CPU,
    RLIMIT_FSIZE,
    RLIMIT_DATA,
    RLIMIT_STACK,
    RLIMIT_CORE,
    RLIMIT_RSS,
    RLIMIT_NPROC,
    RLIMIT_NOFILE,
    RLIMIT_MEMLOCK,
    RLIMIT_AS,
    RLIMIT_LOCKS,
    RLIMIT_SIGPENDING,
    RLIMIT_MSGQUEUE,
    RLIMIT_NICE,
    RLIMIT_RTPRIO,
    RLIMIT_RTTIME,
];

/// fcntl(2).
pub const FCNTL: &[Name] = values![
    F_DUPFD,
    F_GETFD,
    F_SETFD,
    F_GETFL,
    F_SETFL,
    F_GETLK,
    F_SETLK,
    F_SETLKW,
    F_SETOWN,
    F_GETOWN,
    F_OFD_GETLK,
    F_OFD_SETLK,
    F_OFD_SETLKW,
    F_DUPFD_CLOEXEC,
    F_SETPIPE_SZ,
    F_GETPIPE_SZ,
    F_ADD_SEALS,
    F_GET_SEALS,
];

/// prctl(2).
pub const PRCTL: &[Name] = values![
    PR_SET_PDEATHSIG,
    PR_GET_PDEATHSIG,
    PR_GET_DUMPABLE,
    PR_SET_DUMPABLE,
    PR_GET_KEEPCAPS,
    PR_SET_KEEPCAPS,
    PR_SET_NAME,
    PR_GET_NAME,
    PR_GET_SECCOMP,
    PR_SET_SECCOMP,
    PR_CAPBSET_READ,
    PR_CAPBSET_DROP,
    PR_SET_TIMERSLACK,
    PR_GET_TIMERSLACK,
    PR_SET_CHILD_SUBREAPER,
    PR_GET_CHILD_SUBREAPER,
    PR_SET_NO_NEW_PRIVS,
    PR_GET_NO_NEW_PRIVS,
    PR_SET_THP_DISABLE,
    PR_CAP_AMBIENT,
    PR_SET_VMA,
];

/// futex(2), without its two flags.
pub const FUTEX: &[Name] = values![
    FUTEX_WAIT,
    FUTEX_WAKE,
    FUTEX_FD,
    FUTEX_REQUEUE,
    FUTEX_CMP_REQUEUE,
    FUTEX_WAKE_OP,
    FUTEX_LOCK_PI,
    FUTEX_UNLOCK_PI,
    FUTEX_TRYLOCK_PI,
    FUTEX_WAIT_BITSET,
    FUTEX_WAKE_BITSET,
    FUTEX_WAIT_REQUEUE_PI,
    FUTEX_CMP_REQUEUE_PI,
];

/// Signals 1 to 31.
pub const SIGNALS: [&str; 31] = [
    "SIGHUP",
    "SIGINT",
    "SIGQUIT",
    "SIGILL",
    "SIGTRAP",
    "SIGABRT",
    "SIGBUS",
    "SIGFPE",
    "SIGKILL",
    "SIGUSR1",
    "SIGSEGV",
    "SIGUSR2",
    "SIGPIPE",
    "SIGALRM",
    "SIGTERM",
    "SIGSTKFLT",
    "SIGCHLD",
    "SIGCONT",
    "SIGSTOP",
    "SIGTSTP",
    "SIGTTIN",
    "SIGTTOU",
    "SIGURG",
    "SIGXCPU",
    "SIGXFSZ",
    "SIGVTALRM",
    "SIGPROF",
    "SIGWINCH",
    "SIGIO",
    "SIGPWR",
    "SIGSYS",
];
