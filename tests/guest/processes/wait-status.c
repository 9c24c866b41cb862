// fork: exit codes, deaths by signal, stop and continue, all as wait statuses; waitid agrees.
#include "../check.h"
static int child(int how)
{
    pid_t p = fork();
    int s;
    if (!p) { setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}); if (how < 256) _exit(how); raise(how - 256); _exit(99); }
    waitpid(p, &s, 0);
    return s;
}
int main(void)
{
    static const int sigs[] = {SIGKILL, SIGTERM, SIGUSR1, SIGPIPE, SIGALRM, SIGHUP, SIGABRT, SIGSEGV, SIGILL, SIGBUS, SIGFPE, SIGTRAP};
    int s;
    EQUAL(child(0), 0); EQUAL(child(1), 1 << 8); EQUAL(child(255), 255 << 8);
    for (unsigned i = 0; i < sizeof sigs / sizeof *sigs; i++) { s = child(256 + sigs[i]); CHECK(WIFSIGNALED(s)); EQUAL(WTERMSIG(s), sigs[i]); }
    EQUAL(child(256 + SIGCHLD), 99 << 8);
    pid_t p = fork();
    if (!p) { raise(SIGSTOP); _exit(5); }
    EQUAL(waitpid(p, &s, WUNTRACED), p); CHECK(WIFSTOPPED(s)); EQUAL(WSTOPSIG(s), SIGSTOP);
    kill(p, SIGCONT);
    siginfo_t si;
    EQUAL(waitid(P_PID, (id_t)p, &si, WEXITED | WNOWAIT), 0);
    EQUAL(si.si_signo, SIGCHLD); EQUAL(si.si_code, CLD_EXITED); EQUAL(si.si_status, 5); EQUAL(si.si_pid, p);
    EQUAL(waitpid(p, &s, 0), p); EQUAL(waitpid(p, &s, 0), -1); EQUAL(errno, ECHILD);
    return finish();
}
