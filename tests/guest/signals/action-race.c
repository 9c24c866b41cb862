// Threads that change actions and masks while others are sent the signals: each is handled, ignored or defaulted, none is lost or wild.
#include "../check.h"
#include <sys/signalfd.h>
enum { SENDERS = 2, CHANGERS = 2, MS = 1500 };
static _Atomic int stop;
static _Atomic long one, two, info_ok, sent;
static pthread_t target;
static void first(int s, siginfo_t *i, void *c) { (void)c; one++; info_ok += i->si_signo == s; }
static void second(int s, siginfo_t *i, void *c) { (void)c; two++; info_ok += i->si_signo == s; }
static void *changer(void *p)
{
    unsigned seed = (long)p;
    while (!stop) {
        struct sigaction a;
        memset(&a, 0, sizeof a);
        seed = seed * 1103515245 + 12345;
        switch (seed >> 16 & 3) {
        case 0: a.sa_handler = SIG_IGN; break;
        case 1: a.sa_handler = SIG_DFL; break; // SIGURG, SIGCHLD, SIGWINCH: nothing
        case 2: a.sa_sigaction = first; a.sa_flags = SA_SIGINFO | SA_RESTART; break;
        case 3: a.sa_sigaction = second; a.sa_flags = SA_SIGINFO | SA_NODEFER; sigfillset(&a.sa_mask); break;
        }
        if (seed >> 20 & 1 && a.sa_handler != SIG_DFL) a.sa_flags |= SA_RESETHAND;
        CHECK(sigaction(seed >> 22 & 1 ? SIGURG : SIGWINCH, &a, NULL) == 0);
    }
    return NULL;
}
static void *sender(void *p)
{
    (void)p;
    while (!stop) { pthread_kill(target, SIGURG); kill(getpid(), SIGWINCH); sent += 2; if (sent % 64 == 0) sched_yield(); }
    return NULL;
}
static void *worker(void *p)
{
    volatile long n = 0;
    (void)p;
    while (!stop) { // computes, calls, blocks, changes its mask
        for (int i = 0; i < 2000; i++) n += i * n;
        sigset_t set;
        sigemptyset(&set);
        sigaddset(&set, SIGURG);
        pthread_sigmask(SIG_BLOCK, &set, NULL);
        getppid();
        pthread_sigmask(SIG_UNBLOCK, &set, NULL);
        struct timespec t = {0, 1000};
        nanosleep(&t, NULL);
    }
    return NULL;
}
int main(void)
{
    pthread_t t[8];
    int n = 0;
    default_signals();
    CHECK(pthread_create(&target, NULL, worker, NULL) == 0);
    for (int i = 0; i < CHANGERS; i++) pthread_create(&t[n++], NULL, changer, (void *)(long)(i + 7));
    for (int i = 0; i < SENDERS; i++) pthread_create(&t[n++], NULL, sender, NULL);
    nap(MS);
    stop = 1;
    for (int i = 0; i < n; i++) pthread_join(t[i], NULL);
    pthread_join(target, NULL);
    CHECK(one > 10); CHECK(two > 10); EQUAL(info_ok, one + two); CHECK(sent > 1000);
    return finish();
}
