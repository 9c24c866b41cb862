// SA_NODEFER lets a signal nest in its own handler; SA_RESETHAND gives the default back; then the default kills.
#include "../check.h"
static volatile int depth, deepest;
static void on_sig(int sig, siginfo_t *si, void *uc)
{
    (void)si; (void)uc;
    if (++depth > deepest) deepest = depth;
    if (depth < 5) raise(sig);
    depth--;
}
int main(void)
{
    struct sigaction now;
    handle(SIGUSR1, on_sig, SA_NODEFER);
    raise(SIGUSR1);
    EQUAL(deepest, 5);
    depth = 9;
    handle(SIGUSR2, on_sig, SA_RESETHAND);
    raise(SIGUSR2);
    sigaction(SIGUSR2, NULL, &now);
    CHECK(now.sa_handler == SIG_DFL);
    finish();
    fflush(stdout);
    raise(SIGUSR2);
    return 1;
}
