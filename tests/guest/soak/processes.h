// Children of every kind: forks that compute, exec, start threads, die of signals, stop and go on.
#pragma once
#include "soak.h"

// The child has a copy of the parent's memory: what it writes there, the parent does not see.
static void do_fork(struct worker *w)
{
    u64 key = next(w), *shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    MUST(shared != MAP_FAILED);
    fill(w, next(w));
    pid_t pid = fork();
    MUST(pid >= 0);
    if (!pid) {
        int ok = holds(w);
        fill(w, key);
        *shared = churn(key, 100);
        _exit(ok && holds(w) ? 17 : 18);
    }
    MUST(exited_with(pid, 17));
    MUST(*shared == churn(key, 100));
    MUST(holds(w));
    munmap(shared, PAGE);
}

static void as_text(char *to, u64 n) { snprintf(to, 24, "%llu", (unsigned long long)n); }

// What an exec'd child prints, read to the end of the pipe.
static void expect_answer(int fd, u64 key)
{
    u64 got;
    char more;
    read_all(fd, &got, sizeof got);
    MUST(got == churn(key, 1000));
    ssize_t n;
    do n = read(fd, &more, 1); while (n < 0 && errno == EINTR);
    MUST(n == 0);
    close(fd);
}
// main() of an exec'd child.
static int answer(const char *key)
{
    u64 result = churn(strtoull(key, NULL, 10), 1000);
    return write(1, &result, sizeof result) == sizeof result ? 19 : 20;
}

static void *exec_here(void *arguments)
{
    execv("/proc/self/exe", arguments);
    _exit(21);
}
// Exec by the forked thread, or by another one of a child that has several.
static void do_exec(struct worker *w)
{
    u64 key = next(w);
    int ends[2], by_thread = below(w, 2);
    char text[24];
    as_text(text, key);
    MUST(pipe2(ends, O_CLOEXEC) == 0);
    pid_t pid = fork();
    MUST(pid >= 0);
    if (!pid) {
        char *arguments[] = {"soak", "answer", text, NULL};
        pthread_t thread;
        dup2(ends[1], 1);
        if (!by_thread || pthread_create(&thread, NULL, exec_here, arguments)) exec_here(arguments);
        for (;;) pause();
    }
    close(ends[1]);
    expect_answer(ends[0], key);
    MUST(exited_with(pid, 19));
}

// posix_spawn borrows the parent's memory.
static void do_spawn(struct worker *w)
{
    u64 key = next(w);
    int ends[2];
    char text[24], *arguments[] = {"soak", "answer", text, NULL}, *none[] = {NULL};
    posix_spawn_file_actions_t actions;
    pid_t pid;
    as_text(text, key);
    MUST(pipe2(ends, O_CLOEXEC) == 0);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
    MUST(posix_spawn(&pid, "/proc/self/exe", &actions, NULL, arguments, none) == 0);
    MUST(posix_spawn(&(pid_t){0}, "/nowhere", &actions, NULL, arguments, none) == ENOENT);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    expect_answer(ends[0], key);
    MUST(exited_with(pid, 19));
}

static void *child_thread(void *key) { return (void *)churn((u64)key, 50); }
// A child that starts threads of its own.
static void do_fork_threads(struct worker *w)
{
    u64 key = next(w);
    pid_t pid = fork();
    MUST(pid >= 0);
    if (!pid) {
        pthread_t threads[3];
        void *result;
        int ok = 1;
        for (int i = 0; i < 3; i++) ok &= !pthread_create(&threads[i], NULL, child_thread, (void *)(key + i));
        for (int i = 0; i < 3; i++) ok &= !pthread_join(threads[i], &result) && (u64)result == churn(key + i, 50);
        _exit(ok ? 22 : 23);
    }
    MUST(exited_with(pid, 22));
}

// A child that is killed, or kills itself, is seen to die of that signal.
static void do_kill(struct worker *w)
{
    static const int deadly[] = {SIGKILL, SIGTERM, SIGHUP, SIGINT, SIGUSR2, SIGPIPE};
    int sig = deadly[below(w, 6)], itself = below(w, 2);
    pid_t pid = fork();
    MUST(pid >= 0);
    if (!pid) {
        default_signals();
        if (itself) raise(sig);
        for (;;) churn(1, 1000);
    }
    if (!itself) {
        sched_yield();
        MUST(kill(pid, sig) == 0);
    }
    int status = wait_for(pid, 0);
    // Between fork and default_signals() nothing but SIGUSR1 and real-time signals has a handler.
    MUST(WIFSIGNALED(status) && WTERMSIG(status) == sig);
}

static void do_stop(struct worker *w)
{
    pid_t pid = fork();
    MUST(pid >= 0);
    if (!pid) for (;;) churn(2, 1000);
    MUST(kill(pid, SIGSTOP) == 0);
    int status = wait_for(pid, WUNTRACED);
    MUST(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
    MUST(kill(pid, SIGCONT) == 0);
    MUST(WIFCONTINUED(wait_for(pid, WCONTINUED)));
    MUST(kill(pid, SIGKILL) == 0);
    MUST(WTERMSIG(wait_for(pid, 0)) == SIGKILL);
    (void)w;
}

// A stream of numbers from a child, longer than a pipe holds, in pieces of any length.
static void do_pipe(struct worker *w)
{
    u64 key = next(w), buffer[256];
    unsigned long count = 9000 + below(w, 9000), seen = 0;
    int ends[2];
    MUST(pipe2(ends, O_CLOEXEC) == 0);
    pid_t pid = fork();
    MUST(pid >= 0);
    if (!pid) {
        close(ends[0]);
        for (unsigned long i = 0; i < count; i++) {
            buffer[i % 256] = mix(key + i);
            if (i % 256 == 255 || i == count - 1) write_all(ends[1], buffer, (i % 256 + 1) * 8);
        }
        _exit(24);
    }
    close(ends[1]);
    while (seen < count) {
        unsigned long n = 1 + below(w, 256);
        if (n > count - seen) n = count - seen;
        read_all(ends[0], buffer, n * 8);
        for (unsigned long i = 0; i < n; i++) MUST(buffer[i] == mix(key + seen + i));
        seen += n;
    }
    close(ends[0]);
    MUST(exited_with(pid, 24));
}
