// Radix-2 FFT and its inverse, twiddles by a recurrence of exact half-angle square roots.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { LOG = 14, N = 1 << LOG };
static double re[N], im[N], wr[N], wi[N];
static void fft(int inverse)
{
    for (int i = 1, j = 0; i < N; i++) {
        int bit = N >> 1;
        for (; j & bit; bit >>= 1) j ^= bit;
        j ^= bit;
        if (i < j) { double t = re[i]; re[i] = re[j]; re[j] = t; t = im[i]; im[i] = im[j]; im[j] = t; }
    }
    for (int len = 2; len <= N; len *= 2)
        for (int i = 0; i < N; i += len)
            for (int k = 0; k < len / 2; k++) {
                int w = k * (N / len), p = i + k, q = p + len / 2;
                double c = wr[w], s = inverse ? wi[w] : -wi[w], xr = re[q] * c - im[q] * s, xi = re[q] * s + im[q] * c;
                re[q] = re[p] - xr; im[q] = im[p] - xi;
                re[p] += xr; im[p] += xi;
            }
}
int main(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 600;
    // Angles by bisection from a quarter turn: cos(x/2) = sqrt((1 + cos x) / 2), and sums of angles.
    wr[0] = 1;
    for (int step = N / 4, level = 0; step >= 1; step /= 2, level++) {
        double c = level ? sqrt((1 + wr[2 * step]) / 2) : 0, s = level ? wi[2 * step] / (2 * c) : 1;
        for (int i = step; i < N; i += 2 * step) { wr[i] = wr[i - step] * c - wi[i - step] * s; wi[i] = wi[i - step] * c + wr[i - step] * s; }
    }
    unsigned r = 1;
    double worst = 0, sum = 0;
    for (int n = 0; n < rounds; n++) {
        unsigned seed = r;
        for (int i = 0; i < N; i++) { r = r * 1664525 + 1013904223; re[i] = (r >> 16) / 65536.0; im[i] = 0; }
        fft(0);
        sum += re[n % N] + im[(3 * n + 1) % N];
        fft(1);
        for (int i = 0; i < N; i++) { seed = seed * 1664525 + 1013904223; double e = fabs(re[i] / N - (seed >> 16) / 65536.0); if (e > worst) worst = e; }
    }
    printf("%a %s\n", sum, worst < 1e-9 ? "ok" : "inexact");
}
