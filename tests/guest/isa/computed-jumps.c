// flags: -O2 -static -pthread
// Loops with computed jumps and calls: to few places, then to others, through tables that change, with faults and signals inside.
#include "check.h"

enum { ROUNDS = 700000, PAGE = 4096, PROTECT = 100003 };
#define NOINLINE __attribute__((noinline))

// A machine of 16 ops with one switch, and what it does without one.
NOINLINE static uint64_t switched(const unsigned char *code, unsigned mask, unsigned rounds)
{
    uint64_t a = 1, b = 2;
    for (unsigned at = 0; at < rounds; at++)
        switch (code[at & mask]) {
        case 0: a += b; break;
        case 1: b ^= a; break;
        case 2: a = a << 3 | a >> 61; break;
        case 3: b -= 7; break;
        case 4: a *= 5; break;
        case 5: b += a >> 9; break;
        case 6: a ^= b << 1; break;
        case 7: b = b << 1 | b >> 63; break;
        case 8: a -= at; break;
        case 9: b *= 3; break;
        case 10: a = ~a; break;
        case 11: b = -b; break;
        case 12: a += 11; break;
        case 13: b += 13; break;
        case 14: a ^= a >> 5; break;
        case 15: b ^= b >> 3; break;
        default: a = b = 0;
        }
    return a ^ b;
}
NOINLINE static uint64_t wanted(const unsigned char *code, unsigned mask, unsigned rounds)
{
    uint64_t a = 1, b = 2;
    for (unsigned at = 0; at < rounds; at++) {
        unsigned op = code[at & mask];
        uint64_t as[] = {a + b, a, a << 3 | a >> 61, a, a * 5, a, a ^ b << 1, a, a - at, a, ~a, a, a + 11, a, a ^ a >> 5, a};
        uint64_t bs[] = {b, b ^ a, b, b - 7, b, b + (a >> 9), b, b << 1 | b >> 63, b, b * 3, b, -b, b, b + 13, b, b ^ b >> 3};
        a = as[op]; b = bs[op];
    }
    return a ^ b;
}
static void switches(void)
{
    static unsigned char code[64];
    for (int phase = 0; phase < 4; phase++) {
        for (unsigned i = 0; i < 64; i++) code[i] = phase == 3 ? (i * 11 + (i >> 4)) & 15 : (i * 7 + phase) % (4 << phase) & 15;
        EQUAL(switched(code, 63, ROUNDS), wanted(code, 63, ROUNDS));
    }
    code[63] = 200; // through the bounds check
    EQUAL(switched(code, 63, 64), 0);
}

// A jump to a label an op, by a table that changes as it runs; the last op leaves when a signal has come.
static volatile sig_atomic_t came;
static void alarmed(int sig, siginfo_t *info, void *context) { (void)sig, (void)info, (void)context; came = 1; }
NOINLINE static uint64_t threaded(unsigned rounds, int wait)
{
    static void *table[4], *labels[5];
    void *const all[] = {&&add, &&turn, &&mix, &&count, &&stop};
    uint64_t a = 1;
    unsigned at = 0;
    if (!labels[0]) memcpy(labels, all, sizeof all);
    memcpy(table, labels, sizeof table);
#define GO goto *table[at & 3]
    GO;
add: a += 3; at++; GO;
turn: a = a << 5 | a >> 59; at++; GO;
mix: a ^= a >> 7; at++; GO;
count:
    if (++at == rounds / 2) table[1] = labels[0];
    if (at >= rounds) table[0] = labels[4];
    if (wait && at > rounds / 4) {
        at = rounds / 4;
        if (came) return at;
    }
    GO;
stop: return a;
}
NOINLINE static uint64_t wanted_threaded(unsigned rounds)
{
    uint64_t a = 1;
    for (unsigned at = 0; at < rounds; at += 4) {
        a += 3;
        a = at >= rounds / 2 ? a + 3 : a << 5 | a >> 59;
        a ^= a >> 7;
    }
    return a;
}
static void labels(void)
{
    EQUAL(threaded(ROUNDS / 8 * 8, 0), wanted_threaded(ROUNDS / 8 * 8));
    handle(SIGALRM, alarmed, 0);
    setitimer(ITIMER_REAL, &(struct itimerval){.it_value.tv_usec = 50000}, NULL);
    EQUAL(threaded(400000, 1), 100000);
    CHECK(came);
}

// Small functions by a table that changes; one of them faults at times, one is jumped out of.
typedef unsigned (*fn)(unsigned);
static unsigned char *page;
static unsigned faults, jumps;
static jmp_buf back;
static unsigned twice(unsigned x) { return x * 2; }
static unsigned less(unsigned x) { return x - 9; }
static unsigned from_page(unsigned x) { return x + page[x % PAGE]; }
static unsigned out(unsigned x) { if (x % 65537 == 0) longjmp(back, 1); return x ^ 5; }
static fn table[4];
NOINLINE static unsigned calls(void)
{
    static volatile unsigned at, sum;
    at = sum = 0;
    if (setjmp(back)) jumps++, at++;
    for (; at < ROUNDS; at++) {
        if (at == ROUNDS / 2) table[1] = out;
        // The lowest bit of a computed address is no part of it.
        if (at == ROUNDS / 3) table[0] = (fn)((uintptr_t)twice | 1);
        if (at % PROTECT == 5) CHECK(mprotect(page, PAGE, PROT_NONE) == 0);
        sum += table[at & 3](at);
    }
    return sum;
}
static void repair(int sig, siginfo_t *info, void *context)
{
    ucontext_t *c = context;
    (void)sig;
    CHECK((uintptr_t)info->si_addr - (uintptr_t)page < PAGE);
    unsigned long pc = c->uc_mcontext.__gregs[REG_PC];
    CHECK(pc - (uintptr_t)from_page < 64);
    faults++;
    CHECK(mprotect(page, PAGE, PROT_READ | PROT_WRITE) == 0);
}
static void functions(void)
{
    unsigned sum = 0, outs = 0;
    page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(page != MAP_FAILED);
    for (unsigned i = 0; i < PAGE; i++) page[i] = i * 7;
    handle(SIGSEGV, repair, 0);
    memcpy(table, (fn[]){twice, less, from_page, less}, sizeof table);
    unsigned got = calls();
    for (unsigned at = 0; at < ROUNDS; at++) {
        unsigned jumped = at & 1 && !(at & 2) && at >= ROUNDS / 2;
        if (jumped && at % 65537 == 0) outs++;
        else sum += (at & 3) == 0 ? at * 2 : (at & 3) == 2 ? at + (at % PAGE * 7 & 255) : jumped ? at ^ 5 : at - 9;
    }
    EQUAL(got, sum);
    EQUAL(jumps, outs);
    EQUAL(faults, ROUNDS / PROTECT + 1);
}

int main(void)
{
    switches();
    labels();
    functions();
    return finish();
}
