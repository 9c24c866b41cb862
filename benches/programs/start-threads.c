// Threads that do next to nothing, one after the other, then in bunches.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { BUNCH = 8 };
static void *work(void *arg) { ++*(long *)arg; return arg; }
int main(int argc, char **argv)
{
    int n = argc > 1 ? atoi(argv[1]) : 10000;
    long counts[BUNCH] = {0}, sum = 0;
    pthread_t t[BUNCH];
    for (int i = 0; i < n / 2; i++) { pthread_create(t, NULL, work, counts); pthread_join(t[0], NULL); }
    for (int i = 0; i < n / 2 / BUNCH; i++) {
        for (int k = 0; k < BUNCH; k++) pthread_create(t + k, NULL, work, counts + k);
        for (int k = 0; k < BUNCH; k++) pthread_join(t[k], NULL);
    }
    for (int k = 0; k < BUNCH; k++) sum += counts[k];
    printf("%ld\n", sum);
}
