// pthread_cancel: at a blocking read, asynchronously in a loop, disabled for a while; cleanup handlers run.
#include "../check.h"
static atomic_int cleaned, ready, sent;
static int fds[2];
static void clean(void *p) { atomic_fetch_add(&cleaned, (int)(long)p); }
static void *reader(void *p)
{
    char c;
    pthread_cleanup_push(clean, (void *)1);
    ready++;
    (void)!read(fds[0], &c, 1);
    pthread_cleanup_pop(0);
    return p;
}
static void *spinner(void *p)
{
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    pthread_cleanup_push(clean, (void *)10);
    ready++;
    for (volatile long i = 0;; i++) {}
    pthread_cleanup_pop(0);
    return p;
}
static void *shielded(void *p)
{
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    pthread_cleanup_push(clean, (void *)100);
    ready++;
    while (sent < 3) nap(1);
    atomic_fetch_add(&cleaned, 1000);
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
    pthread_testcancel();
    pthread_cleanup_pop(0);
    return p;
}
int main(void)
{
    void *(*const all[])(void *) = {reader, spinner, shielded};
    CHECK(pipe(fds) == 0);
    for (int i = 0; i < 3; i++) {
        pthread_t t;
        void *r = NULL;
        pthread_create(&t, NULL, all[i], NULL);
        while (ready <= i) nap(1);
        EQUAL(pthread_cancel(t), 0);
        sent++;
        pthread_join(t, &r);
        CHECK(r == PTHREAD_CANCELED);
    }
    EQUAL(cleaned, 1111);
    return finish();
}
