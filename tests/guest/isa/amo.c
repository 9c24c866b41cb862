// Each AMO of both widths: memory and result; .w sign-extends and leaves the neighbour alone; min and max signed and unsigned.
#include "../check.h"
#define W(insn, m, v) ({ long r_; word[0] = (m); word[1] = 0x5a5a5a5a; __asm__ volatile(insn " %0, %2, %1" : "=r"(r_), "+A"(word[0]) : "r"((long)(v))); EQUAL(word[1], 0x5a5a5a5a); EQUAL(r_, (int)(m)); (long)word[0]; })
#define D(insn, m, v) ({ long r_; wide = (m); __asm__ volatile(insn " %0, %2, %1" : "=r"(r_), "+A"(wide) : "r"((long)(v))); EQUAL(r_, (long)(m)); wide; })
static _Alignas(8) int word[2];
static long wide;
int main(void)
{
    EQUAL(W("amoadd.w", 0x7fffffff, 1), -0x80000000l); EQUAL(W("amoswap.w", -5, 0x100000007), 7); EQUAL(W("amoand.w", 0xff0f, 0x0ff0), 0x0f00); EQUAL(W("amoor.w", 0xf0, 0x0f), 0xff); EQUAL(W("amoxor.w", -1, 1), -2);
    EQUAL(W("amomax.w", -5, 3), 3); EQUAL(W("amomin.w", -5, 3), -5); EQUAL(W("amomaxu.w", -5, 3), -5); EQUAL(W("amominu.w", -5, 3), 3); EQUAL(W("amomax.w", 1, 0x0ffffffff), 1); EQUAL(W("amominu.w", -1, 0x7ffffffff), -1);
    EQUAL(D("amoadd.d", 0x7fffffffffffffff, 1), 1l << 63); EQUAL(D("amoswap.d", -5, 7), 7); EQUAL(D("amoand.d", -16, 0x1234), 0x1230); EQUAL(D("amoor.d", 1l << 40, 1), (1l << 40) + 1); EQUAL(D("amoxor.d", -1, 1), -2);
    EQUAL(D("amomax.d", -5, 3), 3); EQUAL(D("amomin.d", -5, 3), -5); EQUAL(D("amomaxu.d", -5, 3), -5); EQUAL(D("amominu.d.aqrl", -5, 3), 3);
    wide = 10;
    __asm__ volatile("mv t0, %0\n\tamoadd.d t0, t0, (t0)" :: "r"(&wide) : "t0", "memory"); EQUAL(wide, 10 + (long)&wide); // all three the same register
    wide = 10;
    __asm__ volatile("li t0, 4\n\tamoadd.d zero, t0, (%0)" :: "r"(&wide) : "t0", "memory"); EQUAL(wide, 14);
    return finish();
}
