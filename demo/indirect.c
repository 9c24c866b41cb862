// Indirect jumps: a bytecode machine with a jump per opcode, which counts primes, and calls through a function table.
#include "demo.h"

enum { SET, ADD, ADDI, MUL, REM, JLT, JNZ, JMP, INC, HALT };
struct insn { u8 op, a, b; signed char c; };

// r1 = candidate, r2 = divisor, r3 = scratch, r4 = count, r5 = limit
static const struct insn program[] = {
    {SET, 1, 0, 2},  // 0: candidate = 2
    {SET, 2, 0, 2},  // 1: divisor = 2
    {MUL, 3, 2, 2},  // 2: scratch = divisor * divisor
    {JLT, 1, 3, 5},  // 3: candidate < scratch: prime
    {REM, 3, 1, 2},  // 4: scratch = candidate % divisor
    {JNZ, 3, 0, 2},  // 5: not divided: next divisor
    {JMP, 0, 0, 3},  // 6: divided: next candidate
    {ADDI, 2, 2, 1}, // 7: divisor += 1
    {JMP, 0, 0, -7}, // 8: round again, from 2
    {INC, 4, 0, 0},  // 9: prime found  (JLT at 3 lands at 3+1+5 = 9)
    {ADDI, 1, 1, 1}, // 10: candidate += 1
    {JLT, 1, 5, -11}, // 11: candidate < limit: again
    {HALT, 0, 0, 0},
};

static u64 run(u64 limit)
{
    static const void *const labels[] = {&&set, &&add, &&addi, &&mul, &&rem, &&jlt, &&jnz, &&jmp, &&inc, &&halt};
    u64 r[8] = {0};
    r[5] = limit;
    const struct insn *pc = program, *i;
#define NEXT do { i = pc++; goto *labels[i->op]; } while (0)
    NEXT;
set:  r[i->a] = (u64)(i64)i->c; NEXT;
add:  r[i->a] = r[i->b] + r[(int)i->c]; NEXT;
addi: r[i->a] = r[i->b] + (u64)(i64)i->c; NEXT;
mul:  r[i->a] = r[i->b] * r[(int)i->c]; NEXT;
rem:  r[i->a] = r[i->b] % r[(int)i->c]; NEXT;
jlt:  if (r[i->a] < r[i->b]) pc += i->c; NEXT;
jnz:  if (r[i->a]) pc += i->c - 1; NEXT;
jmp:  pc += i->c; NEXT;
inc:  r[i->a]++; NEXT;
halt: return r[4];
}

static u64 rotate(u64 x) { return x << 7 | x >> 57; }
static u64 scale(u64 x) { return x * 0x9e3779b97f4a7c15ul; }
static u64 flip(u64 x) { return ~x ^ x >> 31; }
static u64 step(u64 x) { return x + 0x1234567; }
static u64 (*volatile const table[])(u64) = {rotate, scale, flip, step};

int main(void)
{
    u64 sum = mix(MIX_START, run(18000));
    u64 x = 1;
    for (int i = 0; i < 700000; i++)
        x = table[(x >> 11 ^ (u64)i) & 3](x);
    return report("indirect", mix(sum, x));
}
