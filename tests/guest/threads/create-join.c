// 500 threads at once; return values; small stacks; detached threads end.
#include "../check.h"
static atomic_int alive, peak;
static pthread_barrier_t all;
static void *work(void *p)
{
    int n = atomic_fetch_add(&alive, 1) + 1, old = peak;
    while (old < n && !atomic_compare_exchange_weak(&peak, &old, n)) {}
    pthread_barrier_wait(&all);
    atomic_fetch_sub(&alive, 1);
    return (char *)p + 1;
}
static void *plain(void *p) { atomic_fetch_add((atomic_int *)p, 1); return NULL; }
int main(void)
{
    enum { N = 500 };
    static pthread_t t[N];
    static atomic_int count;
    pthread_attr_t a;
    pthread_attr_init(&a);
    pthread_attr_setstacksize(&a, 128 * 1024);
    pthread_barrier_init(&all, NULL, N);
    for (long i = 0; i < N; i++) CHECK(pthread_create(&t[i], &a, work, (void *)i) == 0);
    for (long i = 0; i < N; i++) { void *r; pthread_join(t[i], &r); EQUAL(r, i + 1); }
    EQUAL(alive, 0); EQUAL(peak, N);
    pthread_attr_setdetachstate(&a, PTHREAD_CREATE_DETACHED);
    for (int i = 0; i < 200; i++) while (pthread_create(&t[0], &a, plain, &count)) nap(1);
    for (int i = 0; i < 1000 && count < 200; i++) nap(2);
    EQUAL(count, 200);
    return finish();
}
