// A register bytecode machine with a jump per opcode (computed goto): primes by division, Collatz, a hash loop.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { LI, MOV, ADD, ADDI, SUB, MUL, REM, SHR, ANDI, XOR, JLT, JEQ, JNE, JMP, HALT };
struct insn { uint8_t op, a, b, c; int32_t imm; };

static uint64_t run(const struct insn *code, uint64_t *r)
{
    static const void *const to[] = {&&li, &&mov, &&add, &&addi, &&sub, &&mul, &&rem, &&shr, &&andi, &&xor, &&jlt, &&jeq, &&jne, &&jmp, &&halt};
    const struct insn *i = code;
    uint64_t steps = 0;
#define GO do { steps++; goto *to[i->op]; } while (0)
    GO;
li:   r[i->a] = (uint64_t)(int64_t)i->imm; i++; GO;
mov:  r[i->a] = r[i->b]; i++; GO;
add:  r[i->a] = r[i->b] + r[i->c]; i++; GO;
addi: r[i->a] = r[i->b] + (uint64_t)(int64_t)i->imm; i++; GO;
sub:  r[i->a] = r[i->b] - r[i->c]; i++; GO;
mul:  r[i->a] = r[i->b] * r[i->c]; i++; GO;
rem:  r[i->a] = r[i->b] % r[i->c]; i++; GO;
shr:  r[i->a] = r[i->b] >> i->imm; i++; GO;
andi: r[i->a] = r[i->b] & (uint64_t)(int64_t)i->imm; i++; GO;
xor:  r[i->a] = r[i->b] ^ r[i->c]; i++; GO;
jlt:  i = r[i->a] < r[i->b] ? code + i->imm : i + 1; GO;
jeq:  i = r[i->a] == r[i->b] ? code + i->imm : i + 1; GO;
jne:  i = r[i->a] != r[i->b] ? code + i->imm : i + 1; GO;
jmp:  i = code + i->imm; GO;
halt: return steps;
}
// r0 = 0, r1 = limit, r2 = result
static const struct insn primes[] = {
    {LI, 3, 0, 0, 2}, {LI, 4, 0, 0, 2}, {MUL, 5, 4, 4, 0}, {JLT, 3, 5, 0, 8}, {REM, 5, 3, 4, 0}, {JEQ, 5, 0, 0, 9}, {ADDI, 4, 4, 0, 1}, {JMP, 0, 0, 0, 2},
    {ADD, 2, 2, 3, 0}, {ADDI, 3, 3, 0, 1}, {JLT, 3, 1, 0, 1}, {HALT, 0, 0, 0, 0}};
static const struct insn collatz[] = {
    {LI, 3, 0, 0, 1}, {LI, 7, 0, 0, 1}, {MOV, 4, 3, 0, 0}, {JEQ, 4, 7, 0, 13}, {ANDI, 5, 4, 0, 1}, {ADDI, 2, 2, 0, 1}, {JNE, 5, 0, 0, 9}, {SHR, 4, 4, 0, 1}, {JMP, 0, 0, 0, 3},
    {ADD, 5, 4, 4, 0}, {ADD, 4, 4, 5, 0}, {ADDI, 4, 4, 0, 1}, {JMP, 0, 0, 0, 3}, {ADDI, 3, 3, 0, 1}, {JLT, 3, 1, 0, 2}, {HALT, 0, 0, 0, 0}};
static const struct insn hash[] = {
    {LI, 4, 0, 0, 1000003}, {MUL, 2, 2, 4, 0}, {XOR, 2, 2, 3, 0}, {SHR, 5, 2, 0, 29}, {XOR, 2, 2, 5, 0}, {SUB, 2, 2, 3, 0}, {ADDI, 3, 3, 0, 1}, {JLT, 3, 1, 0, 1}, {HALT, 0, 0, 0, 0}};

int main(int argc, char **argv)
{
    uint64_t scale = argc > 1 ? strtoull(argv[1], 0, 10) : 900, sum = 0;
    const struct { const struct insn *code; uint64_t limit; } all[] = {{primes, 600}, {collatz, 400}, {hash, 3000}};
    for (int p = 0; p < 3; p++) {
        uint64_t r[8] = {0, all[p].limit * scale};
        sum = sum * 31 + run(all[p].code, r);
        sum = sum * 31 + r[2];
    }
    printf("%016llx\n", (unsigned long long)sum);
}
