// User notification: a listener sees the guest's machine, numbers, arguments and program counter, and answers; over threads, exec and signals.
#include "../check.h"
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#ifdef __riscv
#define ARCH AUDIT_ARCH_RISCV64
#else
#define ARCH AUDIT_ARCH_X86_64
#endif
#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV 32
#endif
#define DATA(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define RET(k) BPF_STMT(BPF_RET | BPF_K, k)
static long seccomp(unsigned op, unsigned flags, void *arg) { return syscall(SYS_seccomp, op, flags, arg); }
// Asks about call `number`; gives what seccomp(2) does.
static long ask_about(unsigned number, unsigned flags)
{
    struct sock_filter code[] = {DATA(nr), BPF_JUMP(BPF_JMP | BPF_JEQ, number, 0, 1), RET(SECCOMP_RET_USER_NOTIF), RET(SECCOMP_RET_ALLOW)};
    struct sock_fprog program = {sizeof code / sizeof *code, code};
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    return seccomp(SECCOMP_SET_MODE_FILTER, flags, &program);
}
static void send_fd(int socket, int fd)
{
    union { struct cmsghdr head; char space[CMSG_SPACE(sizeof fd)]; } control = {.head = {CMSG_LEN(sizeof fd), SOL_SOCKET, SCM_RIGHTS}};
    memcpy(CMSG_DATA(&control.head), &fd, sizeof fd);
    struct iovec byte = {"", 1};
    struct msghdr message = {.msg_iov = &byte, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    CHECK(sendmsg(socket, &message, 0) == 1);
}
static int receive_fd(int socket)
{
    union { struct cmsghdr head; char space[CMSG_SPACE(sizeof(int))]; } control;
    char c;
    struct iovec byte = {&c, 1};
    struct msghdr message = {.msg_iov = &byte, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    int fd = -1;
    CHECK(recvmsg(socket, &message, 0) == 1);
    memcpy(&fd, CMSG_DATA(&control.head), sizeof fd);
    return fd;
}
static int sockets[2];
// Starts a child that is asked about its calls of getppid; gives the listener.
static int start(void (*work)(void), unsigned number, unsigned flags, pid_t *pid)
{
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) == 0);
    fflush(stdout);
    *pid = fork();
    if (*pid == 0) {
        failures = 0;
        int listener = ask_about(number, SECCOMP_FILTER_FLAG_NEW_LISTENER | flags);
        CHECK(listener >= 0);
        send_fd(sockets[1], listener);
        close(listener);
        work();
        fflush(stdout);
        _exit(failures ? 99 : 0);
    }
    int listener = receive_fd(sockets[0]);
    close(sockets[1]);
    return listener;
}
static struct seccomp_notif next(int listener)
{
    struct seccomp_notif notice = {0};
    CHECK(ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &notice) == 0);
    return notice;
}
static void reply(int listener, const struct seccomp_notif *notice, long value, int error, unsigned flags)
{
    struct seccomp_notif_resp response = {notice->id, value, error, flags};
    CHECK(ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response) == 0);
}
static void over(pid_t pid, int listener)
{
    int status = -1;
    EQUAL(waitpid(pid, &status, 0), pid);
    EQUAL(status, 0);
    struct pollfd gone = {listener, POLLIN, 0};
    EQUAL(poll(&gone, 1, -1), 1);
    CHECK(gone.revents & POLLHUP);
    close(listener);
    close(sockets[0]);
}
extern char call_begin[], call_end[];
// A system call with all its arguments, at a known place.
__attribute__((noinline, noclone)) static long call(long nr, long a, long b, long c, long d, long e, long f)
{
#ifdef __riscv
    register long a0 asm("a0") = a, a1 asm("a1") = b, a2 asm("a2") = c, a3 asm("a3") = d, a4 asm("a4") = e, a5 asm("a5") = f, a7 asm("a7") = nr;
    asm volatile(".globl call_begin\ncall_begin: ecall\n.globl call_end\ncall_end:" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5), "r"(a7) : "memory");
    return a0;
