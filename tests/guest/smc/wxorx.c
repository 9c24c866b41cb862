// Write, protect to execute, run, protect to write, again; a write to the executable page faults.
#include "code.h"
static sigjmp_buf back;
static void on_segv(int sig, siginfo_t *si, void *uc) { (void)sig; (void)si; (void)uc; siglongjmp(back, 1); }
int main(void)
{
    uint32_t *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    handle(SIGSEGV, on_segv, 0);
    for (int i = 0; i < 300; i++) {
        emit(p, i);
        mprotect(p, 4096, PROT_READ | PROT_EXEC);
        flush(p, 8);
        EQUAL(((fn)p)(1), 1 + i);
        if (i % 50 == 0 && !sigsetjmp(back, 1)) { *(volatile uint32_t *)p = 0; CHECK(!"written"); }
        mprotect(p, 4096, PROT_READ | PROT_WRITE);
        if (i % 50 == 0 && !sigsetjmp(back, 1)) { ((fn)p)(1); CHECK(!"executed"); }
    }
    return finish();
}
