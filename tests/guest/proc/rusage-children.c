// wait4, waitid, getrusage(RUSAGE_CHILDREN): the most memory that was resident in a child is the program's.
#include "../check.h"
enum { SIZE = 48 << 20 };
static void touch(void)
{
    char *p = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    madvise(p, SIZE, MADV_NOHUGEPAGE); // a fault for each page
    memset(p, 1, SIZE);
}
static pid_t child(void (*work)(void))
{
    pid_t pid = fork();
    if (pid == 0) {
        work();
        _exit(0);
    }
    return pid;
}
static void nothing(void) {}
static void again(void) { execl("/proc/self/exe", "again", "child", NULL); }
static struct rusage used(void (*work)(void))
{
    struct rusage usage = {0};
    int status;
    pid_t pid = child(work);
    CHECK(wait4(pid, &status, 0, &usage) == pid);
    EQUAL(status, 0);
    return usage;
}
// A program that was just executed: what the process had before counts.
static int knows_itself(long least, long most)
{
    struct rusage usage;
    CHECK(getrusage(RUSAGE_SELF, &usage) == 0);
    return usage.ru_maxrss > least && usage.ru_maxrss < most;
}
static long children(void)
{
    struct rusage usage;
    CHECK(getrusage(RUSAGE_CHILDREN, &usage) == 0);
    return usage.ru_maxrss;
}
static void grow_and_execute(void)
{
    touch();
    execl("/proc/self/exe", "again", "child", "large", NULL);
}
static void host(void) { execl("/bin/true", "true", NULL); }
static void large_grandchild(void)
{
    int status;
    CHECK(waitpid(child(touch), &status, 0) > 0);
}
static int ready[2];
static void wait_to_be_killed(void)
{
    CHECK(write(ready[1], "", 1) == 1);
    for (;;) pause();
}
static void grow_and_wait(void)
{
    touch();
    wait_to_be_killed();
}
static void execute_and_wait(void)
{
    char to[16];
    snprintf(to, sizeof to, "%d", ready[1]);
    execl("/proc/self/exe", "again", "wait", to, NULL);
}
static long killed(void (*work)(void))
{
    char byte;
    int status;
    struct rusage usage = {0};
    pid_t pid = child(work);
    CHECK(read(ready[0], &byte, 1) == 1);
    CHECK(kill(pid, SIGKILL) == 0);
    CHECK(wait4(pid, &status, 0, &usage) == pid);
    EQUAL(status, SIGKILL);
    return usage.ru_maxrss;
}
static long spawned(void)
{
    struct rusage usage = {0};
    int status;
    pid_t pid = vfork();
    if (pid == 0) {
        execl("/proc/self/exe", "again", "child", NULL);
        _exit(1);
    }
    CHECK(wait4(pid, &status, 0, &usage) == pid);
    EQUAL(status, 0);
    return usage.ru_maxrss;
}
// A macro for the line's number.
#define BETWEEN(kib, least, most) \
    do { \
        long is = (kib); \
        if (!(is > (least) && is < (most))) printf("line %d: %ld KiB\n", __LINE__, is), failures++; \
    } while (0)
#define SMALL(kib, least) BETWEEN(kib, least, 8 << 10)
#define LARGE(kib) BETWEEN(kib, 47 << 10, 60 << 10)
int main(int argc, char **argv)
{
    if (argc == 2) return !knows_itself(200, 8 << 10);
    if (argc == 3 && strcmp(argv[2], "large") == 0) return !knows_itself(47 << 10, 60 << 10);
    if (argc == 3) {
        ready[1] = atoi(argv[2]);
        wait_to_be_killed();
    }
    CHECK(pipe(ready) == 0);
    EQUAL(children(), 0);
    struct rusage small = used(nothing);
    SMALL(small.ru_maxrss, 90);
    small = used(again);
    SMALL(small.ru_maxrss, 350);
    SMALL(children(), 350);
    SMALL(spawned(), 350);
    SMALL(used(host).ru_maxrss, 200);
    // What is known of a copy that said nothing is what was copied.
    SMALL(killed(wait_to_be_killed), 40);
    SMALL(killed(execute_and_wait), 300);
    SMALL(children(), 350);
    struct rusage large = used(touch);
    LARGE(large.ru_maxrss);
    CHECK(large.ru_minflt > small.ru_minflt);
    LARGE(children());
    // What a program had before it executed another one counts.
    LARGE(used(grow_and_execute).ru_maxrss);
    LARGE(used(large_grandchild).ru_maxrss);
    BETWEEN(killed(grow_and_wait), 40 << 10, 60 << 10);
    siginfo_t info;
    struct rusage waited = {0};
    pid_t pid = child(touch);
    CHECK(syscall(SYS_waitid, P_PID, pid, &info, WEXITED | WNOWAIT, &waited) == 0);
    LARGE(waited.ru_maxrss);
    waited.ru_maxrss = 0;
    CHECK(syscall(SYS_waitid, P_PID, pid, &info, WEXITED, &waited) == 0);
    LARGE(waited.ru_maxrss);
    return finish();
}
