// Loads and stores of all widths at all alignments, also over a page border.
#include "../check.h"
int main(void)
{
    unsigned char *p = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (long at = 4096 - 16; at < 4096 + 8; at++) {
        unsigned char *q = p + at;
        long l; double d; float f;
        for (int i = 0; i < 8; i++) q[i] = (unsigned char)(0x81 + i);
        __asm__ volatile("ld %0, (%1)" : "=r"(l) : "r"(q)); EQUAL(l, 0x8887868584838281);
        __asm__ volatile("lw %0, (%1)" : "=r"(l) : "r"(q)); EQUAL(l, (int)0x84838281);
        __asm__ volatile("lwu %0, (%1)" : "=r"(l) : "r"(q)); EQUAL(l, 0x84838281);
        __asm__ volatile("lh %0, (%1)" : "=r"(l) : "r"(q)); EQUAL(l, (short)0x8281);
        __asm__ volatile("lhu %0, (%1)" : "=r"(l) : "r"(q)); EQUAL(l, 0x8281);
        __asm__ volatile("sd %0, (%1)" :: "r"(0x1122334455667788), "r"(q) : "memory"); memcpy(&l, q, 8); EQUAL(l, 0x1122334455667788);
        __asm__ volatile("sw %0, (%1)" :: "r"(0xaabbccddl), "r"(q) : "memory"); memcpy(&l, q, 8); EQUAL(l, 0x11223344aabbccdd);
        __asm__ volatile("sh %0, (%1)" :: "r"(0x9988l), "r"(q) : "memory"); memcpy(&l, q, 8); EQUAL(l, 0x11223344aabb9988);
        __asm__ volatile("fsd %0, (%1)" :: "f"(1.5), "r"(q) : "memory"); __asm__ volatile("fld %0, (%1)" : "=f"(d) : "r"(q) : "memory"); CHECK(d == 1.5);
        __asm__ volatile("fsw %0, (%1)" :: "f"(2.5f), "r"(q) : "memory"); __asm__ volatile("flw %0, (%1)" : "=f"(f) : "r"(q) : "memory"); CHECK(f == 2.5f);
    }
    return finish();
}
