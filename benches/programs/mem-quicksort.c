// Quicksort with median of three and insertion sort below 16, on random, sorted, reversed and few-valued arrays; heap sort beside it.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define N 300000
static int a[N];
static void insertion(int *v, long n) { for (long i = 1; i < n; i++) { int x = v[i]; long j = i; for (; j && v[j - 1] > x; j--) v[j] = v[j - 1]; v[j] = x; } }
static void swap(int *x, int *y) { int t = *x; *x = *y; *y = t; }
static void quick(int *v, long n)
{
    while (n > 16) {
        long m = n / 2;
        if (v[m] < v[0]) swap(&v[m], &v[0]);
        if (v[n - 1] < v[0]) swap(&v[n - 1], &v[0]);
        if (v[n - 1] < v[m]) swap(&v[n - 1], &v[m]);
        int pivot = v[m];
        long i = 0, j = n - 1;
        while (i <= j) {
            while (v[i] < pivot) i++;
            while (v[j] > pivot) j--;
            if (i <= j) swap(&v[i++], &v[j--]);
        }
        if (j + 1 < n - i) { quick(v, j + 1); v += i; n -= i; }
        else { quick(v + i, n - i); n = j + 1; }
    }
    insertion(v, n);
}
static void sift(int *v, long i, long n) { for (long c; (c = 2 * i + 1) < n; i = c) { if (c + 1 < n && v[c + 1] > v[c]) c++; if (v[i] >= v[c]) return; swap(&v[i], &v[c]); } }
static void heap(int *v, long n) { for (long i = n / 2; i-- > 0;) sift(v, i, n); while (--n > 0) { swap(&v[0], &v[n]); sift(v, 0, n); } }
int main(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 48;
    uint32_t r = 1, sum = 0;
    for (int n = 0; n < rounds; n++) {
        for (int i = 0; i < N; i++) {
            r = r * 1664525 + 1013904223;
            a[i] = (n & 3) == 0 ? (int)r >> 1 : (n & 3) == 1 ? i : (n & 3) == 2 ? N - i : (int)(r >> 28);
        }
        (n % 8 == 4 ? heap : quick)(a, N);
        for (int i = 1; i < N; i++) if (a[i - 1] > a[i]) { puts("unsorted"); return 1; }
        for (int i = 0; i < N; i += 97) sum = sum * 31 + (uint32_t)a[i];
    }
    printf("%08x\n", sum);
}
