// A stack bytecode machine with one central switch: nested loops, a Fibonacci by calls, array sums.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { PUSH, GET, SET, ADD, SUB, MUL, LT, JZ, JMP, CALL, RET, LOAD, STORE, DUP, DROP, HALT };
static int64_t memory[4096];

__attribute__((noinline)) static int64_t run(const int32_t *code, int64_t arg)
{
    static int64_t stack[4096];
    static int32_t frames[1024];
    int64_t *sp = stack, locals_pool[2048], *locals = locals_pool;
    int32_t *fp = frames, pc = 0;
    *sp = arg;
    for (int i = 0; i < 8; i++) locals[i] = 0;
    locals[0] = arg;
    for (;;) {
        int32_t op = code[pc++];
        switch (op) {
        case PUSH: *++sp = code[pc++]; break;
        case GET: *++sp = locals[code[pc++]]; break;
        case SET: locals[code[pc++]] = *sp--; break;
        case ADD: sp--; sp[0] = (int64_t)((uint64_t)sp[0] + (uint64_t)sp[1]); break;
        case SUB: sp--; sp[0] = (int64_t)((uint64_t)sp[0] - (uint64_t)sp[1]); break;
        case MUL: sp--; sp[0] = (int64_t)((uint64_t)sp[0] * (uint64_t)sp[1]); break;
        case LT: sp--; sp[0] = sp[0] < sp[1]; break;
        case JZ: pc = *sp-- ? pc + 1 : code[pc]; break;
        case JMP: pc = code[pc]; break;
        case CALL: *fp++ = pc + 1; pc = code[pc]; locals += 4; locals[0] = *sp--; break;
        case RET: pc = *--fp; locals -= 4; break;
        case LOAD: *sp = memory[*sp & 4095]; break;
        case STORE: memory[sp[-1] & 4095] = *sp; sp -= 2; break;
        case DUP: sp[1] = sp[0]; sp++; break;
        case DROP: sp--; break;
        default: return *sp;
        }
    }
}
// fib(n) by recursion
static const int32_t fib[] = {GET, 0, CALL, 5, HALT,
    GET, 0, PUSH, 2, LT, JZ, 15, GET, 0, RET,
    GET, 0, PUSH, 1, SUB, CALL, 5, GET, 0, PUSH, 2, SUB, CALL, 5, ADD, RET};
// for i < n: memory[i] = memory[i - 1] * 3 + i; sum
static const int32_t sums[] = {PUSH, 0, SET, 1, PUSH, 0, SET, 2,
    GET, 1, GET, 0, LT, JZ, 46,
    GET, 1, DUP, PUSH, 1, SUB, LOAD, PUSH, 3, MUL, GET, 1, ADD, STORE,
    GET, 2, GET, 1, LOAD, ADD, SET, 2,
    GET, 1, PUSH, 1, ADD, SET, 1, JMP, 8,
    GET, 2, HALT};

int main(int argc, char **argv)
{
    int scale = argc > 1 ? atoi(argv[1]) : 64;
    uint64_t sum = 0;
    for (int i = 0; i < scale; i++) {
        sum = sum * 31 + (uint64_t)run(fib, 25 + i % 3);
        sum = sum * 31 + (uint64_t)run(sums, 300000 + i);
    }
    printf("%016llx\n", (unsigned long long)sum);
}
