// What the demos share: raw system calls, and the one line that each prints.
#pragma once
typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long u64;
typedef long i64;

enum { SYS_exit = 93, SYS_futex = 98, SYS_write = 64, SYS_munmap = 215, SYS_clone = 220, SYS_mmap = 222 };

static inline i64 syscall6(i64 n, i64 a, i64 b, i64 c, i64 d, i64 e, i64 f)
{
    register i64 a7 __asm__("a7") = n;
    register i64 a0 __asm__("a0") = a;
    register i64 a1 __asm__("a1") = b;
    register i64 a2 __asm__("a2") = c;
    register i64 a3 __asm__("a3") = d;
    register i64 a4 __asm__("a4") = e;
    register i64 a5 __asm__("a5") = f;
    __asm__ volatile("ecall" : "+r"(a0) : "r"(a7), "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5) : "memory");
    return a0;
}

static inline void *map_anonymous(u64 length)
{
    return (void *)syscall6(SYS_mmap, 0, (i64)length, 3 /* READ|WRITE */, 0x22 /* PRIVATE|ANONYMOUS */, -1, 0);
}

// FNV-1a over the eight bytes of `value`, low byte first.
static inline u64 mix(u64 hash, u64 value)
{
    for (int i = 0; i < 8; i++) {
        hash ^= value >> (8 * i) & 0xff;
        hash *= 0x100000001b3ul;
    }
    return hash;
}
#define MIX_START 0xcbf29ce484222325ul

// A linear congruential generator; the upper half of the state is the better half.
static inline u32 next_random(u64 *state)
{
    *state = *state * 6364136223846793005ul + 1442695040888963407ul;
    return (u32)(*state >> 32);
}

// Prints "name 0123456789abcdef\n" in a single write.
static inline int report(const char *name, u64 checksum)
{
    char line[64];
    u32 n = 0;
    while (name[n]) {
        line[n] = name[n];
        n++;
    }
    line[n++] = ' ';
    for (int shift = 60; shift >= 0; shift -= 4)
        line[n++] = "0123456789abcdef"[checksum >> shift & 15];
    line[n++] = '\n';
    return syscall6(SYS_write, 1, (i64)line, n, 0, 0, 0) == (i64)n ? 0 : 1;
}
