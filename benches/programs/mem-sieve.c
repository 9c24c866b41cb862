// Byte sieve, bit sieve and a segmented sieve; they must agree.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint8_t bytes[1 << 22];
static uint64_t bits[1 << 16];
static unsigned by_bytes(unsigned n)
{
    unsigned count = 0;
    memset(bytes, 0, n);
    for (unsigned i = 2; i < n; i++)
        if (!bytes[i]) { count++; for (uint64_t j = (uint64_t)i * i; j < n; j += i) bytes[j] = 1; }
    return count;
}
static unsigned by_bits(unsigned n)
{
    unsigned count = n > 2;
    memset(bits, 0, n / 16 + 8);
    for (unsigned i = 3; i < n; i += 2)
        if (!(bits[i >> 7] >> (i >> 1 & 63) & 1)) { count++; for (uint64_t j = (uint64_t)i * i; j < n; j += 2 * i) bits[j >> 7] |= 1ull << (j >> 1 & 63); }
    return count;
}
static unsigned by_segments(unsigned n)
{
    enum { S = 16384 };
    static unsigned primes[400];
    unsigned np = 0, count = 0;
    for (unsigned i = 2; i * i < n; i++) {
        int ok = 1;
        for (unsigned k = 0; k < np && primes[k] * primes[k] <= i; k++) if (i % primes[k] == 0) { ok = 0; break; }
        if (ok) primes[np++] = i;
    }
    for (unsigned low = 0; low < n; low += S) {
        memset(bytes, 0, S);
        for (unsigned k = 0; k < np; k++) {
            unsigned p = primes[k], from = (low + p - 1) / p * p;
            if (from < p * p) from = p * p;
            for (unsigned j = from; j < low + S; j += p) bytes[j - low] = 1;
        }
        for (unsigned i = low < 2 ? 2 : low; i < low + S && i < n; i++) count += !bytes[i - low];
    }
    return count;
}
int main(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 28;
    unsigned long sum = 0;
    for (int i = 0; i < rounds; i++) {
        unsigned n = 4000000 + (unsigned)i % 28 * 1009, a = by_bytes(n), b = by_bits(n), c = by_segments(n);
        if (a != b || b != c) { printf("differ %u %u %u\n", a, b, c); return 1; }
        sum = sum * 31 + a;
    }
    printf("%016lx\n", sum);
}
