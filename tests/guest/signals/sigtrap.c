// ebreak and c.ebreak give SIGTRAP, TRAP_BRKPT, with pc at the instruction.
#include "../check.h"
static volatile int seen, code;
static volatile unsigned long where;
static void on_trap(int sig, siginfo_t *si, void *uc) { (void)sig; code = si->si_code; unsigned long *pc = &((ucontext_t *)uc)->uc_mcontext.__gregs[0]; where = *pc; *pc += seen++ ? 2 : 4; }
extern char brk_a[], brk_b[];
int main(void)
{
    handle(SIGTRAP, on_trap, 0);
    __asm__ volatile(".globl brk_a\nbrk_a: .4byte 0x00100073\n");
    EQUAL(seen, 1); EQUAL(where, brk_a); EQUAL(code, TRAP_BRKPT);
    __asm__ volatile(".globl brk_b\nbrk_b: c.ebreak\n");
    EQUAL(seen, 2); EQUAL(where, brk_b); EQUAL(code, TRAP_BRKPT);
    return finish();
}
