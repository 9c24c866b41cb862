// A child in our memory goes on when we end or execute a program, whoever did what for it before.
#include "../check.h"
#include <sched.h>
static char stack[1 << 16] __attribute__((aligned(16)));
static volatile long seed = 1, rounds;
static int ends[2];
#define F(n) __attribute__((noinline)) static long f##n(long x) { x += seed; for (int i = 0; i < 3; i++) x = x * n + i; return (x ^ n) + (x >> 3) * (x & 1023); }
#define F10(n) F(n##0) F(n##1) F(n##2) F(n##3) F(n##4) F(n##5) F(n##6) F(n##7) F(n##8) F(n##9)
F10(1) F10(2) F10(3) F10(4) F10(5)
#define C(n) x += f##n(x);
#define C10(n) C(n##0) C(n##1) C(n##2) C(n##3) C(n##4) C(n##5) C(n##6) C(n##7) C(n##8) C(n##9)
static long some(long x) { C10(1) C10(2) return x; }
static long others(long x) { C10(3) C10(4) C10(5) return x; }
static void maps(void) { char *a = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); a[0] = 1; munmap(a, 8192); }
static int child(void *parent)
{
    // It ends in the middle of this, which it has not seen before.
    while (getppid() == (pid_t)(long)parent) { some(rounds); maps(); rounds++; }
    for (int i = 0; i < 20; i++) { others(i); maps(); }
    _exit(write(ends[1], "x", 1) != 1);
}
static void parent(int n)
{
    clone(child, stack + sizeof stack, CLONE_VM | SIGCHLD, (void *)(long)getpid());
    while (rounds < n % 4) sched_yield();
    if (n % 2) execl("/bin/true", "true", NULL);
    _exit(0);
}
int main(void)
{
    CHECK(pipe(ends) == 0);
    for (int n = 0; n < 20; n++) {
        rounds = 0;
        pid_t p = fork();
        if (p == 0) parent(n);
        int s;
        char c;
        EQUAL(waitpid(p, &s, 0), p); EQUAL(s, 0);
        EQUAL(read(ends[0], &c, 1), 1);
    }
    return finish();
}
