// qsort() and bsearch() of the C library: callbacks from library code, records of three sizes.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N 60000
struct wide { uint64_t key; char name[24]; };
static uint32_t r = 1;
static uint32_t rnd(void) { return r = r * 1664525 + 1013904223; }
static int ints(const void *a, const void *b) { int x = *(const int *)a, y = *(const int *)b; return (x > y) - (x < y); }
static int wides(const void *a, const void *b) { const struct wide *x = a, *y = b; return (x->key > y->key) - (x->key < y->key); }
static int names(const void *a, const void *b) { return strcmp(((const struct wide *)a)->name, ((const struct wide *)b)->name); }
int main(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 16;
    static int v[N];
    static struct wide w[N];
    uint64_t sum = 0;
    for (int n = 0; n < rounds; n++) {
        for (int i = 0; i < N; i++) {
            v[i] = (int)(rnd() >> 2);
            w[i].key = (uint64_t)rnd() << 20 | (uint32_t)i;
            for (int k = 0; k < 10; k++) w[i].name[k] = (char)('a' + (rnd() >> 28));
        }
        qsort(v, N, sizeof *v, ints);
        qsort(w, N, sizeof *w, wides);
        for (int i = 0; i < N; i += 50) sum = sum * 31 + (uint32_t)v[i] + w[i].key;
        qsort(w, N, sizeof *w, names);
        for (int i = 0; i < N; i += 50) sum = sum * 31 + (uint8_t)w[i].name[3];
        for (int i = 0; i < N; i++) { int key = (int)(rnd() >> 2); sum += bsearch(&key, v, N, sizeof *v, ints) != NULL; }
    }
    printf("%016llx\n", (unsigned long long)sum);
}
