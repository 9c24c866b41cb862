// Functions of libm. The libraries of two architectures differ in the last bit, so the sums are printed short.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    int n = argc > 1 ? atoi(argv[1]) : 5000000;
    double s[10] = {0};
    for (int i = 1; i <= n; i++) {
        double x = i * (10.0 / n), y = (i * 7919L % n) * (4.0 / n);
        s[0] += sin(x * 3) * cos(y);
        s[1] += exp(-x) + log(x);
        s[2] += pow(x, y * 0.5);
        s[3] += atan2(x, y - 2);
        s[4] += sqrt(x * y) + cbrt(x);
        s[5] += floor(x * 100) - ceil(y * 100) + rint(x * y);
        s[6] += sinf((float)x) + expf((float)-y);
        s[7] += tanh(y) + hypot(x, y);
        s[8] += fmod(x * 50, y + 1);
        s[9] += tan(y * 0.3) + asin(y * 0.2);
    }
    for (int i = 0; i < 10; i++) printf("%.3f ", s[i]);
    puts("");
}
