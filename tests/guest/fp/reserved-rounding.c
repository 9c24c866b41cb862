// Under the reserved modes 5 to 7, what rounds dynamically is illegal, at its own pc; all else works, and so does a later valid mode.
#include "../check.h"
static volatile int ills;
static void *volatile where;
static void on_ill(int sig, siginfo_t *si, void *uc) { (void)sig; ills++; where = si->si_addr; CHECK(si->si_code == ILL_ILLOPC || si->si_code == ILL_ILLOPN || si->si_code == ILL_ILLTRP); ((ucontext_t *)uc)->uc_mcontext.__gregs[0] += 4; }
#define UNDER(mode, insn) ({ long at_; ills = 0; where = 0; __asm__ volatile("fsrm %1\n\t" "lla %0, 1f\n\t" ".option push\n\t.option norvc\n1:\t" insn "\n\t.option pop\n\tfsrm zero" : "=&r"(at_) : "r"((long)(mode)), "r"(&cell) : "fa0", "fa1", "a0", "memory"); CHECK(!ills || (void *)at_ == where); ills; })
static volatile double cell = 2;
int main(void)
{
    handle(SIGILL, on_ill, 0);
    for (int mode = 5; mode < 8; mode++) {
        EQUAL(UNDER(mode, "fadd.d fa0, fa0, fa0, dyn"), 1);
        EQUAL(UNDER(mode, "fmadd.s fa0, fa0, fa0, fa0, dyn"), 1);
        EQUAL(UNDER(mode, "fsqrt.d fa0, fa0, dyn"), 1);
        EQUAL(UNDER(mode, "fcvt.w.d a0, fa0, dyn"), 1);
        EQUAL(UNDER(mode, "fcvt.s.d fa0, fa0, dyn"), 1);
        EQUAL(UNDER(mode, "fcvt.d.l fa0, a0, dyn"), 1);
        EQUAL(UNDER(mode, "fadd.d fa0, fa0, fa0, rup"), 0);
        EQUAL(UNDER(mode, "fcvt.w.d a0, fa0, rtz"), 0);
        EQUAL(UNDER(mode, "fmin.d fa0, fa0, fa1"), 0);
        EQUAL(UNDER(mode, "fle.d a0, fa0, fa1"), 0);
        EQUAL(UNDER(mode, "fsgnj.d fa0, fa0, fa1"), 0);
        EQUAL(UNDER(mode, "fclass.d a0, fa0"), 0);
        EQUAL(UNDER(mode, "fmv.x.d a0, fa0"), 0);
        EQUAL(UNDER(mode, "fsd fa0, 0(%2)"), 0);
        EQUAL(UNDER(mode, "fld fa0, 0(%2)"), 0);
        long seen; __asm__ volatile("fsrm %1\n\tfrrm %0\n\tfsrm zero" : "=&r"(seen) : "r"((long)mode)); EQUAL(seen, mode);
    }
    for (int mode = 0; mode < 5; mode++) EQUAL(UNDER(mode, "fadd.d fa0, fa0, fa0, dyn"), 0);
    return finish();
}
