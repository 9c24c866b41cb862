// SHA-256; its constants are computed from the primes; checked with "abc".
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t k[64], first[8];
static uint32_t root(unsigned p, int cube)
{
    unsigned __int128 low = 0, high = (unsigned __int128)1 << 37, target = (unsigned __int128)p << (cube ? 96 : 64);
    while (high - low > 1) {
        unsigned __int128 m = (low + high) / 2;
        if ((cube ? m * m * m : m * m) <= target) low = m; else high = m;
    }
    return (uint32_t)low;
}
static uint32_t ror(uint32_t x, int n) { return x >> n | x << (32 - n); }
static void block(uint32_t h[8], const uint8_t *p)
{
    uint32_t w[64], s[8];
    for (int i = 0; i < 16; i++) w[i] = (uint32_t)p[4 * i] << 24 | (uint32_t)p[4 * i + 1] << 16 | (uint32_t)p[4 * i + 2] << 8 | p[4 * i + 3];
    for (int i = 16; i < 64; i++) {
        uint32_t a = w[i - 15], b = w[i - 2];
        w[i] = w[i - 16] + w[i - 7] + (ror(a, 7) ^ ror(a, 18) ^ a >> 3) + (ror(b, 17) ^ ror(b, 19) ^ b >> 10);
    }
    memcpy(s, h, 32);
    for (int i = 0; i < 64; i++) {
        uint32_t a = s[0], e = s[4];
        uint32_t x = s[7] + (ror(e, 6) ^ ror(e, 11) ^ ror(e, 25)) + ((e & s[5]) ^ (~e & s[6])) + k[i] + w[i];
        uint32_t y = (ror(a, 2) ^ ror(a, 13) ^ ror(a, 22)) + ((a & s[1]) ^ (a & s[2]) ^ (s[1] & s[2]));
        memmove(s + 1, s, 28);
        s[4] += x;
        s[0] = x + y;
    }
    for (int i = 0; i < 8; i++) h[i] += s[i];
}
int main(int argc, char **argv)
{
    int blocks = argc > 1 ? atoi(argv[1]) : 1200000;
    for (unsigned p = 2, n = 0; n < 64; p++) {
        int prime = 1;
        for (unsigned d = 2; d * d <= p; d++) prime &= p % d != 0;
        if (!prime) continue;
        if (n < 8) first[n] = root(p, 0);
        k[n++] = root(p, 1);
    }
    uint8_t data[64] = "abc\x80";
    uint32_t h[8];
    data[63] = 24;
    memcpy(h, first, 32);
    block(h, data);
    if (h[0] != 0xba7816bf || h[7] != 0xf20015ad) { printf("wrong %08x\n", h[0]); return 1; }
    for (int i = 0; i < blocks; i++) { data[i & 63] ^= (uint8_t)h[i & 7]; block(h, data); }
    for (int i = 0; i < 8; i++) printf("%08x", h[i]);
    puts("");
}
