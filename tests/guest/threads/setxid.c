// setgid and its like, which the C library makes every thread do (by signal 33), in a process with threads.
#include "../check.h"
#include <grp.h>
#define THREADS 3
static atomic_int stop, running, checked;
static void *spin(void *arg)
{
    running++;
    while (!stop) __asm__ volatile("");
    EQUAL(getgid(), (gid_t)(long)arg); checked++;
    return NULL;
}
static void *sleeper(void *arg)
{
    (void)arg;
    running++;
    while (!stop) usleep(1000);
    checked++;
    return NULL;
}
int main(void)
{
    pthread_t t[THREADS];
    int root = geteuid() == 0;
    gid_t to = root ? 12345 : getgid();
    for (int i = 0; i < THREADS; i++) CHECK(pthread_create(&t[i], NULL, i ? spin : sleeper, (void *)(long)to) == 0);
    while (running < THREADS) usleep(1000);
    for (int i = 0; i < 200; i++) {
        alarm(60);
        CHECK(setgid(i == 199 ? to : getgid()) == 0);
    }
    if (root) CHECK(setgroups(1, (gid_t[]){ 77 }) == 0);
    stop = 1;
    for (int i = 0; i < THREADS; i++) pthread_join(t[i], NULL);
    EQUAL(getgid(), to); EQUAL(checked, THREADS);
    return finish();
}
