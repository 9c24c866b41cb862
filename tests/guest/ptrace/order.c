// The order of stops at system calls, as strace relies on it: each thread begins with a way in and
// alternates from there; an execution is told between the two; a new child has no way out of its
// maker's call.
#include <spawn.h>

#include "ptrace.h"

enum { EXEC = 4, STOP = 128, TIDS = 64 };

extern char **environ;
static char *self;
static struct { pid_t tid; int inside, ended; long calls; } known[TIDS];
static int count;

static void tracee(void) {
    raise(SIGSTOP);
    int status;
    for (int n = 0; n < 3; n++) {
        pid_t pid = fork();
        if (pid == 0) {
            syscall(SYS_getppid);
            _exit(0);
        }
        CHECK(waitpid(pid, &status, 0) == pid && status == 0);
        pthread_t t;
        pthread_create(&t, NULL, one_call, NULL);
        pthread_join(t, NULL);
        char *args[] = {self, "spawned", NULL};
        CHECK(posix_spawn(&pid, self, NULL, NULL, args, environ) == 0);
        CHECK(waitpid(pid, &status, 0) == pid && status == 0);
    }
    char *args[] = {self, "replaced", NULL};
    execv(self, args);
}

static int find(pid_t tid) {
    for (int n = 0; n < count; n++)
        if (known[n].tid == tid && !known[n].ended)
            return n;
    CHECK(count < TIDS);
    known[count].tid = tid;
    return count++;
}

static void follow(void) {
    int status, executed = 0;
    for (pid_t tid; (tid = waitpid(-1, &status, __WALL)) > 0;) {
        int n = find(tid), signo = 0;
        if (!WIFSTOPPED(status)) {
            CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
            // It has gone in and not come out, and made its calls.
            CHECK(known[n].inside && known[n].calls > 1);
            known[n].ended = 1;
            continue;
        }
        struct __ptrace_syscall_info call;
        CHECK(ptrace(PTRACE_GET_SYSCALL_INFO, tid, sizeof call, &call) >= 24);
        if (WSTOPSIG(status) == (SIGTRAP | 0x80)) {
            EQUAL(call.op, known[n].inside ? PTRACE_SYSCALL_INFO_EXIT : PTRACE_SYSCALL_INFO_ENTRY);
            if (known[n].inside ^= 1)
                known[n].calls++;
        } else {
            EQUAL(call.op, PTRACE_SYSCALL_INFO_NONE);
            if (status >> 8 == (SIGTRAP | EXEC << 8)) {
                CHECK(known[n].inside);
                executed++;
            } else if (status >> 16 == 0) {
                signo = WSTOPSIG(status);
            } else if (status >> 16 == STOP) {
                CHECK(known[n].calls == 0);
            }
        }
        CHECK(ptrace(PTRACE_SYSCALL, tid, 0, signo) == 0);
    }
    EQUAL(executed, 4);
    EQUAL(count, 10);
}

int main(int argc, char **argv) {
    self = argv[0];
    if (argc > 1)
        return 0;
    alarm(100);
    pid_t pid = fork();
    if (pid == 0)
        tracee();
    int status;
    CHECK(waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status));
    CHECK(ptrace(PTRACE_SEIZE, pid, 0,
                 PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC |
                     PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL) == 0);
    kill(pid, SIGCONT);
    follow();
    return finish();
}
