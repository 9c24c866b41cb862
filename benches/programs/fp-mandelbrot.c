// Mandelbrot set, double precision and then single precision; the bits of each row are hashed.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define DEFINE(name, real) \
    static uint32_t name(int n) \
    { \
        uint32_t h = 2166136261u; \
        for (int y = 0; y < n; y++) \
            for (int x = 0; x < n; x++) { \
                real cr = (real)2 * x / n - (real)1.5, ci = (real)2 * y / n - 1, r = 0, i = 0; \
                int k = 0; \
                for (; k < 80 && r * r + i * i <= 4; k++) { real t = r * r - i * i + cr; i = 2 * r * i + ci; r = t; } \
                h = (h ^ (uint32_t)k) * 16777619u; \
            } \
        return h; \
    }
DEFINE(doubles, double)
DEFINE(singles, float)
int main(int argc, char **argv)
{
    int n = argc > 1 ? atoi(argv[1]) : 1800;
    printf("%08x %08x\n", doubles(n), singles(n));
}
