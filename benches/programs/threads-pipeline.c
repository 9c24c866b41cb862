// A producer and a consumer: a ring whose slots change hands by semaphores, and a mutex and condition for batches. Nobody
// spins: how long a spinning thread takes is the scheduler's affair.
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { CHUNK = 256, RING = 16 * CHUNK };
static uint64_t ring[RING];
static sem_t filled, empty; // chunks of the ring
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static long items, batches, done;

static void *produce(void *arg)
{
    (void)arg;
    uint64_t x = 1;
    for (long i = 0; i < items; i++) {
        if (i % CHUNK == 0) sem_wait(&empty);
        for (int k = 0; k < 6; k++) { x ^= x << 13; x ^= x >> 7; x ^= x << 17; }
        ring[i % RING] = x;
        if (i % CHUNK == CHUNK - 1) sem_post(&filled);
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
    sem_init(&filled, 0, 0);
    sem_init(&empty, 0, RING / CHUNK);
    pthread_t t;
    pthread_create(&t, NULL, produce, NULL);
    uint64_t sum = 0;
    for (long i = 0; i < items; i++) {
        if (i % CHUNK == 0) sem_wait(&filled);
        uint64_t x = ring[i % RING];
        if (i % CHUNK == CHUNK - 1) sem_post(&empty);
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
