// flags: -O1 -static
// Flags that were read thousands of times are right when the next exception comes: each of them, exact and inexact tiny results, in a forked child.
#include "../check.h"
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#define OP static __attribute__((noinline)) void
#define DOUBLES(insn, a, b) __asm__ volatile(insn " ft0, %0, %1" ::"f"((double)(a)), "f"((double)(b)) : "ft0")
#define FLOATS(insn, a, b) __asm__ volatile(insn " ft0, %0, %1" ::"f"((float)(a)), "f"((float)(b)) : "ft0")
static const double max = 0x1.fffffffffffffp1023, tiny = 0x1p-1022;
static volatile double quiet;
OP exact(void) { DOUBLES("fadd.d", 1, 2); }
OP inexact(void) { DOUBLES("fadd.d", 1, 0x1p-60); }
OP overflow(void) { DOUBLES("fmul.d", max, max); }
OP exact_tiny(void) { DOUBLES("fmul.d", tiny, 0.5); }
OP underflow(void) { DOUBLES("fmul.d", tiny, 0x1.0000000000001p-3); }
OP by_zero(void) { DOUBLES("fdiv.d", 1, 0); }
OP invalid(void) { DOUBLES("fdiv.d", 0, 0); }
OP float_overflow(void) { FLOATS("fmul.s", 0x1p127f, 0x1p127f); }
OP less_nan(void) { __asm__ volatile("flt.d t0, %0, %0" ::"f"((double)quiet) : "t0"); }
OP to_long(void) { __asm__ volatile("fcvt.l.d t0, %0, rtz" ::"f"(0.5) : "t0"); }
OP to_long_large(void) { __asm__ volatile("fcvt.l.d t0, %0, rtz" ::"f"(0x1p70) : "t0"); }
OP fused(void) { __asm__ volatile("fmadd.d ft0, %0, %0, %1" ::"f"(max), "f"(1.0) : "ft0"); }
static const struct { void (*run)(void); long raises; } ops[] = {{exact, 0}, {inexact, 1}, {overflow, 5}, {exact_tiny, 0},
    {underflow, 3}, {by_zero, 8}, {invalid, 16}, {float_overflow, 5}, {less_nan, 16}, {to_long, 1}, {to_long_large, 16}, {fused, 5}};
enum { OPS = sizeof ops / sizeof *ops };
static long flags(void) { long fl; __asm__ volatile("frflags %0" : "=r"(fl)); return fl; }
static void nothing(int signo) { (void)signo; }

// Sums that raise nothing, and what they raised. The signal makes the translator look at the thread.
static __attribute__((noinline)) void read_often(long expected)
{
    long wrong = 0;
    for (int i = 0; i < 6000; i++) {
        exact();
        wrong += flags() != expected;
    }
    raise(SIGUSR1);
    EQUAL(wrong, 0);
}

// Reads the flags often, then has two exceptions one behind the other.
static void two(int first, int second, long before)
{
    __asm__ volatile("fsflags %0" ::"r"(before));
    read_often(before);
    ops[first].run();
    EQUAL(flags(), before | ops[first].raises);
    ops[second].run();
    EQUAL(flags(), before | ops[first].raises | ops[second].raises);
    ops[first].run();
    EQUAL(flags(), before | ops[first].raises | ops[second].raises);
}

int main(int argc, char **argv)
{
    (void)argv;
    quiet = __builtin_nan("");
    signal(SIGUSR1, nothing);
    // What was tried a few times is given up: each case is a process.
    for (int first = 0; first < OPS; first++) {
        pid_t pid = fork();
        if (pid == 0) {
            for (int i = 0; i < 4; i++) two(first, (first + 5 * i + argc) % OPS, i == 3);
            _exit(failures != 0);
        }
        int status;
        waitpid(pid, &status, 0);
        EQUAL(status, 0);
    }
    __asm__ volatile("fsflags zero");
    read_often(0);
    pid_t pid = fork();
    if (pid == 0) {
        by_zero();
        _exit(flags());
    }
    int status;
    waitpid(pid, &status, 0);
    EQUAL(WEXITSTATUS(status), 8);
    EQUAL(flags(), 0);
    inexact();
    EQUAL(flags(), 1);
    return finish();
}
