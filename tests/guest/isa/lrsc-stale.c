// A reservation ends with the next lr, be it part of a compare-and-swap loop, with a system call, and with a signal.
#include "../check.h"
static long a = 5, b __attribute__((aligned(4096))) = 6;
static long old_lr_then_cas(long expected, long new)
{
    long failed;
    // The loop has the shape of a compiler's compare-and-swap.
    __asm__ volatile("lr.d t0, %1\n"
                     "1:\tlr.d.aqrl t1, %2\n\tbne t1, %3, 2f\n\tsc.d.rl t2, %4, %2\n\tbnez t2, 1b\n"
                     "2:\tsc.d %0, zero, %1"
                     : "=&r"(failed), "+A"(a), "+A"(b) : "r"(expected), "r"(new) : "t0", "t1", "t2", "memory");
    return failed;
}
static void on_signal(int sig, siginfo_t *info, void *context) { (void)sig; (void)info; (void)context; }
int main(void)
{
    for (int i = 0; i < 3; i++) {
        CHECK(old_lr_then_cas(6 + i, 7 + i)); EQUAL(a, 5); EQUAL(b, 7 + i);
        CHECK(old_lr_then_cas(-1, 0)); EQUAL(a, 5); EQUAL(b, 7 + i);
    }
    long failed, nr = SYS_getpid;
    __asm__ volatile("mv a7, %2\n\tlr.d t0, %1\n\tecall\n\tsc.d %0, zero, %1" : "=&r"(failed), "+A"(a) : "r"(nr) : "t0", "a0", "a7", "memory");
    CHECK(failed); EQUAL(a, 5);
    handle(SIGTRAP, on_signal, 0);
    nr = SYS_tgkill;
    register long a0 __asm__("a0") = getpid(), a1 __asm__("a1") = syscall(SYS_gettid), a2 __asm__("a2") = SIGTRAP;
    __asm__ volatile("mv a7, %2\n\tlr.d t0, %1\n\tecall\n\tsc.d %0, zero, %1" : "=&r"(failed), "+A"(a), "+r"(nr), "+r"(a0) : "r"(a1), "r"(a2) : "t0", "a7", "memory");
    CHECK(failed); EQUAL(a, 5);
    return finish();
}
