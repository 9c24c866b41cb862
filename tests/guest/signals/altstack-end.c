// A stack pointer at the low end of the alternate stack is not on it, one at its high end is: in both cases the handler starts at the top.
#include "../check.h"
static char alt[65536] __attribute__((aligned(16)));
static volatile long below;
static void handler(int sig) { (void)sig; char here; below = alt + sizeof alt - &here; }
// tgkill(2) with this stack pointer.
static void raise_at(char *sp)
{
    long pid = getpid(), tid = syscall(SYS_gettid), result;
#ifdef __riscv
    register long a0 __asm__("a0") = pid, a1 __asm__("a1") = tid, a2 __asm__("a2") = SIGUSR1, a7 __asm__("a7") = SYS_tgkill;
    __asm__ volatile("mv s1, sp\n\tmv sp, %4\n\tecall\n\tmv sp, s1" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a7), "r"(sp) : "s1", "memory");
    result = a0;
#else
    result = SYS_tgkill;
    __asm__ volatile("mov %%rsp, %%rbx\n\tmov %4, %%rsp\n\tsyscall\n\tmov %%rbx, %%rsp" : "+a"(result) : "D"(pid), "S"(tid), "d"((long)SIGUSR1), "r"(sp) : "rbx", "rcx", "r11", "memory");
#endif
    EQUAL(result, 0);
}
int main(void)
{
    CHECK(sigaltstack(&(stack_t){.ss_sp = alt, .ss_size = sizeof alt}, NULL) == 0);
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_ONSTACK};
    CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
    char *const places[] = {alt, alt + sizeof alt};
    for (int i = 0; i < 2; i++) {
        below = 0;
        raise_at(places[i]);
        CHECK(below > 0 && below < 32768);
    }
    return finish();
}
