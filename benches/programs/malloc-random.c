// malloc, realloc and free of random sizes in random order; contents are checked.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 12000000;
    enum { SLOTS = 4096 };
    static struct { uint8_t *p; size_t size; uint8_t mark; } s[SLOTS];
    uint32_t r = 1;
    uint64_t sum = 0;
    for (int n = 0; n < rounds; n++) {
        r = r * 1664525 + 1013904223;
        unsigned i = r >> 20, k = r >> 8 & 4095;
        size_t size = k < 3500 ? 8 + k % 200 : k < 4085 ? k : k * 64;
        if (s[i].p) {
            if (s[i].p[0] != s[i].mark || s[i].p[s[i].size - 1] != s[i].mark) { puts("damaged"); return 1; }
            sum += s[i].size;
            if (r & 64) {
                s[i].p = realloc(s[i].p, size);
                if (s[i].p[0] != s[i].mark) { puts("realloc lost data"); return 1; }
            } else { free(s[i].p); s[i].p = NULL; continue; }
        } else s[i].p = malloc(size);
        s[i].size = size;
        s[i].mark = (uint8_t)n;
        s[i].p[0] = s[i].p[size - 1] = (uint8_t)n;
    }
    printf("%016llx\n", (unsigned long long)sum);
}
