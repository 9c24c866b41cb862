// fmin and fmax of zeros and NaNs; comparisons with NaN: quiet and signalling.
#include "../check.h"
#define OP(insn, a, b) ({ double r_; __asm__ volatile(insn " %0, %1, %2" : "=f"(r_) : "f"((double)(a)), "f"((double)(b))); r_; })
#define CMP(insn, a, b) ({ long r_; __asm__ volatile("fsflags zero\n\t" insn " %0, %2, %3\n\tfrflags %1" : "=&r"(r_), "=r"(fl) : "f"((double)(a)), "f"((double)(b))); r_; })
int main(void)
{
    long fl;
    double nan = __builtin_nan(""), snan = __builtin_nans("");
    CHECK(__builtin_signbit(OP("fmin.d", 0.0, -0.0))); CHECK(__builtin_signbit(OP("fmin.d", -0.0, 0.0)));
    CHECK(!__builtin_signbit(OP("fmax.d", 0.0, -0.0))); CHECK(!__builtin_signbit(OP("fmax.d", -0.0, 0.0)));
    CHECK(OP("fmin.d", nan, 3) == 3); CHECK(OP("fmin.d", 3, nan) == 3); CHECK(OP("fmax.d", snan, -3) == -3); CHECK(__builtin_isnan(OP("fmax.d", nan, nan)));
    EQUAL(CMP("feq.d", nan, 1), 0); EQUAL(fl, 0); EQUAL(CMP("feq.d", snan, 1), 0); EQUAL(fl, 16);
    EQUAL(CMP("flt.d", nan, 1), 0); EQUAL(fl, 16); EQUAL(CMP("fle.d", 1, nan), 0); EQUAL(fl, 16);
    EQUAL(CMP("feq.d", 0.0, -0.0), 1); EQUAL(CMP("flt.d", -0.0, 0.0), 0); EQUAL(CMP("fle.d", 0.0, -0.0), 1); EQUAL(CMP("flt.d", 1, 2), 1); EQUAL(fl, 0);
    return finish();
}
