// fcvt to integers saturates, NaN gives the largest value, NV is raised instead of NX; results of 32 bits are sign-extended.
#include "../check.h"
#define CVT(insn, a) ({ long r_; __asm__ volatile("fsflags zero\n\t" insn " %0, %2, rtz\n\tfrflags %1" : "=&r"(r_), "=r"(fl) : "f"((double)(a))); r_; })
int main(void)
{
    long fl;
    double nan = -__builtin_nan(""), inf = __builtin_inf();
    EQUAL(CVT("fcvt.w.d", 3e9), 0x7fffffff); EQUAL(fl, 16); EQUAL(CVT("fcvt.w.d", -3e9), -0x80000000l); EQUAL(fl, 16); EQUAL(CVT("fcvt.w.d", nan), 0x7fffffff); EQUAL(fl, 16);
    EQUAL(CVT("fcvt.wu.d", 4e9), (long)(int)4000000000u); EQUAL(fl, 0); EQUAL(CVT("fcvt.wu.d", -1), 0); EQUAL(fl, 16); EQUAL(CVT("fcvt.wu.d", -0.5), 0); EQUAL(fl, 1);
    EQUAL(CVT("fcvt.wu.d", 5e9), -1); EQUAL(fl, 16); EQUAL(CVT("fcvt.wu.d", nan), -1);
    EQUAL(CVT("fcvt.l.d", 1e19), 0x7fffffffffffffff); EQUAL(fl, 16); EQUAL(CVT("fcvt.l.d", -inf), 1l << 63); EQUAL(CVT("fcvt.l.d", nan), 0x7fffffffffffffff);
    EQUAL(CVT("fcvt.lu.d", 1e19), (long)10000000000000000000u); EQUAL(fl, 0); EQUAL(CVT("fcvt.lu.d", 2e19), -1); EQUAL(fl, 16); EQUAL(CVT("fcvt.lu.d", -inf), 0); EQUAL(CVT("fcvt.lu.d", nan), -1);
    EQUAL(CVT("fcvt.w.d", 2.75), 2); EQUAL(fl, 1); EQUAL(CVT("fcvt.w.d", -2147483648.5), -0x80000000l); EQUAL(fl, 1); EQUAL(CVT("fcvt.l.d", -0x1p63), 1l << 63); EQUAL(fl, 0);
    double d;
    __asm__ volatile("fcvt.d.lu %0, %1" : "=f"(d) : "r"(-1l)); CHECK(d == 0x1p64);
    __asm__ volatile("fcvt.d.wu %0, %1" : "=f"(d) : "r"(-1l)); CHECK(d == 4294967295.0);
    __asm__ volatile("fcvt.d.w %0, %1" : "=f"(d) : "r"(0x180000000)); CHECK(d == -2147483648.0);
    float s;
    __asm__ volatile("fcvt.s.l %0, %1" : "=f"(s) : "r"(0x1000001l)); CHECK(s == 0x1p24f);
    __asm__ volatile("fcvt.s.lu %0, %1" : "=f"(s) : "r"(0x8000008000000001)); CHECK(s == 0x1.000002p63f);
    return finish();
}
