// A handler runs on the alternate stack after the main stack overflowed; SS_ONSTACK; EPERM inside.
#include "../check.h"
static char alt[65536];
static sigjmp_buf back;
static volatile int on, code;
static void on_segv(int sig, siginfo_t *si, void *uc)
{
    (void)sig; (void)uc; (void)si;
    char here;
    stack_t s;
    on = &here > alt && &here < alt + sizeof alt;
    sigaltstack(NULL, &s);
    if (s.ss_flags != SS_ONSTACK) on = 2;
    if (sigaltstack(&(stack_t){.ss_flags = SS_DISABLE}, NULL) != -1 || errno != EPERM) on = 3;
    siglongjmp(back, 1);
}
__attribute__((noinline)) static long deep(long n) { volatile char pad[1000]; pad[n & 511] = (char)n; return n ? deep(n + 1) + pad[0] : 0; }
int main(void)
{
    stack_t s = {.ss_sp = alt, .ss_size = sizeof alt}, old;
    CHECK(sigaltstack(&s, NULL) == 0);
    handle(SIGSEGV, on_segv, SA_ONSTACK);
    for (int i = 0; i < 3; i++) {
        on = 0;
        if (!sigsetjmp(back, 1)) { deep(1); CHECK(!"reached"); }
        EQUAL(on, 1);
    }
    sigaltstack(NULL, &old);
    EQUAL(old.ss_flags, 0); EQUAL(old.ss_size, sizeof alt);
    EQUAL(sigaltstack(&(stack_t){.ss_sp = alt, .ss_size = 100}, NULL), -1); EQUAL(errno, ENOMEM);
    return finish();
}
