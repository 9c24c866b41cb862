// PTRACE_TRACEME: stops at a signal, at system calls with TRACESYSGOOD, PTRACE_GET_SYSCALL_INFO, changed results, the end.
#include "ptrace.h"

static const int magic = 0x1234;

int main(void) {
    alarm(60);
    pid_t pid = fork();
    if (pid == 0) {
        CHECK(ptrace(PTRACE_TRACEME, 0, 0, 0) == 0);
        CHECK(ptrace(PTRACE_TRACEME, 0, 0, 0) == -1 && errno == EPERM);
        raise(SIGSTOP);
        long n = syscall(SYS_getpriority, PRIO_PROCESS, magic);
        _exit(n == 77 ? 5 : 6);
    }
    int status = stopped(pid);
    CHECK(status == (SIGSTOP << 8 | 0x7f));
    siginfo_t info;
    CHECK(ptrace(PTRACE_GETSIGINFO, pid, 0, &info) == 0);
    CHECK(info.si_signo == SIGSTOP && info.si_code == SI_TKILL && info.si_pid == pid);
    CHECK(ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL) == 0);
    CHECK(ptrace(PTRACE_SETOPTIONS, pid, 0, 1 << 30) == -1 && errno == EINVAL);
    CHECK(ptrace(PTRACE_CONT, pid, 0, 65) == -1 && errno == EIO);
    struct __ptrace_syscall_info call;
    CHECK(ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof call, &call) == 24);
    CHECK(call.op == PTRACE_SYSCALL_INFO_NONE && call.arch == ARCH);

    // Up to the call in question.
    int found = 0;
    for (int n = 0; n < 100 && !found; n++) {
        CHECK(ptrace(PTRACE_SYSCALL, pid, 0, 0) == 0);
        status = stopped(pid);
        CHECK(status == ((SIGTRAP | 0x80) << 8 | 0x7f));
        CHECK(ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof call, &call) > 24);
        found = call.op == PTRACE_SYSCALL_INFO_ENTRY && call.entry.nr == SYS_getpriority;
    }
    CHECK(found && call.entry.args[0] == PRIO_PROCESS && call.entry.args[1] == (unsigned)magic);
    CHECK(call.instruction_pointer == pc(pid) && call.stack_pointer == sp(pid));
    CHECK(ptrace(PTRACE_GETSIGINFO, pid, 0, &info) == 0);
    CHECK(info.si_signo == SIGTRAP && info.si_code == (SIGTRAP | 0x80));
    // Skipped, and answered by the tracer.
    set_call(pid, -1);
    CHECK(ptrace(PTRACE_SYSCALL, pid, 0, 0) == 0);
    status = stopped(pid);
    CHECK(ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof call, &call) == 33);
    CHECK(call.op == PTRACE_SYSCALL_INFO_EXIT && call.exit.is_error && call.exit.rval == -ENOSYS);
    set_result(pid, 77);
    CHECK(ptrace(PTRACE_CONT, pid, 0, 0) == 0);
    CHECK(ptrace(PTRACE_CONT, pid, 0, 0) == -1 && errno == ESRCH);
    CHECK(waitpid(pid, &status, 0) == pid);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 5);
    CHECK(ptrace(PTRACE_CONT, pid, 0, 0) == -1 && errno == ESRCH);
    return finish();
}
