// Division and remainder of words by constants that stand in a register, in loops: as by divisors that are not known.
#include "../check.h"

static const int values[] = {0, 1, -1, 2, -2, 25, 26, 27, -26, 99, 100, 101, 1000000007, 0x7fffffff, -0x7fffffff, (int)0x80000000, 0x7ffffffe, 123456789, -987654321, 65535, 65536};
enum { VALUES = sizeof values / sizeof values[0], ROUNDS = 3000 };
static volatile int divisor;

#define BY(insn, c, x) ({ long r_; __asm__ volatile("li t0, " #c "\n\t" insn " %0, %1, t0" : "=r"(r_) : "r"((long)(x)) : "t0"); r_; })
#define UNKNOWN(insn, x) ({ long r_; __asm__ volatile(insn " %0, %1, %2" : "=r"(r_) : "r"((long)(x)), "r"((long)divisor)); r_; })
#define ONE(insn, c) \
    do { \
        divisor = (int)(c); \
        int bad = 0; \
        for (int i = 0; i < ROUNDS; i++) { \
            int x = values[i % VALUES] + i / VALUES * 7919; \
            bad += BY(insn, c, x) != UNKNOWN(insn, x); \
        } \
        if (bad) { failures++; printf("FAIL %s by %s: %d\n", insn, #c, bad); } \
    } while (0)
#define ALL(c) ONE("divw", c); ONE("divuw", c); ONE("remw", c); ONE("remuw", c)

int main(void)
{
    ALL(0); ALL(1); ALL(-1); ALL(2); ALL(-2); ALL(3); ALL(-3); ALL(5); ALL(7); ALL(-7); ALL(10); ALL(26);
    ALL(64); ALL(-64); ALL(100); ALL(641); ALL(1000); ALL(65537); ALL(1000003); ALL(0x40000000); ALL(0x7fffffff);
    ALL(-0x7fffffff); ALL(-0x80000000); ALL(0x55555556); ALL(-1000000);
    return finish();
}
