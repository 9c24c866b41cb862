// Threads write and run code of their own on one page: what one writes is never hidden from it by what another makes of the page.
#include "code.h"
enum { THREADS = 4, ROUNDS = 3000 };
static char *page;
static void *rewrite(void *number)
{
    uint32_t *at = (uint32_t *)(page + (long)number * 64);
    long stale = 0;
    for (int i = 0; i < ROUNDS; i++) {
        emit(at, i & 2047);
        flush(at, 8);
        for (int n = 0; n < 3; n++) stale += ((fn)at)(1) != 1 + (i & 2047);
    }
    return (void *)stale;
}
int main(void)
{
    page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    pthread_t threads[THREADS];
    for (long i = 0; i < THREADS; i++) CHECK(pthread_create(&threads[i], NULL, rewrite, (void *)i) == 0);
    for (int i = 0; i < THREADS; i++) {
        void *stale;
        pthread_join(threads[i], &stale);
        EQUAL((long)stale, 0);
    }
    return finish();
}
