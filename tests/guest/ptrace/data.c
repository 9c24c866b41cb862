// Sets of registers, floating-point ones included; sizes, kinds and requests that there are not;
// memory that is not there.
#include "ptrace.h"

int main(void) {
    alarm(60);
    pid_t pid = fork();
    if (pid == 0) {
        CHECK(ptrace(PTRACE_TRACEME, 0, 0, 0) == 0);
        raise(SIGSTOP);
#if defined(__riscv)
        double x = 1.5, y;
        __asm__ volatile("fmv.d fs0, %1\n ebreak\n fmv.d %0, fs0\n" : "=f"(y) : "f"(x) : "fs0");
        _exit(y == 2.5 ? 5 : 6);
#else
        raise(SIGTRAP);
        _exit(5);
#endif
    }
    expect(pid, SIGSTOP);
    uint64_t regs[80];
    struct iovec iov = {regs, 16};
    memset(regs, 0xaa, sizeof regs);
    CHECK(ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &iov) == 0);
    CHECK(iov.iov_len == 16 && regs[2] == 0xaaaaaaaaaaaaaaaa);
    iov.iov_len = 15;
    CHECK(ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &iov) == -1 && errno == EINVAL);
    iov.iov_len = sizeof regs;
    CHECK(ptrace(PTRACE_GETREGSET, pid, 0x7777, &iov) == -1 && errno == EINVAL);
    CHECK(ptrace(PTRACE_GETREGSET, pid, NT_PRFPREG, &iov) == 0);
    CHECK(iov.iov_len == FPREGS);
    CHECK(ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, 8) == -1 && errno == EFAULT);
    CHECK(ptrace(PTRACE_GETSIGINFO, pid, 0, 8) == -1 && errno == EFAULT);
    CHECK(ptrace(PTRACE_GETEVENTMSG, pid, 0, 8) == -1 && errno == EFAULT);
    errno = 0;
    CHECK(ptrace(PTRACE_PEEKDATA, pid, 8, 0) == -1 && errno == EIO);
    CHECK(ptrace(PTRACE_POKEDATA, pid, 8, 0) == -1 && errno == EIO);
    CHECK(ptrace(0x7777, pid, 0, 0) == -1 && errno == EIO);
    // What was written is read, and goes where it was written.
    long word = 0x1122334455667788;
    static long there;
    CHECK(ptrace(PTRACE_POKEDATA, pid, &there, word) == 0);
    CHECK(ptrace(PTRACE_PEEKDATA, pid, &there, 0) == word && there == 0);
    struct iovec local = {&word, 8}, remote = {&there, 8};
    CHECK(process_vm_readv(pid, &local, 1, &remote, 1, 0) == 8);
    go(PTRACE_CONT, pid, 0);
    expect(pid, SIGTRAP);
#if defined(__riscv)
    CHECK(ptrace(PTRACE_SINGLESTEP, pid, 0, 0) == -1 && errno == EIO);
    iov.iov_len = sizeof regs;
    CHECK(ptrace(PTRACE_GETREGSET, pid, NT_PRFPREG, &iov) == 0);
    double fs0;
    memcpy(&fs0, &regs[8], 8);
    CHECK(fs0 == 1.5);
    fs0 = 2.5;
    memcpy(&regs[8], &fs0, 8);
    CHECK(ptrace(PTRACE_SETREGSET, pid, NT_PRFPREG, &iov) == 0);
    uint32_t code = ptrace(PTRACE_PEEKTEXT, pid, pc(pid), 0);
    set_reg(pid, PC, pc(pid) + ((code & 3) == 3 ? 4 : 2));
    // Registers of all bits: the tracee must live with them, or die by them.
    uint64_t keep[WORDS + 8], all[WORDS];
    registers(pid, keep);
    memset(all, 0xff, sizeof all);
    iov = (struct iovec){all, sizeof all};
    CHECK(ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS, &iov) == 0);
    go(PTRACE_CONT, pid, 0);
    expect(pid, SIGSEGV);
    iov = (struct iovec){keep, sizeof all};
    CHECK(ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS, &iov) == 0);
#endif
    go(PTRACE_CONT, pid, 0);
    int status;
    CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 5);
    return finish();
}
