// flags: -O2 -static -pthread
// Loops that look for something, of which a translator may skip rounds: they end where each round in turn would, whatever lies behind; a fault is
// that of the one load, with the registers that it finds; and a signal finds the registers of some round.
#include "../check.h"

enum { PAGE = 4096, HOT = 200000, A0 = 10, A1 = 11, T0 = 5, T1 = 6 };
static char *edge; // the first byte that cannot be accessed
static struct { uint64_t pc, addr, a0, a1, t0, t1; int count; } seen;

static void repair(int signo, siginfo_t *info, void *context)
{
    (void)signo;
    const unsigned long *r = ((ucontext_t *)context)->uc_mcontext.__gregs;
    seen.pc = r[0]; seen.addr = (uint64_t)info->si_addr;
    seen.a0 = r[A0]; seen.a1 = r[A1]; seen.t0 = r[T0]; seen.t1 = r[T1];
    seen.count++;
    mprotect(edge, PAGE, PROT_READ | PROT_WRITE);
}
static void arm(void) { memset(&seen, 0, sizeof seen); mprotect(edge, PAGE, PROT_NONE); }

extern char zero_load[], zero_end[], zero_begin[], same_first[], same_second[], turned_load[];
char *zero(const char *p);                     // the byte behind the first zero
char *same(const char *p, const char *q);      // where they differ
char *turned(const char *p, const char *q);    // the same, what a round compares being loaded by the round before
uint64_t words(const uint64_t *p, uint64_t n); // how many words of n are not 0, from the first one on
__asm__(".text\n.option norvc\n"
    ".globl zero\nzero: zero_begin:\n zero_load: lbu t0, 0(a0)\n addi a0, a0, 1\n bnez t0, zero\n zero_end: ret\n"
    ".globl same\nsame:\n same_first: lbu t0, 0(a0)\n same_second: lbu t1, 0(a1)\n bne t0, t1, 1f\n addi a0, a0, 1\n addi a1, a1, 1\n j same\n 1: ret\n"
    ".globl turned\nturned:\n lbu t0, 0(a0)\n lbu t1, 0(a1)\n 0: bne t0, t1, 1f\n turned_load: lbu t0, 1(a0)\n lbu t1, 1(a1)\n addi a0, a0, 1\n"
    " addi a1, a1, 1\n j 0b\n 1: ret\n"
    ".globl words\nwords:\n li t1, 0\n 0: beq t1, a1, 1f\n ld t0, 0(a0)\n beqz t0, 1f\n addi a0, a0, 8\n addi t1, t1, 1\n j 0b\n 1: mv a0, t1\n ret\n");

static void faults(void)
{
    static char other[512];
    memset(other, 'x', sizeof other);
    for (int within = 0; within < 200; within += 7) {
        char *p = edge - within;
        memset(p, 'x', within + 300);
        edge[50] = 0;
        arm();
        CHECK(zero(p) == edge + 51);
        CHECK(seen.count == 1 && seen.pc == (uint64_t)zero_load && seen.addr == (uint64_t)edge && seen.a0 == (uint64_t)edge);
        CHECK(!within || seen.t0 == 'x');
        arm();
        CHECK(same(other, p) == other + within + 50);
        CHECK(seen.count == 1 && seen.pc == (uint64_t)same_second && seen.addr == (uint64_t)edge);
        CHECK(seen.a0 == (uint64_t)other + within && seen.a1 == (uint64_t)edge && seen.t0 == 'x' && (!within || seen.t1 == 'x'));
        arm();
        CHECK(turned(p, other) == edge + 50);
        CHECK(seen.count == 1 && seen.addr == (uint64_t)edge);
        if (within) CHECK(seen.pc == (uint64_t)turned_load && seen.a0 == (uint64_t)edge - 1 && seen.t0 == 'x' && seen.t1 == 'x');
    }
}

