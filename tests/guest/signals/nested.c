// Handlers nest: each raises the next signal; masks are in force inside and restored outside.
#include "../check.h"
static volatile int depth, order[8], n;
static void on_sig(int sig, siginfo_t *si, void *uc)
{
    (void)si; (void)uc;
    sigset_t now;
    order[n++] = sig;
    pthread_sigmask(SIG_SETMASK, NULL, &now);
    CHECK(sigismember(&now, sig) == 1);
    if (depth++ == 0) { raise(SIGUSR1); raise(SIGUSR2); EQUAL(n, 2); }
}
int main(void)
{
    handle(SIGUSR1, on_sig, 0); // SIGUSR1 is blocked in its own handler, so it waits; SIGUSR2 comes at once
    handle(SIGUSR2, on_sig, 0);
    raise(SIGUSR1);
    EQUAL(n, 3); EQUAL(order[0], SIGUSR1); EQUAL(order[1], SIGUSR2); EQUAL(order[2], SIGUSR1);
    sigset_t now;
    pthread_sigmask(SIG_SETMASK, NULL, &now);
    EQUAL(sigismember(&now, SIGUSR1), 0);
    return finish();
}
