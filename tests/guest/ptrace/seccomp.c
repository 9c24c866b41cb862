// PTRACE_O_TRACESECCOMP: calls that a filter shows to the tracer, which lets them be, changes and
// refuses them; without a tracer they are unknown.
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>

#include "ptrace.h"

enum { SECCOMP_EVENT = 7 };

static void filter(void) {
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getpriority, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE | 42),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getsid, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EDOM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof code / sizeof *code, code};
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
}

static long ask(void) { return syscall(SYS_getpriority, PRIO_PROCESS, 0); }

static void tracee(void) {
    CHECK(ptrace(PTRACE_TRACEME, 0, 0, 0) == 0);
    long priority = ask();
    filter();
    CHECK(ask() == -1 && errno == ENOSYS); // nobody has asked to be told
    raise(SIGSTOP);
    CHECK(ask() == priority); // let be
    CHECK(ask() == 77); // answered by the tracer
    CHECK(ask() == getppid()); // another call
    CHECK(ask() == -1 && errno == EDOM); // another call, which the filter refuses
    _exit(failures);
}

static void meets(pid_t pid) {
    expect(pid, SIGTRAP | SECCOMP_EVENT << 8);
    unsigned long datum = 0;
    CHECK(ptrace(PTRACE_GETEVENTMSG, pid, 0, &datum) == 0 && datum == 42);
    struct __ptrace_syscall_info call;
    CHECK(ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof call, &call) >= 84);
    CHECK(call.op == PTRACE_SYSCALL_INFO_SECCOMP && call.seccomp.nr == SYS_getpriority);
    CHECK(call.seccomp.args[0] == PRIO_PROCESS && call.seccomp.ret_data == 42);
}

int main(void) {
    alarm(60);
    pid_t pid = fork();
    if (pid == 0)
        tracee();
    expect(pid, SIGSTOP);
    CHECK(ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESECCOMP | PTRACE_O_TRACESYSGOOD) == 0);
    go(PTRACE_CONT, pid, 0);
    meets(pid);
    // The way out of a call that was let be can be seen.
    go(PTRACE_SYSCALL, pid, 0);
    expect(pid, SIGTRAP | 0x80);
    struct __ptrace_syscall_info call;
    CHECK(ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof call, &call) == 33);
    CHECK(call.op == PTRACE_SYSCALL_INFO_EXIT && call.exit.rval == ask());
    go(PTRACE_CONT, pid, 0);
    meets(pid);
    set_call(pid, -1);
    set_result(pid, 77);
    go(PTRACE_CONT, pid, 0);
    meets(pid);
    set_call(pid, SYS_getppid);
    go(PTRACE_CONT, pid, 0);
    meets(pid);
    set_call(pid, SYS_getsid);
    go(PTRACE_CONT, pid, 0);
    int status;
    CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0);
    return finish();
}
