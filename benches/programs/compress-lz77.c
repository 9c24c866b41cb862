// LZ77 with hash chains, byte-oriented output; decoded again and compared.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIZE (1 << 18)
static uint8_t text[SIZE], packed[2 * SIZE], back[SIZE + 300];
static int head[1 << 15], chain[SIZE];
static unsigned hash(const uint8_t *p) { return ((unsigned)p[0] | (unsigned)p[1] << 8 | (unsigned)p[2] << 16) * 2654435761u >> 17; }
static size_t pack(void)
{
    size_t out = 0, literals = 0, mark = 0;
    memset(head, 0xff, sizeof head);
    packed[out++] = 0;
    for (int i = 0; i < SIZE;) {
        int best = 0, from = 0, tries = 32;
        if (i + 3 < SIZE) {
            unsigned h = hash(text + i);
            for (int c = head[h]; c >= 0 && i - c < 65536 && tries--; c = chain[c]) {
                int n = 0, most = SIZE - i < 258 ? SIZE - i : 258;
                while (n < most && text[c + n] == text[i + n]) n++;
                if (n > best) { best = n; from = c; }
            }
        }
        int step = best >= 5 ? best : 1;
        if (best >= 5) {
            packed[mark] = (uint8_t)literals;
            packed[out++] = (uint8_t)(best - 5);
            packed[out++] = (uint8_t)(i - from);
            packed[out++] = (uint8_t)((i - from) >> 8);
            mark = out++;
            literals = 0;
        } else {
            packed[out++] = text[i];
            if (++literals == 255) { packed[mark] = 255; packed[out] = packed[out + 1] = packed[out + 2] = 0; out += 3; mark = out++; literals = 0; }
        }
        for (; step--; i++)
            if (i + 3 < SIZE) { unsigned h = hash(text + i); chain[i] = head[h]; head[h] = i; }
    }
    packed[mark] = (uint8_t)literals;
    return out;
}
static size_t unpack(size_t length)
{
    size_t at = 0, out = 0;
    for (;;) {
        size_t n = packed[at++];
        memcpy(back + out, packed + at, n);
        at += n;
        out += n;
        if (at >= length) return out;
        size_t size = packed[at], distance = packed[at + 1] | (size_t)packed[at + 2] << 8;
        at += 3;
        if (distance) for (size += 5; size--; out++) back[out] = back[out - distance];
    }
}
int main(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 72;
    static const char *const words[] = {"the ", "guest ", "host ", "block ", "of ", "code ", "is ", "translated ", "and ", "runs ", "again", ".\n", "register ", "memory ", "signal ", "thread "};
    uint32_t r = 1, sum = 0;
    for (int n = 0; n < rounds; n++) {
        for (size_t i = 0; i < SIZE;) {
            r = r * 1664525 + 1013904223;
            const char *w = words[r >> 28];
            size_t len = strlen(w);
            if ((r >> 20 & 15) == 0) { text[i++] = (uint8_t)(r >> 12); continue; }
            if (len > SIZE - i) len = SIZE - i;
            memcpy(text + i, w, len);
            i += len;
        }
        size_t length = pack(), got = unpack(length);
        if (got != SIZE || memcmp(text, back, SIZE)) { puts("mismatch"); return 1; }
        for (size_t i = 0; i < length; i++) sum = sum * 33 + packed[i];
    }
    printf("%08x\n", sum);
}
