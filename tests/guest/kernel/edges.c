// flags: -O1 -static -pthread -w
// Corners of calls that go to the host as they are: options, ioctls, ancillary data, the order of errors.
#include "../check.h"
#include <arpa/inet.h>
#include <linux/futex.h>
#include <linux/io_uring.h>
#include <mqueue.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#define BAD ((void *)8)
#define ERROR(call, error) do { errno = 0; EQUAL(call, -1); EQUAL(errno, error); } while (0)
static int file(void) { char name[] = "edges-XXXXXX"; int fd = mkstemp(name); unlink(name); return fd; }
static void errors_in_order(void)
{
    char c;
    int fds[2], null = open("/dev/null", O_RDONLY);
    CHECK(pipe(fds) == 0);
    ERROR(read(-1, BAD, 1), EBADF); ERROR(read(fds[1], BAD, 1), EBADF); ERROR(write(null, BAD, 1), EBADF);
    ERROR(write(fds[1], BAD, 1), EFAULT); CHECK(write(fds[1], "x", 1) == 1); ERROR(read(fds[0], BAD, 1), EFAULT); EQUAL(read(fds[0], &c, 1), 1);
    EQUAL(read(null, BAD, 0), 0);
    ERROR(ioctl(-1, FIONREAD, BAD), EBADF); ERROR(ioctl(fds[0], FIONREAD, BAD), EFAULT); ERROR(ioctl(fds[0], 0xdead, BAD), ENOTTY);
    ERROR(fcntl(-1, F_GETLK, BAD), EBADF); ERROR(fcntl(fds[0], F_GETLK, BAD), EFAULT); ERROR(fcntl(fds[0], 999), EINVAL);
    ERROR(syscall(SYS_openat, -1, BAD, 0), EFAULT); ERROR(syscall(SYS_openat, -1, "x", 0), EBADF); ERROR(syscall(SYS_openat, -1, "", 0), ENOENT);
    ERROR(syscall(SYS_newfstatat, -1, "x", BAD, 0), EBADF); ERROR(syscall(SYS_newfstatat, -1, "", BAD, AT_EMPTY_PATH), EBADF);
    ERROR(syscall(SYS_newfstatat, null, "", BAD, AT_EMPTY_PATH), EFAULT); ERROR(syscall(SYS_newfstatat, null, "x", BAD, 0x8000000), EINVAL);
    ERROR(syscall(SYS_statx, -1, "x", AT_STATX_SYNC_TYPE, 0, BAD), EINVAL); ERROR(syscall(SYS_statx, null, "", AT_EMPTY_PATH, 0, BAD), EFAULT);
    ERROR(syscall(SYS_epoll_ctl, -1, EPOLL_CTL_ADD, 0, BAD), EFAULT); ERROR(syscall(SYS_epoll_ctl, -1, EPOLL_CTL_DEL, 0, BAD), EBADF);
    ERROR(syscall(SYS_epoll_pwait, -1, BAD, 1, 0, NULL, 8), EBADF);
    ERROR(syscall(SYS_statx, null, "", AT_EMPTY_PATH | AT_STATX_SYNC_TYPE, 0, BAD), EINVAL); ERROR(syscall(SYS_statx, null, "", AT_EMPTY_PATH, 0, BAD), EFAULT);
    ERROR(syscall(SYS_rt_sigaction, 0, BAD, NULL, 8), EFAULT); ERROR(syscall(SYS_rt_sigaction, 65, NULL, NULL, 8), EINVAL); ERROR(syscall(SYS_rt_sigaction, 10, BAD, NULL, 4), EINVAL);
    ERROR(syscall(SYS_rt_sigprocmask, 9, BAD, NULL, 8), EFAULT); ERROR(syscall(SYS_rt_sigprocmask, 9, &c, NULL, 4), EINVAL);
    ERROR(syscall(SYS_ppoll, BAD, 1, NULL, NULL, 8), EFAULT); ERROR(syscall(SYS_ppoll, NULL, 1, BAD, NULL, 8), EFAULT); ERROR(syscall(SYS_ppoll, NULL, 0, NULL, &c, 4), EINVAL);
    ERROR(syscall(SYS_execve, BAD, NULL, NULL), EFAULT); ERROR(syscall(SYS_execve, "", NULL, NULL), ENOENT); ERROR(syscall(SYS_execve, "/proc/self/exe", BAD, NULL), EFAULT);
    ERROR(syscall(SYS_sigaltstack, BAD, NULL), EFAULT);
    close(null); close(fds[0]); close(fds[1]);
}
static void ioctls(void)
{
    int fds[2], n = -1, ns = open("/proc/self/ns/net", O_RDONLY), fd = file();
    CHECK(pipe(fds) == 0); CHECK(write(fds[1], "abc", 3) == 3);
    EQUAL(ioctl(fds[0], FIONREAD, &n), 0); EQUAL(n, 3);
    EQUAL(ioctl(ns, 0xb703 /* NS_GET_NSTYPE */), CLONE_NEWNET);
    int user = ioctl(ns, 0xb701 /* NS_GET_USERNS */);
    CHECK(user >= 0 || errno == EPERM); close(user);
    EQUAL(ioctl(fd, FIOCLEX), 0); EQUAL(fcntl(fd, F_GETFD), FD_CLOEXEC); EQUAL(ioctl(fd, FIONCLEX), 0); EQUAL(fcntl(fd, F_GETFD), 0);
    { int q = fcntl(fd, 1024 + 4 /* F_CREATED_QUERY */); CHECK(q == 1 || (q == -1 && errno == EINVAL)); }
    int made = open("/dev/null", O_RDWR);
    n = fcntl(made, 1024 + 4); CHECK(n == 0 || (n == -1 && errno == EINVAL));
    close(made);
    struct { uint64_t mask, id; uint32_t pid, more[20]; } info = {.mask = 1};
    int pidfd = syscall(SYS_pidfd_open, getpid(), 0);
    n = ioctl(pidfd, _IOC(_IOC_READ | _IOC_WRITE, 0xff, 11, 64) /* PIDFD_GET_INFO */, &info);
    if (n == 0) EQUAL(info.pid, getpid()); else CHECK(errno == ENOTTY || errno == EINVAL);
    struct ifreq r;
    memset(&r, 0, sizeof r);
    strcpy(r.ifr_name, "lo");
    int s = socket(AF_INET, SOCK_DGRAM, 0);
    EQUAL(ioctl(s, SIOCGIFINDEX, &r), 0); CHECK(r.ifr_ifindex > 0);
    EQUAL(ioctl(s, SIOCGIFFLAGS, &r), 0); CHECK(r.ifr_flags & IFF_LOOPBACK);
    close(s); close(ns); close(pidfd); close(fd); close(fds[0]); close(fds[1]);
}
static void sockets(void)
{
    int n, s = socket(AF_INET, SOCK_DGRAM, 0), one = 1;
    struct { uint32_t interface; struct sockaddr_storage group; } join;
    memset(&join, 0, sizeof join);
    struct sockaddr_in *a = (void *)&join.group;
    a->sin_family = AF_INET; a->sin_addr.s_addr = inet_addr("239.1.2.3"); join.interface = if_nametoindex("lo");
    EQUAL(setsockopt(s, IPPROTO_IP, 42 /* MCAST_JOIN_GROUP */, &join, sizeof join), 0);
    ERROR(setsockopt(s, IPPROTO_IP, 42, &join, sizeof join), EADDRINUSE);
    ERROR(setsockopt(s, IPPROTO_IP, 42, &join, 4), EINVAL);
    ERROR(setsockopt(-1, SOL_SOCKET, SO_REUSEADDR, BAD, 4), EBADF); ERROR(setsockopt(s, SOL_SOCKET, SO_REUSEADDR, BAD, 4), EFAULT); ERROR(setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, 3), EINVAL);
    close(s);
    s = socket(AF_PACKET, SOCK_RAW, 0);
    if (s >= 0) { n = 2; EQUAL(setsockopt(s, 263, 10 /* PACKET_VERSION */, &n, 4), 0); n = 9; socklen_t l = 4; EQUAL(getsockopt(s, 263, 10, &n, &l), 0); EQUAL(n, 2); close(s); } else EQUAL(errno, EPERM);
    s = socket(AF_INET, SOCK_STREAM, 262 /* MPTCP */);
    CHECK(s >= 0 || errno == EPROTONOSUPPORT || errno == EINVAL);
    if (s >= 0) { socklen_t l = 4; EQUAL(getsockopt(s, SOL_SOCKET, SO_PROTOCOL, &n, &l), 0); EQUAL(n, 262); close(s); }
    // Control messages: descriptors, credentials, time; cut where there is no room.
    int p[2];
    CHECK(socketpair(AF_UNIX, SOCK_DGRAM, 0, p) == 0);
    EQUAL(setsockopt(p[1], SOL_SOCKET, SO_PASSCRED, &one, 4), 0);
    char byte = 'b', room[128] __attribute__((aligned(8)));
    struct iovec v = {&byte, 1};
    for (int size = 0; size <= 64; size += 4) {
        struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = room, .msg_controllen = CMSG_SPACE(8)};
        struct cmsghdr *c = CMSG_FIRSTHDR(&m);
        c->cmsg_level = SOL_SOCKET; c->cmsg_type = SCM_RIGHTS; c->cmsg_len = CMSG_LEN(8);
        int two[2] = {p[0], p[1]};
        memcpy(CMSG_DATA(c), two, 8);
        EQUAL(sendmsg(p[0], &m, 0), 1);
        memset(room, 0xee, sizeof room);
        m.msg_controllen = size; m.msg_flags = 0;
        EQUAL(recvmsg(p[1], &m, 0), 1);
        EQUAL(!!(m.msg_flags & MSG_CTRUNC), size < 56);
        int got = 0;
        for (c = m.msg_controllen >= sizeof *c ? CMSG_FIRSTHDR(&m) : NULL; c; c = CMSG_NXTHDR(&m, c))
            if (c->cmsg_type == SCM_RIGHTS) for (unsigned n = 0; n < (c->cmsg_len - CMSG_LEN(0)) / 4; n++) { got++; int fd; memcpy(&fd, CMSG_DATA(c) + 4 * n, 4); close(fd); }
        EQUAL(got, size < 52 ? 0 : size < 56 ? 1 : 2);
    }
    close(p[0]); close(p[1]);
}
static void old_ipc(void)
{
    struct shmid_ds sh; struct msqid_ds ms; struct semid_ds se;
    union { int val; struct semid_ds *buf; } u = {.buf = &se};
    int id = shmget(IPC_PRIVATE, 8192, 0600);
    EQUAL(shmctl(id, IPC_STAT, &sh), 0); EQUAL(sh.shm_segsz, 8192); EQUAL(sh.shm_perm.mode & 0777, 0600);
    int found = 0, last = shmctl(0, 14 /* SHM_INFO */, (void *)&ms);
    for (int n = 0; n <= last; n++) if (shmctl(n, 15 /* SHM_STAT_ANY */, &sh) == id) found++;
    EQUAL(found, 1); shmctl(id, IPC_RMID, NULL);
    id = msgget(IPC_PRIVATE, 0600); found = 0;
    struct { long type; char text[4]; } m = {3, "abc"};
    EQUAL(msgsnd(id, &m, 4, 0), 0);
    EQUAL(msgctl(id, IPC_STAT, &ms), 0); EQUAL(ms.msg_qnum, 1); EQUAL(ms.msg_lspid, getpid());
    last = msgctl(0, 12 /* MSG_INFO */, (void *)&sh);
    for (int n = 0; n <= last; n++) if (msgctl(n, 13 /* MSG_STAT_ANY */, &ms) == id) found++;
    EQUAL(found, 1); ERROR(msgrcv(id, BAD, 4, 0, IPC_NOWAIT), EFAULT); msgctl(id, IPC_RMID, NULL);
    id = semget(IPC_PRIVATE, 3, 0600); found = 0;
    EQUAL(semctl(id, 0, IPC_STAT, u), 0); EQUAL(se.sem_nsems, 3); CHECK(se.sem_ctime > 1000000);
    struct seminfo si;
    last = semctl(0, 0, 19 /* SEM_INFO */, &si);
    for (int n = 0; n <= last; n++) { se.sem_nsems = 0; if (semctl(n, 0, 20 /* SEM_STAT_ANY */, u) == id) { found++; EQUAL(se.sem_nsems, 3); } }
    EQUAL(found, 1); semctl(id, 0, IPC_RMID);
}
static void queues(void)
{
    struct mq_attr a = {.mq_maxmsg = 4, .mq_msgsize = 16};
    char name[32], text[16];
    snprintf(name, sizeof name, "/edges-%d", getpid());
    mqd_t q = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &a);
    if (q < 0) { CHECK(errno == ENOSYS || errno == EACCES); return; }
    mq_unlink(name);
    sigset_t set;
    sigemptyset(&set); sigaddset(&set, SIGRTMIN + 5);
    sigprocmask(SIG_BLOCK, &set, NULL);
    struct sigevent e = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 5, .sigev_value.sival_int = 77};
    EQUAL(mq_notify(q, &e), 0); ERROR(mq_notify(q, &e), EBUSY);
    EQUAL(mq_send(q, "hello", 6, 1), 0);
    siginfo_t i;
    EQUAL(sigwaitinfo(&set, &i), SIGRTMIN + 5); EQUAL(i.si_code, SI_MESGQ); EQUAL(i.si_value.sival_int, 77);
    EQUAL(mq_receive(q, text, 16, NULL), 6); CHECK(!strcmp(text, "hello"));
    mq_close(q);
}
static void newer(void)
{
    int fds[2], out[2];
    struct { uint64_t flags, mode, resolve; } how = {O_RDONLY | O_LARGEFILE, 0, 0};
    int fd = syscall(SYS_openat2, AT_FDCWD, "/proc/self/exe", &how, sizeof how);
    CHECK(fd >= 0); close(fd);
    how.flags = O_RDONLY; how.mode = 0600;
    ERROR(syscall(SYS_openat2, AT_FDCWD, "/", &how, sizeof how), EINVAL); ERROR(syscall(SYS_openat2, AT_FDCWD, "/", &how, 8), EINVAL); ERROR(syscall(SYS_openat2, AT_FDCWD, "/", BAD, sizeof how), EFAULT);
    CHECK(pipe(fds) == 0 && pipe(out) == 0); CHECK(write(fds[1], "splice", 6) == 6);
    EQUAL(tee(fds[0], out[1], 6, 0), 6); EQUAL(splice(fds[0], NULL, out[1], NULL, 6, 0), 6);
    char text[16];
    EQUAL(read(out[0], text, 16), 12); CHECK(!memcmp(text, "splicesplice", 12));
    fd = file();
    long off = 3;
    CHECK(write(fd, "0123456789", 10) == 10);
    EQUAL(splice(fd, (off64_t *)&off, out[1], NULL, 4, 0), 4); EQUAL(off, 7);
    EQUAL(read(out[0], text, 16), 4); CHECK(!memcmp(text, "3456", 4));
    ERROR(splice(fd, (off64_t *)&off, out[1], (off64_t *)&off, 4, 0), ESPIPE); ERROR(splice(fd, NULL, fd, NULL, 4, 0), EINVAL);
    struct { uint64_t off, len; } range = {0, 0};
    uint64_t cs[5];
    EQUAL(syscall(451 /* cachestat */, fd, &range, cs, 0), 0); EQUAL(cs[0], 1);
    close(fd);
    uint32_t word = 5;
    struct { uint64_t val, uaddr; uint32_t flags, pad; } w = {4, (uintptr_t)&word, 2, 0};
    ERROR(syscall(449 /* futex_waitv */, &w, 1, 0, NULL, 0), EAGAIN); ERROR(syscall(449, &w, 1, 1, NULL, 0), EINVAL);
    EQUAL(syscall(454 /* futex_wake */, &word, 0xffffffffUL, 1, 0x82), 0); ERROR(syscall(455 /* futex_wait */, &word, 4, 0xffffffffUL, 0x82, NULL, 0), EAGAIN);
    int abi = syscall(SYS_landlock_create_ruleset, NULL, 0, 1);
    CHECK(abi >= 1 || errno == EOPNOTSUPP || errno == ENOSYS);
    struct epoll_event e = {.events = EPOLLIN, .data.u64 = 0x123456789abcdef};
    struct timespec t = {0, 0};
    int ep = epoll_create1(0);
    EQUAL(epoll_ctl(ep, EPOLL_CTL_ADD, fds[0], &e), 0); CHECK(write(fds[1], "x", 1) == 1);
    EQUAL(syscall(441 /* epoll_pwait2 */, ep, &e, 1, &t, NULL, 8), 1); EQUAL(e.data.u64, 0x123456789abcdef);
    close(ep); close(fds[0]); close(fds[1]); close(out[0]); close(out[1]);
}
static void ring(void)
{
    struct io_uring_params p;
    memset(&p, 0, sizeof p);
    int fd = syscall(SYS_io_uring_setup, 4, &p);
    if (fd < 0) { CHECK(errno == ENOSYS || errno == EPERM); return; }
    char *sq = mmap(NULL, p.sq_off.array + p.sq_entries * 4, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, IORING_OFF_SQ_RING);
    char *cq = mmap(NULL, p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, IORING_OFF_CQ_RING);
    struct io_uring_sqe *s = mmap(NULL, p.sq_entries * sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, IORING_OFF_SQES);
    CHECK(sq != MAP_FAILED && cq != MAP_FAILED && s != MAP_FAILED);
    int fds[2];
    char text[8] = "";
    CHECK(pipe(fds) == 0); CHECK(write(fds[1], "ring", 4) == 4);
    memset(s, 0, sizeof *s);
    s->opcode = IORING_OP_READ; s->fd = fds[0]; s->addr = (uintptr_t)text; s->len = 8; s->user_data = 99; s->off = -1;
    unsigned tail = *(unsigned *)(sq + p.sq_off.tail);
    ((unsigned *)(sq + p.sq_off.array))[tail & *(unsigned *)(sq + p.sq_off.ring_mask)] = 0;
    __atomic_store_n((unsigned *)(sq + p.sq_off.tail), tail + 1, __ATOMIC_RELEASE);
    EQUAL(syscall(SYS_io_uring_enter, fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0), 1);
    struct io_uring_cqe *c = (void *)(cq + p.cq_off.cqes);
    EQUAL(c->user_data, 99); EQUAL(c->res, 4); CHECK(!strcmp(text, "ring"));
    close(fd); close(fds[0]); close(fds[1]);
}
int main(void)
{
    errors_in_order(); ioctls(); sockets(); old_ipc(); queues(); newer(); ring();
    return finish();
}
