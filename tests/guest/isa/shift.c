// Shift amounts are taken modulo 64, or 32 in W forms; W results are sign-extended; compares; lui and auipc.
#include "../check.h"
#define OP(insn, a, b) ({ long r_; __asm__ volatile(insn " %0, %1, %2" : "=r"(r_) : "r"((long)(a)), "r"((long)(b))); r_; })
#define IMM(insn, a, b) ({ long r_; __asm__ volatile(insn " %0, %1, " #b : "=r"(r_) : "r"((long)(a))); r_; })
int main(void)
{
    EQUAL(OP("sll", 1, 64), 1); EQUAL(OP("sll", 1, 127), 1l << 63); EQUAL(OP("srl", -1, 63), 1); EQUAL(OP("sra", 1l << 63, 255), -1); EQUAL(OP("srl", -1, 64), -1);
    EQUAL(OP("sllw", 1, 31), -0x80000000l); EQUAL(OP("sllw", 1, 32), 1); EQUAL(OP("srlw", -1, 1), 0x7fffffff); EQUAL(OP("srlw", -1, 32), -1); EQUAL(OP("sraw", 0x80000000, 31), -1); EQUAL(OP("sraw", 0x700000008, 2), 2);
    EQUAL(IMM("slliw", 0x1c0000000, 1), -0x80000000l); EQUAL(IMM("srliw", 0xf80000000, 31), 1); EQUAL(IMM("sraiw", 0x80000000, 4), -0x8000000l); EQUAL(IMM("addiw", 0x7fffffff, 1), -0x80000000l); EQUAL(IMM("addiw", 0xfffffffff, 0), -1);
    EQUAL(OP("addw", 0x7fffffff, 0x100000001), -0x80000000l); EQUAL(OP("subw", 0, 0x80000000), -0x80000000l);
    EQUAL(OP("slt", -1, 0), 1); EQUAL(OP("sltu", -1, 0), 0); EQUAL(IMM("sltiu", 5, -1), 1); EQUAL(IMM("slti", 5, -1), 0); EQUAL(IMM("xori", 5, -1), -6);
    long r;
    __asm__ volatile("lui %0, 0x80000" : "=r"(r)); EQUAL(r, -0x80000000l);
    __asm__ volatile("1: auipc %0, 0\n\tla t0, 1b\n\tsub %0, %0, t0" : "=r"(r) :: "t0"); EQUAL(r, 0);
    __asm__ volatile("li t0, 5\n\tadd zero, t0, t0\n\tmv %0, zero" : "=r"(r) :: "t0"); EQUAL(r, 0);
    __asm__ volatile("la t0, 1f\n\tjalr t1, t0, 1\n\t1: la t2, 1b\n\tsub %0, t1, t2" : "=r"(r) :: "t0", "t1", "t2"); EQUAL(r, 0); // jalr clears bit 0
    __asm__ volatile("la t0, 1f\n\tjalr t0, t0, 0\n\tebreak\n\t1: mv %0, zero" : "=r"(r) :: "t0"); EQUAL(r, 0);     // target and link are one register
    return finish();
}
