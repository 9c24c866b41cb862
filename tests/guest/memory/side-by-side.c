// flags: -O2 -static -pthread
// Accesses to bytes side by side, which a translator may do at once: a fault is still that of the one byte, with the registers and the memory as
// that instruction finds them, and what a handler repairs goes on. The same for two loads of which a branch chooses one.
#include "../check.h"

enum { PAGE = 4096, ROUNDS = 3000000, T0 = 5, T1 = 6, T2 = 7, A0 = 10 };
static char *edge; // the first byte that cannot be accessed
static struct { uint64_t pc, addr, t0, t1, t2; int count; uint8_t before[8]; } seen;

static void repair(int signo, siginfo_t *info, void *context)
{
    (void)signo;
    const unsigned long *r = ((ucontext_t *)context)->uc_mcontext.__gregs;
    seen.pc = r[0]; seen.addr = (uint64_t)info->si_addr;
    seen.t0 = r[T0]; seen.t1 = r[T1]; seen.t2 = r[T2];
    seen.count++;
    memcpy(seen.before, edge - 8, 8);
    mprotect(edge, PAGE, PROT_READ | PROT_WRITE);
}
static void arm(void) { memset(&seen, 0, sizeof seen); mprotect(edge, PAGE, PROT_NONE); }

extern char load_second[], load_first[], load_last[], store_second[], store_last[], arm_a[], arm_b[];
uint64_t load4(const void *p, uint64_t rounds);
void store4(void *p, uint64_t x, uint64_t rounds);
uint64_t choose(const void *p, uint64_t which, uint64_t rounds);
__asm__(".text\n.option norvc\n"
    // The second byte comes first, the last one into the register of the first.
    ".globl load4\nload4:\n0:\n"
    "load_second: lbu t0, 1(a0)\n load_first: lbu t1, 0(a0)\n slli t0, t0, 8\n lbu t2, 2(a0)\n or t0, t0, t1\n"
    "slli t2, t2, 16\n load_last: lbu t1, 3(a0)\n or t0, t0, t2\n slli t1, t1, 24\n or t0, t0, t1\n"
    "addi a1, a1, -1\n bnez a1, 0b\n mv a0, t0\n ret\n"
    ".globl store4\nstore4:\n0:\n"
    "sb a1, 0(a0)\n srli t0, a1, 8\n store_second: sb t0, 1(a0)\n srli t1, a1, 16\n sb t1, 2(a0)\n srli t2, a1, 24\n"
    "store_last: sb t2, 3(a0)\n addi a2, a2, -1\n bnez a2, 0b\n ret\n"
    ".globl choose\nchoose:\nli t2, 0\n0:\n xor t0, a1, a2\n andi t0, t0, 1\n beqz t0, 1f\n arm_a: ld t1, 8(a0)\n j 2f\n"
    "1: arm_b: ld t1, 0(a0)\n 2: add t2, t2, t1\n addi a2, a2, -1\n bnez a2, 0b\n mv a0, t2\n ret\n");

