// PTRACE_SEIZE, _INTERRUPT and _LISTEN; stops of a whole process, seen from a tracer; detaching.
#include "ptrace.h"

enum { STOP = 128 };
#define EVENT_STOP(signo) ((signo) | STOP << 8)

static volatile int spin = 1;

static void await(pid_t pid, char wanted) {
    for (int n = 0; n < 2000 && state(pid) != wanted; n++)
        nap(5);
    CHECK(state(pid) == wanted);
}

static pid_t child(int spins) {
    int fds[2];
    CHECK(pipe(fds) == 0);
    pid_t pid = fork();
    if (pid == 0) {
        CHECK(write(fds[1], "x", 1) == 1);
        while (spins && spin)
            ;
        struct timespec t = {0, 0};
        while (!spins && !nanosleep(&(struct timespec){1000, 0}, &t))
            ;
        _exit(errno == EINTR ? 9 : 1);
    }
    char c;
    CHECK(read(fds[0], &c, 1) == 1);
    close(fds[0]), close(fds[1]);
    return pid;
}

static void ends(pid_t pid) {
    int status;
    kill(pid, SIGKILL);
    CHECK(waitpid(pid, &status, __WALL) == pid && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void interrupts(int spins) {
    pid_t pid = child(spins);
    int status;
    siginfo_t info;
    CHECK(ptrace(PTRACE_INTERRUPT, pid, 0, 0) == -1 && errno == ESRCH);
    CHECK(ptrace(PTRACE_SEIZE, pid, 1, 0) == -1 && errno == EIO);
    CHECK(ptrace(PTRACE_SEIZE, pid, 0, 1 << 30) == -1 && errno == EIO);
    CHECK(ptrace(PTRACE_SEIZE, pid, 0, 0) == 0);
    CHECK(ptrace(PTRACE_SEIZE, pid, 0, 0) == -1 && errno == EPERM);
    CHECK(ptrace(PTRACE_ATTACH, pid, 0, 0) == -1 && errno == EPERM);
    uint64_t regs[WORDS];
    struct iovec iov = {regs, sizeof regs};
    CHECK(ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &iov) == -1 && errno == ESRCH);
    for (int n = 0; n < 20; n++) {
        CHECK(ptrace(PTRACE_INTERRUPT, pid, 0, 0) == 0);
        expect(pid, EVENT_STOP(SIGTRAP));
        CHECK(ptrace(PTRACE_GETSIGINFO, pid, 0, &info) == 0);
        CHECK(info.si_signo == SIGTRAP && info.si_code == EVENT_STOP(SIGTRAP) && info.si_pid == pid);
        registers(pid, regs);
        CHECK(regs[PC] > 0x1000 && regs[SP] > 0x1000);
        go(PTRACE_CONT, pid, 0);
        CHECK(waitpid(pid, &status, WNOHANG | __WALL) == 0);
    }
    // A stop of the process, and PTRACE_LISTEN until it goes on.
    kill(pid, SIGSTOP);
    expect(pid, SIGSTOP);
    CHECK(ptrace(PTRACE_LISTEN, pid, 0, 0) == -1 && errno == EIO);
    go(PTRACE_CONT, pid, SIGSTOP);
    expect(pid, EVENT_STOP(SIGSTOP));
    CHECK(ptrace(PTRACE_GETSIGINFO, pid, 0, &info) == 0 && info.si_code == EVENT_STOP(SIGSTOP));
    CHECK(pc(pid) > 0x1000);
    CHECK(ptrace(PTRACE_LISTEN, pid, 0, 0) == 0);
    CHECK(waitpid(pid, &status, WNOHANG | __WALL) == 0);
    CHECK(ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &iov) == -1 && errno == ESRCH);
    kill(pid, SIGCONT);
    expect(pid, EVENT_STOP(SIGTRAP));
    go(PTRACE_CONT, pid, 0);
    expect(pid, SIGCONT);
    go(PTRACE_DETACH, pid, 0);
    CHECK(ptrace(PTRACE_CONT, pid, 0, 0) == -1 && errno == ESRCH);
    await(pid, spins ? 'R' : 'S');
    ends(pid);
}