// Whatever ends a loop lies in front of what cannot be read.
static void ends(void)
{
    mprotect(edge, PAGE, PROT_NONE);
    for (int within = 1; within < 140; within++) {
        char *p = edge - within, copy[160];
        for (int at = 0; at < within; at++) {
            memset(p, 'y', within);
            p[at] = 0;
            memcpy(copy, p, within);
            if (zero(p) != p + at + 1 || (int)strlen(p) != at || strcmp(p, copy) || strncmp(p, copy, within)) { CHECK(!"length"); return; }
            if (memchr(p, 0, within) != p + at || strchr(p, 'z') || memcmp(p, copy, within)) { CHECK(!"search"); return; }
            copy[at] = 1;
            if (strcmp(p, copy) >= 0 || strncmp(p, copy, within) >= 0 || memcmp(p, copy, within) >= 0) { CHECK(!"order"); return; }
            if (same(p, copy) != p + at || turned(p, copy) != p + at) { CHECK(!"difference"); return; }
        }
        memset(p, 'y', within);
        if (words((uint64_t *)(edge - within / 8 * 8), within / 8) != (uint64_t)within / 8) { CHECK(!"words"); return; }
    }
    CHECK(words((uint64_t *)edge, 0) == 0);
}

// Arrays that overlap: what is compared is what stands one or more bytes further.
static void overlaps(void)
{
    static char text[600];
    for (int apart = 1; apart < 80; apart++) {
        for (int i = 0; i < 500; i++) text[i] = (char)('a' + i % apart);
        text[500] = '#';
        CHECK(same(text, text + apart) == text + 500 - apart);
        CHECK(turned(text + apart, text) == text + 500);
    }
}

enum { LONG = 1 << 22 };
static char *text;
static char at(uint64_t i) { return (char)(i * 31 % 255 + 1); }
static atomic_int ticks, bad;

static void tick(int signo, siginfo_t *info, void *context)
{
    (void)signo; (void)info;
    const unsigned long *r = ((ucontext_t *)context)->uc_mcontext.__gregs;
    uint64_t done = r[A0] - (uint64_t)text;
    if (r[0] < (uint64_t)zero_begin || r[0] >= (uint64_t)zero_end || done > LONG) return;
    ticks++;
    uint64_t last = r[0] == (uint64_t)zero_load + 4 ? done : done - 1;
    if ((last < LONG) && r[T0] != (uint8_t)at(last)) bad++;
}
static void signals(void)
{
    text = malloc(LONG + 1);
    for (int i = 0; i < LONG; i++) text[i] = at(i);
    text[LONG] = 0;
    struct sigaction action = { .sa_sigaction = tick, .sa_flags = SA_SIGINFO };
    sigaction(SIGALRM, &action, 0);
    struct itimerval every = { { 0, 500 }, { 0, 500 } };
    setitimer(ITIMER_REAL, &every, 0);
    for (int i = 0; i < 400 && ticks < 40; i++) CHECK(zero(text) == text + LONG + 1);
    setitimer(ITIMER_REAL, &(struct itimerval){ 0 }, 0);
    CHECK(ticks > 0 && bad == 0);
}

int main(void)
{
    edge = (char *)mmap(0, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) + 2 * PAGE;
    struct sigaction action = { .sa_sigaction = repair, .sa_flags = SA_SIGINFO };
    sigaction(SIGSEGV, &action, 0);
    faults();
    // The loops are hot from here on.
    char *hot = malloc(HOT + 9), *other = malloc(HOT + 9);
    memset(hot, 'h', HOT + 8);
    memset(other, 'h', HOT + 8);
    hot[HOT] = 0;
    for (int i = 0; i < 5; i++) {
        CHECK(zero(hot) == hot + HOT + 1 && same(hot, other) == hot + HOT && turned(hot, other) == hot + HOT);
        CHECK(words((uint64_t *)hot, HOT / 8) == HOT / 8);
    }
    faults();
    mprotect(edge, PAGE, PROT_READ | PROT_WRITE);
    ends();
    overlaps();
    signals();
    return finish();
}
