// Signals whose numbers and values mean nothing to anybody, or what they like: a process that ignores
// all it can lives on, traced or not, and its tracer too.
#include <poll.h>

#include "ptrace.h"

enum { BASE = -0x6d740000, CODES = 0x180, ROUNDS = 3 };

static pid_t child(int traced, int *to, int *from) {
    int down[2], up[2];
    CHECK(pipe(down) == 0 && pipe(up) == 0);
    pid_t pid = fork();
    if (pid == 0) {
        for (int signo = 1; signo < 65; signo++)
            syscall(SYS_rt_sigaction, signo, (unsigned long[4]){(unsigned long)SIG_IGN}, NULL, 8);
        if (traced)
            CHECK(ptrace(PTRACE_TRACEME, 0, 0, 0) == 0);
        char c = 'a';
        do {
            CHECK(write(up[1], &c, 1) == 1);
            CHECK(read(down[0], &c, 1) == 1);
        } while (c != 'z');
        _exit(failures);
    }
    *to = down[1], *from = up[0];
    close(down[0]), close(up[1]);
    char c;
    CHECK(read(*from, &c, 1) == 1);
    return pid;
}

static void forge(pid_t pid, int code, unsigned long value) {
    unsigned long info[16] = {0};
    int *words = (int *)info;
    words[0] = SIGTRAP, words[1] = code * 7, words[2] = BASE + code;
    info[2] = getpid(), info[3] = value, info[4] = -value;
    // Not what can't be ignored, were it taken for the signal that it says it is.
    if (-code - 0x100 == SIGKILL || -code - 0x100 == SIGSTOP)
        return;
    CHECK(syscall(SYS_rt_tgsigqueueinfo, pid, pid, SIGTRAP, info) == 0);
}

// A tracer that lets everything go on without a signal.
static void serve(pid_t pid) {
    int status;
    for (pid_t found; (found = waitpid(pid, &status, WNOHANG | __WALL)) != 0;) {
        CHECK(found == pid && WIFSTOPPED(status));
        if (found != pid || !WIFSTOPPED(status))
            return;
        CHECK(ptrace(PTRACE_CONT, pid, 0, 0) == 0);
    }
}

static void check(int traced) {
    int to, from, status;
    pid_t pid = child(traced, &to, &from);
    unsigned long values[] = {0, 8, (unsigned long)&values, -8UL};
    for (int n = 0; n < ROUNDS * CODES; n++) {
        forge(pid, 16 - n % CODES, values[n % 4]);
        if (traced)
            serve(pid);
    }
    CHECK(write(to, "b", 1) == 1);
    struct pollfd poll_from = {from, POLLIN, 0};
    while (poll(&poll_from, 1, traced ? 5 : -1) == 0)
        serve(pid);
    char c;
    CHECK(read(from, &c, 1) == 1 && c == 'b');
    CHECK(write(to, "z", 1) == 1);
    do {
        CHECK(waitpid(pid, &status, __WALL) == pid);
    } while (WIFSTOPPED(status) && ptrace(PTRACE_CONT, pid, 0, 0) == 0);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int main(void) {
    alarm(100);
    check(0);
    check(1);
    return finish();
}
