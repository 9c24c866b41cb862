// A loop calls functions by a table, and jumps among pieces of code; one of them is rewritten while the loop goes on.
#include "code.h"
enum { ROUNDS = 700000 };
static fn table[4];
static char *page;
static long add1(long x) { return x + 1; }
static long sub3(long x) { return x - 3; }
__attribute__((noinline)) static long run(long rounds)
{
    long sum = 0;
    for (long i = 0; i < rounds; i++) {
        if (i == rounds / 2) { emit((uint32_t *)page, 40); flush(page, 8); }
        sum += table[i & 3](i);
    }
    return sum;
}
// lw t0 of a table, jump there: each piece adds its number and comes back; a0 counts down.
static uint32_t *piece(uint32_t *at, int n, int back)
{
    *at++ = addi(11, 11, n);
    uint32_t offset = (uint32_t)back * 4 - (uint32_t)((char *)at - page);
    *at++ = (offset >> 20 & 1) << 31 | (offset >> 1 & 0x3ff) << 21 | (offset >> 11 & 1) << 20 | (offset >> 12 & 0xff) << 12 | 0x6f;
    return at;
}
int main(void)
{
    page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(page != MAP_FAILED);
    emit((uint32_t *)page, 20); flush(page, 8);
    memcpy(table, (fn[]){add1, (fn)page, sub3, (fn)page}, sizeof table);
    long wanted = 0;
    for (long i = 0; i < ROUNDS; i++) wanted += i + (i & 1 ? i < ROUNDS / 2 ? 20 : 40 : i & 2 ? -3 : 1);
    EQUAL(run(ROUNDS), wanted);
    // sp-free loop: a0 = rounds, a1 = sum, a2 = table of two addresses.
    static uint64_t places[2];
    for (int turn = 0; turn < 3; turn++) {
        uint32_t *at = (uint32_t *)page;
        *at++ = addi(11, 0, 0);            // li a1, 0
        *at++ = addi(10, 10, -1);          // 1: addi a0, a0, -1
        *at++ = 0x02054063u;               //    bltz a0, 2f
        *at++ = 0x00157293u;               //    andi t0, a0, 1
        *at++ = 0x00329293u;               //    slli t0, t0, 3
        *at++ = 0x00c282b3u;               //    add t0, t0, a2
        *at++ = 0x0002b283u;               //    ld t0, 0(t0)
        *at++ = 0x00028067u;               //    jr t0
        *at++ = 0x00000013u;               //    nop
        *at++ = 0x00000013u;               //    nop
        *at++ = addi(10, 11, 0);           // 2: mv a0, a1
        *at++ = RET;
        places[0] = (uintptr_t)at; at = piece(at, 5 + turn, 1);
        places[1] = (uintptr_t)at; at = piece(at, 100 * turn, 1);
        flush(page, 256);
        long (*loop)(long, long, uint64_t *) = (long (*)(long, long, uint64_t *))page;
        EQUAL(loop(ROUNDS * 2, 0, places), (long)ROUNDS * (5 + turn + 100 * turn));
    }
    return finish();
}
