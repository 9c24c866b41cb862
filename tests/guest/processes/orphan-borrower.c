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
static int alive[2];
static int child(void *flags)
{
    // It ends in the middle of this, which it has not seen before. In a namespace of its own the child has no parent to ask for.
    char c;
    (void)flags;
    close(alive[1]);
    fcntl(alive[0], F_SETFL, O_NONBLOCK);
    while (read(alive[0], &c, 1) != 0) { some(rounds); maps(); rounds++; }
    for (int i = 0; i < 20; i++) { others(i); maps(); }
    _exit(write(ends[1], "x", 1) != 1);
}
static void *end(void *n)
{
    while ((long)n < 0 || rounds < (long)n % 4) sched_yield();
    if ((long)n % 2) execl("/bin/true", "true", NULL);
    _exit(0);
}
static void parent(long n, int flags)
{
    pthread_t t;
    CHECK(pipe2(alive, O_CLOEXEC) == 0);
    if (flags & CLONE_VFORK) pthread_create(&t, NULL, end, (void *)n);
    CHECK(clone(child, stack + sizeof stack, CLONE_VM | SIGCHLD | flags, NULL) > 0);
    end((void *)n);
}
// Ends a process by SIGKILL: nobody may hang, though a child that borrowed something then may die.
static void killed(int flags)
{
    int s, out[2];
    char c;
    rounds = 0;
    CHECK(pipe2(out, O_CLOEXEC) == 0);
    pid_t p = fork();
    if (p == 0) parent(-1, flags);
    close(out[1]);
    nap(30);
    kill(p, SIGKILL);
    EQUAL(waitpid(p, &s, 0), p); EQUAL(s, SIGKILL);
    // Its copy of the pipe is closed when it has ended.
    EQUAL(read(out[0], &c, 1), 0);
    close(out[0]);
}
int main(void)
{
    static const int kinds[] = {0, CLONE_VFORK, CLONE_NEWPID, CLONE_NEWPID | CLONE_VFORK};
    alarm(120);
    CHECK(pipe(ends) == 0);
    // Without rights, namespaces are for those who have a user namespace, too.
    int all = geteuid() == 0 ? 4 : 2;
    for (int n = 0; n < 40; n++) {
        rounds = 0;
        pid_t p = fork();
        if (p == 0) parent(n, kinds[n / 2 % all]);
        int s;
        char c;
        EQUAL(waitpid(p, &s, 0), p); EQUAL(s, 0);
        EQUAL(read(ends[0], &c, 1), 1);
    }
    for (int n = 0; n < 8; n++) killed(kinds[n % all]);
    return finish();
}
