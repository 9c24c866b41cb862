// Seven ways to count bits, and reversal, parity, leading zeros by loops.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static uint8_t table[256];
static int kernighan(uint64_t x) { int n = 0; while (x) { x &= x - 1; n++; } return n; }
static int shift(uint64_t x) { int n = 0; for (; x; x >>= 1) n += x & 1; return n; }
static int bytes(uint64_t x) { int n = 0; for (; x; x >>= 8) n += table[x & 255]; return n; }
static int nibble(uint64_t x) { static const uint8_t t[] = {0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4}; int n = 0; for (; x; x >>= 4) n += t[x & 15]; return n; }
static int swar(uint64_t x)
{
    x -= x >> 1 & 0x5555555555555555;
    x = (x & 0x3333333333333333) + (x >> 2 & 0x3333333333333333);
    return (int)(((x + (x >> 4)) & 0x0f0f0f0f0f0f0f0f) * 0x0101010101010101 >> 56);
}
static int recursive(uint64_t x, int w) { return w == 1 ? (int)(x & 1) : recursive(x >> w / 2, w / 2) + recursive(x & ((1ull << w / 2) - 1), w / 2); }
static int mod255(uint64_t x)
{
    x -= x >> 1 & 0x5555555555555555;
    x = (x & 0x3333333333333333) + (x >> 2 & 0x3333333333333333);
    return (int)(((x + (x >> 4)) & 0x0f0f0f0f0f0f0f0f) % 255);
}
static uint64_t reverse(uint64_t x) { uint64_t r = 0; for (int i = 0; i < 64; i++, x >>= 1) r = r << 1 | (x & 1); return r; }
static int zeros(uint64_t x) { int n = 0; while (n < 64 && !(x >> 63)) { x <<= 1; n++; } return n; }

int main(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 5000000;
    uint64_t x = 88172645463325252ull, sum = 0;
    for (int i = 0; i < 256; i++) table[i] = (uint8_t)(table[i / 2] + (i & 1));
    for (int i = 0; i < rounds; i++) {
        x ^= x << 13; x ^= x >> 7; x ^= x << 17;
        uint64_t v = x >> (i & 63);
        int n = kernighan(v);
        if (shift(v) != n || bytes(v) != n || nibble(v) != n || swar(v) != n || recursive(v, 64) != n || mod255(v) != n) { puts("differ"); return 1; }
        sum = sum * 31 + (uint64_t)n + reverse(v) + (uint64_t)zeros(v);
    }
    printf("%016llx\n", (unsigned long long)sum);
}
