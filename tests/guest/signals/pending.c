// Blocked signals are pending, standard ones once; they come on unblocking; sigsuspend swaps the mask atomically.
#include "../check.h"
static volatile int usr1, usr2;
static void on_sig(int sig, siginfo_t *si, void *uc) { (void)si; (void)uc; if (sig == SIGUSR1) usr1++; else usr2++; }
int main(void)
{
    sigset_t both, old, p;
    sigemptyset(&both); sigaddset(&both, SIGUSR1); sigaddset(&both, SIGUSR2);
    handle(SIGUSR1, on_sig, 0); handle(SIGUSR2, on_sig, 0);
    sigprocmask(SIG_BLOCK, &both, &old);
    kill(getpid(), SIGUSR1); kill(getpid(), SIGUSR1);
    EQUAL(usr1, 0);
    sigpending(&p);
    EQUAL(sigismember(&p, SIGUSR1), 1); EQUAL(sigismember(&p, SIGUSR2), 0);
    sigprocmask(SIG_SETMASK, &old, NULL);
    EQUAL(usr1, 1);
    sigprocmask(SIG_BLOCK, &both, NULL);
    kill(getpid(), SIGUSR2);
    EQUAL(sigsuspend(&old), -1); EQUAL(errno, EINTR); EQUAL(usr2, 1);
    sigprocmask(SIG_SETMASK, NULL, &p);
    EQUAL(sigismember(&p, SIGUSR2), 1);
    return finish();
}
