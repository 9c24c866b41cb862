// An undefined instruction gives SIGILL, ILL_ILLOPC, with its address; both widths; then it is skipped.
#include "../check.h"
static volatile int seen;
static volatile unsigned long where, code;
static void on_ill(int sig, siginfo_t *si, void *uc) { (void)sig; seen++; code = (unsigned long)si->si_code; where = (unsigned long)si->si_addr; unsigned long *pc = &((ucontext_t *)uc)->uc_mcontext.__gregs[0]; if (*pc != where) seen += 100; *pc += seen == 1 ? 2 : 4; }
extern char ill_a[], ill_b[];
int main(void)
{
    handle(SIGILL, on_ill, 0);
    __asm__ volatile(".globl ill_a\nill_a: .2byte 0\n");
    EQUAL(seen, 1); EQUAL(where, ill_a); EQUAL(code, ILL_ILLOPC);
    __asm__ volatile(".option push\n.option norvc\n.globl ill_b\nill_b: .4byte 0xffffffff\n.option pop");
    EQUAL(seen, 2); EQUAL(where, ill_b); EQUAL(code, ILL_ILLOPC);
    return finish();
}
