// Adaptive binary range coder with an order-1 bit model, encoded, decoded and compared.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIZE 300000
static uint8_t text[SIZE], packed[2 * SIZE];
static uint16_t model[256][256];
struct coder { uint32_t low, high, code; uint8_t *at; };
static void reset(void) { for (int i = 0; i < 256; i++) for (int j = 0; j < 256; j++) model[i][j] = 1 << 15; }
static uint32_t split(const struct coder *c, uint32_t p) { return c->low + (uint32_t)((uint64_t)(c->high - c->low) * p >> 16); }
static void put(struct coder *c, uint16_t *p, int bit)
{
    uint32_t mid = split(c, *p);
    if (bit) { c->high = mid; *p = (uint16_t)(*p + ((65535 - *p) >> 4)); }
    else { c->low = mid + 1; *p = (uint16_t)(*p - (*p >> 4)); }
    for (; !((c->low ^ c->high) >> 24); c->low <<= 8, c->high = c->high << 8 | 255) *c->at++ = (uint8_t)(c->high >> 24);
}
static int get(struct coder *c, uint16_t *p)
{
    uint32_t mid = split(c, *p);
    int bit = c->code <= mid;
    if (bit) { c->high = mid; *p = (uint16_t)(*p + ((65535 - *p) >> 4)); }
    else { c->low = mid + 1; *p = (uint16_t)(*p - (*p >> 4)); }
    for (; !((c->low ^ c->high) >> 24); c->low <<= 8, c->high = c->high << 8 | 255) c->code = c->code << 8 | *c->at++;
    return bit;
}
int main(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 16;
    uint32_t r = 1, sum = 0;
    for (int n = 0; n < rounds; n++) {
        for (int i = 0; i < SIZE; i++) { r = r * 1664525 + 1013904223; text[i] = (uint8_t)((i ? text[i - 1] : 0) + ((r >> 28) * (r >> 28) >> 5) + n); }
        struct coder c = {0, ~0u, 0, packed};
        reset();
        for (int i = 0, last = 0; i < SIZE; last = text[i++])
            for (int k = 7, node = 1; k >= 0; k--) { int bit = text[i] >> k & 1; put(&c, &model[last][node], bit); node = node << 1 | bit; }
        for (int i = 0; i < 4; i++) { *c.at++ = (uint8_t)(c.low >> 24); c.low <<= 8; }
        size_t length = (size_t)(c.at - packed);
        c = (struct coder){0, ~0u, 0, packed};
        for (int i = 0; i < 4; i++) c.code = c.code << 8 | *c.at++;
        reset();
        for (int i = 0, last = 0; i < SIZE; i++) {
            int node = 1;
            for (int k = 0; k < 8; k++) node = node << 1 | get(&c, &model[last][node]);
            last = node & 255;
            if (last != text[i]) { printf("mismatch at %d\n", i); return 1; }
        }
        for (size_t i = 0; i < length; i++) sum = sum * 33 + packed[i];
        sum += (uint32_t)length;
    }
    printf("%08x\n", sum);
}
