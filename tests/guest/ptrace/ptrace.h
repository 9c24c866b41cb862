// What tests of ptrace(2) share: registers of a stopped tracee, on riscv64 and on x86-64.
#pragma once
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

// Words of NT_PRSTATUS: how many, and where the program counter, the stack pointer, the system
// call's number and its result are. Instructions: a breakpoint, and where it leaves the counter.
#if defined(__riscv)
#define ARCH 0xc00000f3
enum { WORDS = 32, PC = 0, SP = 2, CALL = 17, RESULT = 10, FPREGS = 264 };
#define BREAKPOINT 0x9002
enum { BREAK_LEN = 2, BREAK_BACK = 0 };
#else
#define ARCH 0xc000003e
enum { WORDS = 27, PC = 16, SP = 19, CALL = 15, RESULT = 10, FPREGS = 512 };
#define BREAKPOINT 0xcc
enum { BREAK_LEN = 1, BREAK_BACK = 1 };
#endif

static inline int stopped(pid_t pid) {
    int status = 0;
    CHECK(waitpid(pid, &status, __WALL) == pid);
    CHECK(WIFSTOPPED(status));
    return status;
}

static inline void registers(pid_t pid, uint64_t *regs) {
    struct iovec iov = {regs, WORDS * 8 + 64};
    CHECK(ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &iov) == 0);
    CHECK(iov.iov_len == WORDS * 8);
}

static inline uint64_t reg(pid_t pid, int n) {
    uint64_t regs[WORDS + 8];
    registers(pid, regs);
    return regs[n];
}

static inline void set_reg(pid_t pid, int n, uint64_t value) {
    uint64_t regs[WORDS + 8];
    registers(pid, regs);
    regs[n] = value;
    struct iovec iov = {regs, WORDS * 8};
    CHECK(ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS, &iov) == 0);
}

static inline uint64_t pc(pid_t pid) { return reg(pid, PC); }
static inline uint64_t sp(pid_t pid) { return reg(pid, SP); }
static inline void set_call(pid_t pid, long nr) { set_reg(pid, CALL, nr); }
static inline void set_result(pid_t pid, long value) { set_reg(pid, RESULT, value); }

// The next stop must be this one: a signal, and an event above bit 8.
static inline void expect(pid_t pid, int signal_and_event) {
    int status = stopped(pid);
    if (status >> 8 != signal_and_event)
        printf("%d: stop %#x, not %#x\n", pid, status >> 8, signal_and_event);
    CHECK(status >> 8 == signal_and_event);
}

static inline void go(int request, pid_t pid, int signo) {
    CHECK(ptrace(request, pid, 0, signo) == 0);
}

// The letter that /proc/PID/stat has for the state.
static inline char state(pid_t pid) {
    char path[64], line[512] = "";
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    int fd = open(path, O_RDONLY);
    CHECK(read(fd, line, sizeof line - 1) > 0);
    close(fd);
    return strrchr(line, ')')[2];
}

// A thread that makes one system call.
static inline void *one_call(void *unused) {
    (void)unused;
    syscall(SYS_getppid);
    return NULL;
}
