// mul, mulh, mulhsu, mulhu, mulw against 128-bit arithmetic, on corner values.
#include "../check.h"
#define OP(insn, a, b) ({ long r_; __asm__ volatile(insn " %0, %1, %2" : "=r"(r_) : "r"((long)(a)), "r"((long)(b))); r_; })
int main(void)
{
    static const long v[] = {0, 1, -1, 2, -2, 0x7fffffffffffffff, 1l << 63, 0x80000000, -0x80000000l, 0x123456789abcdef, -0x123456789abcdef, 0xffffffff, 1l << 62};
    enum { N = sizeof v / sizeof *v };
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            long a = v[i], b = v[j];
            EQUAL(OP("mul", a, b), (long)((unsigned long)a * (unsigned long)b));
            EQUAL(OP("mulh", a, b), (long)(((__int128)a * b) >> 64));
            EQUAL(OP("mulhsu", a, b), (long)(((__int128)a * (__int128)(unsigned long)b) >> 64));
            EQUAL(OP("mulhu", a, b), (long)(((unsigned __int128)(unsigned long)a * (unsigned long)b) >> 64));
            EQUAL(OP("mulw", a, b), (int)((unsigned)a * (unsigned)b));
        }
    return finish();
}
