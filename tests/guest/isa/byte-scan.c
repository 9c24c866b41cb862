// The search for the highest byte that is not zero, as libgcc's __clzdi2 does it: the same registers as by a loop that looks otherwise.
#include "../check.h"
struct found { uint64_t shifted, byte, shift; };
#define SCAN(between) \
    struct found f = {11, 12, shift}; \
    asm volatile("1: srl %0, %3, %2; andi %1, %0, 255; bnez %1, 2f; addi %2, %2, -8; " between " bnez %2, 1b; 2:" \
                 : "+&r"(f.shifted), "+&r"(f.byte), "+&r"(f.shift) : "r"(word)); \
    return f
__attribute__((noinline)) static struct found scan(uint64_t word, uint64_t shift) { SCAN(""); }
__attribute__((noinline)) static struct found slowly(uint64_t word, uint64_t shift) { SCAN("nop;"); }
// The same with one register for what is shifted and its byte.
__attribute__((noinline)) static uint64_t in_place(uint64_t word, uint64_t shift)
{
    uint64_t byte = 11;
    asm volatile("1: srl %0, %2, %1; andi %0, %0, 255; bnez %0, 2f; addi %1, %1, -8; bnez %1, 1b; 2:" : "+&r"(byte), "+&r"(shift) : "r"(word));
    return byte << 8 | shift;
}
// Registers with two roles: no such search.
__attribute__((noinline)) static uint64_t eats_itself(uint64_t word)
{
    uint64_t byte, shift = 56;
    asm volatile("1: srl %2, %2, %1; andi %0, %2, 255; bnez %0, 2f; addi %1, %1, -8; bnez %1, 1b; 2:" : "=&r"(byte), "+&r"(shift), "+&r"(word));
    return byte << 8 | shift;
}
__attribute__((noinline)) static uint64_t eats_itself_slowly(uint64_t word)
{
    uint64_t byte, shift = 56;
    asm volatile("1: srl %2, %2, %1; andi %0, %2, 255; bnez %0, 2f; addi %1, %1, -8; nop; bnez %1, 1b; 2:" : "=&r"(byte), "+&r"(shift), "+&r"(word));
    return byte << 8 | shift;
}
static void compare(uint64_t word, uint64_t shift)
{
    struct found is = scan(word, shift), must = slowly(word, shift);
    EQUAL(is.shifted, must.shifted);
    EQUAL(is.byte, must.byte);
    EQUAL(is.shift, must.shift);
    EQUAL(in_place(word, shift), must.byte << 8 | must.shift);
    EQUAL(eats_itself(word), eats_itself_slowly(word));
}
int main(void)
{
    static const uint64_t shifts[] = {56, 48, 16, 8, 64, 120, 0x100000038, 60};
    uint64_t random = 88172645463325252;
    for (int bit = 0; bit < 64; bit++) {
        uint64_t word = 1ull << bit;
        for (int i = 0; i < 200; i++) {
            random ^= random << 13, random ^= random >> 7, random ^= random << 17;
            compare(i % 4 ? random >> bit & -(random >> 60) : word - i % 3, 56);
        }
        for (unsigned i = 0; i < sizeof shifts / sizeof *shifts - 1; i++) compare(word, shifts[i]), compare(word | 1, shifts[i]);
        compare(word | word >> 1 | 255, shifts[7]);
    }
    compare(0, 56); compare(0, 8); compare(-1, 56);
    for (int bit = 0; bit < 64; bit++) { volatile uint64_t word = 1ull << bit; EQUAL(__builtin_ctzll(word), bit); EQUAL(__builtin_clzll(word), 63 - bit); }
    return finish();
}
