// SIGSEGV at each of many loads and stores: si_addr, pc and all registers are exact; the handler skips the instruction.
#include "../check.h"
static char *bad;
static volatile int seen, fails;
extern char body_start[], body_end[];
static void on_segv(int sig, siginfo_t *si, void *ucv)
{
    ucontext_t *uc = ucv;
    unsigned long pc = uc->uc_mcontext.__gregs[0];
    if (sig != SIGSEGV || si->si_code != SEGV_ACCERR || (unsigned long)si->si_addr != (unsigned long)bad + 8 * (unsigned long)seen) fails++;
    if (pc < (unsigned long)body_start || pc >= (unsigned long)body_end) { puts("pc outside"); _exit(2); }
    if (uc->uc_mcontext.__gregs[10] != (unsigned long)bad) fails++; // a0
    // s2..s11 and t3..t6 hold known patterns, t2 counts the accesses done so far.
    for (int r = 18; r <= 31; r++) if (uc->uc_mcontext.__gregs[r] != 0x1111ul * (unsigned long)r) fails++;
    if (uc->uc_mcontext.__gregs[7] != (unsigned long)seen) fails++;
    seen++;
    uc->uc_mcontext.__gregs[0] = pc + ((*(unsigned short *)pc & 3) == 3 ? 4 : 2);
    uc->uc_mcontext.__gregs[11] = 77; // a1: the handler's value is what the program goes on with
}
int main(void)
{
    bad = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    handle(SIGSEGV, on_segv, 0);
    unsigned long a1 = 0, t2 = 0;
    register char *a0 __asm__("a0") = bad;
    __asm__ volatile(
        ".irp r,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n\tli x\\r, 0x1111 * \\r\n\t.endr\n\t"
        "li t2, 0\n\tli a1, 0\n\t"
        ".globl body_start\nbody_start:\n\t"
        "lb a1, 0(a0)\n\taddi t2, t2, 1\n\t"
        "lbu a1, 8(a0)\n\taddi t2, t2, 1\n\t"
        "lh a1, 16(a0)\n\taddi t2, t2, 1\n\t"
        "lhu a1, 24(a0)\n\taddi t2, t2, 1\n\t"
        "lw a1, 32(a0)\n\taddi t2, t2, 1\n\t"
        "lwu a1, 40(a0)\n\taddi t2, t2, 1\n\t"
        "ld a1, 48(a0)\n\taddi t2, t2, 1\n\t"
        "sb a1, 56(a0)\n\taddi t2, t2, 1\n\t"
        "sh a1, 64(a0)\n\taddi t2, t2, 1\n\t"
        "sw a1, 72(a0)\n\taddi t2, t2, 1\n\t"
        "sd a1, 80(a0)\n\taddi t2, t2, 1\n\t"
        "fld fa0, 88(a0)\n\taddi t2, t2, 1\n\t"
        "flw fa0, 96(a0)\n\taddi t2, t2, 1\n\t"
        "fsd fa0, 104(a0)\n\taddi t2, t2, 1\n\t"
        "fsw fa0, 112(a0)\n\taddi t2, t2, 1\n\t"
        "ld zero, 120(a0)\n\taddi t2, t2, 1\n\t"
        "addi t1, a0, 128\n\tlr.d a1, (t1)\n\taddi t2, t2, 1\n\t"
        "addi t1, t1, 8\n\tamoadd.w a1, a1, (t1)\n\taddi t2, t2, 1\n\t"
        "addi t1, t1, 8\n\tamoswap.d a1, a1, (t1)\n\taddi t2, t2, 1\n"
        ".globl body_end\nbody_end:\n\t"
        "mv %0, a1\n\tmv %1, t2"
        : "=&r"(a1), "=&r"(t2) : "r"(a0)
        : "a1", "t1", "t2", "t3", "t4", "t5", "t6", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "fa0", "memory");
    EQUAL(seen, 19); EQUAL(t2, 19); EQUAL(a1, 77); EQUAL(fails, 0);
    return finish();
}
