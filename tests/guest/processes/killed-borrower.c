// A child in our memory that is killed while it runs translated code does not hold up the emptying of the code cache.
#include "../check.h"
#include <sched.h>
static char stack[1 << 16] __attribute__((aligned(16)));
static volatile long spins, seed = 1;
static int spin(void *a) { (void)a; for (;;) spins++; return 0; }
#define F(n) __attribute__((noinline)) static long f##n(long x) { x += seed; for (int i = 0; i < 3; i++) x = x * n + i; return (x ^ n) + (x >> 3) * (x & 1023) - (x << 7) + (x % 1009) * (x / 77 | 1) + ((x * 31) ^ (x * 17)) + (x * 5 + 3) * (x * 7 + 1); }
#define F10(n) F(n##0) F(n##1) F(n##2) F(n##3) F(n##4) F(n##5) F(n##6) F(n##7) F(n##8) F(n##9)
#define F100(n) F10(n##0) F10(n##1) F10(n##2) F10(n##3) F10(n##4) F10(n##5) F10(n##6) F10(n##7) F10(n##8) F10(n##9)
F100(1) F100(2) F100(3) F100(4) F100(5) F100(6) F100(7) F100(8)
#define C(n) x += f##n(x);
#define C10(n) C(n##0) C(n##1) C(n##2) C(n##3) C(n##4) C(n##5) C(n##6) C(n##7) C(n##8) C(n##9)
#define C100(n) C10(n##0) C10(n##1) C10(n##2) C10(n##3) C10(n##4) C10(n##5) C10(n##6) C10(n##7) C10(n##8) C10(n##9)
static long all(long x) { C100(1) C100(2) C100(3) C100(4) C100(5) C100(6) C100(7) C100(8) return x; }
// Until the child has run its loop so often that nothing of it is left to translate.
static void let_spin(void) { long before = spins; while (spins - before < 2000000) sched_yield(); }
int main(void)
{
    long first = all(1);
    for (int n = 0; n < 20; n++) {
        pid_t p = clone(spin, stack + sizeof stack, CLONE_VM | SIGCHLD, NULL);
        CHECK(p > 0);
        let_spin();
        if (n % 2) { EQUAL(all(1), first); let_spin(); }
        kill(p, SIGKILL);
        int s;
        EQUAL(waitpid(p, &s, 0), p); EQUAL(WTERMSIG(s), SIGKILL);
        EQUAL(all(1), first);
    }
    return finish();
}
