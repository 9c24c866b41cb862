// clone and clone3 with the flags that are not a thread's or fork's own, from one thread and beside another.
#include "../check.h"
#include <linux/sched.h>
#include <sched.h>
#include <sys/socket.h>
#include <poll.h>
static char stack[1 << 16] __attribute__((aligned(16)));
#define TOP (stack + sizeof stack)
static int fds[2], pidfd = -1;
static pid_t ptid, ctid, first;
static volatile int seen;
static int nothing(void *a) { return (int)(long)a; }
static int opens(void *a) { (void)a; return dup2(fds[0], 77) == 77 ? 0 : 1; }
static int moves(void *a) { return chdir(a) ? 1 : 0; }
static int writes(void *a) { seen = (int)(long)a; return 3; }
static int acts(void *a) { (void)a; struct sigaction s = {.sa_handler = SIG_IGN}; return sigaction(SIGUSR2, &s, NULL) != 0; }
static int asks_parent(void *a) { (void)a; return getppid() == first ? 4 : 5; }
static int has_sibling(void *a)
{
    static char inner[1 << 14] __attribute__((aligned(16)));
    pid_t p = clone(asks_parent, inner + sizeof inner, CLONE_PARENT | (int)(long)a, NULL);
    return p > 0 ? 0 : 1;
}
static int is_first(void *a) { (void)a; return syscall(SYS_getpid) == 1 && getuid() == (uid_t)65534 ? 6 : 7; }
static int no_sockets(void *a)
{
    (void)a;
    int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct { unsigned short family, port; unsigned addr; char zero[8]; } to = {AF_INET, 0x900, 0x0100007f, ""};
    return sendto(s, "", 1, 0, (void *)&to, sizeof to) == -1 && errno == ENETUNREACH ? 8 : 9; // lo is down
}
static int ended(pid_t p, int options)
{
    int s = -1;
    EQUAL(waitpid(p, &s, options), p);
    return WIFEXITED(s) ? WEXITSTATUS(s) : 1000 + WTERMSIG(s);
}
static void signals(void)
{
    sigset_t set, old;
    siginfo_t info;
    sigemptyset(&set); sigaddset(&set, SIGUSR1); sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, &old);
    pid_t p = clone(nothing, TOP, 0, (void *)11);
    CHECK(p > 0);
    EQUAL(ended(p, __WALL), 11);
    p = clone(nothing, TOP, SIGUSR1, (void *)12);
    EQUAL(waitpid(p, NULL, 0), -1); EQUAL(errno, ECHILD); // not a child of the usual kind
    EQUAL(ended(p, __WCLONE), 12);
    EQUAL(sigwaitinfo(&set, &info), SIGUSR1);
    EQUAL(info.si_pid, p); EQUAL(info.si_code, CLD_EXITED);
    struct timespec none = {0, 0};
    EQUAL(sigtimedwait(&set, &info, &none), -1);
    sigprocmask(SIG_SETMASK, &old, NULL);
}
static void sharing(void)
{
    char dir[4096], now[4096];
    seen = 0;
    CHECK(getcwd(dir, sizeof dir) != NULL);
    EQUAL(ended(clone(opens, TOP, SIGCHLD, NULL), 0), 0);
    EQUAL(close(77), -1);
    EQUAL(ended(clone(opens, TOP, CLONE_FILES | SIGCHLD, NULL), 0), 0);
    EQUAL(close(77), 0);
    EQUAL(ended(clone(moves, TOP, CLONE_FS | SIGCHLD, "/proc"), 0), 0);
    CHECK(getcwd(now, sizeof now) && !strcmp(now, "/proc"));
    EQUAL(ended(clone(moves, TOP, CLONE_FS | CLONE_VM | CLONE_VFORK | SIGCHLD, dir), 0), 0);
    CHECK(getcwd(now, sizeof now) && !strcmp(now, dir));
    EQUAL(ended(clone(opens, TOP, CLONE_FILES | CLONE_VM | CLONE_VFORK | SIGCHLD, NULL), 0), 0);
    EQUAL(close(77), 0);
    EQUAL(ended(clone(writes, TOP, SIGCHLD, (void *)1), 0), 3); EQUAL(seen, 0);
    EQUAL(ended(clone(writes, TOP, CLONE_VM | SIGCHLD, (void *)2), 0), 3); EQUAL(seen, 2);
    EQUAL(ended(clone(writes, TOP, CLONE_VM | CLONE_VFORK, (void *)3), __WALL), 3); EQUAL(seen, 3);
    EQUAL(ended(clone(acts, TOP, CLONE_VM | SIGCHLD, NULL), 0), 0);
    struct sigaction s;
    sigaction(SIGUSR2, NULL, &s); CHECK(s.sa_handler == SIG_DFL);
    EQUAL(ended(clone(acts, TOP, CLONE_VM | CLONE_SIGHAND | SIGCHLD, NULL), 0), 0);
    sigaction(SIGUSR2, NULL, &s); CHECK(s.sa_handler == SIG_IGN);
    kill(getpid(), SIGUSR2);
    signal(SIGUSR2, SIG_DFL);
}
static int any_ended(void) { int s; pid_t p = waitpid(-1, &s, __WALL); return p > 0 && WIFEXITED(s) ? WEXITSTATUS(s) : -1; }
static void identifiers(void)
{
    int kinds[] = {0, CLONE_VM, CLONE_VM | CLONE_VFORK, CLONE_VFORK};
    for (int k = 0; k < 4; k++) {
        siginfo_t info;
        pid_t p = clone(nothing, TOP, kinds[k] | CLONE_PIDFD | SIGCHLD, (void *)20L, &pidfd);
        CHECK(pidfd >= 0); EQUAL(fcntl(pidfd, F_GETFD), FD_CLOEXEC);
        EQUAL(waitid(3 /* P_PIDFD */, pidfd, &info, WEXITED), 0);
        EQUAL(info.si_pid, p); EQUAL(info.si_status, 20);
        close(pidfd);
        ptid = 0; ctid = 1;
        p = clone(nothing, TOP, kinds[k] | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID | SIGCHLD, (void *)21L, &ptid, NULL, &ctid);
        EQUAL(ptid, p); EQUAL(ended(p, 0), 21);
        EQUAL(ctid, !(kinds[k] & CLONE_VM));
    }
    EQUAL(clone(nothing, TOP, CLONE_PIDFD | SIGCHLD, NULL, (void *)8), -1); EQUAL(errno, EFAULT);
}
static void spaces(void)
{
    int kinds[] = {0, CLONE_VM, CLONE_VM | CLONE_VFORK};
    for (int k = 0; k < 3; k++) {
        EQUAL(ended(clone(is_first, TOP, kinds[k] | CLONE_NEWUSER | CLONE_NEWPID | SIGCHLD, NULL), 0), 6);
        EQUAL(ended(clone(no_sockets, TOP, kinds[k] | CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | SIGCHLD, NULL), 0), 8);
    }
    int wrong[] = {CLONE_NEWUSER | CLONE_FS, CLONE_NEWNS | CLONE_FS, CLONE_SIGHAND, CLONE_THREAD, CLONE_THREAD | CLONE_VM,
        CLONE_NEWPID | CLONE_THREAD | CLONE_VM | CLONE_SIGHAND, CLONE_NEWIPC | CLONE_SYSVSEM,
        CLONE_PIDFD | CLONE_PARENT_SETTID, CLONE_PIDFD | CLONE_DETACHED};
    for (unsigned n = 0; n < sizeof wrong / sizeof *wrong; n++) {
        EQUAL(clone(nothing, TOP, wrong[n] | SIGCHLD, NULL, &ptid), -1); EQUAL(errno, EINVAL);
    }
}
static long clone3(struct clone_args *a, size_t size) { return syscall(SYS_clone3, a, size); }
static void third(void)
{
    struct clone_args a = {.flags = CLONE_PIDFD | CLONE_PARENT_SETTID | CLONE_CHILD_SETTID, .exit_signal = SIGCHLD};
    a.pidfd = (long)&pidfd; a.parent_tid = (long)&ptid; a.child_tid = (long)&ctid;
    pid_t p = clone3(&a, sizeof a);
    if (p == 0) _exit(ctid == syscall(SYS_gettid) ? 30 : 31);
    EQUAL(ptid, p); CHECK(pidfd >= 0); close(pidfd);
    EQUAL(ended(p, 0), 30);
    struct { struct clone_args a; long more[2]; } big = {{.exit_signal = SIGCHLD}, {0, 0}};
    p = clone3(&big.a, sizeof big);
    if (p == 0) _exit(32);
    EQUAL(ended(p, 0), 32);
    big.more[1] = 1;
    EQUAL(clone3(&big.a, sizeof big), -1); EQUAL(errno, E2BIG);
    EQUAL(clone3(&big.a, 5000), -1); EQUAL(errno, E2BIG);
    EQUAL(clone3(&a, 63), -1); EQUAL(errno, EINVAL);
    EQUAL(clone3((void *)8, sizeof a), -1); EQUAL(errno, EFAULT);
    pid_t ids[2] = {42, 42};
    struct clone_args wrong[] = {
        {.exit_signal = 65}, {.exit_signal = 0x111}, {.flags = CLONE_PARENT, .exit_signal = SIGCHLD},
        {.flags = CLONE_THREAD | CLONE_VM | CLONE_SIGHAND, .exit_signal = SIGCHLD}, {.flags = CLONE_DETACHED}, {.flags = 1L << 40},
        {.flags = SIGCHLD}, {.stack = (long)stack}, {.stack_size = 4096}, {.set_tid = (long)ids}, {.set_tid_size = 1},
        {.set_tid = (long)ids, .set_tid_size = 33}, {.flags = CLONE_INTO_CGROUP, .cgroup = 1UL << 31},
        {.flags = CLONE_VM | CLONE_SIGHAND | CLONE_CLEAR_SIGHAND, .stack = (long)stack, .stack_size = sizeof stack},
        {.flags = CLONE_NEWUSER | CLONE_FS},
    };
    for (unsigned n = 0; n < sizeof wrong / sizeof *wrong; n++) {
        long got = clone3(&wrong[n], sizeof a);
        if (got == 0) _exit(1);
        if (got != -1 || errno != EINVAL) { printf("FAIL clone3 %u: %ld errno %d\n", n, got, errno); failures++; }
    }
    struct clone_args into = {.flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD, .cgroup = 999};
    long got = clone3(&into, sizeof into);
    if (got == 0) _exit(1);
    EQUAL(got, -1); EQUAL(errno, EBADF);
    // A new namespace's first process may choose ids there.
    struct clone_args outer = {.flags = CLONE_NEWUSER | CLONE_NEWPID, .exit_signal = SIGCHLD};
    p = clone3(&outer, sizeof outer);
    if (p == 0) {
        struct clone_args inner = {.exit_signal = SIGCHLD, .set_tid = (long)ids, .set_tid_size = 1};
        p = clone3(&inner, sizeof inner);
        if (p == 0) _exit(syscall(SYS_getpid));
        int s;
        waitpid(p, &s, 0);
        _exit(p == 42 && WEXITSTATUS(s) == 42 ? 33 : 34);
    }
    EQUAL(ended(p, 0), 33);
}
static void all(void)
{
    signals(); sharing(); identifiers(); spaces(); third();
    int ends[2] = {any_ended(), any_ended()};
    EQUAL(ends[0], -1); EQUAL(ends[1], -1);
}
static volatile int stop, ready;
static void *busy(void *a)
{
    (void)a;
    sigset_t set;
    sigfillset(&set);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    ready = 1;
    while (!stop) { free(malloc(100000)); munmap(mmap(NULL, 8192, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), 8192); }
    return NULL;
}
int main(void)
{
    first = getpid();
    CHECK(pipe(fds) == 0);
    for (int vm = 0; vm < 2; vm++) {
        EQUAL(ended(clone(has_sibling, TOP, SIGCHLD, (void *)(long)(vm ? CLONE_VM | CLONE_VFORK : 0)), 0), 0);
        EQUAL(any_ended(), 4);
    }
    all();
    pthread_t t;
    EQUAL(pthread_create(&t, NULL, busy, NULL), 0);
    while (!ready) sched_yield();
    all();
    stop = 1;
    pthread_join(t, NULL);
    return finish();
}
