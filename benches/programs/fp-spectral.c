// Spectral norm of an infinite matrix: divisions and sums.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static double a(int i, int j) { return 1.0 / ((i + j) * (i + j + 1) / 2 + i + 1); }
static void times(int n, const double *v, double *out, int transposed)
{
    for (int i = 0; i < n; i++) {
        double s = 0;
        for (int j = 0; j < n; j++) s += (transposed ? a(j, i) : a(i, j)) * v[j];
        out[i] = s;
    }
}
int main(int argc, char **argv)
{
    int n = argc > 1 ? atoi(argv[1]) : 3200;
    double *u = malloc(sizeof(double) * (size_t)n), *v = malloc(sizeof(double) * (size_t)n), *t = malloc(sizeof(double) * (size_t)n), uv = 0, vv = 0;
    for (int i = 0; i < n; i++) u[i] = 1;
    for (int i = 0; i < 10; i++) { times(n, u, t, 0); times(n, t, v, 1); times(n, v, t, 0); times(n, t, u, 1); }
    for (int i = 0; i < n; i++) { uv += u[i] * v[i]; vv += v[i] * v[i]; }
    printf("%.12f %a\n", sqrt(uv / vv), uv);
}