// As strace attaches: asked to stop twice, for which it may stop once or twice. Each time it is let
// go up to the next system call: the one that was interrupted, which is made again.
static void stops_at_calls(void) {
    for (int n = 0; n < 50; n++) {
        pid_t pid = child(0);
        await(pid, 'S');
        CHECK(ptrace(PTRACE_SEIZE, pid, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL) == 0);
        CHECK(ptrace(PTRACE_INTERRUPT, pid, 0, 0) == 0);
        int status;
        while ((status = stopped(pid)) >> 8 == EVENT_STOP(SIGTRAP))
            go(PTRACE_SYSCALL, pid, 0);
        CHECK(status >> 8 == (SIGTRAP | 0x80));
        ends(pid);
    }
}

// As strace starts what it traces: seized while its process is stopped.
static void seizes_stopped(void) {
    pid_t pid = child(1);
    int status;
    kill(pid, SIGSTOP);
    CHECK(waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
    CHECK(ptrace(PTRACE_SEIZE, pid, 0, 0) == 0);
    expect(pid, EVENT_STOP(SIGSTOP));
    CHECK(ptrace(PTRACE_LISTEN, pid, 0, 0) == 0);
    nap(20);
    CHECK(waitpid(pid, &status, WNOHANG | __WALL) == 0);
    kill(pid, SIGCONT);
    expect(pid, EVENT_STOP(SIGTRAP));
    go(PTRACE_CONT, pid, 0);
    expect(pid, SIGCONT);
    go(PTRACE_CONT, pid, 0);
    ends(pid);
}

// PTRACE_ATTACH, of one that sleeps and one that does not; then detached with a signal.
static void attaches(int spins) {
    pid_t pid = child(spins);
    int status;
    siginfo_t info;
    CHECK(ptrace(PTRACE_ATTACH, pid, 0, 0) == 0);
    expect(pid, SIGSTOP);
    CHECK(ptrace(PTRACE_INTERRUPT, pid, 0, 0) == -1 && errno == EIO);
    CHECK(ptrace(PTRACE_LISTEN, pid, 0, 0) == -1 && errno == EIO);
    go(PTRACE_CONT, pid, SIGSTOP);
    expect(pid, SIGSTOP);
    CHECK(ptrace(PTRACE_GETSIGINFO, pid, 0, &info) == -1 && errno == EINVAL);
    go(PTRACE_CONT, pid, 0);
    kill(pid, SIGCONT);
    expect(pid, SIGCONT);
    go(PTRACE_DETACH, pid, SIGTERM);
    CHECK(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
}

// A tracee outlives its tracer, unless it asked for the contrary.
static void loses_tracer(long options, int dies) {
    pid_t pid = child(1);
    int fds[2];
    CHECK(pipe(fds) == 0);
    pid_t tracer = fork();
    if (tracer == 0) {
        CHECK(ptrace(PTRACE_SEIZE, pid, 0, options) == 0);
        CHECK(ptrace(PTRACE_INTERRUPT, pid, 0, 0) == 0);
        expect(pid, EVENT_STOP(SIGTRAP));
        _exit(failures);
    }
    int status;
    CHECK(waitpid(tracer, &status, 0) == tracer && status == 0);
    if (dies) {
        CHECK(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
        return;
    }
    await(pid, 'R');
    CHECK(ptrace(PTRACE_SEIZE, pid, 0, 0) == 0);
    CHECK(ptrace(PTRACE_INTERRUPT, pid, 0, 0) == 0);
    expect(pid, EVENT_STOP(SIGTRAP));
    ends(pid);
}

int main(void) {
    alarm(100);
    interrupts(1);
    interrupts(0);
    stops_at_calls();
    seizes_stopped();
    attaches(1);
    attaches(0);
    loses_tracer(0, 0);
    loses_tracer(PTRACE_O_EXITKILL, 1);
    CHECK(ptrace(PTRACE_ATTACH, getpid(), 0, 0) == -1 && errno == EPERM);
    CHECK(ptrace(PTRACE_ATTACH, 0x7ffffff, 0, 0) == -1 && errno == ESRCH);
    return finish();
}
