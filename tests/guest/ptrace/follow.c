// A tracer follows forks, vforks, threads, executions and ends, and is told in which order.
#include <spawn.h>

#include "ptrace.h"

enum { FORK = 1, VFORK, CLONE, EXEC, VFORK_DONE, EXIT, STOP = 128 };
#define EVENT(e) (SIGTRAP | (e) << 8)

extern char **environ;
static char *self;

static void tracee(void) {
    raise(SIGSTOP);
    pid_t pid = fork();
    if (pid == 0)
        _exit(3);
    int status;
    CHECK(waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == 3);
    pthread_t t;
    pthread_create(&t, NULL, one_call, NULL);
    pthread_join(t, NULL);
    char *args[] = {self, "spawned", NULL};
    CHECK(posix_spawn(&pid, self, NULL, NULL, args, environ) == 0);
    CHECK(waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == 4);
    _exit(0);
}

static unsigned long message(pid_t pid) {
    unsigned long text = ~0UL;
    CHECK(ptrace(PTRACE_GETEVENTMSG, pid, 0, &text) == 0);
    return text;
}

static int seen[8], ends[3], starts;

// Lets everybody go on until all have ended; counts events.
static void follow(pid_t first, int seized) {
    for (;;) {
        int status;
        pid_t pid = waitpid(-1, &status, __WALL);
        if (pid < 0)
            break;
        if (!WIFSTOPPED(status)) {
            ends[pid == first ? 0 : WIFEXITED(status) && WEXITSTATUS(status) >= 3 ? 1 : 2]++;
            continue;
        }
        int event = status >> 16, signo = WSTOPSIG(status);
        if (event > 0 && event < STOP) {
            CHECK(signo == SIGTRAP);
            seen[event]++;
            unsigned long text = message(pid);
            if (event == EXEC)
                CHECK(text == (unsigned long)pid);
            if (event < EXEC || event == VFORK_DONE)
                CHECK(text > 1 && text != (unsigned long)pid);
            if (event == EXIT && pid == first)
                CHECK(text == 0);
            signo = 0;
        } else if (event == STOP || signo == SIGSTOP) {
            CHECK(seized ? event == STOP && signo == SIGTRAP : event == 0);
            siginfo_t info;
            CHECK(ptrace(PTRACE_GETSIGINFO, pid, 0, &info) == 0 && info.si_signo == signo);
            starts++;
            signo = 0;
        } else {
            CHECK(signo == SIGCHLD);
        }
        CHECK(ptrace(PTRACE_CONT, pid, 0, signo) == 0);
    }
    CHECK(errno == ECHILD);
}

static void check(int seized) {
    long all = PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC |
               PTRACE_O_TRACEEXIT | PTRACE_O_TRACEVFORKDONE | PTRACE_O_EXITKILL;
    memset(seen, 0, sizeof seen), memset(ends, 0, sizeof ends), starts = 0;
    pid_t pid = fork();
    if (pid == 0) {
        if (!seized)
            CHECK(ptrace(PTRACE_TRACEME, 0, 0, 0) == 0);
        tracee();
    }
    int status;
    CHECK(waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
    if (seized) {
        CHECK(ptrace(PTRACE_SEIZE, pid, 0, all) == 0);
        expect(pid, SIGSTOP | STOP << 8);
        kill(pid, SIGCONT);
        do {
            go(PTRACE_CONT, pid, 0);
            status = stopped(pid);
        } while (status >> 8 == EVENT(STOP));
        CHECK(status >> 8 == SIGCONT);
    } else {
        CHECK(ptrace(PTRACE_SETOPTIONS, pid, 0, all) == 0);
    }
    go(PTRACE_CONT, pid, 0);
    follow(pid, seized);
    EQUAL(seen[FORK], 1);
    EQUAL(seen[CLONE], 1);
    EQUAL(seen[VFORK], 1);
    EQUAL(seen[VFORK_DONE], 1);
    EQUAL(seen[EXEC], 1);
    EQUAL(seen[EXIT], 4);
    EQUAL(starts, 3);
    // The first; the two that end with 3 and 4; the thread.
    EQUAL(ends[0], 1);
    EQUAL(ends[1], 2);
    EQUAL(ends[2], 1);
}

int main(int argc, char **argv) {
    self = argv[0];
    if (argc > 1)
        return 4;
    alarm(60);
    check(0);
    check(1);
    return finish();
}
