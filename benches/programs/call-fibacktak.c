// Fibonacci, Ackermann and Takeuchi: calls and returns, little else.
#include <stdio.h>
#include <stdlib.h>

__attribute__((noinline)) static unsigned fib(unsigned n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }
__attribute__((noinline)) static unsigned ack(unsigned m, unsigned n) { return !m ? n + 1 : !n ? ack(m - 1, 1) : ack(m - 1, ack(m, n - 1)); }
__attribute__((noinline)) static int tak(int x, int y, int z) { return y < x ? tak(tak(x - 1, y, z), tak(y - 1, z, x), tak(z - 1, x, y)) : z; }

int main(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 80;
    unsigned sum = 0;
    for (int i = 0; i < rounds; i++) {
        sum = sum * 31 + fib(30 + (unsigned)i % 3);
        sum = sum * 31 + ack(3, 7 + (unsigned)i % 2);
        sum = sum * 31 + (unsigned)tak(18, 12, 6 + i % 2);
    }
    printf("%08x\n", sum);
}
