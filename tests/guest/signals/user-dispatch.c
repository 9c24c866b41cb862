// PR_SET_SYSCALL_USER_DISPATCH: system calls from outside a range become SIGSYS while the selector says so.
#include "../check.h"
#include <sys/prctl.h>
#ifndef PR_SET_SYSCALL_USER_DISPATCH
#define PR_SET_SYSCALL_USER_DISPATCH 59
#endif
#define FAILS(call, e) do { errno = 0; CHECK((long)(call) == -1); EQUAL(errno, e); } while (0)
static volatile char selector;
static volatile int caught, number, code, error;
static void *volatile at;
static void dispatch(int sig, siginfo_t *info, void *context)
{
    (void)sig;
    // Nothing below may be caught; the handler's return is a system call too.
    selector = 0;
    caught++;
    number = info->si_syscall, code = info->si_code, error = info->si_errno, at = info->si_call_addr;
    ucontext_t *u = context;
#ifdef __riscv
    // The call's first argument is untouched.
    CHECK(u->uc_mcontext.__gregs[REG_A0] == 7);
    CHECK(u->uc_mcontext.__gregs[REG_PC] == (unsigned long)info->si_call_addr);
    u->uc_mcontext.__gregs[REG_A0] = 1234;
#else
    u->uc_mcontext.gregs[REG_RAX] = 1234;
#endif
}
static long __attribute__((noinline)) call(long n) { return syscall(n, 7L); }
static int set(long mode, unsigned long from, unsigned long len, volatile char *byte) { return prctl(PR_SET_SYSCALL_USER_DISPATCH, mode, from, len, byte); }
static volatile int waits;
// While the selector says so the other thread, which has it, makes no call: not even the last ones of pthread_create.
static void *of_thread(void *p)
{
    while (!waits) {}
    selector = 1;
    long id = syscall(SYS_gettid);
    selector = 0;
    *(volatile long *)p = id;
    return p;
}

int main(void)
{
    int s;
    long id = 0;
    pthread_t t;
    handle(SIGSYS, dispatch, 0);
    FAILS(set(3, 0, 0, NULL), EINVAL);
    FAILS(set(0, 1, 0, NULL), EINVAL);
    FAILS(set(0, 0, 0, &selector), EINVAL);
    FAILS(set(1, 4096, -4096UL, &selector), EINVAL);
    FAILS(set(1, 4096, 0, &selector), EINVAL);
    FAILS(set(1, 0, 0, (char *)-4096), EFAULT);
    EQUAL(set(1, 0, 0, &selector), 0);
    EQUAL(call(SYS_getppid), getppid());
    EQUAL(caught, 0);
    selector = 1;
    long r = call(SYS_getppid);
    EQUAL(r, 1234); EQUAL(caught, 1); EQUAL(number, SYS_getppid); EQUAL(code, 2); EQUAL(error, 0); CHECK(at != NULL);
    // A call that no kernel knows, too.
    selector = 1;
    r = call(0x12345);
    EQUAL(r, 1234); EQUAL(caught, 2); EQUAL(number, 0x12345);
    // Calls from the range are made: all of memory is in it.
    EQUAL(set(1, 1, -2UL, &selector), 0);
    selector = 1;
    r = call(SYS_getppid);
    selector = 0;
    EQUAL(r, getppid()); EQUAL(caught, 2);
    // Neither threads nor children have it.
    EQUAL(set(1, 0, 0, &selector), 0);
    EQUAL(pthread_create(&t, NULL, of_thread, &id), 0);
    waits = 1;
    while (!*(volatile long *)&id) {}
    pthread_join(t, NULL);
    CHECK(id != 0 && id != getpid()); EQUAL(caught, 2);
    pid_t p = fork();
    if (!p) { selector = 1; syscall(SYS_exit_group, 5); }
    CHECK(waitpid(p, &s, 0) == p && s == 5 << 8);
    // Another value of the selector, or none to be read, is deadly; so is a call with SIGSYS blocked.
    for (int how = 0; how < 3; how++) {
        p = fork();
        if (!p) {
            char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
            sigset_t set_;
            sigemptyset(&set_); sigaddset(&set_, SIGSYS);
            setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
            if (how == 2) sigprocmask(SIG_BLOCK, &set_, NULL);
            set(1, 0, 0, page);
            if (how == 1) munmap(page, 4096);
            *(volatile char *)(how == 1 ? &selector : page) = how == 0 ? 2 : 1;
            syscall(SYS_exit_group, 0);
        }
        CHECK(waitpid(p, &s, 0) == p && WIFSIGNALED(s));
        EQUAL(WTERMSIG(s), how == 1 ? SIGSEGV : SIGSYS);
    }
    EQUAL(set(0, 0, 0, NULL), 0);
    selector = 1;
    EQUAL(call(SYS_getppid), getppid());
    return finish();
}
