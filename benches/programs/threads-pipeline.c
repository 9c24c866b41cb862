// A producer and a consumer: a lock-free ring for most items, a mutex and condition for batches.
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { RING = 1024 };
static uint64_t ring[RING];
static _Alignas(64) atomic_ulong head;
static _Alignas(64) atomic_ulong tail;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static long items, batches, done;

static void *produce(void *arg)
{
    (void)arg;
    uint64_t x = 1;
    for (long i = 0; i < items; i++) {
        for (int k = 0; k < 6; k++) { x ^= x << 13; x ^= x >> 7; x ^= x << 17; }
        unsigned long at = atomic_load_explicit(&head, memory_order_relaxed);
        while (at - atomic_load_explicit(&tail, memory_order_acquire) == RING) sched_yield();
        ring[at % RING] = x;
        atomic_store_explicit(&head, at + 1, memory_order_release);
        if ((i & 0x3fff) == 0x3fff) {
            pthread_mutex_lock(&lock);
            batches++;
            pthread_cond_signal(&changed);
            while (batches - done > 2) pthread_cond_wait(&changed, &lock);
            pthread_mutex_unlock(&lock);
        }
    }
    return NULL;
}
int main(int argc, char **argv)
{
    items = (argc > 1 ? atol(argv[1]) : 2000) * 0x4000;
    pthread_t t;
    pthread_create(&t, NULL, produce, NULL);
    uint64_t sum = 0;
    for (long i = 0; i < items; i++) {
        unsigned long at = atomic_load_explicit(&tail, memory_order_relaxed);
        while (atomic_load_explicit(&head, memory_order_acquire) == at) sched_yield();
        uint64_t x = ring[at % RING];
        atomic_store_explicit(&tail, at + 1, memory_order_release);
        for (int k = 0; k < 4; k++) x = (x ^ x >> 29) * 0xbf58476d1ce4e5b9;
        sum = sum * 31 + x;
        if ((i & 0x3fff) == 0x3fff) {
            pthread_mutex_lock(&lock);
            while (batches == done) pthread_cond_wait(&changed, &lock);
            done++;
            pthread_cond_signal(&changed);
            pthread_mutex_unlock(&lock);
        }
    }
    pthread_join(t, NULL);
    printf("%016llx\n", (unsigned long long)sum);
}
