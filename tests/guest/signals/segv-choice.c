// A walk by random bits, left or right: both ways are one load from the same base, each in a branch of its own. One way's word lies on a
// page that cannot be read: only the walk that takes it may fault, at that way's instruction and with its registers.
#include "../check.h"

static sigjmp_buf out;
static ucontext_t seen;
static void *address;
static void on_fault(int sig, siginfo_t *info, void *context)
{
    (void)sig;
    seen = *(ucontext_t *)context;
    address = info->si_addr;
    siglongjmp(out, 1);
}

struct result { long node, rounds, sum; };
extern char left_load[], right_load[];

// From `node` on, until it is 0 or `rounds` are done: bits of a generator say which of the two words of a node comes next.
static struct result walk(const char *node, long rounds, unsigned long state, unsigned long mask)
{
    register const char *n asm("a4") = node;
    register long left asm("a3") = rounds;
    register unsigned long s asm("a2") = state, m asm("a6") = mask, mul asm("a7") = 6364136223846793005ul;
    register long sum asm("t3") = 0, bit asm("t1") = 0, base asm("a5") = 0;
    asm volatile(
        "j 3f\n"
        "1: .globl right_load\n"
        "slli a5, a4, 1\n add a5, a5, a4\n sub a5, a5, a4\n srli a5, a5, 1\n"
        "right_load: ld a4, 8(a5)\n"
        "addi a3, a3, -1\n beqz a3, 4f\n"
        "3: mul a2, a2, a7\n addi a2, a2, 1442\n srli t1, a2, 33\n and t1, t1, a6\n add t3, t3, t1\n"
        "xor t3, t3, a3\n"
        "bnez t1, 1b\n"
        "slli a5, a4, 1\n add a5, a5, a4\n sub a5, a5, a4\n srli a5, a5, 1\n"
        ".globl left_load\n left_load: ld a4, 0(a5)\n"
        "addi a3, a3, -1\n bnez a3, 3b\n"
        "4:\n"
        : "+r"(n), "+r"(left), "+r"(s), "+r"(m), "+r"(mul), "+r"(sum), "+r"(bit), "+r"(base) : : "memory");
    return (struct result){(long)n, rounds - left, sum};
}

// The same in C.
static struct result model(const char *node, long rounds, unsigned long state)
{
    long sum = 0, left = rounds;
    for (;;) {
        state = state * 6364136223846793005ul + 1442;
        long bit = state >> 33 & 1;
        sum = (sum + bit) ^ left;
        node = ((char *const *)node)[bit];
        if (!--left) return (struct result){(long)node, rounds, sum};
    }
}

int main(void)
{
    long page = sysconf(_SC_PAGESIZE);
    char *memory = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(memory != MAP_FAILED);
    char **ring = (char **)memory, **edge = (char **)(memory + page - 8);
    for (int i = 0; i < 8; i++) {
        ring[2 * i] = (char *)&ring[2 * ((i + 1) % 8)];
        ring[2 * i + 1] = (char *)&ring[2 * ((i + 3) % 8)];
    }
    struct result warm = walk((char *)ring, 3000000, 1, 1);
    struct result same = model((char *)ring, 3000000, 1);
    EQUAL(warm.rounds, same.rounds);
    EQUAL(warm.node, same.node);
    EQUAL(warm.sum, same.sum);
    // Only left: the word on the right is not there, and nobody asks for it.
    *edge = (char *)edge;
    mprotect(memory + page, page, PROT_NONE);
    handle(SIGSEGV, on_fault, SA_NODEFER);
    struct result still = walk((char *)edge, 300, 1, 0);
    EQUAL(still.node, (long)edge);
    EQUAL(still.rounds, 300);
    // The first step to the right faults there.
    for (int i = 0; i < 20; i++) {
        if (!sigsetjmp(out, 1)) {
            walk((char *)edge, 1000, 77 + i, 1);
            CHECK(!"a fault");
        }
        CHECK(address == (char *)edge + 8);
        EQUAL(seen.uc_mcontext.__gregs[REG_PC], (long)right_load);
        EQUAL(seen.uc_mcontext.__gregs[REG_A0 + 4], (long)edge);
        EQUAL(seen.uc_mcontext.__gregs[REG_A0 + 5], (long)edge);
        EQUAL(seen.uc_mcontext.__gregs[6], 1);
    }
    return finish();
}
