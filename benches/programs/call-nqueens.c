// All placements of n queens, recursion with arrays (not bit masks).
#include <stdio.h>
#include <stdlib.h>

static int n, column[32], up[64], down[64], at[32];
static unsigned long found, weight;
__attribute__((noinline)) static void place(int row)
{
    if (row == n) {
        found++;
        for (int i = 0; i < n; i++) weight += (unsigned long)(i * at[i]);
        return;
    }
    for (int c = 0; c < n; c++)
        if (!column[c] && !up[row + c] && !down[row - c + n]) {
            column[c] = up[row + c] = down[row - c + n] = 1;
            at[row] = c;
            place(row + 1);
            column[c] = up[row + c] = down[row - c + n] = 0;
        }
}
int main(int argc, char **argv)
{
    n = argc > 1 ? atoi(argv[1]) : 14;
    place(0);
    printf("%d %lu %lu\n", n, found, weight);
}
