// Threads that share nothing: each hashes and walks a table of its own. Arguments: threads, rounds of each.
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST = 64, ENTRIES = 1 << 12 };
static int rounds;
struct job { uint64_t seed, sum; char apart[112]; };
static struct job jobs[MOST] __attribute__((aligned(128)));

static uint32_t mix(uint32_t h, uint32_t v) { h = (h ^ v) * 0x9e3779b1u; return h ^ h >> 15; }

static void *work(void *arg)
{
    struct job *job = arg;
    uint32_t *table = malloc(ENTRIES * sizeof *table), h = (uint32_t)job->seed, at = 0;
    double mean = 0;
    for (uint32_t i = 0; i < ENTRIES; i++) table[i] = mix(h, i);
    for (int n = 0; n < rounds; n++) {
        for (uint32_t i = 0; i < ENTRIES; i++) {
            h = mix(h, table[i]);
            if (h & 8) at = table[(at + h) % ENTRIES];
            table[i] = h + at;
        }
        mean = mean * 0.5 + (double)h;
    }
    job->sum = h + ((uint64_t)at << 32) + (uint64_t)mean;
    free(table);
    return NULL;
}

int main(int argc, char **argv)
{
    int threads = argc > 1 ? atoi(argv[1]) : 4;
    rounds = argc > 2 ? atoi(argv[2]) : 20000;
    if (threads < 1 || threads > MOST) return 2;
    pthread_t all[MOST];
    for (int i = 0; i < threads; i++) {
        jobs[i].seed = i + 1;
        pthread_create(&all[i], NULL, work, &jobs[i]);
    }
    uint64_t sum = 0;
    for (int i = 0; i < threads; i++) {
        pthread_join(all[i], NULL);
        sum = sum * 31 + jobs[i].sum;
    }
    printf("%016llx\n", (unsigned long long)sum);
}
