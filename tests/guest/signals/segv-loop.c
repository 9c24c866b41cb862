// A store loop runs into a protected page: exactly the elements before it are written, the loop counter is exact.
#include "../check.h"
static volatile unsigned long counter, address;
static void on_segv(int sig, siginfo_t *si, void *ucv)
{
    ucontext_t *uc = ucv;
    (void)sig;
    address = (unsigned long)si->si_addr;
    counter = uc->uc_mcontext.__gregs[5]; // t0
    mprotect((void *)(address & ~4095ul), 4096, PROT_READ | PROT_WRITE); // and the store is done again
}
int main(void)
{
    char *p = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mprotect(p + 4096, 4096, PROT_READ);
    handle(SIGSEGV, on_segv, 0);
    __asm__ volatile("li t0, 0\n\tmv t1, %0\n1:\tsw t0, 0(t1)\n\taddi t0, t0, 1\n\taddi t1, t1, 4\n\tblt t0, %1, 1b" :: "r"(p), "r"(3072L) : "t0", "t1", "memory");
    EQUAL(address, (unsigned long)p + 4096); EQUAL(counter, 1024);
    for (int i = 0; i < 3072; i++) if (((int *)p)[i] != i) { printf("element %d\n", i); failures++; break; }
    return finish();
}
