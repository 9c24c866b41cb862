// Mutexes protect plain counters; a condition variable passes 8,000 tokens in turn; trylock and timed waits.
#include "../check.h"
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t c = PTHREAD_COND_INITIALIZER;
static long plain, turn;
static void *work(void *arg)
{
    long me = (long)arg;
    for (int i = 0; i < 50000; i++) { pthread_mutex_lock(&m); plain++; pthread_mutex_unlock(&m); }
    for (int i = 0; i < 2000; i++) {
        pthread_mutex_lock(&m);
        while (turn % 4 != me) pthread_cond_wait(&c, &m);
        turn++;
        pthread_cond_broadcast(&c);
        pthread_mutex_unlock(&m);
    }
    return NULL;
}
int main(void)
{
    pthread_t t[4];
    for (long i = 0; i < 4; i++) pthread_create(&t[i], NULL, work, (void *)i);
    for (int i = 0; i < 4; i++) pthread_join(t[i], NULL);
    EQUAL(plain, 200000); EQUAL(turn, 8000);
    pthread_mutex_lock(&m);
    EQUAL(pthread_mutex_trylock(&m), EBUSY);
    struct timespec at;
    clock_gettime(CLOCK_REALTIME, &at);
    at.tv_nsec += 5000000;
    if (at.tv_nsec >= 1000000000) { at.tv_sec++; at.tv_nsec -= 1000000000; }
    EQUAL(pthread_mutex_timedlock(&m, &at), ETIMEDOUT);
    EQUAL(pthread_cond_timedwait(&c, &m, &at), ETIMEDOUT);
    return finish();
}
