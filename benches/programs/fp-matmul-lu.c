// Blocked matrix product, then LU decomposition with pivoting and the solution of a linear system.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { N = 320 };
static double a[N][N], b[N][N], c[N][N], x[N];
int main(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 40;
    unsigned r = 1;
    double sum = 0;
    for (int n = 0; n < rounds; n++) {
        for (int i = 0; i < N; i++)
            for (int j = 0; j < N; j++) {
                r = r * 1664525 + 1013904223;
                a[i][j] = (int)(r >> 8) / 16777216.0 - 0.5;
                b[i][j] = (int)(r >> 12 & 0xfff) / 4096.0;
                c[i][j] = 0;
            }
        for (int kk = 0; kk < N; kk += 32)
            for (int i = 0; i < N; i++)
                for (int k = kk; k < kk + 32; k++)
                    for (int j = 0; j < N; j++) c[i][j] += a[i][k] * b[k][j];
        for (int i = 0; i < N; i++) { x[i] = i; c[i][i] += 3; }
        for (int k = 0; k < N; k++) {
            int p = k;
            for (int i = k + 1; i < N; i++) if (fabs(c[i][k]) > fabs(c[p][k])) p = i;
            if (p != k) {
                for (int j = 0; j < N; j++) { double t = c[k][j]; c[k][j] = c[p][j]; c[p][j] = t; }
                double t = x[k]; x[k] = x[p]; x[p] = t;
            }
            for (int i = k + 1; i < N; i++) {
                double f = c[i][k] / c[k][k];
                x[i] -= f * x[k];
                for (int j = k; j < N; j++) c[i][j] -= f * c[k][j];
            }
        }
        for (int i = N - 1; i >= 0; i--) {
            for (int j = i + 1; j < N; j++) x[i] -= c[i][j] * x[j];
            x[i] /= c[i][i];
            sum += x[i];
        }
    }
    printf("%a\n", sum);
}
