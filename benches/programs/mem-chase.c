// One random cycle through 32 MiB of pointers, then short cycles inside the first-level cache.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static uint64_t state = 1;
static uint64_t rnd(void) { state ^= state << 13; state ^= state >> 7; return state ^= state << 17; }
struct cell { struct cell *next; uint64_t payload[7]; };
static uint64_t walk(size_t cells, long hops)
{
    struct cell *c = calloc(cells, sizeof *c);
    size_t *order = malloc(cells * sizeof *order);
    for (size_t i = 0; i < cells; i++) order[i] = i;
    for (size_t i = cells - 1; i; i--) { size_t j = rnd() % i, t = order[i]; order[i] = order[j]; order[j] = t; }
    for (size_t i = 0; i < cells; i++) { c[i].next = &c[order[i]]; c[i].payload[i % 7] = rnd(); }
    uint64_t sum = 0;
    struct cell *at = c;
    for (long i = 0; i < hops; i++) { sum += at->payload[i % 7]; at = at->next; }
    sum ^= (uint64_t)(at - c);
    free(order);
    free(c);
    return sum;
}
int main(int argc, char **argv)
{
    long scale = argc > 1 ? atol(argv[1]) : 20, sum = 0;
    sum += (long)walk(512 * 1024, scale * 100000);
    for (int i = 0; i < 4; i++) sum = sum * 31 + (long)walk(256u << i, scale * 1000000);
    printf("%016lx\n", (unsigned long)sum);
}
