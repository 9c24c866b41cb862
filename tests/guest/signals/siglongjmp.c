// 10,000 jumps out of a handler, with and without the mask saved.
#include "../check.h"
static sigjmp_buf back;
static void on_sig(int sig, siginfo_t *si, void *uc) { (void)si; (void)uc; siglongjmp(back, sig); }
int main(void)
{
    handle(SIGUSR1, on_sig, 0);
    volatile int count = 0;
    for (volatile int i = 0; i < 10000; i++) { int got = sigsetjmp(back, 1); if (!got) { raise(SIGUSR1); CHECK(!"reached"); } else count += got == SIGUSR1; }
    EQUAL(count, 10000);
    if (!sigsetjmp(back, 0)) raise(SIGUSR1);
    sigset_t now;
    pthread_sigmask(SIG_SETMASK, NULL, &now);
    EQUAL(sigismember(&now, SIGUSR1), 1);
    return finish();
}
