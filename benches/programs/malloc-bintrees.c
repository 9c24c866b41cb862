// Binary trees built, walked and freed at several depths.
#include <stdio.h>
#include <stdlib.h>

struct tree { struct tree *l, *r; };
static struct tree *make(int depth) { struct tree *t = malloc(sizeof *t); t->l = depth ? make(depth - 1) : NULL; t->r = depth ? make(depth - 1) : NULL; return t; }
static long count(const struct tree *t) { return t ? 1 + count(t->l) + count(t->r) : 0; }
static void drop(struct tree *t) { if (t) { drop(t->l); drop(t->r); free(t); } }
int main(int argc, char **argv)
{
    int max = argc > 1 ? atoi(argv[1]) : 18;
    struct tree *keep = make(max);
    long sum = 0;
    for (int d = 4; d <= max; d += 2)
        for (int i = 0; i < 1 << (max - d + 4); i++) { struct tree *t = make(d); sum += count(t); drop(t); }
    printf("%ld %ld\n", sum, count(keep));
    drop(keep);
}
