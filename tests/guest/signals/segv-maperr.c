// A read of an unmapped address gives SEGV_MAPERR; a jump to it reports the pc as the address.
#include "../check.h"
static sigjmp_buf back;
static siginfo_t info;
static unsigned long pc;
static void on_segv(int sig, siginfo_t *si, void *uc) { (void)sig; info = *si; pc = ((ucontext_t *)uc)->uc_mcontext.__gregs[0]; siglongjmp(back, 1); }
int main(void)
{
    char *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(p, 4096);
    handle(SIGSEGV, on_segv, 0);
    if (!sigsetjmp(back, 1)) { (void)*(volatile char *)(p + 5); CHECK(!"reached"); }
    EQUAL(info.si_code, SEGV_MAPERR); EQUAL(info.si_addr, p + 5);
    if (!sigsetjmp(back, 1)) { ((void (*)(void))(p + 64))(); CHECK(!"reached"); }
    EQUAL(info.si_code, SEGV_MAPERR); EQUAL(info.si_addr, p + 64); EQUAL(pc, p + 64);
    char *q = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(q, 0, 4096);
    if (!sigsetjmp(back, 1)) { ((void (*)(void))(q + 64))(); CHECK(!"reached"); }
    EQUAL(info.si_signo, SIGSEGV); EQUAL(info.si_code, SEGV_ACCERR); EQUAL(pc, q + 64);
    return finish();
}
