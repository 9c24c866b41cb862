// flags: -O1 -static -march=rv64gc_zba_zbb_zbc_zbs
// Zba, Zbb, Zbs and Zbc against plain C, on random and corner values.
#include "../check.h"
#define OP(insn, a, b) ({ uint64_t r_; __asm__ volatile(insn " %0, %1, %2" : "=r"(r_) : "r"(a), "r"(b)); r_; })
#define ONE(insn, a) ({ uint64_t r_; __asm__ volatile(insn " %0, %1" : "=r"(r_) : "r"(a)); r_; })
static uint64_t clmul(uint64_t a, uint64_t b, int high) { unsigned __int128 r = 0; for (int i = 0; i < 64; i++) if (b >> i & 1) r ^= (unsigned __int128)a << i; return (uint64_t)(high ? r >> 64 : r); }
static uint64_t reverse(uint64_t a) { uint64_t r = 0; for (int i = 0; i < 64; i++) r |= (a >> i & 1) << (63 - i); return r; }
int main(void)
{
    uint64_t x = 1;
    for (int i = 0; i < 400; i++) {
        x = x * 6364136223846793005u + 1442695040888963407u;
        uint64_t a = i == 0 ? 0 : i == 1 ? ~0ul : i < 66 ? 1ul << (i - 2) : x >> (i & 31), b = i & 1 ? x * 0x9e3779b97f4a7c15u : (uint64_t)i;
        unsigned s = b & 63, w = b & 31, a32 = (unsigned)a;
        EQUAL(OP("add.uw", a, b), (uint64_t)a32 + b); EQUAL(OP("sh1add", a, b), a * 2 + b); EQUAL(OP("sh2add", a, b), a * 4 + b); EQUAL(OP("sh3add", a, b), a * 8 + b);
        EQUAL(OP("sh1add.uw", a, b), (uint64_t)a32 * 2 + b); EQUAL(OP("sh3add.uw", a, b), (uint64_t)a32 * 8 + b);
        EQUAL(OP("andn", a, b), a & ~b); EQUAL(OP("orn", a, b), a | ~b); EQUAL(OP("xnor", a, b), ~(a ^ b));
        int lz = 0, tz = 0, lzw = 0, tzw = 0, pop = 0, popw = 0;
        while (lz < 64 && !(a >> (63 - lz) & 1)) lz++;
        while (tz < 64 && !(a >> tz & 1)) tz++;
        while (lzw < 32 && !(a32 >> (31 - lzw) & 1)) lzw++;
        while (tzw < 32 && !(a32 >> tzw & 1)) tzw++;
        for (int k = 0; k < 64; k++) { pop += a >> k & 1; if (k < 32) popw += a32 >> k & 1; }
        EQUAL(ONE("clz", a), lz); EQUAL(ONE("ctz", a), tz); EQUAL(ONE("clzw", a), lzw); EQUAL(ONE("ctzw", a), tzw); EQUAL(ONE("cpop", a), pop); EQUAL(ONE("cpopw", a), popw);
        EQUAL(OP("max", a, b), (int64_t)a > (int64_t)b ? a : b); EQUAL(OP("min", a, b), (int64_t)a < (int64_t)b ? a : b); EQUAL(OP("maxu", a, b), a > b ? a : b); EQUAL(OP("minu", a, b), a < b ? a : b);
        EQUAL(ONE("sext.b", a), (int8_t)a); EQUAL(ONE("sext.h", a), (int16_t)a); EQUAL(ONE("zext.h", a), (uint16_t)a);
        EQUAL(OP("rol", a, b), a << s | a >> (-s & 63)); EQUAL(OP("ror", a, b), a >> s | a << (-s & 63)); EQUAL(OP("rolw", a, b), (int)(a32 << w | a32 >> (-w & 31))); EQUAL(OP("rorw", a, b), (int)(a32 >> w | a32 << (-w & 31)));
        uint64_t orc = 0;
        for (int k = 0; k < 64; k += 8) orc |= a >> k & 255 ? 255ul << k : 0;
        EQUAL(ONE("orc.b", a), orc); EQUAL(ONE("rev8", a), __builtin_bswap64(a));
        EQUAL(OP("bset", a, b), a | 1ul << s); EQUAL(OP("bclr", a, b), a & ~(1ul << s)); EQUAL(OP("binv", a, b), a ^ 1ul << s); EQUAL(OP("bext", a, b), a >> s & 1);
        EQUAL(OP("clmul", a, b), clmul(a, b, 0)); EQUAL(OP("clmulh", a, b), clmul(a, b, 1)); EQUAL(OP("clmulr", a, b), reverse(clmul(reverse(a), reverse(b), 0)));
    }
    EQUAL(({ uint64_t r; __asm__ volatile("slli.uw %0, %1, 4" : "=r"(r) : "r"(0xfffffffff0000001)); r; }), 0xf00000010);
    EQUAL(({ uint64_t r; __asm__ volatile("roriw %0, %1, 1" : "=r"(r) : "r"(3ul)); r; }), 0xffffffff80000001); EQUAL(({ uint64_t r; __asm__ volatile("rori %0, %1, 63" : "=r"(r) : "r"(3ul)); r; }), 6);
    return finish();
}
