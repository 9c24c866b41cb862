// A soft stack limit of 64 MiB holds after exec: recursion to 50 MiB works.
#include "../check.h"
__attribute__((noinline)) static long deep(long n) { volatile char pad[4080]; pad[5] = 1; long r = n ? deep(n - 1) : 0; return r + pad[5]; }
int main(int argc, char **argv)
{
    struct rlimit r;
    getrlimit(RLIMIT_STACK, &r);
    if (argc > 1) { EQUAL(r.rlim_cur, 64 << 20); EQUAL(deep(12500), 12501); return finish(); }
    r.rlim_cur = 64 << 20;
    CHECK(setrlimit(RLIMIT_STACK, &r) == 0);
    execl("/proc/self/exe", argv[0], "again", NULL);
    return 1;
}
