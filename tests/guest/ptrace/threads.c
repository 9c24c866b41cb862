// Threads of one process under one tracer: breakpoints that all of them meet, while others run; a
// stop of the whole process.
#include "ptrace.h"

enum { THREADS = 4, CLONE = 3 };

#if defined(__riscv)
__asm__(".text\n.globl marked\nmarked: addi a0, a0, 1\n ret\n");
#else
__asm__(".text\n.globl marked\nmarked: lea 1(%rdi), %rax\n ret\n");
#endif
long marked(long n);

static void *work(void *unused) {
    (void)unused;
    for (long n = 0; ; n++)
        CHECK(marked(n) == n + 1);
    return NULL;
}

static void tracee(void) {
    pthread_t t[THREADS];
    CHECK(ptrace(PTRACE_TRACEME, 0, 0, 0) == 0);
    raise(SIGSTOP);
    for (int n = 0; n < THREADS; n++)
        pthread_create(&t[n], NULL, work, NULL);
    for (;;)
        pause();
}

static pid_t tids[THREADS + 1];

// Waits for `n` stops of this kind, each of another thread.
static void collect(int n, int wanted, pid_t *from) {
    for (int found = 0; found < n;) {
        int status;
        pid_t tid = waitpid(-1, &status, __WALL);
        CHECK(tid > 0 && WIFSTOPPED(status));
        if (tid < 0 || !WIFSTOPPED(status))
            return;
        EQUAL(status >> 8, wanted);
        from[found++] = tid;
    }
}

static int index_of(pid_t tid) {
    for (int n = 0; n <= THREADS; n++)
        if (tids[n] == tid)
            return n;
    return -1;
}

static void breakpoints(void) {
    pid_t pid = tids[0];
    long mask = (1L << BREAK_LEN * 8) - 1, before;
    memcpy(&before, (void *)marked, sizeof before);
    for (int round = 0; round < 20; round++) {
        pid_t at[THREADS];
        for (int n = 1; n <= THREADS; n++)
            CHECK(syscall(SYS_tgkill, pid, tids[n], SIGUSR1) == 0);
        collect(THREADS, SIGUSR1, at);
        CHECK(ptrace(PTRACE_POKETEXT, at[0], marked, (before & ~mask) | (BREAKPOINT & mask)) == 0);
        // Whoever goes on first meets it, and those that are told later, too.
        for (int n = THREADS; n-- > 0;)
            go(PTRACE_CONT, at[n], 0);
        collect(THREADS, SIGTRAP, at);
        for (int n = 0; n < THREADS; n++) {
            CHECK(index_of(at[n]) > 0);
            CHECK(pc(at[n]) == (uint64_t)marked + BREAK_BACK);
            set_reg(at[n], PC, (uint64_t)marked);
        }
        CHECK(ptrace(PTRACE_POKETEXT, at[0], marked, before) == 0);
        for (int n = 0; n < THREADS; n++)
            go(PTRACE_CONT, at[n], 0);
    }
}

static void group_stop(void) {
    pid_t pid = tids[0], at[THREADS + 1];
    kill(pid, SIGSTOP);
    collect(1, SIGSTOP, at);
    go(PTRACE_CONT, at[0], SIGSTOP);
    collect(THREADS + 1, SIGSTOP, at);
    for (int n = 0; n <= THREADS; n++) {
        siginfo_t info;
        CHECK(ptrace(PTRACE_GETSIGINFO, at[n], 0, &info) == -1 && errno == EINVAL);
        CHECK(pc(at[n]) > 0x1000);
    }
    kill(pid, SIGCONT);
    for (int n = 0; n <= THREADS; n++)
        go(PTRACE_CONT, at[n], 0);
    collect(1, SIGCONT, at);
    go(PTRACE_CONT, at[0], 0);
}

int main(void) {
    alarm(100);
    pid_t pid = tids[0] = fork();
    if (pid == 0)
        tracee();
    expect(pid, SIGSTOP);
    CHECK(ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL) == 0);
    go(PTRACE_CONT, pid, 0);
    for (int n = 1; n <= THREADS; n++) {
        expect(pid, SIGTRAP | CLONE << 8);
        unsigned long tid;
        CHECK(ptrace(PTRACE_GETEVENTMSG, pid, 0, &tid) == 0);
        tids[n] = tid;
        expect(tid, SIGSTOP);
        go(PTRACE_CONT, tid, 0);
        go(PTRACE_CONT, pid, 0);
    }
    breakpoints();
    group_stop();
    // All of them end at once.
    kill(pid, SIGKILL);
    int status, ended = 0;
    for (pid_t tid; (tid = waitpid(-1, &status, __WALL)) > 0;) {
        CHECK(index_of(tid) >= 0 && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
        ended++;
    }
    EQUAL(ended, THREADS + 1);
    return finish();
}
