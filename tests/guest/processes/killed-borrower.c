// A child in our memory that is killed, whatever it does, leaves nothing behind that holds us up.
#include "../check.h"
#include <sched.h>
// One for each child: what a child has made may still run on its stack when it is killed.
#define CHILDREN 32
static char stacks[CHILDREN][1 << 16] __attribute__((aligned(16)));
static volatile long rounds, seed = 1, wrong;
static volatile pid_t beside, tid, ids[CHILDREN];
static volatile int number;
#define F(n) __attribute__((noinline)) static long f##n(long x) { x += seed; for (int i = 0; i < 3; i++) x = x * n + i; return (x ^ n) + (x >> 3) * (x & 1023) - (x << 7) + (x % 1009) * (x / 77 | 1) + ((x * 31) ^ (x * 17)) + (x * 5 + 3) * (x * 7 + 1); }
#define F10(n) F(n##0) F(n##1) F(n##2) F(n##3) F(n##4) F(n##5) F(n##6) F(n##7) F(n##8) F(n##9)
#define F100(n) F10(n##0) F10(n##1) F10(n##2) F10(n##3) F10(n##4) F10(n##5) F10(n##6) F10(n##7) F10(n##8) F10(n##9)
F100(1) F100(2) F100(3) F100(4)
#define C(n) x += f##n(x);
#define C10(n) C(n##0) C(n##1) C(n##2) C(n##3) C(n##4) C(n##5) C(n##6) C(n##7) C(n##8) C(n##9)
#define C100(n) C10(n##0) C10(n##1) C10(n##2) C10(n##3) C10(n##4) C10(n##5) C10(n##6) C10(n##7) C10(n##8) C10(n##9)
static long all(long x) { C100(1) C100(2) C100(3) C100(4) return x; }

// What the child does over and over. It is killed anywhere: nothing of the C library that locks, as that is ours too.
static void spins(void) {}
static void translates(void) { all(1); }
static void maps(void)
{
    // A descriptor that is the child's alone.
    int fd = open("/proc/self/exe", O_RDONLY);
    char *a = mmap(NULL, 16384, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *b = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
    char *c = mmap(a, 4096, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 0);
    wrong |= a == MAP_FAILED || b == MAP_FAILED || c != a || memcmp(b, "\177ELF", 4) || memcmp(c, "\177ELF", 4) || a[4096];
    mprotect(a + 4096, 4096, PROT_READ);
    brk(sbrk(0));
    munmap(a, 16384);
    munmap(b, 4096);
    close(fd);
}
static char *many[2001];
static void fails_to_execute(void) { execve("/dev/null", many, many); }
static void acts(void)
{
    struct sigaction a = {.sa_handler = SIG_IGN};
    sigaction(SIGUSR2, &a, NULL);
    a.sa_handler = SIG_DFL;
    sigaction(SIGUSR2, &a, NULL);
}
static void forks(void) { pid_t p = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0); if (p == 0) { all(1); _exit(3); } waitpid(p, NULL, 0); }
static void vforks(void) { pid_t p = vfork(); if (p == 0) { all(1); _exit(3); } waitpid(p, NULL, 0); }
static int thread(void *unused) { (void)unused; all(1); rounds++; return 0; }
static void threads(void)
{
    int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID;
    char *top = stacks[number] + sizeof *stacks / 2;
    tid = -1;
    if (clone(thread, top, flags, NULL, NULL, NULL, (pid_t *)&tid) > 0) while (tid) sched_yield();
}
static void (*const deeds[])(void) = {spins, translates, maps, fails_to_execute, acts, forks, vforks, threads};
#define DEEDS (int)(sizeof deeds / sizeof *deeds)

static int child(void *deed) { beside = getpid(); if (ids[number] != beside) return 9; for (;;) { deeds[(long)deed](); rounds++; } return 0; }
// None is left half-way: all of it works here.
static void works(long first)
{
    EQUAL(all(1), first);
    maps();
    fails_to_execute();
    EQUAL(errno, EACCES);
    acts();
    int s;
    pid_t p = fork();
    if (p == 0) _exit(all(1) == first ? 7 : 8);
    EQUAL(waitpid(p, &s, 0), p); EQUAL(WEXITSTATUS(s), 7);
}
static unsigned some(unsigned most) { static unsigned long x; if (!x) x = getpid(); x = x * 6364136223846793005ul + 1442695040888963407ul; return (x >> 33) % most; }
static void wait_a_while(void)
{
    while (!beside) sched_yield();
    if (some(2)) for (long before = rounds, n = some(20); rounds - before < n;) sched_yield();
    nanosleep(&(struct timespec){0, some(2000000)}, NULL);
}
static void *kills(void *unused) { (void)unused; wait_a_while(); kill(beside, SIGKILL); return NULL; }

static void is_killed(pid_t p) { int s; CHECK(p > 0); EQUAL(waitpid(p, &s, 0), p); EQUAL(WTERMSIG(s), SIGKILL); EQUAL(ids[number], 0); }
int main(void)
{
    for (int i = 0; i < 2000; i++) many[i] = "argument of a program that is none";
    long first = all(1);
    for (int n = 0; n < CHILDREN; n++) {
        long deed = n % DEEDS;
        int flags = CLONE_VM | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | SIGCHLD | (some(2) ? CLONE_SIGHAND : 0);
        beside = 0;
        number = n;
        if (n / DEEDS % 2 == 0) {
            pid_t p = clone(child, stacks[n] + sizeof stacks[n], flags, (void *)deed, NULL, NULL, (pid_t *)&ids[n]);
            wait_a_while();
            if (some(2)) EQUAL(all(1), first);
            kill(p, SIGKILL);
            is_killed(p);
        } else {
            pthread_t killer;
            pthread_create(&killer, NULL, kills, NULL);
            pid_t p = clone(child, stacks[n] + sizeof stacks[n], flags | CLONE_VFORK, (void *)deed, NULL, NULL, (pid_t *)&ids[n]);
            pthread_join(killer, NULL);
            is_killed(p);
        }
        works(first);
    }
    CHECK(!wrong);
    return finish();
}
