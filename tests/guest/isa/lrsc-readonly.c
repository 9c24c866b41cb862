// A compare-and-swap loop that finds another value only reads; its sc is what faults on a read-only page.
#include "../check.h"
static ucontext_t seen;
static void *fault_address;
static sigjmp_buf out;
static void on_fault(int sig, siginfo_t *info, void *context)
{
    (void)sig;
    seen = *(ucontext_t *)context;
    fault_address = info->si_addr;
    siglongjmp(out, 1);
}
extern char the_lr[], the_sc[];
__attribute__((noinline)) static long swap(long *at, long expected, long new)
{
    long old;
    __asm__ volatile("the_lr:\n1:\tlr.d.aqrl %0, %1\n\tbne %0, %2, 2f\nthe_sc:\n\tsc.d.rl t2, %3, %1\n\tbnez t2, 1b\n2:" : "=&r"(old), "+A"(*at) : "r"(expected), "r"(new) : "t2", "memory");
    return old;
}
static void *faults_at(long *at, long expected)
{
    if (!sigsetjmp(out, 1)) {
        swap(at, expected, 9);
        return NULL;
    }
    return (void *)seen.uc_mcontext.__gregs[REG_PC];
}
int main(void)
{
    long *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    *page = 5;
    CHECK(mprotect(page, 4096, PROT_READ) == 0);
    handle(SIGSEGV, on_fault, 0);
    for (int i = 0; i < 3; i++) {
        EQUAL(swap(page, 4, 9), 5);
        CHECK(faults_at(page, 5) == the_sc); CHECK(fault_address == page); EQUAL(*page, 5);
    }
    CHECK(munmap(page, 4096) == 0);
    CHECK(faults_at(page, 5) == the_lr); CHECK(fault_address == page);
    return finish();
}