#else
    register long r10 asm("r10") = d, r8 asm("r8") = e, r9 asm("r9") = f;
    long result;
    asm volatile(".globl call_begin\ncall_begin: syscall\n.globl call_end\ncall_end:" : "=a"(result) : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
    return result;
#endif
}
static void answered(void)
{
    EQUAL(call(SYS_getppid, 11, 12, 13, 14, 15, 1L << 40), 4711);
    EQUAL(call(SYS_getppid, 0, 0, 0, 0, 0, 0), -EPERM);
    EQUAL(call(SYS_getppid, 0, 0, 0, 0, 0, 0), 1L << 40);
    EQUAL(call(SYS_getppid, 0, 0, 0, 0, 0, 0), 4712);
}
static void answers(void)
{
    pid_t pid;
    int listener = start(answered, SYS_getppid, 0, &pid);
    struct seccomp_notif n = next(listener);
    EQUAL(n.pid, pid); EQUAL(n.flags, 0);
    EQUAL(n.data.nr, SYS_getppid); EQUAL(n.data.arch, ARCH); EQUAL(n.data.instruction_pointer, call_end);
    for (int k = 0; k < 5; k++) EQUAL(n.data.args[k], 11 + k);
    EQUAL(n.data.args[5], 1L << 40);
    EQUAL(ioctl(listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &n.id), 0);
    reply(listener, &n, 4711, 0, 0);
    struct seccomp_notif_resp late = {n.id, 0, 0, 0};
    EQUAL(ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &late), -1);
    // The asker may not have looked at the answer yet.
    CHECK(errno == ENOENT || errno == EINPROGRESS);
    n = next(listener);
    struct seccomp_notif_resp wrong = {n.id, 1, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE};
    EQUAL(ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &wrong), -1); EQUAL(errno, EINVAL);
    reply(listener, &n, 0, -EPERM, 0);
    n = next(listener); reply(listener, &n, 1L << 40, 0, 0);
    n = next(listener); reply(listener, &n, 4712, 0, 0);
    over(pid, listener);
    struct seccomp_notif dirty = {.flags = 1};
    EQUAL(ioctl(0, SECCOMP_IOCTL_NOTIF_RECV, &dirty), -1);
}
static pid_t maker;
static void let_through(void)
{
    EQUAL(syscall(SYS_getppid), maker);
    EQUAL(syscall(SYS_getppid), 5);
    // A second listener, while the first is there.
    EQUAL(ask_about(SYS_getuid, SECCOMP_FILTER_FLAG_NEW_LISTENER), -1); EQUAL(errno, EBUSY);
    // A filter without a listener of its own does not ask another's.
    EQUAL(ask_about(SYS_getuid, 0), 0);
    EQUAL(syscall(SYS_getuid), -1); EQUAL(errno, ENOSYS);
    execl("/proc/self/exe", "notify", "asked", NULL);
}
static void continues(void)
{
    pid_t pid;
    maker = getpid();
    int listener = start(let_through, SYS_getppid, 0, &pid);
    struct seccomp_notif n = next(listener); reply(listener, &n, 0, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE);
    n = next(listener); reply(listener, &n, 5, 0, 0);
    // After execve, and of a thread of its.
    n = next(listener); EQUAL(n.pid, pid); EQUAL(n.data.nr, SYS_getppid); reply(listener, &n, 77, 0, 0);
    n = next(listener); CHECK((pid_t)n.pid != pid); reply(listener, &n, 78, 0, 0);
    over(pid, listener);
}
static void *in_thread(void *arg) { EQUAL(syscall(SYS_getppid), 78); return arg; }
static int asked(void)
{
    pthread_t thread;
    EQUAL(syscall(SYS_getppid), 77);
    pthread_create(&thread, NULL, in_thread, NULL);
    pthread_join(thread, NULL);
    return failures;
}
static volatile sig_atomic_t handled;
static void handler(int signo) { handled = signo; }
static void interrupted(void)
{
    struct sigaction action = {.sa_handler = handler};
    sigaction(SIGUSR1, &action, NULL);
    errno = 0;
    EQUAL(syscall(SYS_getppid), -1); EQUAL(errno, EINTR); EQUAL(handled, SIGUSR1);
    action.sa_flags = SA_RESTART;
    sigaction(SIGUSR1, &action, NULL);
    handled = 0;
    EQUAL(syscall(SYS_getppid), 6); EQUAL(handled, SIGUSR1);
}
static void signals(void)
{
    pid_t pid;
    int listener = start(interrupted, SYS_getppid, 0, &pid);
    struct seccomp_notif n = next(listener);
    kill(pid, SIGUSR1);
    struct seccomp_notif again = next(listener);
    CHECK(again.id != n.id);
    EQUAL(ioctl(listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &n.id), -1); EQUAL(errno, ENOENT);
    kill(pid, SIGUSR1);
    n = next(listener);
    reply(listener, &n, 6, 0, 0);
    over(pid, listener);
}
static void given(void)
{
    struct stat stat;
    EQUAL(syscall(SYS_getppid), 200);
    EQUAL(fstat(200, &stat), 0);
    CHECK(S_ISFIFO(stat.st_mode));
}
static void descriptors(void)
{
    pid_t pid;
    int pipes[2];
    int listener = start(given, SYS_getppid, SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, &pid);
    CHECK(pipe(pipes) == 0);
    struct seccomp_notif n = next(listener);
    struct seccomp_notif_addfd add = {.id = n.id, .flags = SECCOMP_ADDFD_FLAG_SETFD, .srcfd = pipes[0], .newfd = 200};
    EQUAL(ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &add), 200);
    reply(listener, &n, 200, 0, 0);
    over(pid, listener);
}
static void without(void)
{
    EQUAL(syscall(SYS_getppid), -1); EQUAL(errno, ENOSYS);
}
static void closed(void)
{
    pid_t pid;
    int listener = start(without, SYS_getppid, 0, &pid), status;
    close(listener);
    EQUAL(waitpid(pid, &status, 0), pid);
    EQUAL(status, 0);
}
static void refused(void)
{
    struct seccomp_notif_sizes sizes = {0};
    unsigned action = SECCOMP_RET_USER_NOTIF;
    EQUAL(seccomp(SECCOMP_GET_NOTIF_SIZES, 0, &sizes), 0);
    EQUAL(sizes.seccomp_notif, sizeof(struct seccomp_notif));
    EQUAL(sizes.seccomp_notif_resp, sizeof(struct seccomp_notif_resp));
    EQUAL(sizes.seccomp_data, sizeof(struct seccomp_data));
    EQUAL(seccomp(SECCOMP_GET_NOTIF_SIZES, 1, &sizes), -1); EQUAL(errno, EINVAL);
    EQUAL(seccomp(SECCOMP_GET_ACTION_AVAIL, 0, &action), 0);
    EQUAL(ask_about(SYS_getppid, SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV), -1); EQUAL(errno, EINVAL);
    EQUAL(ask_about(SYS_getppid, SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_TSYNC), -1); EQUAL(errno, EINVAL);
}
int main(int argc, char **argv)
{
    (void)argv;
    alarm(100);
    if (argc > 1) return asked();
    refused();
    answers();
    continues();
    signals();
    descriptors();
    closed();
    return finish();
}
