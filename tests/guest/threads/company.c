// Atomic accesses while the process is alone, and from the first thread, child in its memory, and shared mapping on: none is lost,
// the old values are right, and handlers of signals that interrupt them see them whole.
#include "../check.h"
#include <sched.h>

enum { ROUNDS = 20000, WORKERS = 4 };
static _Atomic int count, high;
static _Atomic long swapped;

static void work(_Atomic int *at)
{
    for (int i = 0; i < ROUNDS; i++) {
        atomic_fetch_add(at, 1);
        atomic_fetch_or(at, 1 << 30);
        int old = atomic_load(at);
        while (!atomic_compare_exchange_weak(at, &old, old + 1)) {}
        atomic_fetch_xor(at, 0);
    }
}

static volatile int handled;
static void alarmed(int sig, siginfo_t *info, void *context)
{
    (void)sig, (void)info, (void)context;
    atomic_fetch_add(&count, 1);
    handled++;
}

static void alone(void)
{
    struct itimerval often = {{0, 200}, {0, 200}}, never = {{0, 0}, {0, 0}};
    handle(SIGALRM, alarmed, SA_RESTART);
    setitimer(ITIMER_REAL, &often, NULL);
    while (handled < 20) work(&count);
    setitimer(ITIMER_REAL, &never, NULL);
    int rest = (count & 0x3fffffff) - handled;
    CHECK(rest > 0 && rest % (2 * ROUNDS) == 0 && count >> 30 == 1);
    EQUAL(atomic_exchange(&swapped, 5), 0);
    EQUAL(atomic_exchange(&swapped, -7), 5);
    EQUAL(swapped, -7);
}

static int child(void *at)
{
    work(at);
    return 0;
}

static void in_shared_memory(void)
{
    _Atomic int *at = mmap(NULL, 4096, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(mprotect((void *)at, 4096, PROT_READ | PROT_WRITE) == 0);
    pid_t child = fork();
    work(at);
    if (child == 0) _exit(0);
    int status;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    EQUAL(*at & 0x3fffffff, 4 * ROUNDS);
}

static void in_own_memory(void)
{
    static char stack[65536] __attribute__((aligned(16)));
    count = 0;
    pid_t pid = clone(child, stack + sizeof stack, CLONE_VM | SIGCHLD, &count);
    work(&count);
    int status;
    CHECK(pid > 0 && waitpid(pid, &status, 0) == pid && status == 0);
    EQUAL(count & 0x3fffffff, 4 * ROUNDS);
}

static void *worker(void *arg)
{
    (void)arg;
    work(&high);
    return NULL;
}

static void with_threads(void)
{
    pthread_t t[WORKERS];
    for (int i = 0; i < WORKERS; i++) CHECK(pthread_create(&t[i], NULL, worker, NULL) == 0);
    for (int i = 0; i < WORKERS; i++) CHECK(pthread_join(t[i], NULL) == 0);
    EQUAL(high & 0x3fffffff, 2 * WORKERS * ROUNDS);
}

// Each kind of company in a child of its own, which is alone before.
static void apart(void (*body)(void))
{
    pid_t pid = fork();
    if (pid == 0) {
        body();
        _exit(failures != 0);
    }
    int status;
    CHECK(waitpid(pid, &status, 0) == pid && status == 0);
}

int main(void)
{
    alone();
    apart(in_shared_memory);
    apart(in_own_memory);
    apart(with_threads);
    return finish();
}
