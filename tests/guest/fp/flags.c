// Each exception flag by the operation that raises it, and no other.
#include "../check.h"
#define RUN(insn, a, b) ({ double r_; __asm__ volatile("fsflags zero\n\t" insn "\n\tfrflags %1" : "=f"(r_), "=r"(fl) : "f"((double)(a)), "f"((double)(b))); r_; })
int main(void)
{
    long fl;
    const double inf = __builtin_inf(), max = 0x1.fffffffffffffp1023, tiny = 0x1p-1022;
    RUN("fadd.d %0, %2, %3", 1, 2); EQUAL(fl, 0);
    RUN("fadd.d %0, %2, %3", 1, 0x1p-60); EQUAL(fl, 1);
    RUN("fdiv.d %0, %2, %3", 1, 0); EQUAL(fl, 8);
    RUN("fdiv.d %0, %2, %3", 0, 0); EQUAL(fl, 16);
    RUN("fdiv.d %0, %2, %3", 1, 3); EQUAL(fl, 1);
    RUN("fmul.d %0, %2, %3", max, max); EQUAL(fl, 5);
    RUN("fmul.d %0, %2, %3", tiny, 0x1.0000000000001p-3); EQUAL(fl, 3);
    RUN("fmul.d %0, %2, %3", tiny, 0.5); EQUAL(fl, 0); // exact and subnormal: no underflow
    RUN("fsub.d %0, %2, %3", inf, inf); EQUAL(fl, 16);
    RUN("fmul.d %0, %2, %3", 0, inf); EQUAL(fl, 16);
    RUN("fsqrt.d %0, %2", -1, 0); EQUAL(fl, 16);
    RUN("fsqrt.d %0, %2", 2, 0); EQUAL(fl, 1);
    RUN("fmin.d %0, %2, %3", __builtin_nan(""), 1); EQUAL(fl, 0);
    RUN("fmin.d %0, %2, %3", __builtin_nans(""), 1); EQUAL(fl, 16);
    RUN("fadd.d %0, %2, %3", __builtin_nans(""), 1); EQUAL(fl, 16);
    // rounded to the smallest normal after rounding with unbounded exponent: tininess is detected after rounding
    RUN("fmul.d %0, %2, %3", 0x1.fffffffffffffp-1022, 0x1p-1); EQUAL(fl, 3);
    RUN("fmul.d %0, %2, %3", 0x1.0000001p-511, 0x1.fffffffp-512); EQUAL(fl, 1);
    __asm__ volatile("fsflagsi 4\n\tcsrr %0, fcsr" : "=r"(fl)); EQUAL(fl & 31, 4);
    return finish();
}
