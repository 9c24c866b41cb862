// Breakpoints that a tracer writes into code that runs, and takes out again: by PTRACE_POKETEXT, by
// /proc/PID/mem, one after the other as a debugger steps, and in a loop that is hot.
#include "ptrace.h"

// Doubles and adds one, by steps of one instruction and more, with a jump.
#if defined(__riscv)
__asm__(".text\n.globl steps, s1, s2, s3, s4\n.option push\n.option norvc\n"
        "steps: addi a0, a0, 1\ns1: slli a0, a0, 1\ns2: bnez a0, s3\n ebreak\n"
        "s3: addi a0, a0, -1\ns4: ret\n.option pop\n");
#else
__asm__(".text\n.globl steps, s1, s2, s3, s4\n"
        "steps: lea 1(%rdi), %rax\ns1: shl $1, %rax\ns2: jnz s3\n int3\n"
        "s3: dec %rax\ns4: ret\n");
#endif
long steps(long n);
extern char s1[], s2[], s3[], s4[];

static volatile long rounds;

static void tracee(void) {
    ptrace(PTRACE_TRACEME, 0, 0, 0);
    raise(SIGSTOP);
    long sum = 0;
    for (long n = 0; n < 100000; n++)
        sum += steps(n);
    rounds = sum;
    raise(SIGUSR1);
    for (long n = 0; n < 1000; n++)
        sum += steps(n);
    rounds = sum;
    raise(SIGUSR2);
    _exit(0);
}

static int memory = -1;

static long peek(pid_t pid, void *at) {
    errno = 0;
    long word = ptrace(PTRACE_PEEKTEXT, pid, at, 0);
    CHECK(errno == 0);
    return word;
}

static void poke(pid_t pid, void *at, long word) {
    if (memory >= 0)
        CHECK(pwrite(memory, &word, sizeof word, (off_t)at) == sizeof word);
    else
        CHECK(ptrace(PTRACE_POKETEXT, pid, at, word) == 0);
    CHECK(peek(pid, at) == word);
}

// Sets a breakpoint; what was there.
static long set(pid_t pid, void *at) {
    long before = peek(pid, at), mask = (1L << BREAK_LEN * 8) - 1;
    poke(pid, at, (before & ~mask) | (BREAKPOINT & mask));
    return before;
}

// Runs to a breakpoint at `at`, and takes it out.
static void run_to(pid_t pid, char *at) {
    long before = set(pid, at);
    go(PTRACE_CONT, pid, 0);
    expect(pid, SIGTRAP);
    siginfo_t info;
    CHECK(ptrace(PTRACE_GETSIGINFO, pid, 0, &info) == 0 && info.si_signo == SIGTRAP && info.si_code > 0);
    EQUAL(pc(pid), (uint64_t)at + BREAK_BACK);
    set_reg(pid, PC, (uint64_t)at);
    poke(pid, at, before);
}

static void debug(pid_t pid) {
    expect(pid, SIGSTOP);
    for (int n = 0; n < 50; n++) {
        run_to(pid, (char *)steps);
        run_to(pid, s1);
        run_to(pid, s2);
        run_to(pid, s3);
        run_to(pid, s4);
    }
    go(PTRACE_CONT, pid, 0);
    expect(pid, SIGUSR1);
    CHECK(peek(pid, (void *)&rounds) == 10000000000 - 100000 + 100000);
    for (int n = 0; n < 50; n++) {
        run_to(pid, s4);
        run_to(pid, s3);
    }
    // Step 3 is left out for good: each result is one more.
    long before = peek(pid, (void *)&rounds);
#if defined(__riscv)
    poke(pid, s3, (peek(pid, s3) & ~0xffffffffL) | 0x13);
#else
    poke(pid, s3, (peek(pid, s3) & ~0xffffffL) | 0x909090);
#endif
    set_reg(pid, PC, (uint64_t)s3);
    go(PTRACE_CONT, pid, 0);
    expect(pid, SIGUSR2);
    // Of a thousand rounds, 50 were done before the change: each is 2n + 1, those after it 2n + 2.
    EQUAL(peek(pid, (void *)&rounds) - before, 1000000 + 1000 - 50);
    go(PTRACE_CONT, pid, 0);
    int status;
    CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int main(void) {
    alarm(100);
    for (int by_file = 0; by_file < 2; by_file++) {
        pid_t pid = fork();
        if (pid == 0)
            tracee();
        if (by_file) {
            char path[64];
            snprintf(path, sizeof path, "/proc/%d/mem", pid);
            memory = open(path, O_RDWR | O_CLOEXEC);
            CHECK(memory >= 0);
        }
        debug(pid);
    }
    return finish();
}
