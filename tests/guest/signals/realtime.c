// Signals 1 to 64: order and number of queued ones, values, sigwaitinfo, signalfd, limits; 32 and 33, which C libraries keep for themselves.
#include "../check.h"
#include <sys/signalfd.h>
#include <poll.h>
struct kaction { void *handler; unsigned long flags;
#ifdef __x86_64__
    void *restorer;
#endif
    unsigned long mask; };
static int order[256], values[256], codes[256], seen;
static void note(int sig, siginfo_t *info, void *c)
{
    (void)c;
    if (seen < 256) { order[seen] = sig; values[seen] = info->si_value.sival_int; codes[seen] = info->si_code; seen++; }
}
static int queue_raw(int sig, int value)
{
    siginfo_t info;
    memset(&info, 0, sizeof info);
    info.si_signo = sig; info.si_code = SI_QUEUE; info.si_pid = getpid(); info.si_uid = getuid(); info.si_value.sival_int = value;
    return syscall(SYS_rt_sigqueueinfo, getpid(), sig, &info);
}
static long mask_raw(int how, unsigned long set) { return syscall(SYS_rt_sigprocmask, how, &set, NULL, 8); }
static unsigned long bit(int sig) { return 1ul << (sig - 1); }

static void action_raw(int sig)
{
    struct kaction a = {note, SA_SIGINFO, 
#ifdef __x86_64__
        NULL,
#endif
        0};
#ifdef __x86_64__
    struct kaction now;
    struct sigaction libc_action;
    memset(&libc_action, 0, sizeof libc_action);
    libc_action.sa_sigaction = note; libc_action.sa_flags = SA_SIGINFO;
    sigaction(SIGUSR2, &libc_action, NULL);
    syscall(SYS_rt_sigaction, SIGUSR2, NULL, &now, 8);
    a.restorer = now.restorer; a.flags = now.flags;
#endif
    EQUAL(syscall(SYS_rt_sigaction, sig, &a, NULL, 8), 0);
}

static void all_of_them(void)
{
    unsigned long set = ~(bit(SIGSEGV) | bit(SIGBUS) | bit(SIGILL) | bit(SIGFPE) | bit(SIGTRAP) | bit(SIGKILL) | bit(SIGSTOP) | bit(SIGCONT));
    mask_raw(SIG_SETMASK, set);
    for (int sig = 1; sig <= 64; sig++) {
        if (!(set & bit(sig))) continue;
        action_raw(sig);
        EQUAL(queue_raw(sig, 1000 + sig), 0); EQUAL(queue_raw(sig, 2000 + sig), 0); // the second counts from 32 on
    }
    unsigned long pending = 0;
    syscall(SYS_rt_sigpending, &pending, 8); EQUAL(pending, set);
    mask_raw(SIG_SETMASK, 0);
    int n = 0, twice = 0;
    for (int i = 0; i < seen; i++) { n += order[i] < 32; twice += order[i] >= 32; CHECK(values[i] % 1000 == order[i]); EQUAL(codes[i], SI_QUEUE); }
    EQUAL(n, 31 - 8); EQUAL(twice, 33 * 2);
    int last[65] = {0};
    for (int i = 0; i < seen; i++) { CHECK(values[i] > last[order[i]]); last[order[i]] = values[i]; } // of one number, first in first out
}

static void order_of_delivery(void)
{
    // Handlers are entered lowest number last, so that it runs first: seen in the order in which the handlers run.
    seen = 0;
    for (int sig = 40; sig <= 50; sig++) action_raw(sig);
    mask_raw(SIG_SETMASK, ~0ul);
    for (int sig = 50; sig >= 40; sig--) queue_raw(sig, sig);
    struct timespec zero = {0, 0};
    siginfo_t info;
    for (int sig = 40; sig <= 44; sig++) { unsigned long set = ~0ul; EQUAL(syscall(SYS_rt_sigtimedwait, &set, &info, &zero, 8), sig); EQUAL(info.si_value.sival_int, sig); }
    mask_raw(SIG_SETMASK, 0);
    EQUAL(seen, 6);
    mask_raw(SIG_SETMASK, ~0ul);
    for (int i = 0; i < 5; i++) queue_raw(45, i);
    int fd = signalfd(-1, &(sigset_t){{bit(45) | bit(46)}}, SFD_NONBLOCK);
    struct signalfd_siginfo got[8];
    EQUAL(read(fd, got, sizeof got), 5 * sizeof got[0]);
    for (int i = 0; i < 5; i++) { EQUAL(got[i].ssi_signo, 45); EQUAL(got[i].ssi_int, i); EQUAL(got[i].ssi_pid, getpid()); EQUAL(got[i].ssi_code, SI_QUEUE); }
    CHECK(read(fd, got, sizeof got) < 0 && errno == EAGAIN);
    struct pollfd p = {fd, POLLIN, 0};
    EQUAL(poll(&p, 1, 0), 0); queue_raw(46, 1); EQUAL(poll(&p, 1, 0), 1);
    EQUAL(read(fd, got, sizeof got), sizeof got[0]);
    close(fd);
    mask_raw(SIG_SETMASK, 0);
}

static void limits(void)
{
    struct rlimit limit = {8, 8};
    if (fork() == 0) {
        uid_t alone = 100000 + getpid(); // what a user has queued counts
        setresuid(alone, alone, alone);
        setrlimit(RLIMIT_SIGPENDING, &limit);
        mask_raw(SIG_SETMASK, ~0ul);
        int n = 0;
        while (queue_raw(40, n) == 0 && n < 100) n++;
        CHECK(errno == EAGAIN); CHECK(n >= 7 && n <= 8);
        EQUAL(kill(getpid(), 41), 0); // kill always arrives, with or without its details
        _exit(failures);
    }
    int status;
    wait(&status);
    EQUAL(status, 0);
    CHECK(queue_raw(65, 0) < 0 && errno == EINVAL); CHECK(queue_raw(-1, 0) < 0 && errno == EINVAL); EQUAL(queue_raw(0, 0), 0);
    CHECK(sigqueue(getpid(), 0, (union sigval){0}) == 0); CHECK(kill(1 << 29, 0) < 0 && errno == ESRCH);
    siginfo_t forged;
    memset(&forged, 0, sizeof forged);
    forged.si_code = SI_USER;
    CHECK(fork() || (syscall(SYS_rt_sigqueueinfo, getppid(), 40, &forged) < 0 && errno == EPERM ? (_exit(0), 1) : (_exit(1), 1)));
    wait(&status); EQUAL(status, 0);
}

int main(void)
{
    all_of_them();
    order_of_delivery();
    limits();
    return finish();
}
