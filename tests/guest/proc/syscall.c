// /proc/PID/syscall: the call that a thread waits in, with the guest's number, arguments, stack and program counter; of the own process and of others.
#include "../check.h"
#include <sched.h>
static char line[256];
// Reads the file of a thread until it waits in call `number`.
static void wait_in(const char *path, long number)
{
    char begin[32];
    int len = sprintf(begin, "%ld ", number);
    for (;;) {
        int fd = open(path, O_RDONLY);
        CHECK(fd >= 0);
        ssize_t got = read(fd, line, sizeof line - 1);
        CHECK(got > 0);
        close(fd);
        if (got <= 0) return;
        line[got] = 0;
        if (!strncmp(line, begin, len)) return;
        sched_yield();
    }
}
static long stack_of_thread;
static void check_line(long number, long a, long b, long c)
{
    long n, args[6], sp, pc;
    EQUAL(sscanf(line, "%ld %lx %lx %lx %lx %lx %lx %lx %lx\n", &n, &args[0], &args[1], &args[2], &args[3], &args[4], &args[5], &sp, &pc), 9);
    EQUAL(n, number); EQUAL(args[0], a); EQUAL(args[1], b); EQUAL(args[2], c);
    CHECK(sp > 4096 && pc > 4096);
    CHECK(line[strlen(line) - 1] == '\n');
}
static int pipes[2];
static char byte;
static pid_t tid;
static void *reader(void *arg)
{
    stack_of_thread = (long)&arg;
    __atomic_store_n(&tid, syscall(SYS_gettid), __ATOMIC_SEQ_CST);
    CHECK(read(pipes[0], &byte, 1) == 1);
    return arg;
}
int main(void)
{
    char path[64];
    alarm(100);
    CHECK(pipe(pipes) == 0);
    // A thread of this process.
    pthread_t thread;
    pthread_create(&thread, NULL, reader, NULL);
    while (!__atomic_load_n(&tid, __ATOMIC_SEQ_CST)) sched_yield();
    sprintf(path, "/proc/self/task/%d/syscall", tid);
    wait_in(path, SYS_read);
    check_line(SYS_read, pipes[0], (long)&byte, 1);
    long sp = 0;
    sscanf(line, "%*d %*x %*x %*x %*x %*x %*x %lx", &sp);
    CHECK(labs(sp - stack_of_thread) < 4096);
    CHECK(write(pipes[1], "x", 1) == 1);
    pthread_join(thread, NULL);
    // A child.
    pid_t pid = fork();
    if (pid == 0) {
        CHECK(read(pipes[0], &byte, 1) == 1);
        struct timespec forever = {1000, 0};
        syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &forever, NULL);
        _exit(0);
    }
    sprintf(path, "/proc/%d/syscall", pid);
    wait_in(path, SYS_read);
    check_line(SYS_read, pipes[0], (long)&byte, 1);
    CHECK(write(pipes[1], "x", 1) == 1);
    wait_in(path, SYS_clock_nanosleep);
    CHECK(!strncmp(line, "115 0x1 0x0 0x", 14) || SYS_clock_nanosleep != 115);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    return finish();
}
