// flags: -O1 -static
// Flags are read, set and put back in any order with operations that raise some, in blocks of their own and in loops.
#include "../check.h"
#define OP static __attribute__((noinline)) void
#define DOUBLES(insn, a, b) __asm__ volatile(insn " ft0, %0, %1" ::"f"((double)(a)), "f"((double)(b)) : "ft0")
#define COMPARE(insn, a, b) __asm__ volatile(insn " t0, %0, %1" ::"f"((double)(a)), "f"((double)(b)) : "t0")
#define CONVERT(insn, mode, a) __asm__ volatile(insn " t0, %0, " mode ::"f"((double)(a)) : "t0")
#define FROM(insn, a) __asm__ volatile(insn " ft0, %0" ::"r"((long)(a)) : "ft0")
// Reads the flags, does something, puts them back.
#define KEPT(insns, a, b) __asm__ volatile("frflags t1\n\t" insns "\n\tfsflags t1" ::"f"((double)(a)), "f"((double)(b)) : "t0", "t1", "ft0")
static const double max = 0x1.fffffffffffffp1023, tiny = 0x1p-1022;
static volatile double quiet, signalling, half = 0.5, large = 0x1p70;
OP exact(void) { DOUBLES("fadd.d", 1, 2); }
OP inexact(void) { DOUBLES("fadd.d", 1, 0x1p-60); }
OP overflow(void) { DOUBLES("fmul.d", max, max); }
OP underflow(void) { DOUBLES("fmul.d", tiny, 0x1.0000000000001p-3); }
OP by_zero(void) { DOUBLES("fdiv.d", 1, 0); }
OP invalid(void) { DOUBLES("fdiv.d", 0, 0); }
OP of_nan(void) { DOUBLES("fadd.d", quiet, 0x1p-60); }
OP of_signalling(void) { DOUBLES("fadd.d", signalling, 1); }
OP equal_nan(void) { COMPARE("feq.d", quiet, 1); }
OP equal_signalling(void) { COMPARE("feq.d", signalling, 1); }
OP less(void) { COMPARE("flt.d", 1, 2); }
OP less_nan(void) { COMPARE("flt.d", quiet, 1); }
OP at_most_nan(void) { COMPARE("fle.d", 1, quiet); }
OP to_int(void) { CONVERT("fcvt.l.d", "rtz", half); }
OP to_int_down(void) { CONVERT("fcvt.l.d", "rdn", half); }
OP to_int_large(void) { CONVERT("fcvt.l.d", "rdn", large); }
OP to_word_large(void) { CONVERT("fcvt.w.d", "rup", 0x1p40); }
OP from_long(void) { FROM("fcvt.d.l", 0x7fffffffffffffff); }
OP from_word(void) { FROM("fcvt.d.w", -3); }
OP kept_compare(void) { KEPT("fle.d t0, %0, %1", 1, 2); }
OP kept_compare_nan(void) { KEPT("flt.d t0, %0, %1", quiet, 2); }
OP kept_floor(void) { KEPT("fcvt.l.d t0, %0, rdn\n\tfcvt.d.l ft0, t0, rdn", half, 0); }
OP kept_rint(void) { KEPT("fcvt.l.d t0, %0\n\tfcvt.d.l ft0, t0", half, 0); }
OP kept_large(void) { KEPT("fcvt.l.d t0, %0, rdn\n\tfcvt.d.l ft0, t0", large, 0); }
OP kept_large_word(void) { KEPT("fcvt.wu.d t0, %0, rup\n\tfcvt.d.wu ft0, t0", large, 0); }
OP kept_nan(void) { KEPT("fcvt.l.d t0, %0\n\tfcvt.d.l ft0, t0", signalling, 0); }
OP kept_sum(void) { KEPT("fadd.d ft0, %0, %1", 1, 0x1p-60); }
OP kept_zero(void) { KEPT("fdiv.d ft0, %0, %1", 1, 0); }
static const struct { void (*run)(void); long raises; } ops[] = {{exact, 0}, {inexact, 1}, {overflow, 5}, {underflow, 3},
    {by_zero, 8}, {invalid, 16}, {of_nan, 0}, {of_signalling, 16}, {equal_nan, 0}, {equal_signalling, 16}, {less, 0},
    {less_nan, 16}, {at_most_nan, 16}, {to_int, 1}, {to_int_down, 1}, {to_int_large, 16}, {to_word_large, 16},
    {from_long, 1}, {from_word, 0}, {kept_compare, 0}, {kept_compare_nan, 0}, {kept_floor, 0}, {kept_rint, 0},
    {kept_large, 0}, {kept_large_word, 0}, {kept_nan, 0}, {kept_sum, 0}, {kept_zero, 0}};
static long flags(void) { long fl; __asm__ volatile("frflags %0" : "=r"(fl)); return fl; }

// A loop in which flags are read, raised and put back.
static long loop(int rounds, double by)
{
    long seen = 0;
    for (int i = 0; i < rounds; i++) {
        long before, after;
        double sum = i * 0.25 * by;
        __asm__ volatile("frflags %0" : "=r"(before));
        __asm__ volatile("flt.d t0, %1, %1\n\tfadd.d ft0, %1, %2\n\tfrflags %0" : "=r"(after) : "f"(sum), "f"(by) : "t0", "ft0");
        seen += before * 32 + after;
        if (i % 64 == 63) __asm__ volatile("fsflags %0" ::"r"((long)(i / 64 % 2 * 8)));
    }
    return seen;
}

int main(void)
{
    quiet = __builtin_nan("");
    __asm__("fmv.d.x %0, %1" : "=f"(*(double *)&signalling) : "r"(0x7ff0000000000001));
    unsigned long seed = 1;
    long now = 0, wrong = 0;
    __asm__ volatile("fsflags zero");
    for (int i = 0; i < 200000; i++) {
        seed = seed * 6364136223846793005 + 1442695040888963407;
        int choice = seed >> 33 & 63;
        if (choice < (int)(sizeof ops / sizeof *ops)) {
            ops[choice].run();
            now |= ops[choice].raises;
        } else if (choice < 40) {
            now = seed >> 40 & 31;
            __asm__ volatile("fsflags %0" ::"r"(now));
        } else if (flags() != now && wrong++ < 10) {
            printf("step %d: %ld instead of %ld\n", i, flags(), now);
        }
    }
    EQUAL(wrong, 0);
    __asm__ volatile("fsflags zero");
    printf("%ld %ld\n", loop(100000, 0.1), flags());
    __asm__ volatile("fsflags zero");
    printf("%ld %ld\n", loop(100000, 3), flags());
    printf("%ld %ld\n", loop(100000, quiet), flags());
    return finish();
}
