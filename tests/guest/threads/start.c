// What a new thread and its maker find at once: its id in both places, and signals that came before its first instruction.
#include "../check.h"
#include <sched.h>
#include <sys/syscall.h>
enum { THREADS = 400, LIBRARYS_OWN = 32, STACK = 65536 };
static _Alignas(16) char stack[STACK];
static volatile int made, own;
static volatile int wrong, came;
static const int sent[] = {LIBRARYS_OWN, SIGSEGV};
static void note(int signal) { came = signal; }
static long raw(long nr, long a, long b, long c, long d)
{
#ifdef __riscv
    register long a0 __asm__("a0") = a, a1 __asm__("a1") = b, a2 __asm__("a2") = c, a3 __asm__("a3") = d, a7 __asm__("a7") = nr;
    __asm__ volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a3), "r"(a7) : "memory");
    return a0;
#else
    register long r10 __asm__("r10") = d;
    __asm__ volatile("syscall" : "+a"(nr) : "D"(a), "S"(b), "d"(c), "r"(r10) : "rcx", "r11", "memory");
    return nr;
#endif
}
// Nothing here may use the library: the thread has the maker's thread-local storage.
static int look(void *signal)
{
    int id = raw(SYS_gettid, 0, 0, 0, 0);
    if (made != id || own != id) wrong++;
    if (signal) {
        unsigned long set = 1ul << (*(const int *)signal - 1);
        raw(SYS_rt_sigprocmask, SIG_UNBLOCK, (long)&set, 0, 8);
        while (!came) raw(SYS_sched_yield, 0, 0, 0, 0);
    }
    return 0;
}
static void start(const int *signal, volatile int *cleared)
{
    int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM
        | CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID;
    int id = clone(look, stack + STACK, flags, (void *)signal, &made, NULL, cleared);
    CHECK(id > 0);
    if (cleared != &made) EQUAL(made, id);
    if (signal) EQUAL(raw(SYS_tgkill, getpid(), id, *signal, 0), 0);
    for (int now; (now = *cleared) == id || now == -1;) sched_yield();
    EQUAL(*cleared, 0);
}
int main(void)
{
    unsigned long all = ~(1ul << (SIGALRM - 1)), before, action[4] = {(long)note, 0, 0, 0};
    alarm(60);
    for (int i = 0; i < THREADS; i++) {
        made = own = -1;
        start(NULL, &own);
    }
    EQUAL(wrong, 0);
    // The kernel restarts nothing here, so no restorer is needed on RISC-V; the host's twin has its library's.
#ifdef __riscv
    for (int i = 0; i < 2; i++) raw(SYS_rt_sigaction, sent[i], (long)action, 0, 8);
    for (int i = 0; i < THREADS; i++) {
        made = own = -1, came = 0;
        raw(SYS_rt_sigprocmask, SIG_SETMASK, (long)&all, (long)&before, 8);
        start(sent + i % 2, &own);
        raw(SYS_rt_sigprocmask, SIG_SETMASK, (long)&before, 0, 8);
        EQUAL(came, sent[i % 2]);
    }
    EQUAL(wrong, 0);
#endif
    return finish();
}
