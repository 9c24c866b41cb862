// A child in its maker's memory is traced if the event of its kind is wanted, and no other.
#include "../check.h"
#include <sched.h>
#include <sys/ptrace.h>
static char stack[1 << 16] __attribute__((aligned(16)));
static int child(void *unused) { (void)unused; return 7; }
static void tracee(void)
{
    CHECK(ptrace(PTRACE_TRACEME, 0, 0, 0) == 0);
    raise(SIGSTOP);
    int s;
    pid_t p = clone(child, stack + sizeof stack, CLONE_VM | SIGCHLD, NULL);
    _exit(p > 0 && waitpid(p, &s, 0) == p && WEXITSTATUS(s) == 7 ? 3 : 4);
}
int main(void)
{
    pid_t p = fork(), made = 0;
    if (p == 0) tracee();
    int s, ended = 0, told = 0;
    EQUAL(waitpid(p, &s, 0), p);
    CHECK(WIFSTOPPED(s) && WSTOPSIG(s) == SIGSTOP);
    EQUAL(ptrace(PTRACE_SETOPTIONS, p, 0, PTRACE_O_TRACEFORK), 0);
    EQUAL(ptrace(PTRACE_CONT, p, 0, 0), 0);
    while (ended < 2) {
        pid_t who = waitpid(-1, &s, __WALL);
        CHECK(who > 0);
        if (WIFEXITED(s)) {
            EQUAL(WEXITSTATUS(s), who == p ? 3 : 7);
            ended++;
            continue;
        }
        unsigned long message = 0;
        if (s >> 8 == (SIGTRAP | PTRACE_EVENT_FORK << 8)) { EQUAL(ptrace(PTRACE_GETEVENTMSG, who, 0, &message), 0); made = message; told++; }
        else if (who != p) EQUAL(WSTOPSIG(s), SIGSTOP);
        int signal = who == p && WSTOPSIG(s) == SIGCHLD ? SIGCHLD : 0;
        EQUAL(ptrace(PTRACE_CONT, who, 0, signal), 0);
    }
    EQUAL(told, 1);
    CHECK(made > 0 && made != p);
    return finish();
}
