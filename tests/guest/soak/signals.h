// Signals with values between the workers, timers that interrupt everything, short threads, locks.
#pragma once
#include "soak.h"

static atomic_ulong ticks;
static void on_tick(int sig, siginfo_t *info, void *context)
{
    (void)sig, (void)info, (void)context;
    int saved = errno;
    ticks++;
    MUST(churn(3, 5) == churn(3, 5));
    errno = saved;
}
static void on_value(int sig, siginfo_t *info, void *context)
{
    (void)sig, (void)context;
    if (!self) return;
    self->got++;
    self->got_sum += (unsigned long)info->si_value.sival_ptr;
}

// A value to any worker. The kernel keeps a limited number of them.
static void do_send(struct worker *w)
{
    for (int i = 0; i < 8; i++) {
        struct worker *to = &workers[below(w, WORKERS)];
        siginfo_t info = {.si_code = SI_QUEUE, .si_pid = getpid(), .si_uid = getuid()};
        unsigned long value = below(w, 1000000);
        info.si_value.sival_ptr = (void *)value;
        long result = syscall(SYS_rt_tgsigqueueinfo, getpid(), to->tid, SIGRTMIN + (int)below(w, 4), &info);
        MUST(result == 0 || errno == EAGAIN);
        to->sent += result == 0;
        to->sent_sum += result == 0 ? value : 0;
    }
}

// A signal that is blocked waits for sigtimedwait, and comes with its value.
static void do_wait_signal(struct worker *w)
{
    sigset_t set, old;
    siginfo_t info;
    unsigned long value = below(w, 1000000);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    MUST(pthread_sigmask(SIG_BLOCK, &set, &old) == 0);
    MUST(pthread_sigqueue(pthread_self(), SIGUSR2, (union sigval){.sival_ptr = (void *)value}) == 0);
    int sig;
    do sig = sigtimedwait(&set, &info, &(struct timespec){60, 0}); while (sig < 0 && errno == EINTR);
    MUST(sig == SIGUSR2 && (unsigned long)info.si_value.sival_ptr == value);
    MUST(pthread_sigmask(SIG_SETMASK, &old, NULL) == 0);
}

struct relay { pthread_mutex_t lock; pthread_cond_t turn; int whose; u64 value; int rounds; };
static void *relay_end(void *arg)
{
    struct relay *r = arg;
    pthread_mutex_lock(&r->lock);
    for (int i = 0; i < r->rounds; i++) {
        while (r->whose != 1) pthread_cond_wait(&r->turn, &r->lock);
        r->value = mix(r->value);
        r->whose = 0;
        pthread_cond_signal(&r->turn);
    }
    pthread_mutex_unlock(&r->lock);
    return arg;
}
// A short-lived thread that takes turns with its maker.
static void do_thread(struct worker *w)
{
    struct relay r = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, next(w), 20};
    u64 expected = r.value;
    pthread_t thread;
    void *result;
    int error;
    // A thread that was joined still counts until the kernel is rid of it.
    while ((error = pthread_create(&thread, NULL, relay_end, &r)) == EAGAIN) sched_yield();
    MUST(error == 0);
    pthread_mutex_lock(&r.lock);
    for (int i = 0; i < r.rounds; i++) {
        r.whose = 1;
        pthread_cond_signal(&r.turn);
        while (r.whose != 0) pthread_cond_wait(&r.turn, &r.lock);
        expected = mix(expected);
        MUST(r.value == expected);
    }
    pthread_mutex_unlock(&r.lock);
    MUST(pthread_join(thread, &result) == 0 && result == &r);
}

// Adds under one lock of all workers.
static pthread_mutex_t common = PTHREAD_MUTEX_INITIALIZER;
static unsigned long common_sum;
static atomic_ulong common_expected;
static void do_lock(struct worker *w)
{
    for (int i = 0; i < 50; i++) {
        unsigned long n = below(w, 100);
        pthread_mutex_lock(&common);
        common_sum += n;
        pthread_mutex_unlock(&common);
        common_expected += n;
    }
}
