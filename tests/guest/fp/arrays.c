// flags: -O2 -fno-tree-vectorize -ffp-contract=off -static
// Loops over arrays of doubles: of all lengths, with arrays that overlap, with NaNs, and with one that ends where
// nothing can be read or written. What is done in such a loop is what is done element by element.
#include "../check.h"
#include <math.h>

#define NOINLINE __attribute__((noinline))
enum { MOST = 120, PAGE = 4096, WORDS = PAGE / 8 };

NOINLINE static void add_product(double *c, const double *b, double f, long n)
{
    for (long i = 0; i < n; i++) c[i] += f * b[i];
}
NOINLINE static void divide(double *to, const double *from, double f, long n)
{
    for (long i = 0; i < n; i++) to[i] = from[i] / f;
}
NOINLINE static void add_up(double *to, const double *a, const double *b, int n)
{
    for (int i = 0; i != n; i++) to[i] = a[i] + b[i];
}

// The same, an element at a time.
NOINLINE static void add_product_one(double *c, const double *b, double f) { *c += f * *b; }
NOINLINE static void divide_one(double *to, const double *from, double f) { *to = *from / f; }
NOINLINE static void add_up_one(double *to, const double *a, const double *b) { *to = *a + *b; }

static double words[2][3 * MOST];
static void fill(int odd)
{
    static uint64_t r = 1;
    for (int i = 0; i < 3 * MOST; i++) {
        r = r * 6364136223846793005u + 1442695040888963407u;
        double x = (double)(int64_t)(r >> 20) / 3e9;
        if (odd && (r >> 60) == 0) x = r >> 59 & 1 ? INFINITY : -NAN;
        words[0][i] = words[1][i] = x;
    }
}

static void overlaps(void)
{
    int bad = 0;
    for (int round = 0; round < 6; round++)
        for (int n = 0; n < 40; n++)
            for (int to = 0; to < 24; to++)
                for (int shift = 0; shift < 8; shift += 3) {
                    char *w[2] = {(char *)words[0] + shift, (char *)words[1] + shift};
                    int from = 9 + n % 5;
                    fill(round & 1);
                    double f = 1.25 + round;
#define AT(which, i) ((double *)(w[which]) + (i))
                    add_product(AT(0, to), AT(0, from), f, n);
                    divide(AT(0, from), AT(0, to), f, n);
                    add_up(AT(0, to), AT(0, from), AT(0, 12), n);
                    for (int i = 0; i < n; i++) add_product_one(AT(1, to + i), AT(1, from + i), f);
                    for (int i = 0; i < n; i++) divide_one(AT(1, from + i), AT(1, to + i), f);
                    for (int i = 0; i < n; i++) add_up_one(AT(1, to + i), AT(1, from + i), AT(1, 12 + i));
                    bad += memcmp(words[0], words[1], sizeof words[0]) != 0;
                }
    CHECK(bad == 0);
}

static sigjmp_buf back;
static char *volatile where;
static void faulted(int sig, siginfo_t *info, void *context)
{
    (void)sig, (void)context;
    where = info->si_addr;
    siglongjmp(back, 1);
}

static void borders(void)
{
    char *at = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    double *first = (double *)at, *border = (double *)(at + 2 * PAGE);
    handle(SIGSEGV, faulted, 0);
    for (int kind = 0; kind < 2; kind++)
        for (int before = 0; before < 100; before++) {
            mprotect(at, 4 * PAGE, PROT_READ | PROT_WRITE);
            for (int i = 0; i < 4 * WORDS; i++) first[i] = 1;
            // The element at the border is exact, all behind it are not.
            for (int i = 1; i < 64; i++) border[i] = 1 / 3.0;
            mprotect(border, PAGE, kind ? PROT_READ : PROT_NONE);
            double *start = border - before;
            __asm__ volatile("fsflags zero" ::: "memory");
            where = NULL;
            if (sigsetjmp(back, 1) == 0) {
                add_product(start, first, 2, before + 60);
                CHECK(!"it comes back");
            }
            long raised;
            __asm__ volatile("frflags %0" : "=r"(raised)::"memory");
            CHECK(where == (char *)border && raised == 0);
            int done = 0;
            for (int i = 0; i < before; i++) done += start[i] == 3;
            CHECK(done == before && start[-1] == 1);
        }
}

int main(void)
{
    overlaps();
    borders();
    return finish();
}
