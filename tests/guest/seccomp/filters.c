// seccomp filters see the guest's machine, numbers and arguments, and are enforced: every action, over fork, exec and threads.
#include "../check.h"
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#ifdef __riscv
#define ARCH AUDIT_ARCH_RISCV64
#define RESULT(u) ((u)->uc_mcontext.__gregs[REG_A0])
#else
#define ARCH AUDIT_ARCH_X86_64
#define RESULT(u) ((u)->uc_mcontext.gregs[REG_RAX])
#endif
#define DATA(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define RET(k) BPF_STMT(BPF_RET | BPF_K, k)
#define PROGRAM(...) \
    struct sock_filter code[] = {__VA_ARGS__}; \
    struct sock_fprog program = {sizeof code / sizeof *code, code}
// Answers `action` to call `number`, ALLOW to others.
#define ON(number, action) \
    PROGRAM(DATA(arch), BPF_JUMP(BPF_JMP | BPF_JEQ, ARCH, 1, 0), RET(SECCOMP_RET_KILL_PROCESS), DATA(nr), \
        BPF_JUMP(BPF_JMP | BPF_JEQ, number, 0, 1), RET(action), RET(SECCOMP_RET_ALLOW))
static long seccomp(unsigned op, unsigned flags, void *arg) { return syscall(SYS_seccomp, op, flags, arg); }
static void no_new_privs(void) { EQUAL(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0); }
static void install(struct sock_fprog *p, unsigned flags) { EQUAL(seccomp(SECCOMP_SET_MODE_FILTER, flags, p), 0); }
static int in_child(void (*f)(void))
{
    int s = -1;
    fflush(stdout);
    pid_t p = fork();
    if (p == 0) { failures = 0; no_new_privs(); f(); fflush(stdout); _exit(failures ? 99 : 0); }
    waitpid(p, &s, 0);
    return WIFEXITED(s) ? WEXITSTATUS(s) : 1000 + WTERMSIG(s);
}
static void is_refused(struct sock_fprog *p, int error)
{
    errno = 0;
    EQUAL(seccomp(SECCOMP_SET_MODE_FILTER, 0, p), -1); EQUAL(errno, error);
}
static void arguments(void)
{
    unsigned actions[] = {SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_KILL_THREAD, SECCOMP_RET_TRAP, SECCOMP_RET_ERRNO, SECCOMP_RET_TRACE, SECCOMP_RET_LOG, SECCOMP_RET_ALLOW};
    for (unsigned n = 0; n < sizeof actions / sizeof *actions; n++) EQUAL(seccomp(SECCOMP_GET_ACTION_AVAIL, 0, &actions[n]), 0);
    unsigned other = 0x12340000;
    EQUAL(seccomp(SECCOMP_GET_ACTION_AVAIL, 0, &other), -1); EQUAL(errno, EOPNOTSUPP);
    EQUAL(seccomp(SECCOMP_GET_ACTION_AVAIL, 1, &other), -1); EQUAL(errno, EINVAL);
    EQUAL(seccomp(SECCOMP_GET_ACTION_AVAIL, 0, NULL), -1); EQUAL(errno, EFAULT);
    EQUAL(seccomp(99, 0, NULL), -1); EQUAL(errno, EINVAL);
    EQUAL(seccomp(SECCOMP_SET_MODE_STRICT, 1, NULL), -1); EQUAL(errno, EINVAL);
    EQUAL(seccomp(SECCOMP_SET_MODE_STRICT, 0, &other), -1); EQUAL(errno, EINVAL);
    EQUAL(seccomp(SECCOMP_SET_MODE_FILTER, 1 << 20, NULL), -1); EQUAL(errno, EINVAL);
    EQUAL(seccomp(SECCOMP_SET_MODE_FILTER, 0, NULL), -1); EQUAL(errno, EFAULT);
    EQUAL(prctl(PR_SET_SECCOMP, 3, 0, 0, 0), -1); EQUAL(errno, EINVAL);
    EQUAL(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL, 0, 0), -1); EQUAL(errno, EFAULT);
    { PROGRAM(RET(SECCOMP_RET_ALLOW)); program.len = 0; is_refused(&program, EINVAL); program.len = 4097; is_refused(&program, EINVAL); }
    { PROGRAM(RET(SECCOMP_RET_ALLOW)); program.filter = (void *)8; is_refused(&program, EFAULT); }
    { PROGRAM(BPF_STMT(BPF_LD | BPF_IMM, 0)); is_refused(&program, EINVAL); }
    { PROGRAM(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 64), RET(0)); is_refused(&program, EINVAL); }
    { PROGRAM(BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 0), RET(0)); is_refused(&program, EINVAL); }
    { PROGRAM(BPF_STMT(BPF_LD | BPF_MEM, 0), RET(0)); is_refused(&program, EINVAL); }
    { PROGRAM(BPF_STMT(BPF_ALU | BPF_MOD | BPF_K, 3), RET(0)); is_refused(&program, EINVAL); }
    { PROGRAM(BPF_STMT(BPF_ALU | BPF_DIV | BPF_K, 0), RET(0)); is_refused(&program, EINVAL); }
    { PROGRAM(BPF_JUMP(BPF_JMP | BPF_JA, 1, 0, 0), RET(0)); is_refused(&program, EINVAL); }
}
static void unprivileged(void)
{
    int s;
    pid_t p = fork();
    if (p == 0) {
        PROGRAM(RET(SECCOMP_RET_ALLOW));
        if (setresuid(65534, 65534, 65534)) _exit(2);
        errno = 0;
        _exit(seccomp(SECCOMP_SET_MODE_FILTER, 0, &program) == -1 && errno == EACCES ? 3 : 4);
    }
    waitpid(p, &s, 0);
    if (geteuid() == 0) EQUAL(WEXITSTATUS(s), 3);
}
static long status(const char *field)
{
    char line[256];
    long value = -1;
    FILE *f = fopen("/proc/thread-self/status", "r");
    while (fgets(line, sizeof line, f)) if (!strncmp(line, field, strlen(field))) value = atol(line + strlen(field));
    fclose(f);
    return value;
}
static void errors(void)
{
    EQUAL(prctl(PR_GET_SECCOMP), 0); EQUAL(status("Seccomp:"), 0); EQUAL(status("NoNewPrivs:"), 1);
    { ON(SYS_getppid, SECCOMP_RET_ERRNO | 77); EQUAL(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0); }
    EQUAL(prctl(PR_GET_SECCOMP), 2); EQUAL(status("Seccomp:"), 2); EQUAL(status("Seccomp_filters:"), 1);
    EQUAL(syscall(SYS_getppid), -1); EQUAL(errno, 77);
    { ON(SYS_getppid, SECCOMP_RET_ERRNO | 78); install(&program, 0); }
    EQUAL(syscall(SYS_getppid), -1); EQUAL(errno, 78); // of equals the newest
    EQUAL(status("Seccomp_filters:"), 2);
    { ON(SYS_getppid, SECCOMP_RET_LOG); install(&program, 0); }
    EQUAL(syscall(SYS_getppid), -1); EQUAL(errno, 78); // the strictest
    { ON(SYS_getuid, SECCOMP_RET_ERRNO); install(&program, 0); }
    EQUAL(syscall(SYS_getuid), 0);
    { ON(SYS_getgid, SECCOMP_RET_ERRNO | 0xffff); install(&program, 0); }
    EQUAL(syscall(SYS_getgid), -1); EQUAL(errno, 4095);
    { ON(SYS_geteuid, SECCOMP_RET_TRACE | 1); install(&program, 0); }
    EQUAL(syscall(SYS_geteuid), -1); EQUAL(errno, ENOSYS);
    { ON(4321, SECCOMP_RET_ERRNO | 5); install(&program, 0); }
    EQUAL(syscall(4321), -1); EQUAL(errno, 5);
    { // close(fd) where the low word of fd is 0x55555 and the high word 2
        PROGRAM(DATA(nr), BPF_JUMP(BPF_JMP | BPF_JEQ, SYS_close, 0, 5), DATA(args[0]), BPF_JUMP(BPF_JMP | BPF_JEQ, 0x55555, 0, 3),
            BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0]) + 4), BPF_JUMP(BPF_JMP | BPF_JEQ, 2, 0, 1),
            RET(SECCOMP_RET_ERRNO | 66), RET(SECCOMP_RET_ALLOW));
        install(&program, 0);
    }
    EQUAL(syscall(SYS_close, 0x200055555L), -1); EQUAL(errno, 66);
    EQUAL(syscall(SYS_close, 0x55555L), -1); EQUAL(errno, EBADF);
    EQUAL(seccomp(SECCOMP_SET_MODE_STRICT, 0, NULL), -1); EQUAL(errno, EINVAL);
    EQUAL(getpid() > 0, 1);
}
static volatile long trapped;
static siginfo_t trap;
static void on_trap(int sig, siginfo_t *info, void *context)
{
    EQUAL(sig, SIGSYS);
    trap = *info;
    trapped++;
    RESULT((ucontext_t *)context) = 4242;
}
static void traps(void)
{
    handle(SIGSYS, on_trap, 0);
    ON(SYS_getppid, SECCOMP_RET_TRAP | 99);
    install(&program, 0);
    EQUAL(syscall(SYS_getppid), 4242);
    EQUAL(trapped, 1); EQUAL(trap.si_code, 1 /* SYS_SECCOMP */); EQUAL(trap.si_errno, 99);
    EQUAL(trap.si_syscall, SYS_getppid); EQUAL((unsigned)trap.si_arch, (unsigned)ARCH);
    char *at = trap.si_call_addr;
    CHECK(at > (char *)syscall && at < (char *)syscall + 200);
#ifdef __riscv
    EQUAL(*(unsigned *)(at - 4), 0x73); // behind the ecall
#endif
    sigset_t set;
    sigfillset(&set);
    sigprocmask(SIG_SETMASK, &set, NULL);
    syscall(SYS_getppid); // blocked, it kills
}
static void kills(void)
{
    handle(SIGSYS, on_trap, 0);
    ON(SYS_getppid, SECCOMP_RET_KILL_PROCESS);
    install(&program, 0);
    syscall(SYS_getppid);
}
static void kills_alone(void)
{
    ON(SYS_getppid, SECCOMP_RET_KILL_THREAD);
    install(&program, 0);
    syscall(SYS_getppid);
}
static void divides(void)
{
    PROGRAM(DATA(nr), BPF_JUMP(BPF_JMP | BPF_JEQ, SYS_getppid, 0, 2), BPF_STMT(BPF_LDX | BPF_IMM, 0), BPF_STMT(BPF_ALU | BPF_DIV | BPF_X, 0), RET(SECCOMP_RET_ALLOW));
    install(&program, 0);
    EQUAL(getpid() > 0, 1);
    syscall(SYS_getppid); // division by zero is KILL_THREAD
}
static void *asks(void *a) { (void)a; syscall(SYS_getppid); return (void *)1; }
static void kills_thread(void)
{
    static volatile pid_t tid;
    pthread_t t;
    ON(SYS_getppid, SECCOMP_RET_KILL_THREAD);
    install(&program, 0);
    pthread_create(&t, NULL, asks, NULL);
    (void)tid;
    void *r = NULL;
    pthread_join(t, &r);
    EQUAL((long)r, 0);
}
static void strict(void)
{
    int fds[2];
    char c = 0;
    CHECK(pipe(fds) == 0);
    EQUAL(prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT, 0, 0, 0), 0);
    if (syscall(SYS_write, fds[1], "x", 1) != 1 || syscall(SYS_read, fds[0], &c, 1) != 1 || c != 'x') syscall(SYS_exit, 7);
    syscall(SYS_getpid);
}
static void strict_exit(void)
{
    EQUAL(seccomp(SECCOMP_SET_MODE_STRICT, 0, NULL), 0);
    syscall(SYS_exit, 8);
}
static char *self[3];
static void inherits(void)
{
    ON(SYS_getppid, SECCOMP_RET_ERRNO | 79);
    install(&program, 0);
    int s;
    pid_t p = fork();
    if (p == 0) _exit(syscall(SYS_getppid) == -1 && errno == 79 ? 0 : 1);
    waitpid(p, &s, 0);
    EQUAL(s, 0);
    p = vfork();
    if (p == 0) { execv("/proc/self/exe", self); _exit(9); }
    waitpid(p, &s, 0);
    EQUAL(WEXITSTATUS(s), 55);
    execv("/proc/self/exe", self);
}
static pthread_barrier_t meet;
static volatile long answer;
static volatile pid_t tid;
static void *follows(void *a)
{
    tid = syscall(SYS_gettid);
    if (a) { ON(SYS_geteuid, SECCOMP_RET_ERRNO | 81); install(&program, 0); }
    pthread_barrier_wait(&meet);
    pthread_barrier_wait(&meet);
    answer = syscall(SYS_getppid);
    EQUAL(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 1);
    return NULL;
}
static void together(void)
{
    ON(SYS_getppid, SECCOMP_RET_ERRNO | 80);
    for (int other = 0; other < 2; other++) {
        pthread_t t;
        pthread_barrier_init(&meet, NULL, 2);
        pthread_create(&t, NULL, follows, (void *)(long)other);
        pthread_barrier_wait(&meet);
        EQUAL(seccomp(SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program), other ? tid : 0);
        if (other) { EQUAL(seccomp(SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC | (1 << 4), &program), -1); EQUAL(errno, ESRCH); }
        pthread_barrier_wait(&meet);
        pthread_join(t, NULL);
        EQUAL(answer, -1);
    }
}
int main(int argc, char **argv)
{
    if (argc > 1) return syscall(SYS_getppid) == -1 && errno == 79 && prctl(PR_GET_SECCOMP) == 2 && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? 55 : 56;
    self[0] = argv[0]; self[1] = "again";
    unprivileged();
    EQUAL(in_child(arguments), 0);
    EQUAL(in_child(errors), 0);
    EQUAL(in_child(traps), 1000 + SIGSYS);
    EQUAL(in_child(kills), 1000 + SIGSYS);
    EQUAL(in_child(kills_alone), 1000 + SIGSYS);
    EQUAL(in_child(divides), 1000 + SIGSYS);
    EQUAL(in_child(kills_thread), 0);
    EQUAL(in_child(strict), 1000 + SIGKILL);
    EQUAL(in_child(strict_exit), 8);
    EQUAL(in_child(inherits), 55);
    EQUAL(in_child(together), 0);
    EQUAL(prctl(PR_GET_SECCOMP), 0);
    return finish();
}
