// SHA-512; constants computed from the primes in 256-bit arithmetic; checked with "abc".
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct { uint64_t d[4]; } wide;
static uint64_t k[80], first[8];
static wide times(wide a, wide b)
{
    wide r = {{0}};
    for (int i = 0; i < 4; i++) {
        uint64_t carry = 0;
        for (int j = 0; i + j < 4; j++) {
            unsigned __int128 x = (unsigned __int128)a.d[i] * b.d[j] + r.d[i + j] + carry;
            r.d[i + j] = (uint64_t)x;
            carry = (uint64_t)(x >> 64);
        }
    }
    return r;
}
static int above(wide a, wide b) { for (int i = 3; i >= 0; i--) if (a.d[i] != b.d[i]) return a.d[i] > b.d[i]; return 0; }
static uint64_t root(unsigned p, int cube)
{
    wide x = {{0}}, target = {{0, 0, cube ? 0 : p, cube ? p : 0}};
    for (int bit = 68; bit >= 0; bit--) {
        wide y = x;
        y.d[bit / 64] |= 1ull << bit % 64;
        wide z = times(y, y);
        if (!above(cube ? times(z, y) : z, target)) x = y;
    }
    return x.d[0];
}
static uint64_t ror(uint64_t x, int n) { return x >> n | x << (64 - n); }
static void block(uint64_t h[8], const uint8_t *p)
{
    uint64_t w[80], s[8];
    for (int i = 0; i < 16; i++) { w[i] = 0; for (int j = 0; j < 8; j++) w[i] = w[i] << 8 | p[8 * i + j]; }
    for (int i = 16; i < 80; i++) {
        uint64_t a = w[i - 15], b = w[i - 2];
        w[i] = w[i - 16] + w[i - 7] + (ror(a, 1) ^ ror(a, 8) ^ a >> 7) + (ror(b, 19) ^ ror(b, 61) ^ b >> 6);
    }
    memcpy(s, h, 64);
    for (int i = 0; i < 80; i++) {
        uint64_t a = s[0], e = s[4];
        uint64_t x = s[7] + (ror(e, 14) ^ ror(e, 18) ^ ror(e, 41)) + ((e & s[5]) ^ (~e & s[6])) + k[i] + w[i];
        uint64_t y = (ror(a, 28) ^ ror(a, 34) ^ ror(a, 39)) + ((a & s[1]) ^ (a & s[2]) ^ (s[1] & s[2]));
        for (int j = 7; j; j--) s[j] = s[j - 1];
        s[4] += x;
        s[0] = x + y;
    }
    for (int i = 0; i < 8; i++) h[i] += s[i];
}
int main(int argc, char **argv)
{
    int blocks = argc > 1 ? atoi(argv[1]) : 1200000;
    for (unsigned p = 2, n = 0; n < 80; p++) {
        int prime = 1;
        for (unsigned d = 2; d * d <= p; d++) prime &= p % d != 0;
        if (!prime) continue;
        if (n < 8) first[n] = root(p, 0);
        k[n++] = root(p, 1);
    }
    uint8_t data[128] = "abc\x80";
    uint64_t h[8];
    data[127] = 24;
    memcpy(h, first, 64);
    block(h, data);
    if (h[0] != 0xddaf35a193617aba) { printf("wrong %016llx\n", (unsigned long long)h[0]); return 1; }
    for (int i = 0; i < blocks; i++) { data[i & 127] ^= (uint8_t)h[i & 7]; block(h, data); }
    for (int i = 0; i < 8; i++) printf("%016llx", (unsigned long long)h[i]);
    puts("");
}
