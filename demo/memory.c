// Memory: a byte sieve over 1 MiB, then a chase through one random cycle of 2 MiB of pointers.
#include "demo.h"

#define LIMIT (1u << 20)
#define CELLS (1u << 18)
#define HOPS 3000000

static u64 sieve(u8 *composite)
{
    u64 primes = 0;
    for (u32 i = 2; i < LIMIT; i++) {
        if (composite[i])
            continue;
        primes++;
        for (u64 j = (u64)i * i; j < LIMIT; j += i)
            composite[j] = 1;
    }
    return primes;
}

// Sattolo's shuffle: the permutation is a single cycle through all cells.
static u64 chase(u64 *next)
{
    u64 seed = 7;
    for (u32 i = 0; i < CELLS; i++)
        next[i] = i;
    for (u32 i = CELLS - 1; i > 0; i--) {
        u32 j = next_random(&seed) % i;
        u64 t = next[i];
        next[i] = next[j];
        next[j] = t;
    }
    u64 at = 0;
    for (u32 i = 0; i < HOPS; i++)
        at = next[at];
    return at;
}

int main(void)
{
    u8 *composite = map_anonymous(LIMIT);
    u64 *next = map_anonymous(CELLS * sizeof *next);
    u64 sum = mix(MIX_START, sieve(composite));
    sum = mix(sum, chase(next));
    return report("memory", sum);
}
