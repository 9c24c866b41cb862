// A loop which changes an instruction of itself in each round; with fence.i each change counts.
#include "code.h"
// a0 rounds: { a1 += imm; imm is raised by one in place }
int main(void)
{
    char *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    extern char loop_start[], loop_end[];
    __asm__ goto volatile(
        "j %l[after]\n\t.option push\n\t.option norvc\n\t.balign 4\n\t.globl loop_start\nloop_start:\n\t"
        "li a1, 0\n\tlui t1, 0x100\n\tauipc t2, 0\n\t"
        "1: addi a1, a1, 0\n\t"
        "lw t0, 4(t2)\n\tadd t0, t0, t1\n\tsw t0, 4(t2)\n\tfence.i\n\t"
        "addi a0, a0, -1\n\tbnez a0, 1b\n\tmv a0, a1\n\tret\n\t.globl loop_end\nloop_end:\n\t.option pop" :::: after);
after:
    memcpy(p, loop_start, (size_t)(loop_end - loop_start));
    flush(p, 4096);
    EQUAL(((fn)p)(1000), 999 * 1000 / 2);
    return finish();
}
