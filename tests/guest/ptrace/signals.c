// What a tracer makes of signals: passes them on, swallows, changes and invents them; calls that are
// interrupted by one that comes to nothing; masks; faults.
#include "ptrace.h"

static volatile sig_atomic_t got, value;
static int *shared;

static void handler(int signo, siginfo_t *info, void *context) {
    (void)context;
    got = signo;
    value = info->si_code == SI_QUEUE ? info->si_value.sival_int : info->si_code;
}

static void tracee(int fd) {
    handle(SIGUSR1, handler, 0);
    handle(SIGUSR2, handler, SA_RESTART);
    handle(SIGSEGV, handler, 0);
    CHECK(ptrace(PTRACE_TRACEME, 0, 0, 0) == 0);
    sigqueue(getpid(), SIGUSR1, (union sigval){.sival_int = 5});
    CHECK(got == SIGUSR1 && value == 5); // passed on
    got = 0;
    raise(SIGUSR1);
    CHECK(got == 0); // swallowed
    raise(SIGUSR1);
    CHECK(got == SIGUSR2 && value == SI_USER); // changed
    got = 0;
    sigqueue(getpid(), SIGUSR1, (union sigval){.sival_int = 5});
    CHECK(got == SIGUSR1 && value == 6); // with another value
    got = 0;
    raise(SIGCHLD); // ignored, and told all the same
    signal(SIGWINCH, SIG_IGN);
    raise(SIGWINCH);
    // A read that waits: a signal that is swallowed, one with SA_RESTART, one without.
    char c;
    shared[0] = 1;
    CHECK(read(fd, &c, 1) == 1 && c == 'a');
    CHECK(got == 0);
    shared[0] = 2;
    CHECK(read(fd, &c, 1) == 1 && c == 'b');
    CHECK(got == SIGUSR2);
    shared[0] = 3;
    CHECK(read(fd, &c, 1) == -1 && errno == EINTR);
    CHECK(got == SIGUSR1);
    // A sleep goes on over a signal that is swallowed.
    got = 0;
    shared[0] = 4;
    struct timespec t = {0, 100000000};
    CHECK(nanosleep(&t, NULL) == 0);
    CHECK(got == 0);
    // A blocked signal is not told before it is not blocked any more.
    sigset_t set;
    sigemptyset(&set), sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    raise(SIGUSR1);
    raise(SIGUSR2);
    sigprocmask(SIG_SETMASK, NULL, &set);
    CHECK(!sigismember(&set, SIGUSR1) && sigismember(&set, SIGUSR2)); // by the tracer
    // A fault, which the tracer mends.
    int word = 7;
    volatile int *nowhere = (int *)16;
    __asm__("" : "+r"(nowhere));
    shared[1] = (int)(intptr_t)&word, shared[2] = (uintptr_t)&word >> 32;
    got = 0;
    CHECK(*nowhere == 7 && got == 0);
    raise(SIGINT);
    _exit(8);
}

static void meets(pid_t pid, int signo, int code) {
    siginfo_t info;
    expect(pid, signo);
    CHECK(ptrace(PTRACE_GETSIGINFO, pid, 0, &info) == 0);
    if (info.si_signo != signo || info.si_code != code)
        printf("signal %d with code %d, not %d with %d\n", info.si_signo, info.si_code, signo, code);
    CHECK(info.si_signo == signo && info.si_code == code);
}

static void sleeps(pid_t pid, int stage) {
    for (int n = 0; n < 2000 && !(shared[0] == stage && state(pid) == 'S'); n++) {
        // Whatever is none of ours to hear of goes on while we wait.
        CHECK(waitpid(pid, NULL, WNOHANG) == 0);
        nap(5);
    }
    CHECK(shared[0] == stage && state(pid) == 'S');
}

int main(void) {
    alarm(100);
    int fds[2];
    CHECK(pipe(fds) == 0);
    shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t pid = fork();
    if (pid == 0)
        tracee(fds[0]);
    siginfo_t info;
    meets(pid, SIGUSR1, SI_QUEUE);
    go(PTRACE_CONT, pid, SIGUSR1);
    meets(pid, SIGUSR1, SI_TKILL);
    go(PTRACE_CONT, pid, 0);
    meets(pid, SIGUSR1, SI_TKILL);
    go(PTRACE_CONT, pid, SIGUSR2);
    meets(pid, SIGUSR1, SI_QUEUE);
    CHECK(ptrace(PTRACE_GETSIGINFO, pid, 0, &info) == 0 && info.si_value.sival_int == 5);
    info.si_value.sival_int = 6;
    CHECK(ptrace(PTRACE_SETSIGINFO, pid, 0, &info) == 0);
    go(PTRACE_CONT, pid, SIGUSR1);
    meets(pid, SIGCHLD, SI_TKILL);
    go(PTRACE_CONT, pid, SIGCHLD);
    meets(pid, SIGWINCH, SI_TKILL);
    go(PTRACE_CONT, pid, SIGWINCH);

    sleeps(pid, 1);
    kill(pid, SIGUSR1);
    meets(pid, SIGUSR1, SI_USER);
    go(PTRACE_CONT, pid, 0);
    CHECK(write(fds[1], "a", 1) == 1);
    sleeps(pid, 2);
    kill(pid, SIGUSR2);
    meets(pid, SIGUSR2, SI_USER);
    go(PTRACE_CONT, pid, SIGUSR2);
    CHECK(write(fds[1], "b", 1) == 1);
    sleeps(pid, 3);
    kill(pid, SIGUSR1);
    meets(pid, SIGUSR1, SI_USER);
    go(PTRACE_CONT, pid, SIGUSR1);
    sleeps(pid, 4);
    kill(pid, SIGUSR1);
    meets(pid, SIGUSR1, SI_USER);
    go(PTRACE_CONT, pid, 0);

    meets(pid, SIGUSR2, SI_TKILL);
    uint64_t mask = 0;
    CHECK(ptrace(PTRACE_GETSIGMASK, pid, 8, &mask) == 0 && mask == 1UL << (SIGUSR1 - 1));
    CHECK(ptrace(PTRACE_GETSIGMASK, pid, 4, &mask) == -1 && errno == EINVAL);
    mask = 1UL << (SIGUSR2 - 1);
    CHECK(ptrace(PTRACE_SETSIGMASK, pid, 8, &mask) == 0);
    go(PTRACE_CONT, pid, 0);
    meets(pid, SIGUSR1, SI_TKILL);
    go(PTRACE_CONT, pid, 0);

    meets(pid, SIGSEGV, SEGV_MAPERR);
    CHECK(ptrace(PTRACE_GETSIGINFO, pid, 0, &info) == 0 && info.si_addr == (void *)16);
    uint64_t regs[WORDS + 8], word = (uint32_t)shared[1] | (uint64_t)shared[2] << 32;
    registers(pid, regs);
    int mended = 0;
    for (int n = 0; n < WORDS; n++)
        if (n != PC && n != SP && regs[n] == 16)
            set_reg(pid, n, word), mended++;
    CHECK(mended);
    go(PTRACE_CONT, pid, 0);
    meets(pid, SIGINT, SI_TKILL);
    go(PTRACE_CONT, pid, SIGTERM);
    int status;
    CHECK(waitpid(pid, &status, 0) == pid);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
    return finish();
}
