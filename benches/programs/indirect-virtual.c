// Objects of eight classes behind tables of function pointers, in random order; callbacks; a visitor.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

struct shape;
struct table { int64_t (*area)(const struct shape *); void (*grow)(struct shape *, int); int (*kind)(const struct shape *); };
struct shape { const struct table *t; int64_t a, b, c; };
#define CLASS(name, area_expr, grow_stmt, number) \
    static int64_t name##_area(const struct shape *s) { return area_expr; } \
    static void name##_grow(struct shape *s, int d) { grow_stmt; } \
    static int name##_kind(const struct shape *s) { (void)s; return number; } \
    static const struct table name = {name##_area, name##_grow, name##_kind};
CLASS(square, s->a * s->a, s->a += d, 0)
CLASS(rect, s->a * s->b, s->b += d, 1)
CLASS(box, 2 * (s->a * s->b + s->b * s->c + s->a * s->c), s->c += d, 2)
CLASS(tri, s->a * s->b / 2, (s->a += d, s->b -= d & 1), 3)
CLASS(ring, 3 * (s->a * s->a - s->b * s->b), s->a ^= d, 4)
CLASS(point, 0 * s->a, (void)d; s->a++, 5)
CLASS(line, s->b - s->a, s->b += 2 * d, 6)
CLASS(trap, (s->a + s->b) * s->c / 2, s->c = (s->c + d) & 1023, 7)

static int by_kind(const struct shape *a, const struct shape *b) { return a->t->kind(a) - b->t->kind(b); }
static int by_size(const struct shape *a, const struct shape *b) { return (a->a > b->a) - (a->a < b->a); }

int main(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 12000;
    enum { N = 4096 };
    static struct shape shapes[N];
    static const struct table *const tables[] = {&square, &rect, &box, &tri, &ring, &point, &line, &trap};
    static int (*const orders[])(const struct shape *, const struct shape *) = {by_kind, by_size};
    uint32_t r = 5;
    for (int i = 0; i < N; i++) {
        r = r * 1664525 + 1013904223;
        shapes[i] = (struct shape){tables[r >> 29], r >> 8 & 255, r >> 16 & 255, r >> 20 & 255};
    }
    int64_t sum = 0;
    for (int n = 0; n < rounds; n++) {
        for (int i = 0; i < N; i++) {
            struct shape *s = &shapes[i];
            s->t->grow(s, n & 15);
            sum += s->t->area(s) & 0xffff;
        }
        for (int i = n & 1; i + 1 < N; i += 16)
            sum += orders[n >> 1 & 1](&shapes[i], &shapes[i + 1]);
    }
    printf("%lld\n", (long long)sum);
}
