// flags: -O1 -static -pthread -fno-stack-protector
// What a handler finds and changes in its context; SA_ flags; faults in handlers; an alternate stack that overflows.
#include "../check.h"
#include <sys/prctl.h>
#ifdef __riscv
#define PC(u) ((u)->uc_mcontext.__gregs[REG_PC])
#define ARG(u) ((u)->uc_mcontext.__gregs[REG_A0])
#define STACK(u) ((u)->uc_mcontext.__gregs[REG_SP])
#else
#define PC(u) ((u)->uc_mcontext.gregs[REG_RIP])
#define ARG(u) ((u)->uc_mcontext.gregs[REG_RDI])
#define STACK(u) ((u)->uc_mcontext.gregs[REG_RSP])
#endif
static volatile int count, depth, deepest;
static jmp_buf env_;
static sigjmp_buf senv;
static char alternate[1 << 16] __attribute__((aligned(4096)));

static void landed(long a) { count = a; siglongjmp(senv, 2); }
static void redirect(int s, siginfo_t *i, void *c)
{
    ucontext_t *u = c;
    (void)s; (void)i;
    PC(u) = (long)landed;
    ARG(u) = 77;
    STACK(u) = (STACK(u) & ~15l) - 8 * (sizeof(long) == 8 && PC(u) && 
#ifdef __riscv
        0
#else
        1
#endif
    );
}
static void mask_in_context(int s, siginfo_t *i, void *c)
{
    (void)s; (void)i;
    sigaddset(&((ucontext_t *)c)->uc_sigmask, SIGUSR2);
    sigaddset(&((ucontext_t *)c)->uc_sigmask, SIGKILL);
}
static void again(int s, siginfo_t *i, void *c)
{
    (void)i; (void)c;
    depth++;
    if (depth > deepest) deepest = depth;
    if (++count < 4) raise(s);
    depth--;
}
static int on_alternate(void *p) { return (char *)p >= alternate && (char *)p < alternate + sizeof alternate; }
static void where(int s, siginfo_t *i, void *c)
{
    stack_t now;
    (void)i;
    sigaltstack(NULL, &now);
    count = on_alternate(&now) | (now.ss_flags & SS_ONSTACK ? 2 : 0) | (sigaltstack(&now, NULL) < 0 && errno == EPERM ? 4 : 0);
    if (s == SIGUSR1) raise(SIGUSR2);
    CHECK(((ucontext_t *)c)->uc_stack.ss_sp == alternate || !(count & 1));
}
static void fault(int s, siginfo_t *i, void *c) { (void)s; (void)c; count++; if (i->si_addr == (void *)8) siglongjmp(senv, 3); *(volatile int *)8 = 1; }
static int recursion(volatile int *p, int n) { volatile char big[2000]; big[n & 1023] = n; return n && recursion((int *)big, n + 1) + *p + big[5]; }
static void overflow(int s, siginfo_t *i, void *c) { (void)s; (void)i; (void)c; count++; recursion(NULL, 1); }

static int dies(void (*f)(void))
{
    int status;
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) { struct rlimit none = {0, 0}; setrlimit(RLIMIT_CORE, &none); f(); _exit(99); }
    waitpid(pid, &status, 0);
    return WIFSIGNALED(status) ? WTERMSIG(status) : -WEXITSTATUS(status);
}
static void use_alternate(int flags) { stack_t s = {.ss_sp = alternate, .ss_size = sizeof alternate, .ss_flags = flags}; CHECK(sigaltstack(&s, NULL) == 0); }
static void overflow_main(void) { use_alternate(0); handle(SIGSEGV, overflow, SA_ONSTACK); recursion(NULL, 1); } // the handler overflows too: dies
static void no_stack(void) { handle(SIGSEGV, where, 0); recursion(NULL, 1); } // no room for a frame: dies
static void small_alternate(void)
{
    long page = 4096;
    char *p = mmap(NULL, 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    stack_t s = {.ss_sp = p, .ss_size = 2 * page};
    CHECK(sigaltstack(&s, NULL) == 0);
    handle(SIGUSR1, where, SA_ONSTACK);
    raise(SIGUSR1); // the frame can't be written: SIGSEGV
}
static void blocked_fault(void) { handle(SIGSEGV, fault, 0); sigset_t s; sigfillset(&s); sigprocmask(SIG_BLOCK, &s, NULL); *(volatile int *)16 = 1; }
static void ignored_fault(void) { signal(SIGSEGV, SIG_IGN); *(volatile int *)16 = 1; }
static void fault_in_own_handler(void) { handle(SIGSEGV, fault, 0); *(volatile int *)16 = 1; } // blocked while its handler runs: dies
static void bad_return(void)
{
    handle(SIGUSR1, redirect, 0);
#ifdef __riscv
    asm volatile("mv sp, %0; li a7, 139; ecall" : : "r"(8l) : "a7", "memory");
#else
    asm volatile("mov %0, %%rsp; mov $15, %%eax; syscall" : : "r"(8l) : "memory");
#endif
}
static void reset_hand(void) { handle(SIGUSR1, again, SA_RESETHAND); count = 4; raise(SIGUSR1); if (count == 5) raise(SIGUSR1); }

int main(void)
{
    handle(SIGUSR1, redirect, 0);
    if (!sigsetjmp(senv, 1)) { raise(SIGUSR1); CHECK(0); }
    EQUAL(count, 77);
    handle(SIGUSR1, mask_in_context, 0);
    raise(SIGUSR1);
    sigset_t set;
    sigprocmask(SIG_SETMASK, NULL, &set);
    CHECK(sigismember(&set, SIGUSR2) && !sigismember(&set, SIGKILL));
    sigemptyset(&set);
    sigprocmask(SIG_SETMASK, &set, NULL);
    count = 0; handle(SIGUSR1, again, SA_NODEFER); raise(SIGUSR1); EQUAL(count, 4); EQUAL(deepest, 4);
    count = deepest = 0; handle(SIGUSR1, again, 0); raise(SIGUSR1); EQUAL(count, 4); EQUAL(deepest, 1);
    use_alternate(0);
    handle(SIGUSR1, where, SA_ONSTACK); handle(SIGUSR2, where, 0); raise(SIGUSR1); EQUAL(count, 7); // also the second, without the flag
    handle(SIGUSR2, where, 0); raise(SIGUSR2); EQUAL(count, 0);
    handle(SIGSEGV, fault, SA_ONSTACK | SA_NODEFER);
    count = 0;
    if (!sigsetjmp(senv, 1)) *(volatile int *)16 = 1;
    EQUAL(count, 2); // a fault in the handler of a fault
    count = 0; use_alternate(0);
    handle(SIGSEGV, fault, SA_ONSTACK | SA_NODEFER | SA_RESETHAND);
    EQUAL(dies(fault_in_own_handler), SIGSEGV); EQUAL(dies(overflow_main), SIGSEGV); EQUAL(dies(no_stack), SIGSEGV);
    EQUAL(dies(small_alternate), SIGSEGV); EQUAL(dies(blocked_fault), SIGSEGV); EQUAL(dies(ignored_fault), SIGSEGV);
    EQUAL(dies(bad_return), SIGSEGV); EQUAL(dies(reset_hand), SIGUSR1);
    (void)env_;
    return finish();
}
