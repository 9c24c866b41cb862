// A loop that calls small functions which call small ones: rare ways out, jumps out, and faults inside them.
#include "check.h"

enum { ROUNDS = 700000, RARE = 50021, PROTECT = 100003, PAGE = 4096 };
#define NOINLINE __attribute__((noinline))
#define INLINE static inline __attribute__((always_inline))

static unsigned rarely, faults, protected, jumps, sum;
static volatile unsigned at = 1;
static jmp_buf back;
static unsigned char *page;

NOINLINE static void rare(unsigned x)
{
    rarely++;
    if (x % 3 == 0)
        longjmp(back, 1);
}
INLINE unsigned mixed(unsigned x) { return (x * 2654435761u) ^ x >> 7; }
NOINLINE static unsigned inner(unsigned x)
{
    if (x % RARE == 0)
        rare(x);
    return mixed(x) + page[x % PAGE];
}
NOINLINE static unsigned outer(unsigned x)
{
    unsigned once = inner(x);
    return once ^ inner(x + 1);
}
NOINLINE static void protect(void)
{
    protected++;
    CHECK(mprotect(page, PAGE, PROT_NONE) == 0);
}
NOINLINE static void run(void)
{
    for (; at <= ROUNDS; at++) {
        if (at % PROTECT == 0)
            protect();
        sum += outer(at);
    }
}

static void repair(int sig, siginfo_t *info, void *context)
{
    (void)sig, (void)context;
    CHECK((uintptr_t)info->si_addr - (uintptr_t)page == at % PAGE);
    faults++;
    CHECK(mprotect(page, PAGE, PROT_READ | PROT_WRITE) == 0);
}

// The same without calls.
INLINE unsigned wanted_inner(unsigned x) { return mixed(x) + (x % PAGE * 7 & 0xff); }
INLINE int jumps_out(unsigned x) { return x % RARE == 0 && x % 3 == 0; }

int main(void)
{
    page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(page != MAP_FAILED);
    for (unsigned i = 0; i < PAGE; i++)
        page[i] = (unsigned char)(i * 7);
    handle(SIGSEGV, repair, SA_NODEFER);

    if (setjmp(back)) {
        jumps++;
        at++;
    }
    run();

    unsigned wanted = 0, left = 0;
    for (unsigned x = 1; x <= ROUNDS; x++) {
        if (jumps_out(x) || jumps_out(x + 1))
            left++;
        else
            wanted += wanted_inner(x) ^ wanted_inner(x + 1);
    }
    EQUAL(sum, wanted);
    EQUAL(jumps, left);
    EQUAL(faults, ROUNDS / PROTECT);
    EQUAL(protected, ROUNDS / PROTECT);
    // Those that jump out on the first of their two rounds do not come to the second.
    EQUAL(rarely, 2 * (ROUNDS / RARE));
    return finish();
}
