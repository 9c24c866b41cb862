// All five rounding modes, dynamic and static, for add, division, conversion; reserved mode 5 is illegal.
#include "../check.h"
static double third(int rm, double a, double b) { double r; __asm__ volatile("fsrm %1\n\tfdiv.d %0, %2, %3\n\tfsrm zero" : "=f"(r) : "r"((long)rm), "f"(a), "f"(b)); return r; }
static long whole(int rm, double a) { long r; __asm__ volatile("fsrm %1\n\tfcvt.l.d %0, %2, dyn\n\tfsrm zero" : "=r"(r) : "r"((long)rm), "f"(a)); return r; }
#define STATIC(mode, a) ({ long r_; __asm__ volatile("fcvt.l.d %0, %1, " mode : "=r"(r_) : "f"((double)(a))); r_; })
#define ADD(mode, a, b) ({ double r_; __asm__ volatile("fadd.d %0, %1, %2, " mode : "=f"(r_) : "f"((double)(a)), "f"((double)(b))); r_; })
static volatile int ills;
static void on_ill(int sig, siginfo_t *si, void *uc) { (void)sig; (void)si; ills++; ((ucontext_t *)uc)->uc_mcontext.__gregs[0] += 4; }
int main(void)
{
    static const double in[] = {2.5, -2.5, 3.5, 2.4, -2.6};
    static const long out[5][5] = {{2, -2, 4, 2, -3}, {2, -2, 3, 2, -2}, {2, -3, 3, 2, -3}, {3, -2, 4, 3, -2}, {3, -3, 4, 2, -3}};
    for (int m = 0; m < 5; m++) for (int i = 0; i < 5; i++) EQUAL(whole(m, in[i]), out[m][i]);
    for (int i = 0; i < 5; i++) { EQUAL(STATIC("rne", in[i]), out[0][i]); EQUAL(STATIC("rtz", in[i]), out[1][i]); EQUAL(STATIC("rdn", in[i]), out[2][i]); EQUAL(STATIC("rup", in[i]), out[3][i]); EQUAL(STATIC("rmm", in[i]), out[4][i]); }
    CHECK(third(0, 1, 3) == 0x1.5555555555555p-2); CHECK(third(1, 1, 3) == 0x1.5555555555555p-2); CHECK(third(3, 1, 3) == 0x1.5555555555556p-2); CHECK(third(2, -1, 3) == -0x1.5555555555556p-2);
    CHECK(ADD("rne", 1, 0x1p-53) == 1); CHECK(ADD("rmm", 1, 0x1p-53) == 0x1.0000000000001p0); CHECK(ADD("rup", 1, 0x1p-60) == 0x1.0000000000001p0); CHECK(ADD("rdn", -1, -0x1p-60) == -0x1.0000000000001p0);
    CHECK(ADD("rmm", 1, 0x1.8p-53) == 0x1.0000000000001p0); CHECK(ADD("rmm", -1, -0x1p-53) == -0x1.0000000000001p0);
    volatile double one = 1, minus = -1;
    __asm__ volatile("fsrm %0" :: "r"(2L) : "memory"); CHECK(__builtin_signbit(one + minus)); EQUAL(__builtin_signbit(one + minus) != 0, 1);
    __asm__ volatile("fsrmi 0" ::: "memory"); CHECK(!__builtin_signbit(one + minus));
    handle(SIGILL, on_ill, 0);
    __asm__ volatile("fsrm %0\n\tfadd.d fa0, fa0, fa0\n\tfsrm zero" :: "r"(5L) : "fa0");
    EQUAL(ills, 1);
    return finish();
}
