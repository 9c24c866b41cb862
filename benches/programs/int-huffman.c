// Huffman coding: frequencies, tree by a heap, encode to bits, decode by walking the tree.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIZE 100000
static uint8_t text[SIZE], back[SIZE], bits[SIZE * 2];
static struct { uint32_t weight; int left, right; } tree[512];
static uint64_t code[256];
static int length[256], heap[512], heaped, nodes;

static int lighter(int a, int b) { return tree[a].weight != tree[b].weight ? tree[a].weight < tree[b].weight : a < b; }
static void push(int n)
{
    int i = heaped++;
    for (; i && lighter(n, heap[(i - 1) / 2]); i = (i - 1) / 2) heap[i] = heap[(i - 1) / 2];
    heap[i] = n;
}
static int pop(void)
{
    int top = heap[0], last = heap[--heaped], i = 0;
    for (int c; (c = 2 * i + 1) < heaped; i = c) {
        if (c + 1 < heaped && lighter(heap[c + 1], heap[c])) c++;
        if (lighter(last, heap[c])) break;
        heap[i] = heap[c];
    }
    heap[i] = last;
    return top;
}
static void assign(int n, uint64_t c, int depth)
{
    if (n < 256) { code[n] = c; length[n] = depth; return; }
    assign(tree[n].left, c << 1, depth + 1);
    assign(tree[n].right, c << 1 | 1, depth + 1);
}
static uint32_t round_trip(void)
{
    memset(tree, 0, sizeof tree);
    for (int i = 0; i < SIZE; i++) tree[text[i]].weight++;
    heaped = 0;
    nodes = 256;
    for (int i = 0; i < 256; i++) if (tree[i].weight) push(i);
    while (heaped > 1) {
        int a = pop(), b = pop();
        tree[nodes].weight = tree[a].weight + tree[b].weight;
        tree[nodes].left = a;
        tree[nodes].right = b;
        push(nodes++);
    }
    int root = heap[0];
    assign(root, 0, 0);
    size_t at = 0;
    memset(bits, 0, sizeof bits);
    for (int i = 0; i < SIZE; i++)
        for (int k = length[text[i]] - 1; k >= 0; k--, at++)
            bits[at >> 3] |= (uint8_t)((code[text[i]] >> k & 1) << (at & 7));
    size_t total = at;
    at = 0;
    for (int i = 0; i < SIZE; i++) {
        int n = root;
        while (n >= 256) { n = bits[at >> 3] >> (at & 7) & 1 ? tree[n].right : tree[n].left; at++; }
        back[i] = (uint8_t)n;
    }
    if (memcmp(text, back, SIZE)) { puts("mismatch"); exit(1); }
    uint32_t sum = (uint32_t)total;
    for (size_t i = 0; i < total / 8; i++) sum = sum * 33 + bits[i];
    return sum;
}
int main(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 200;
    uint32_t sum = 0, r = 1;
    for (int n = 0; n < rounds; n++) {
        for (int i = 0; i < SIZE; i++) {
            r = r * 1664525 + 1013904223;
            uint32_t x = r >> 24;
            text[i] = (uint8_t)(x * x >> 10);
        }
        sum = sum * 7 + round_trip();
    }
    printf("%08x\n", sum);
}
