// Four threads: private work, atomic adds, a compare-and-swap maximum, and a table behind mutexes.
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static int rounds;
static atomic_ulong total, maximum;
static struct { pthread_mutex_t lock; uint64_t value; char pad[64]; } table[16];
static void *work(void *arg)
{
    uint64_t x = (uint64_t)(uintptr_t)arg * 0x9e3779b97f4a7c15 + 1;
    for (int i = 0; i < rounds; i++) {
        for (int k = 0; k < 8; k++) { x ^= x << 13; x ^= x >> 7; x ^= x << 17; }
        atomic_fetch_add_explicit(&total, x & 0xff, memory_order_relaxed);
        unsigned long old = atomic_load(&maximum);
        while (old < (x >> 8) && !atomic_compare_exchange_weak(&maximum, &old, x >> 8)) {}
        if ((i & 7) == 0) {
            unsigned t = x >> 60;
            pthread_mutex_lock(&table[t].lock);
            table[t].value += x & 0xffff;
            pthread_mutex_unlock(&table[t].lock);
        }
    }
    return NULL;
}
int main(int argc, char **argv)
{
    pthread_t t[4];
    rounds = argc > 1 ? atoi(argv[1]) : 8000000;
    for (int i = 0; i < 16; i++) pthread_mutex_init(&table[i].lock, NULL);
    for (uintptr_t i = 0; i < 4; i++) pthread_create(&t[i], NULL, work, (void *)(i + 1));
    for (int i = 0; i < 4; i++) pthread_join(t[i], NULL);
    uint64_t sum = 0;
    for (int i = 0; i < 16; i++) sum = sum * 31 + table[i].value;
    printf("%lu %lx %016llx\n", total, maximum, (unsigned long long)sum);
}
