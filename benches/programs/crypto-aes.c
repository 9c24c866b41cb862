// AES-128 in CTR and CBC with four 1 KiB tables, built at start; checked with the FIPS 197 example.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint8_t sbox[256];
static uint32_t t[4][256], key[44];
static uint8_t times2(uint8_t x) { return (uint8_t)(x << 1 ^ (x >> 7) * 0x1b); }
static uint32_t ror(uint32_t x, int n) { return x >> n | x << (32 - n); }
static void tables(void)
{
    uint8_t p = 1, q = 1;
    do {
        p = (uint8_t)(p ^ times2(p));
        q ^= q << 1; q ^= q << 2; q ^= q << 4;
        if (q & 0x80) q ^= 9;
        uint8_t x = (uint8_t)(q ^ (q << 1 | q >> 7) ^ (q << 2 | q >> 6) ^ (q << 3 | q >> 5) ^ (q << 4 | q >> 4));
        sbox[p] = x ^ 0x63;
    } while (p != 1);
    sbox[0] = 0x63;
    for (int i = 0; i < 256; i++) {
        uint32_t s = sbox[i], d = times2(sbox[i]), w = d << 24 | s << 16 | s << 8 | (d ^ s);
        for (int k = 0; k < 4; k++) t[k][i] = k ? ror(w, 8 * k) : w;
    }
}
static uint32_t sub(uint32_t w) { return (uint32_t)sbox[w >> 24] << 24 | (uint32_t)sbox[w >> 16 & 255] << 16 | (uint32_t)sbox[w >> 8 & 255] << 8 | sbox[w & 255]; }
static void expand(const uint32_t k[4])
{
    uint8_t rcon = 1;
    memcpy(key, k, 16);
    for (int i = 4; i < 44; i++) {
        uint32_t w = key[i - 1];
        if (i % 4 == 0) { w = sub(w << 8 | w >> 24) ^ (uint32_t)rcon << 24; rcon = times2(rcon); }
        key[i] = key[i - 4] ^ w;
    }
}
static void encrypt(const uint32_t in[4], uint32_t out[4])
{
    uint32_t s[4], n[4];
    for (int i = 0; i < 4; i++) s[i] = in[i] ^ key[i];
    for (int r = 1; r < 10; r++) {
        for (int i = 0; i < 4; i++)
            n[i] = t[0][s[i] >> 24] ^ t[1][s[(i + 1) & 3] >> 16 & 255] ^ t[2][s[(i + 2) & 3] >> 8 & 255] ^ t[3][s[(i + 3) & 3] & 255] ^ key[4 * r + i];
        memcpy(s, n, 16);
    }
    for (int i = 0; i < 4; i++)
        out[i] = sub((s[i] & 0xff000000) | (s[(i + 1) & 3] & 0xff0000) | (s[(i + 2) & 3] & 0xff00) | (s[(i + 3) & 3] & 0xff)) ^ key[40 + i];
}
int main(int argc, char **argv)
{
    int blocks = argc > 1 ? atoi(argv[1]) : 5000000;
    uint32_t k[4] = {0x00010203, 0x04050607, 0x08090a0b, 0x0c0d0e0f}, in[4] = {0x00112233, 0x44556677, 0x8899aabb, 0xccddeeff}, c[4], sum[4] = {0};
    tables();
    expand(k);
    encrypt(in, c);
    if (c[0] != 0x69c4e0d8 || c[3] != 0x70b4c55a) { printf("wrong %08x\n", c[0]); return 1; }
    for (int i = 0; i < blocks; i++) {
        if (i & 1) { in[3]++; encrypt(in, c); }
        else { for (int j = 0; j < 4; j++) c[j] ^= sum[j]; encrypt(c, c); }
        for (int j = 0; j < 4; j++) sum[j] ^= c[j];
    }
    printf("%08x%08x%08x%08x\n", sum[0], sum[1], sum[2], sum[3]);
}
