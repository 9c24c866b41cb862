// Runs each 32-bit word (or 16-bit word with zeros above) of the file argv[1] as an instruction, with all registers
// pointing to scratch memory, and writes a byte each: the signal it raised, or 0.
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

extern void run_word(void *slot), back(void), caught(int, siginfo_t *, void *);
extern int raised;
unsigned char scratch[16384] __attribute__((aligned(4096)));

__asm__(
    ".text\n.option push\n.option norelax\n"
    ".globl run_word\nrun_word:\n"
    "lui t0, %hi(saved)\naddi t0, t0, %lo(saved)\n"
    "sd ra, 0(t0)\nsd sp, 8(t0)\nsd gp, 16(t0)\nsd tp, 24(t0)\n"
    "sd s0, 32(t0)\nsd s1, 40(t0)\nsd s2, 48(t0)\nsd s3, 56(t0)\nsd s4, 64(t0)\nsd s5, 72(t0)\n"
    "sd s6, 80(t0)\nsd s7, 88(t0)\nsd s8, 96(t0)\nsd s9, 104(t0)\nsd s10, 112(t0)\nsd s11, 120(t0)\n"
    "csrw fcsr, zero\nmv t6, a0\n"
    "lui t0, %hi(scratch+8192)\naddi t0, t0, %lo(scratch+8192)\n"
    ".irp r, ra,sp,gp,tp,t1,t2,s0,s1,a0,a1,a2,a3,a4,a5,a6,a7,s2,s3,s4,s5,s6,s7,s8,s9,s10,s11,t3,t4,t5\n"
    "mv \\r, t0\n.endr\n"
    "jr t6\n"
    ".globl back\nback:\n"
    "lui t0, %hi(saved)\naddi t0, t0, %lo(saved)\n"
    "ld ra, 0(t0)\nld sp, 8(t0)\nld gp, 16(t0)\nld tp, 24(t0)\n"
    "ld s0, 32(t0)\nld s1, 40(t0)\nld s2, 48(t0)\nld s3, 56(t0)\nld s4, 64(t0)\nld s5, 72(t0)\n"
    "ld s6, 80(t0)\nld s7, 88(t0)\nld s8, 96(t0)\nld s9, 104(t0)\nld s10, 112(t0)\nld s11, 120(t0)\n"
    "ret\n"
    // The program counter is the first of the saved registers, 176 bytes into the ucontext.
    ".globl caught\ncaught:\n"
    "lui t0, %hi(raised)\nsw a0, %lo(raised)(t0)\n"
    "lui t0, %hi(back)\naddi t0, t0, %lo(back)\nsd t0, 176(a2)\nret\n"
    ".option pop\n"
    ".bss\n.balign 8\nsaved: .zero 128\n.globl raised\nraised: .zero 8\n.text\n");

int main(int argc, char **argv)
{
    static char stack[65536];
    stack_t ss = {.ss_sp = stack, .ss_size = sizeof stack};
    sigaltstack(&ss, NULL);
    struct sigaction sa = {.sa_sigaction = caught, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    int signals[] = {SIGILL, SIGSEGV, SIGBUS, SIGTRAP, SIGFPE};
    for (int i = 0; i < 5; i++) sigaction(signals[i], &sa, NULL);

    struct stat st;
    int fd = open(argv[argc - 1], O_RDONLY);
    if (fd < 0 || fstat(fd, &st)) return 1;
    size_t n = st.st_size / 4;
    uint32_t *words = malloc(n * 4);
    if (read(fd, words, n * 4) != (ssize_t)(n * 4)) return 1;
    unsigned char *results = malloc(n);
    char *slots = mmap(NULL, n * 16, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    uintptr_t to = (uintptr_t)back;
    for (size_t i = 0; i < n; i++) {
        char *p = slots + i * 16;
        int len = (words[i] & 3) == 3 ? 4 : 2;
        uint32_t leave[2] = {((to + 0x800) & 0xfffff000) | 31 << 7 | 0x37, (to & 0xfff) << 20 | 31 << 15 | 0x67};
        memcpy(p, &words[i], len);
        memcpy(p + len, leave, 8);
    }
    mprotect(slots, n * 16, PROT_READ | PROT_EXEC);
    __asm__ volatile("fence.i");
    for (size_t i = 0; i < n; i++) {
        raised = 0;
        run_word(slots + i * 16);
        results[i] = raised;
    }
    for (size_t done = 0; done < n;) {
        ssize_t k = write(1, results + done, n - done);
        if (k <= 0) return 1;
        done += k;
    }
    return 0;
}