static void loads(uint64_t rounds)
{
    struct { int within; char *pc; } cases[] = { { 3, load_last }, { 1, load_second }, { 0, load_second } };
    for (int i = 0; i < 3; i++) {
        char *p = edge - cases[i].within;
        arm();
        uint64_t x = load4(p, rounds), expected = 0;
        for (int k = 3; k >= 0; k--) expected = expected << 8 | (uint8_t)p[k];
        CHECK(x == expected);
        CHECK(seen.pc == (uint64_t)cases[i].pc);
        CHECK(seen.addr == (uint64_t)(cases[i].within ? edge : edge + 1));
        CHECK(seen.count == 1);
        if (i == 0) { CHECK(seen.t0 == (expected & 0xffff)); CHECK(seen.t1 == (uint8_t)p[0]); CHECK(seen.t2 == (uint8_t)p[2] << 16); }
    }
}
static void stores(uint64_t rounds)
{
    memset(edge - 8, 0, 8);
    arm();
    store4(edge - 3, 0x44332211, rounds);
    CHECK(seen.pc == (uint64_t)store_last && seen.addr == (uint64_t)edge && seen.count == 1);
    CHECK(seen.before[4] == 0 && seen.before[5] == 0x11 && seen.before[6] == 0x22 && seen.before[7] == 0x33);
    CHECK(seen.t0 == 0x443322 && seen.t1 == 0x4433 && seen.t2 == 0x44);
    CHECK(edge[0] == 0x44);
    arm();
    store4(edge - 1, 0x88776655, rounds);
    CHECK(seen.pc == (uint64_t)store_second && seen.before[7] == 0x55 && seen.count == 1);
    CHECK((uint8_t)edge[0] == 0x66 && (uint8_t)edge[2] == 0x88);
}
static void choices(void)
{
    static uint64_t good[2] = { 3, 5 };
    for (int which = 0; which < 2; which++) {
        CHECK(choose(good, which, ROUNDS) == 4ull * ROUNDS);
        memset(edge, 0, 8);
        arm();
        uint64_t *p = (uint64_t *)(edge - 8);
        p[0] = 7;
        CHECK(choose(p, which, 2) == 7);
        CHECK(seen.pc == (uint64_t)arm_a && seen.addr == (uint64_t)edge && seen.count == 1);
        CHECK(seen.t0 == 1 && seen.t2 == (which ? 0 : 7));
    }
}

// What a compiler makes of copies at any alignment.
struct packed { uint8_t a; uint16_t b; uint32_t c; uint64_t d; } __attribute__((packed));
static void copies(void)
{
    static uint8_t from[64], to[64], expected[64];
    uint64_t sum = 0, other = 0;
    for (int round = 0; round < 20000; round++) {
        for (int i = 0; i < 64; i++) { from[i] = (uint8_t)(round * 7 + i * 13); to[i] = expected[i] = 0xee; }
        int at = round % 17;
        uint64_t x; uint32_t y; int16_t z; struct packed p;
        memcpy(&x, from + at, 8); memcpy(&y, from + at + 3, 4); memcpy(&z, from + at + 5, 2); memcpy(&p, from + at, sizeof p);
        sum += x + y + (uint16_t)z + p.a + p.b + p.c + p.d;
        const volatile uint8_t *v = from + at;
        for (int i = 0; i < 8; i++) {
            other += ((uint64_t)v[i] + v[7 + i]) << 8 * i;
            if (i < 4) other += ((uint64_t)v[3 + i] + v[3 + i]) << 8 * i;
            if (i < 2) other += ((uint64_t)v[5 + i] + v[1 + i]) << 8 * i;
        }
        other += v[0];
        p.d = x ^ y; p.c = (uint32_t)(x >> 8); p.b = z; p.a = 1;
        memcpy(to + at, &p, sizeof p);
        expected[at] = 1;
        for (int i = 0; i < 2; i++) expected[at + 1 + i] = (uint8_t)(z >> 8 * i);
        for (int i = 0; i < 4; i++) expected[at + 3 + i] = (uint8_t)((uint32_t)(x >> 8) >> 8 * i);
        for (int i = 0; i < 8; i++) expected[at + 7 + i] = (uint8_t)((x ^ y) >> 8 * i);
        if (memcmp(to, expected, 64)) { CHECK(!"copies"); return; }
    }
    CHECK(sum == other);
}

int main(void)
{
    edge = (char *)mmap(0, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) + PAGE;
    for (int i = -8; i < 8; i++) edge[i] = (char)(i * 37 + 200);
    struct sigaction action = { .sa_sigaction = repair, .sa_flags = SA_SIGINFO };
    sigaction(SIGSEGV, &action, 0);
    for (int pass = 0; pass < 2; pass++) {
        loads(1);
        stores(1);
        // The loops are hot from here on.
        static uint8_t good[4] = { 1, 2, 3, 4 };
        CHECK(load4(good, ROUNDS) == 0x04030201);
        store4(good, 0x04030201, ROUNDS);
    }
    loads(1);
    stores(1);
    choices();
    copies();
    return finish();
}
