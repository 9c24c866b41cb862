// Threads map memory, write and run code there, and give it back: another gets the same place at once, and runs its own code there.
#include "code.h"
enum { THREADS = 4, ROUNDS = 3000, PAGE = 4096 };
// In memory that can be executed from the start, or only once the code is written.
static void *map(int late, int n)
{
    int all = PROT_READ | PROT_WRITE | PROT_EXEC, prot = late ? PROT_READ | PROT_WRITE : all;
    void *at = mmap(NULL, 2 * PAGE, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED) return NULL;
    emit(at, n);
    flush(at, 8);
    return late && mprotect(at, 2 * PAGE, PROT_READ | PROT_EXEC) ? NULL : at;
}
static void *reuse(void *number)
{
    long stale = 0;
    for (int i = 0; i < ROUNDS; i++) {
        int n = (int)(long)number << 9 | (i & 511);
        void *at = map(i & 1, n);
        stale += at == NULL || ((fn)at)(1) != 1 + n || munmap(at, 2 * PAGE) != 0;
    }
    return (void *)stale;
}
int main(void)
{
    pthread_t threads[THREADS];
    for (long i = 0; i < THREADS; i++) CHECK(pthread_create(&threads[i], NULL, reuse, (void *)i) == 0);
    for (int i = 0; i < THREADS; i++) {
        void *stale;
        pthread_join(threads[i], &stale);
        EQUAL((long)stale, 0);
    }
    return finish();
}
