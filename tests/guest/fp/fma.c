// Fused multiply-add rounds once; all four signs; 0 * inf + NaN raises NV; single precision too.
#include "../check.h"
#define FMA(insn, a, b, c) ({ double r_; __asm__ volatile("fsflags zero\n\t" insn " %0, %2, %3, %4\n\tfrflags %1" : "=&f"(r_), "=r"(fl) : "f"((double)(a)), "f"((double)(b)), "f"((double)(c))); r_; })
int main(void)
{
    long fl;
    const double e = 0x1.0000000000001p0;
    CHECK(FMA("fmadd.d", e, e, -0x1.0000000000002p0) == 0x1p-104); EQUAL(fl, 0);
    CHECK(FMA("fmsub.d", e, e, 0x1.0000000000002p0) == 0x1p-104); CHECK(FMA("fnmsub.d", e, e, 0x1.0000000000002p0) == -0x1p-104); CHECK(FMA("fnmadd.d", e, e, -0x1.0000000000002p0) == -0x1p-104);
    CHECK(FMA("fmadd.d", 2, 3, 4) == 10); CHECK(FMA("fmsub.d", 2, 3, 4) == 2); CHECK(FMA("fnmsub.d", 2, 3, 4) == -2); CHECK(FMA("fnmadd.d", 2, 3, 4) == -10);
    CHECK(__builtin_isnan(FMA("fmadd.d", 0, __builtin_inf(), __builtin_nan("")))); EQUAL(fl, 16);
    CHECK(__builtin_isnan(FMA("fmadd.d", 1, __builtin_nan(""), 1))); EQUAL(fl, 0);
    CHECK(!__builtin_signbit(FMA("fmadd.d", 1, 1, -1))); CHECK(__builtin_signbit(FMA("fnmsub.d", 0.0, 1, -0.0))); CHECK(__builtin_signbit(FMA("fnmadd.d", 0.0, 1, 0.0)));
    float s, a = 0x1.000002p0f, c = -0x1.000004p0f;
    __asm__ volatile("fmadd.s %0, %1, %1, %2" : "=f"(s) : "f"(a), "f"(c)); CHECK(s == 0x1p-46f);
    double q;
    __asm__ volatile("fsqrt.d %0, %1" : "=f"(q) : "f"(2.0)); CHECK(q == 0x1.6a09e667f3bcdp0);
    __asm__ volatile("fsqrt.d %0, %1" : "=f"(q) : "f"(-0.0)); CHECK(q == 0 && __builtin_signbit(q));
    __asm__ volatile("fsqrt.s %0, %1" : "=f"(s) : "f"(2.0f)); CHECK(s == 0x1.6a09e6p0f);
    return finish();
}
