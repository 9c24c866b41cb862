// Five bodies under gravity in double precision.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static struct { double p[3], v[3], m; } b[5] = {
    {{0, 0, 0}, {0, 0, 0}, 39.5}, {{4.84, -1.16, -0.10}, {0.606, 2.81, -0.02}, 0.037}, {{8.34, 4.12, -0.4}, {-1.01, 1.82, 0.008}, 0.011},
    {{12.89, -15.11, -0.22}, {1.08, 0.868, -0.010}, 0.0017}, {{15.37, -25.9, 0.179}, {0.979, 0.594, -0.034}, 0.002}};
static double energy(void)
{
    double e = 0;
    for (int i = 0; i < 5; i++) {
        for (int k = 0; k < 3; k++) e += 0.5 * b[i].m * b[i].v[k] * b[i].v[k];
        for (int j = i + 1; j < 5; j++) {
            double s = 0;
            for (int k = 0; k < 3; k++) s += (b[i].p[k] - b[j].p[k]) * (b[i].p[k] - b[j].p[k]);
            e -= b[i].m * b[j].m / sqrt(s);
        }
    }
    return e;
}
int main(int argc, char **argv)
{
    int steps = argc > 1 ? atoi(argv[1]) : 4000000;
    printf("%.12f\n", energy());
    for (int n = 0; n < steps; n++) {
        for (int i = 0; i < 5; i++)
            for (int j = i + 1; j < 5; j++) {
                double x = b[i].p[0] - b[j].p[0], y = b[i].p[1] - b[j].p[1], z = b[i].p[2] - b[j].p[2], s = x * x + y * y + z * z, f = 0.001 / (s * sqrt(s));
                b[i].v[0] -= x * b[j].m * f; b[i].v[1] -= y * b[j].m * f; b[i].v[2] -= z * b[j].m * f;
                b[j].v[0] += x * b[i].m * f; b[j].v[1] += y * b[i].m * f; b[j].v[2] += z * b[i].m * f;
            }
        for (int i = 0; i < 5; i++) for (int k = 0; k < 3; k++) b[i].p[k] += 0.001 * b[i].v[k];
    }
    printf("%.12f %a\n", energy(), b[0].p[0]);
}
