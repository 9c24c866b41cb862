// div, divu, rem, remu and their W forms at their corner cases: by zero and overflow.
#include "../check.h"
#define OP(insn, a, b) ({ long r_; __asm__ volatile(insn " %0, %1, %2" : "=r"(r_) : "r"((long)(a)), "r"((long)(b))); r_; })
int main(void)
{
    const long min = 1l << 63, min32 = -0x80000000l;
    EQUAL(OP("div", 7, 0), -1); EQUAL(OP("divu", 7, 0), -1); EQUAL(OP("rem", 7, 0), 7); EQUAL(OP("remu", 7, 0), 7); EQUAL(OP("rem", min, 0), min);
    EQUAL(OP("div", min, -1), min); EQUAL(OP("rem", min, -1), 0); EQUAL(OP("divu", min, -1), 0); EQUAL(OP("remu", min, -1), min);
    EQUAL(OP("div", -7, 2), -3); EQUAL(OP("rem", -7, 2), -1); EQUAL(OP("div", 7, -2), -3); EQUAL(OP("rem", 7, -2), 1); EQUAL(OP("divu", -7, 2), 0x7ffffffffffffffc);
    EQUAL(OP("divw", 7, 0), -1); EQUAL(OP("divuw", 7, 0), -1); EQUAL(OP("remw", min32, 0), min32); EQUAL(OP("remuw", 0x80000000, 0), min32);
    EQUAL(OP("divw", min32, -1), min32); EQUAL(OP("remw", min32, -1), 0); EQUAL(OP("divw", 0x100000007, 2), 3); EQUAL(OP("divuw", -1, 1), -1); EQUAL(OP("divuw", 0x500000006, 0x700000003), 2);
    EQUAL(OP("remuw", -1, 0x10000000), 0xfffffff); EQUAL(OP("remw", 0x1ffffffff, 5), -1); EQUAL(OP("divw", 0x780000000, 0x3ffffffff), min32);
    return finish();
}
