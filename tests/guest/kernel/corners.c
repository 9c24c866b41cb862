// Corners where emulators were found wrong: socket and file options, System V and POSIX queues, namespaces, control messages, the order of checks.
#include "../check.h"
#include <sys/socket.h>
#include <netinet/in.h>
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/shm.h>
#include <sys/sem.h>
#include <mqueue.h>
#include <linux/nsfs.h>
#include <sys/prctl.h>
#include <sys/un.h>
#include <poll.h>
#ifndef F_CREATED_QUERY
#define F_CREATED_QUERY (1024 + 4)
#endif
#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif
static volatile int noted;
static void on(int s, siginfo_t *i, void *c) { noted = i->si_value.sival_int; }
static volatile int tnoted; static void fn(union sigval v) { tnoted = v.sival_int; }
int main(void)
{
    // multicast
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    struct group_req g = {.gr_interface = if_nametoindex("lo")};
    struct sockaddr_in *a = (void *)&g.gr_group; a->sin_family = AF_INET; a->sin_addr.s_addr = inet_addr("239.1.2.3");
    CHECK(setsockopt(fd, IPPROTO_IP, MCAST_JOIN_GROUP, &g, sizeof g) == 0);
    CHECK(setsockopt(fd, IPPROTO_IP, MCAST_LEAVE_GROUP, &g, sizeof g) == 0);
    close(fd);
    fd = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
    if (fd >= 0) { int v = TPACKET_V3; CHECK(setsockopt(fd, SOL_PACKET, PACKET_VERSION, &v, sizeof v) == 0); socklen_t l = sizeof v; int got = 0; CHECK(getsockopt(fd, SOL_PACKET, PACKET_VERSION, &got, &l) == 0); EQUAL(got, TPACKET_V3); close(fd); }
    fd = open("created", O_CREAT | O_RDWR, 0600); int created = fcntl(fd, F_CREATED_QUERY);
    if (created >= 0) { EQUAL(created, 1); close(fd); fd = open("created", O_CREAT | O_RDWR, 0600); EQUAL(fcntl(fd, F_CREATED_QUERY), 0); }
    close(fd);
    // STAT_ANY
    int q = msgget(IPC_PRIVATE, 0600), m = shmget(IPC_PRIVATE, 4096, 0600), s = semget(IPC_PRIVATE, 2, 0600);
    struct msqid_ds md; struct shmid_ds sd; struct semid_ds se; struct msginfo mi; 
    CHECK(msgctl(q, MSG_INFO, (void *)&mi) >= 0);
    int found = 0; for (int i = 0; i <= 2000 && !found; i++) found = msgctl(i, 13, &md) == q; EQUAL(found, 1);
    found = 0; for (int i = 0; i <= 2000 && !found; i++) found = shmctl(i, 15, &sd) == m; EQUAL(found, 1); EQUAL(sd.shm_segsz, 4096);
    found = 0; for (int i = 0; i <= 2000 && !found; i++) { union { void *p; } u = {&se}; found = syscall(SYS_semctl, i, 0, 20, &se) == s; } EQUAL(found, 1); EQUAL(se.sem_nsems, 2);
    msgctl(q, IPC_RMID, 0); shmctl(m, IPC_RMID, 0); semctl(s, 0, IPC_RMID);
    // mq_notify
    char name[40]; sprintf(name, "/p8-%d", getpid());
    mqd_t mq = mq_open(name, O_CREAT | O_RDWR, 0600, &(struct mq_attr){.mq_maxmsg = 4, .mq_msgsize = 16});
    if (mq >= 0) {
    handle(SIGUSR1, on, 0);
    struct sigevent e = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1}; e.sigev_value.sival_int = 42;
    CHECK(mq_notify(mq, &e) == 0); mq_send(mq, "x", 1, 0); nap(20); EQUAL(noted, 42); char b[16]; mq_receive(mq, b, 16, 0);
    e.sigev_notify = SIGEV_THREAD; e.sigev_notify_function = fn; e.sigev_value.sival_int = 43; CHECK(mq_notify(mq, &e) == 0); mq_send(mq, "x", 1, 0); nap(100); EQUAL(tnoted, 43);
    mq_unlink(name); }
    // namespaces
    fd = open("/proc/self/ns/uts", O_RDONLY); CHECK(fd >= 0); EQUAL(ioctl(fd, NS_GET_NSTYPE), 0x04000000); int u = ioctl(fd, NS_GET_USERNS); CHECK(u >= 0 || errno == EPERM); close(fd);
    // truncated control
    int sv[2]; socketpair(AF_UNIX, SOCK_DGRAM, 0, sv);
    union { char b[CMSG_SPACE(4 * sizeof(int))]; struct cmsghdr h; } c; struct iovec v = {"x", 1}; struct msghdr h = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = &c, .msg_controllen = sizeof c};
    c.h.cmsg_level = SOL_SOCKET; c.h.cmsg_type = SCM_RIGHTS; c.h.cmsg_len = CMSG_LEN(4 * sizeof(int)); int fds[4] = {0, 1, 2, sv[0]}; memcpy(CMSG_DATA(&c.h), fds, sizeof fds);
    CHECK(sendmsg(sv[0], &h, 0) == 1); char b[4]; v.iov_base = b; h.msg_controllen = CMSG_LEN(2 * sizeof(int)); memset(&c, 0, sizeof c);
    CHECK(recvmsg(sv[1], &h, 0) == 1); EQUAL(h.msg_flags & MSG_CTRUNC, MSG_CTRUNC); EQUAL(c.h.cmsg_len, CMSG_LEN(2 * sizeof(int)));
    // mptcp
    fd = socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP); CHECK(fd >= 0 || errno == EPROTONOSUPPORT || errno == ENOPROTOOPT);
    // largefile
    struct { uint64_t flags, mode, resolve; } how = {O_RDONLY, 0, 0}; fd = syscall(437, AT_FDCWD, "created", &how, sizeof how); EQUAL(fcntl(fd, F_GETFL), 0100000); fd = open("created", O_RDONLY); EQUAL(fcntl(fd, F_GETFL), 0100000);
    // splice
    int p[2]; pipe(p); write(p[1], "hello", 5); int o = open("out", O_CREAT | O_RDWR, 0600); EQUAL(splice(p[0], NULL, o, NULL, 5, 0), 5); off_t off = 1; lseek(o, 0, 0); EQUAL(splice(o, &off, p[1], NULL, 3, 0), 3); EQUAL(off, 4);
    // order of checks
    errno = 0; CHECK(read(-1, (void *)8, 5) < 0); EQUAL(errno, EBADF); errno = 0; CHECK(write(p[1], (void *)8, 5) < 0); EQUAL(errno, EFAULT);
    errno = 0; CHECK(syscall(SYS_ppoll, (void *)8, 1, NULL, NULL, 8) < 0); EQUAL(errno, EFAULT);
    errno = 0; CHECK(syscall(SYS_rt_sigprocmask, 77, NULL, NULL, 8) == 0); errno = 0; sigset_t ss; sigemptyset(&ss); CHECK(syscall(SYS_rt_sigprocmask, 77, &ss, NULL, 8) < 0); EQUAL(errno, EINVAL);
    errno = 0; CHECK(syscall(SYS_rt_sigprocmask, 77, (void *)8, NULL, 8) < 0); EQUAL(errno, EFAULT);
    errno = 0; CHECK(syscall(SYS_rt_sigprocmask, 0, (void *)8, NULL, 4) < 0); EQUAL(errno, EINVAL);
    errno = 0; CHECK(syscall(SYS_rt_sigaction, 65, (void *)8, NULL, 8) < 0); EQUAL(errno, EFAULT);
    EQUAL(syscall(SYS_rt_sigaction, 9, NULL, NULL, 8), 0);
    unsigned long ka[4] = {1}; errno = 0; CHECK(syscall(SYS_rt_sigaction, 9, ka, NULL, 8) < 0); EQUAL(errno, EINVAL);
    errno = 0; CHECK(syscall(SYS_rt_sigaction, 10, NULL, (void *)8, 8) < 0); EQUAL(errno, EFAULT);
    errno = 0; CHECK(syscall(SYS_rt_sigpending, (void *)8, 8) < 0); EQUAL(errno, EFAULT); errno = 0; CHECK(syscall(SYS_rt_sigpending, (void *)8, 16) < 0); EQUAL(errno, EINVAL);
    errno = 0; CHECK(syscall(SYS_rt_sigsuspend, (void *)8, 8) < 0); EQUAL(errno, EFAULT); errno = 0; CHECK(syscall(SYS_rt_sigsuspend, (void *)8, 4) < 0); EQUAL(errno, EINVAL);
    errno = 0; CHECK(syscall(SYS_rt_sigtimedwait, (void *)8, 0, 0, 8) < 0); EQUAL(errno, EFAULT); errno = 0; CHECK(syscall(SYS_rt_sigtimedwait, (void *)8, 0, 0, 4) < 0); EQUAL(errno, EINVAL);
    errno = 0; CHECK(syscall(SYS_sigaltstack, (void *)8, NULL) < 0); EQUAL(errno, EFAULT);
    stack_t st = {.ss_flags = 99, .ss_size = 1 << 16}; errno = 0; CHECK(sigaltstack(&st, NULL) < 0); EQUAL(errno, EINVAL); st.ss_flags = 0; st.ss_size = 100; errno = 0; CHECK(sigaltstack(&st, NULL) < 0); EQUAL(errno, ENOMEM);
    errno = 0; CHECK(syscall(SYS_getcwd, (void *)8, 4096) < 0); EQUAL(errno, EFAULT); errno = 0; CHECK(syscall(SYS_getcwd, (void *)8, 1) < 0); EQUAL(errno, ERANGE);
    errno = 0; CHECK(syscall(SYS_newfstatat, AT_FDCWD, "nonexistent", (void *)8, 0) < 0); EQUAL(errno, ENOENT); errno = 0; CHECK(syscall(SYS_newfstatat, AT_FDCWD, "created", (void *)8, 0) < 0); EQUAL(errno, EFAULT); errno = 0; CHECK(syscall(SYS_newfstatat, -1, "created", (void *)8, 0) < 0); EQUAL(errno, EBADF); errno = 0; CHECK(syscall(SYS_newfstatat, AT_FDCWD, "created", (void *)8, 0x80000) < 0); EQUAL(errno, EINVAL);
    errno = 0; CHECK(syscall(SYS_uname, (void *)8) < 0); EQUAL(errno, EFAULT);
    errno = 0; CHECK(syscall(SYS_readlinkat, AT_FDCWD, "created", b, 0) < 0); EQUAL(errno, EINVAL); errno = 0; CHECK(syscall(SYS_readlinkat, AT_FDCWD, "/proc/self/exe", b, 0) < 0); EQUAL(errno, EINVAL); errno = 0; CHECK(syscall(SYS_readlinkat, AT_FDCWD, "/proc/self/exe", (void *)8, 9) < 0); EQUAL(errno, EFAULT);
    errno = 0; CHECK(syscall(SYS_openat, AT_FDCWD, (void *)8, 0) < 0); EQUAL(errno, EFAULT); errno = 0; CHECK(syscall(SYS_openat, -1, "", 0) < 0); EQUAL(errno, ENOENT);  errno = 0; CHECK(syscall(SYS_epoll_pwait, -1, (void *)8, 1, 0, NULL, 8) < 0); EQUAL(errno, EBADF); errno = 0; CHECK(syscall(SYS_epoll_ctl, -1, 1, 0, (void *)8) < 0); EQUAL(errno, EFAULT); errno = 0; CHECK(syscall(SYS_epoll_ctl, -1, 2, 0, (void *)8) < 0); EQUAL(errno, EBADF);
    errno = 0; CHECK(syscall(SYS_shmat, -1, 0, 0) == -1); EQUAL(errno, EINVAL); errno = 0; CHECK(syscall(SYS_shmdt, (void *)0x1000) == -1); EQUAL(errno, EINVAL);
    errno = 0; CHECK(syscall(SYS_prlimit64, 0, 99, NULL, NULL) == -1); EQUAL(errno, EINVAL); errno = 0; CHECK(syscall(SYS_prlimit64, 0, RLIMIT_AS, (void *)8, NULL) == -1); EQUAL(errno, EFAULT); errno = 0; CHECK(syscall(SYS_prlimit64, 0, RLIMIT_AS, NULL, (void *)8) == -1); EQUAL(errno, EFAULT);
    errno = 0; CHECK(syscall(SYS_set_robust_list, NULL, 23) == -1); EQUAL(errno, EINVAL); errno = 0; CHECK(syscall(SYS_futex, (void *)8, 0, 0, NULL) == -1); EQUAL(errno, EFAULT); errno = 0; CHECK(syscall(SYS_futex, (void *)9, 0, 0, NULL) == -1); EQUAL(errno, EINVAL);
    errno = 0; CHECK(syscall(SYS_clone, 0x10000000 | 0x200, 0, 0, 0, 0) == -1); EQUAL(errno, EINVAL);
    return finish();
}
