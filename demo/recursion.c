// Calls and returns: Fibonacci, Ackermann and Takeuchi by plain recursion.
#include "demo.h"

// clang-format off
__attribute__((noinline, noclone, optimize("no-optimize-sibling-calls")))
static u32 fib(u32 n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }

__attribute__((noinline, noclone, optimize("no-optimize-sibling-calls")))
static u32 ackermann(u32 m, u32 n)
{
    if (m == 0) return n + 1;
    if (n == 0) return ackermann(m - 1, 1);
    return ackermann(m - 1, ackermann(m, n - 1));
}

__attribute__((noinline, noclone, optimize("no-optimize-sibling-calls")))
static int tak(int x, int y, int z)
{
    return y < x ? tak(tak(x - 1, y, z), tak(y - 1, z, x), tak(z - 1, x, y)) : z;
}
// clang-format on

int main(void)
{
    u64 sum = MIX_START;
    sum = mix(sum, fib(29));
    sum = mix(sum, ackermann(3, 7));
    sum = mix(sum, (u64)tak(18, 12, 6));
    return report("recursion", sum);
}
