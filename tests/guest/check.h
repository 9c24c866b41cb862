// What the guest tests share: CHECK prints what failed; finish() prints "ok" if nothing did.
#pragma once
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

static int failures;
#define CHECK(c) \
    do { if (!(c)) { failures++; printf("FAIL line %d: %s (errno %d)\n", __LINE__, #c, errno); fflush(stdout); } } while (0)
#define EQUAL(a, b) \
    do { \
        long long a_ = (long long)(a), b_ = (long long)(b); \
        if (a_ != b_) { failures++; printf("FAIL line %d: %s is %#llx, not %#llx\n", __LINE__, #a, a_, b_); fflush(stdout); } \
    } while (0)
static inline int finish(void) { if (!failures) puts("ok"); return failures != 0; }
static inline void handle(int sig, void (*f)(int, siginfo_t *, void *), int flags)
{
    struct sigaction a;
    memset(&a, 0, sizeof a);
    a.sa_sigaction = f;
    a.sa_flags = SA_SIGINFO | flags;
    CHECK(sigaction(sig, &a, NULL) == 0);
}
static inline void nap(long milliseconds) { struct timespec t = {milliseconds / 1000, milliseconds % 1000 * 1000000}; while (nanosleep(&t, &t) && errno == EINTR) {} }
// Every signal as at the start of a program that inherits nothing, those included that the C library keeps for itself.
static inline void default_signals(void) { unsigned long action[4] = {0}; for (int sig = 1; sig <= 64; sig++) syscall(SYS_rt_sigaction, sig, action, NULL, 8); }
