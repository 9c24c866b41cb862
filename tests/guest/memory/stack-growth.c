// Recursion to a depth of 7 MiB of stack.
#include "../check.h"
__attribute__((noinline)) static unsigned long deep(unsigned n) { volatile char pad[1008]; pad[0] = (char)n; unsigned long r = n ? deep(n - 1) : 0; return r + (unsigned char)pad[0]; }
int main(void)
{
    unsigned long expect = 0;
    for (unsigned n = 7000; n; n--) expect += n & 255;
    EQUAL(deep(7000), expect); EQUAL(deep(7000), expect);
    return finish();
}
