// Four raw clone(2) threads over one shared counter table: atomic adds, an LR/SC maximum, and a join by futex on the thread id.
#include "demo.h"

#define THREADS 4
#define STEPS 600000
#define STACK (64 * 1024)

enum {
    CLONE_VM = 0x100, CLONE_FS = 0x200, CLONE_FILES = 0x400, CLONE_SIGHAND = 0x800, CLONE_THREAD = 0x10000,
    CLONE_SYSVSEM = 0x40000, CLONE_PARENT_SETTID = 0x100000, CLONE_CHILD_CLEARTID = 0x200000,
};

static u64 counters[16], maximum;
static u32 tids[THREADS];

__attribute__((noinline, used)) static void work(u64 index)
{
    u64 seed = index + 1, best = 0;
    for (int i = 0; i < STEPS; i++) {
        u32 r = next_random(&seed);
        __atomic_fetch_add(&counters[r & 15], r >> 4, __ATOMIC_RELAXED);
        if (r <= best)
            continue;
        best = r;
        u64 old = __atomic_load_n(&maximum, __ATOMIC_RELAXED);
        while (old < best && !__atomic_compare_exchange_n(&maximum, &old, best, 0, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
            ;
    }
    __atomic_fetch_add(&counters[0], 1, __ATOMIC_RELEASE);
}

// clone(2) with the child's argument on its own stack: the child never returns to this frame.
static i64 spawn(u64 flags, void *stack_top, u32 *tid, u64 index)
{
    u64 *top = (u64 *)stack_top - 2;
    top[0] = index;
    register i64 a0 __asm__("a0") = (i64)flags;
    register void *a1 __asm__("a1") = top;
    register void *a2 __asm__("a2") = tid;
    register i64 a3 __asm__("a3") = 0;
    register void *a4 __asm__("a4") = tid;
    register i64 a7 __asm__("a7") = SYS_clone;
    __asm__ volatile(
        "ecall\n\t"
        "bnez a0, 1f\n\t"
        "ld   a0, 0(sp)\n\t"
        "call %[work]\n\t"
        "li   a7, 93\n\t"
        "li   a0, 0\n\t"
        "ecall\n"
        "1:"
        : "+r"(a0) : "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a7), [work] "i"(work) : "memory", "ra");
    return a0;
}

int main(void)
{
    const u64 flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM
        | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID;
    for (u64 i = 0; i < THREADS; i++) {
        u8 *stack = map_anonymous(STACK);
        if (spawn(flags, stack + STACK, &tids[i], i) < 0)
            return 1;
    }
    for (int i = 0; i < THREADS; i++) {
        u32 tid;
        while ((tid = __atomic_load_n(&tids[i], __ATOMIC_ACQUIRE)) != 0)
            syscall6(SYS_futex, (i64)&tids[i], 0 /* FUTEX_WAIT */, tid, 0, 0, 0);
    }
    u64 sum = mix(MIX_START, maximum);
    for (int i = 0; i < 16; i++)
        sum = mix(sum, counters[i]);
    return report("threads", sum);
}
