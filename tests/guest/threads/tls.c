// Thread-local variables are private, initialised and aligned; pthread keys run their destructors.
#include "../check.h"
static _Thread_local int counter = 7;
static _Thread_local _Alignas(64) char buffer[100];
static pthread_key_t key;
static atomic_int destroyed;
static void destroy(void *p) { atomic_fetch_add(&destroyed, (int)(long)p); }
static void *work(void *arg)
{
    CHECK(counter == 7 && buffer[99] == 0 && (uintptr_t)buffer % 64 == 0);
    pthread_setspecific(key, arg);
    for (int i = 0; i < 100000; i++) counter += (int)(long)arg;
    memset(buffer, (int)(long)arg, sizeof buffer);
    EQUAL(counter, 7 + 100000 * (long)arg); EQUAL(buffer[50], (long)arg);
    return NULL;
}
int main(void)
{
    pthread_t t[4];
    pthread_key_create(&key, destroy);
    for (long i = 1; i <= 4; i++) pthread_create(&t[i - 1], NULL, work, (void *)i);
    for (int i = 0; i < 4; i++) pthread_join(t[i], NULL);
    EQUAL(counter, 7); EQUAL(destroyed, 10);
    return finish();
}
