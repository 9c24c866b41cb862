// NaN results are canonical; sign injection and moves keep payloads; NaN boxing; fclass.
#include "../check.h"
#define BITS(expr, a, b) ({ double r_; __asm__ volatile(expr : "=f"(r_) : "f"((double)(a)), "f"((double)(b))); uint64_t u_; memcpy(&u_, &r_, 8); u_; })
static double of(uint64_t u) { double d; memcpy(&d, &u, 8); return d; }
#define CLASS(u) ({ long r_; __asm__ volatile("fclass.d %0, %1" : "=r"(r_) : "f"(of(u))); r_; })
int main(void)
{
    const double payload = of(0xfff8000000001234), inf = __builtin_inf();
    const uint64_t canon = 0x7ff8000000000000;
    EQUAL(BITS("fadd.d %0, %1, %2", payload, 1), canon); EQUAL(BITS("fmul.d %0, %1, %2", 2, payload), canon); EQUAL(BITS("fsub.d %0, %1, %2", inf, inf), canon);
    EQUAL(BITS("fsqrt.d %0, %1", -1, 0), canon); EQUAL(BITS("fmadd.d %0, %1, %2, %1", payload, 1), canon); EQUAL(BITS("fmin.d %0, %1, %2", payload, payload), canon);
    EQUAL(BITS("fsgnj.d %0, %1, %1", payload, 0), 0xfff8000000001234); EQUAL(BITS("fsgnjn.d %0, %1, %1", payload, 0), 0x7ff8000000001234); EQUAL(BITS("fsgnjx.d %0, %1, %1", payload, 0), 0x7ff8000000001234);
    EQUAL(BITS("fcvt.d.s %0, %1", of(0xffffffff7fc12345), 0), canon); EQUAL(BITS("fcvt.s.d %0, %1", payload, 0), 0xffffffff7fc00000);
    // a single that is not boxed counts as the canonical NaN
    EQUAL(BITS("fadd.s %0, %1, %2", of(0x000000003f800000), of(0xffffffff3f800000)), 0xffffffff7fc00000);
    EQUAL(BITS("fadd.s %0, %1, %2", of(0xffffffff3f800000), of(0xffffffff3f800000)), 0xffffffff40000000);
    EQUAL(BITS("fsgnj.s %0, %1, %2", of(0x123400003f800000), of(0xffffffffbf800000)), 0xffffffffffc00000);
    float one = 1;
    uint64_t stored, moved;
    __asm__ volatile("flw fa0, %2\n\tfsd fa0, %0\n\tfmv.x.d %1, fa0" : "=m"(stored), "=r"(moved) : "m"(one) : "fa0");
    EQUAL(stored, 0xffffffff3f800000); EQUAL(moved, 0xffffffff3f800000);
    __asm__ volatile("fmv.d.x fa0, %1\n\tfmv.x.w %0, fa0" : "=r"(moved) : "r"(0x1234567880000001) : "fa0");
    EQUAL(moved, 0xffffffff80000001); // fmv.x.w does not look at the box, and extends the sign
    static const uint64_t c[] = {0xfff0000000000000, 0xbff0000000000000, 0x8000000000000001, 0x8000000000000000, 0, 1, 0x3ff0000000000000, 0x7ff0000000000000, 0x7ff0000000000001, 0x7ff8000000000000};
    for (int i = 0; i < 10; i++) EQUAL(CLASS(c[i]), 1 << i);
    return finish();
}
