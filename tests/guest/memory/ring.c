// flags: -O2 -static -pthread
// Numbers of records that wait in a ring, which a translator may fetch ahead: a number that is never used leads nowhere and harms nothing, and
// what is not accessed does not become resident.
#include "../check.h"

enum { PAGE = 4096, SLOTS = 8, ROUNDS = 200000 };

// For each number of `next`: takes a number out of the ring, puts that one there, and adds up what the record at table + number * 64 holds.
uint64_t walk(uint64_t *ring, const uint64_t *next, uint64_t count, const char *table);
uint64_t walk32(uint32_t *ring, const uint64_t *next, uint64_t count, const char *table);
__asm__(".text\n"
    ".globl walk\nwalk: li t6, 0\n li t5, 0\n"
    "0: andi t0, t5, 7\n slli t0, t0, 3\n add t0, t0, a0\n ld t2, (a1)\n ld t1, (t0)\n sd t2, (t0)\n"
    "slli t1, t1, 6\n add t1, t1, a3\n ld t3, 8(t1)\n add t6, t6, t3\n"
    "addi a1, a1, 8\n addi t5, t5, 1\n bne t5, a2, 0b\n mv a0, t6\n ret\n"
    ".globl walk32\nwalk32: li t6, 0\n li t5, 0\n"
    "0: andi t0, t5, 7\n slli t0, t0, 2\n add t0, t0, a0\n ld t2, (a1)\n lw t1, (t0)\n sw t2, (t0)\n"
    "slli t1, t1, 6\n add t1, t1, a3\n ld t3, 8(t1)\n add t6, t6, t3\n"
    "addi a1, a1, 8\n addi t5, t5, 1\n bne t5, a2, 0b\n mv a0, t6\n ret\n");

static uint64_t next[ROUNDS];

// The last numbers stay in the ring: those of pages that are not there, of the end of memory and beyond, and of a page not yet touched.
static void strange_numbers(uint64_t untouched)
{
    uint64_t numbers[SLOTS] = { 1ull << 50, 1ull << 57, (1ull << 58) - 1, 1ull << 31, 0x7fffffff, ~0ull, untouched, 1ull << 40 };
    memcpy(next + ROUNDS - SLOTS, numbers, sizeof numbers);
}

int main(void)
{
    char *table = mmap(NULL, 64 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    enum { USED = 32 * PAGE / 64, UNTOUCHED = 40 * PAGE / 64 };
    for (uint64_t i = 0; i < USED; i++) ((uint64_t *)(table + i * 64))[1] = i * i + 1;
    uint64_t ring[SLOTS] = { 0 }, x = 1, sum = SLOTS;
    uint32_t narrow[SLOTS] = { 0 };
    for (int i = 0; i < ROUNDS; i++) {
        x = x * 6364136223846793005ull + 1442695040888963407ull;
        next[i] = (x >> 33) % USED;
        if (i < ROUNDS - SLOTS) sum += next[i] * next[i] + 1;
    }
    strange_numbers(UNTOUCHED);
    EQUAL(walk(ring, next, ROUNDS, table), sum);
    EQUAL(walk32(narrow, next, ROUNDS, table), sum);
    EQUAL(ring[(ROUNDS - 2) % SLOTS], UNTOUCHED);
    EQUAL(narrow[(ROUNDS - 2) % SLOTS], UNTOUCHED);
    unsigned char resident = 1;
    EQUAL(mincore(table + 40 * PAGE, PAGE, &resident), 0);
    EQUAL(resident & 1, 0);
    return finish();
}
