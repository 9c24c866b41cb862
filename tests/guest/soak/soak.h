// What the actions of the soak share: a worker's own numbers, and how a worker says that something is wrong.
#pragma once
#include "../check.h"
#include <sched.h>
#include <spawn.h>

#define PAGE 4096UL
#define WORKERS 4
#define AREA (64 * PAGE)

typedef uint64_t u64;

struct worker {
    int number;
    pthread_t thread;
    pid_t tid;
    u64 random;
    // What the watchdog looks at: the round and the action that the worker is in.
    atomic_ulong round;
    _Atomic(const char *) doing;
    // The worker's own private memory, each word a function of its place and `key`; children write to their copies.
    u64 *area, key;
    // Where faults are expected.
    sigjmp_buf back;
    volatile sig_atomic_t probing;
    // Real-time signals: how many were sent to the worker and their values' sum, and what arrived.
    atomic_ulong sent, sent_sum, got, got_sum;
};

static struct worker workers[WORKERS];
static __thread struct worker *self;
static unsigned long seed = 1;

// xorshift64*: what each worker does follows from the seed alone.
static u64 next(struct worker *w)
{
    w->random ^= w->random >> 12;
    w->random ^= w->random << 25;
    w->random ^= w->random >> 27;
    return w->random * 0x2545f4914f6cdd1dull;
}
static u64 below(struct worker *w, u64 limit) { return (next(w) >> 33) % limit; }

static u64 mix(u64 x)
{
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
    x = (x ^ x >> 27) * 0x94d049bb133111ebull;
    return x ^ x >> 31;
}
// Work that takes a while, with a result to compare.
static u64 churn(u64 x, int rounds)
{
    double d = (double)(x & 0xffff);
    for (int i = 0; i < rounds; i++) {
        x = mix(x + i);
        d = d * 0.5 + (double)(x >> 40);
    }
    return x ^ (u64)d;
}

static void wrong(const char *what, int line)
{
    fprintf(stderr, "soak: seed %lu, worker %d, round %lu, %s: line %d: %s (errno %d)\n", seed, self ? self->number : -1,
            self ? atomic_load(&self->round) : 0, self ? atomic_load(&self->doing) : "main", line, what, errno);
    abort();
}
#define MUST(c) do { if (!(c)) wrong(#c, __LINE__); } while (0)

static void fill(struct worker *w, u64 key)
{
    w->key = key;
    for (unsigned long i = 0; i < AREA / 8; i += 64) w->area[i] = mix(key + i);
}
static int holds(struct worker *w)
{
    for (unsigned long i = 0; i < AREA / 8; i += 64) if (w->area[i] != mix(w->key + i)) return 0;
    return 1;
}

static int wait_for(pid_t pid, int options)
{
    int status;
    pid_t got;
    do got = waitpid(pid, &status, options); while (got < 0 && errno == EINTR);
    MUST(got == pid);
    return status;
}
static int exited_with(pid_t pid, int code) { return wait_for(pid, 0) == code << 8; }

static void read_all(int fd, void *to, size_t length)
{
    for (char *at = to, *end = at + length; at < end;) {
        ssize_t n = read(fd, at, end - at);
        if (n < 0 && errno == EINTR) continue;
        MUST(n > 0);
        at += n;
    }
}
static void write_all(int fd, const void *from, size_t length)
{
    for (const char *at = from, *end = at + length; at < end;) {
        ssize_t n = write(fd, at, end - at);
        if (n < 0 && errno == EINTR) continue;
        MUST(n > 0);
        at += n;
    }
}
