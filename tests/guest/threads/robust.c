// A robust mutex whose owning thread, or owning process, died gives EOWNERDEAD, and is consistent afterwards.
#include "../check.h"
static pthread_mutex_t *m;
static void *die(void *arg) { pthread_mutex_lock(m); return arg; }
int main(void)
{
    pthread_mutexattr_t a;
    pthread_t t;
    m = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_mutexattr_init(&a);
    pthread_mutexattr_setrobust(&a, PTHREAD_MUTEX_ROBUST);
    pthread_mutexattr_setpshared(&a, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(m, &a);
    alarm(60); // an engine without robust lists hangs here (qemu does)
    pthread_create(&t, NULL, die, NULL);
    pthread_join(t, NULL);
    EQUAL(pthread_mutex_lock(m), EOWNERDEAD);
    EQUAL(pthread_mutex_consistent(m), 0);
    pthread_mutex_unlock(m);
    if (fork() == 0) { pthread_mutex_lock(m); _exit(0); }
    wait(NULL);
    EQUAL(pthread_mutex_lock(m), EOWNERDEAD);
    EQUAL(pthread_mutex_unlock(m), 0);
    EQUAL(pthread_mutex_lock(m), ENOTRECOVERABLE);
    return finish();
}
