// exit() from another thread ends a process whose other threads compute and block, with that status.
#include "../check.h"
static void *spin(void *p) { for (volatile long i = 0;; i++) {} return p; }
static void *block(void *p) { pause(); return p; }
static void *leave(void *p) { nap(10); finish(); exit(43); return p; }
int main(void)
{
    pthread_t t;
    pthread_create(&t, NULL, spin, NULL);
    pthread_create(&t, NULL, block, NULL);
    pthread_create(&t, NULL, leave, NULL);
    pthread_join(t, NULL);
    return 1;
}
