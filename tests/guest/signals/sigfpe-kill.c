// SIGFPE comes only by kill: division by zero does not trap; the handler sees si_pid and SI_USER.
#include "../check.h"
static siginfo_t info;
static void on_fpe(int sig, siginfo_t *si, void *uc) { (void)sig; (void)uc; info = *si; }
int main(int argc, char **argv)
{
    (void)argv;
    handle(SIGFPE, on_fpe, 0);
    volatile long zero = argc - 1;
    long q;
    __asm__ volatile("div %0, %1, %2" : "=r"(q) : "r"(5L), "r"(zero));
    EQUAL(q, -1); EQUAL(info.si_signo, 0);
    kill(getpid(), SIGFPE);
    EQUAL(info.si_signo, SIGFPE); EQUAL(info.si_code, SI_USER); EQUAL(info.si_pid, getpid());
    raise(SIGFPE);
    EQUAL(info.si_code, SI_TKILL);
    return finish();
}
