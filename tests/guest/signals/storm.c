// 100,000 signals into two computing threads: their results stay exact, no signal handler state leaks.
#include "../check.h"
static atomic_int handled, finished;
static volatile double spill;
static void on_sig(int sig, siginfo_t *si, void *uc)
{
    (void)sig; (void)si; (void)uc;
    double x = 1.5;
    for (int i = 0; i < 4; i++) x = x * 1.25 + i; // floating-point registers must be restored after this
    spill = x;
    atomic_fetch_add(&handled, 1);
}
static uint64_t compute(int n)
{
    uint64_t x = 88172645463325252u, s = 0;
    double d = 0.5;
    for (int i = 0; i < n; i++) { x ^= x << 13; x ^= x >> 7; x ^= x << 17; s += x * 31; d = d * 0.999 + (double)(x & 7); s += (uint64_t)d; }
    return s;
}
static uint64_t expected;
static void *work(void *bad) { while (!atomic_load(&finished)) if (compute(20000) != expected) ++*(int *)bad; return NULL; }
int main(void)
{
    pthread_t t[2];
    int bad[2] = {0}, sent = 0;
    expected = compute(20000);
    handle(SIGUSR1, on_sig, SA_RESTART);
    for (int i = 0; i < 2; i++) pthread_create(&t[i], NULL, work, &bad[i]);
    for (; sent < 100000; sent++) pthread_kill(t[sent & 1], SIGUSR1);
    atomic_store(&finished, 1);
    for (int i = 0; i < 2; i++) { pthread_join(t[i], NULL); EQUAL(bad[i], 0); }
    CHECK(handled > 0 && handled <= sent);
    return finish();
}
