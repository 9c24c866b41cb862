// SipHash-2-4 over messages of all lengths from 0 to 63, and a NORX-like permutation without carries.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t rol(uint64_t x, int n) { return x << n | x >> (64 - n); }
static uint64_t ror(uint64_t x, int n) { return x >> n | x << (64 - n); }
#define ROUND (a += b, c += d, b = rol(b, 13) ^ a, d = rol(d, 16) ^ c, a = rol(a, 32), c += b, a += d, b = rol(b, 17) ^ c, d = rol(d, 21) ^ a, c = rol(c, 32))
static uint64_t sip(const uint8_t *p, size_t n, uint64_t k0, uint64_t k1)
{
    uint64_t a = k0 ^ 0x736f6d6570736575, b = k1 ^ 0x646f72616e646f6d, c = k0 ^ 0x6c7967656e657261, d = k1 ^ 0x7465646279746573, m, last = (uint64_t)n << 56;
    for (; n >= 8; n -= 8, p += 8) { memcpy(&m, p, 8); d ^= m; ROUND; ROUND; a ^= m; }
    for (size_t i = 0; i < n; i++) last |= (uint64_t)p[i] << 8 * i;
    d ^= last; ROUND; ROUND; a ^= last;
    c ^= 0xff; ROUND; ROUND; ROUND; ROUND;
    return a ^ b ^ c ^ d;
}
static uint64_t h(uint64_t a, uint64_t b) { return a ^ b ^ (a & b) << 1; }
#define G(a, b, c, d) (a = h(a, b), d = ror(d ^ a, 8), c = h(c, d), b = ror(b ^ c, 19), a = h(a, b), d = ror(d ^ a, 40), c = h(c, d), b = ror(b ^ c, 63))
static void permute(uint64_t s[16])
{
    for (int i = 0; i < 4; i++) {
        for (int j = 0; j < 4; j++) G(s[j], s[4 + j], s[8 + j], s[12 + j]);
        for (int j = 0; j < 4; j++) G(s[j], s[4 + ((j + 1) & 3)], s[8 + ((j + 2) & 3)], s[12 + ((j + 3) & 3)]);
    }
}
int main(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 240000;
    uint8_t text[64];
    uint64_t sum = 0, s[16];
    for (int i = 0; i < 64; i++) text[i] = (uint8_t)i;
    for (uint64_t i = 0; i < 16; i++) s[i] = i * 0x9e3779b97f4a7c15;
    if (sip(text, 15, 0x0706050403020100, 0x0f0e0d0c0b0a0908) != 0xa129ca6149be45e5) { puts("wrong"); return 1; }
    for (int i = 0; i < rounds; i++) {
        for (size_t n = 0; n < 64; n++) sum += sip(text, n, sum, (uint64_t)i);
        for (int j = 0; j < 8; j++) permute(s);
        s[i & 15] ^= sum;
    }
    for (int i = 0; i < 16; i++) sum = sum * 31 + s[i];
    printf("%016llx\n", (unsigned long long)sum);
}
