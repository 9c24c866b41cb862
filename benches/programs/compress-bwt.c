// Burrows-Wheeler transform by radix doubling, move-to-front, run lengths; and the way back.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N 40000
static uint8_t text[N], last[N], mtf[N], back[N];
static int order[N], rank[N], tmp[N], count[N + 257];
static int forward(void)
{
    for (int i = 0; i < N; i++) rank[i] = text[i];
    memset(count, 0, sizeof count);
    for (int i = 0; i < N; i++) count[rank[i] + 1]++;
    for (int i = 1; i < 257; i++) count[i] += count[i - 1];
    for (int i = 0; i < N; i++) order[count[rank[i]]++] = i;
    for (int step = 1, classes = 256; step < N; step *= 2) {
        for (int i = 0; i < N; i++) { tmp[i] = order[i] - step; if (tmp[i] < 0) tmp[i] += N; }
        memset(count, 0, (size_t)(classes + 1) * sizeof *count);
        for (int i = 0; i < N; i++) count[rank[i] + 1]++;
        for (int i = 1; i <= classes; i++) count[i] += count[i - 1];
        for (int i = 0; i < N; i++) order[count[rank[tmp[i]]]++] = tmp[i];
        tmp[order[0]] = 0;
        classes = 1;
        for (int i = 1; i < N; i++) {
            int a = order[i], b = order[i - 1];
            classes += rank[a] != rank[b] || rank[(a + step) % N] != rank[(b + step) % N];
            tmp[a] = classes - 1;
        }
        memcpy(rank, tmp, sizeof rank);
        if (classes == N) break;
    }
    int start = 0;
    for (int i = 0; i < N; i++) { last[i] = text[(order[i] + N - 1) % N]; if (order[i] == 0) start = i; }
    return start;
}
static void backward(int start)
{
    memset(count, 0, sizeof count);
    for (int i = 0; i < N; i++) count[last[i] + 1]++;
    for (int i = 1; i < 257; i++) count[i] += count[i - 1];
    for (int i = 0; i < N; i++) tmp[count[last[i]]++] = i;
    for (int i = 0, at = tmp[start]; i < N; i++, at = tmp[at]) back[i] = last[at];
}
static uint32_t front(void)
{
    uint8_t list[256];
    uint32_t sum = 0, run = 0;
    for (int i = 0; i < 256; i++) list[i] = (uint8_t)i;
    for (int i = 0; i < N; i++) {
        int k = 0;
        while (list[k] != last[i]) k++;
        memmove(list + 1, list, (size_t)k);
        list[0] = last[i];
        mtf[i] = (uint8_t)k;
        if (k) { sum = sum * 33 + run * 257 + (uint32_t)k; run = 0; } else run++;
    }
    return sum + run;
}
int main(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 240;
    static const char *const parts[] = {"mov ", "add ", "r1, ", "r2, ", "[mem]", "\n", "jmp ", "label"};
    uint32_t r = 1, sum = 0;
    for (int n = 0; n < rounds; n++) {
        for (int i = 0; i < N;) {
            r = r * 1664525 + 1013904223;
            for (const char *p = parts[r >> 29]; *p && i < N; p++) text[i++] = (uint8_t)*p;
        }
        backward(forward());
        if (memcmp(text, back, N)) { puts("mismatch"); return 1; }
        sum = sum * 31 + front();
    }
    printf("%08x\n", sum);
}
