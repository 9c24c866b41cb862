// ChaCha20 key stream: 32-bit adds, xors and rotates.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t rol(uint32_t x, int n) { return x << n | x >> (32 - n); }
#define QUARTER(a, b, c, d) (a += b, d = rol(d ^ a, 16), c += d, b = rol(b ^ c, 12), a += b, d = rol(d ^ a, 8), c += d, b = rol(b ^ c, 7))
__attribute__((noinline)) static void block(const uint32_t in[16], uint32_t out[16])
{
    uint32_t x[16];
    memcpy(x, in, 64);
    for (int i = 0; i < 10; i++) {
        QUARTER(x[0], x[4], x[8], x[12]); QUARTER(x[1], x[5], x[9], x[13]); QUARTER(x[2], x[6], x[10], x[14]); QUARTER(x[3], x[7], x[11], x[15]);
        QUARTER(x[0], x[5], x[10], x[15]); QUARTER(x[1], x[6], x[11], x[12]); QUARTER(x[2], x[7], x[8], x[13]); QUARTER(x[3], x[4], x[9], x[14]);
    }
    for (int i = 0; i < 16; i++) out[i] = x[i] + in[i];
}
int main(int argc, char **argv)
{
    int blocks = argc > 1 ? atoi(argv[1]) : 6000000;
    uint32_t s[16] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574}, out[16], sum[16] = {0};
    for (int i = 0; i < 8; i++) s[4 + i] = 0x03020100u + 0x04040404u * (uint32_t)i;
    s[12] = 1; s[13] = 0x09000000; s[14] = 0x4a000000;
    block(s, out);
    if (out[0] != 0xe4e7f110 || out[15] != 0x4e3c50a2) { printf("wrong %08x %08x\n", out[0], out[15]); return 1; }
    for (int i = 0; i < blocks; i++) {
        s[12]++;
        block(s, out);
        for (int j = 0; j < 16; j++) sum[j] = rol(sum[j], 5) ^ out[j];
    }
    for (int i = 0; i < 16; i++) printf("%08x", sum[i]);
    puts("");
}
